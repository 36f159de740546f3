import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import { declaredOnly, opinionNotes, tooBigNotes } from "../../src/suite/declared.js";

const config = (more: string): ReturnType<typeof parseConfig> =>
  parseConfig(`softproof: 1\nservice-sets:\n  - softwire-concentrators:\n      - v6rd: { name: rd1, softwire-address: 192.0.2.1, ipv4-prefix: 0.0.0.0/0, v6rd-prefix: "2001:db8::/32"${more} }\n`, "test");
const tunnel = (c: ReturnType<typeof parseConfig>) => {
  const t = c.serviceSets[0].concentrators[0];
  return t.kind === "ds-lite" ? undefined : { mode: t.tunnelMtuMode, mtu: t.tunnelMtu };
};

test("a tunnel MTU and its mode that nobody declared are held against no one, and a note says so", () => {
  const { config: judged, notes } = declaredOnly(config(""));
  expect(tunnel(judged)).toEqual({ mode: "undeclared", mtu: 65515 });
  expect(notes.join("\n")).toMatch(/rd1: tunnel-mtu-mode is not declared.*\n.*rd1: tunnel-mtu is not declared/);
});

test("a replay tells the tunnel MTU that nobody declared, where packets were too big for it", () => {
  expect(tooBigNotes(config(""), 66)).toEqual(["rd1: tunnel-mtu is not declared, so the reference takes 1280 bytes; 66 packets were too big for a tunnel or a link"]);
  expect(tooBigNotes(config(""), 1)[0]).toMatch(/; 1 packet was too big/);
  expect([...tooBigNotes(config(""), 0), ...tooBigNotes(config(", tunnel-mtu: 1480"), 66), ...tooBigNotes(config(", mtu-v4: 1500"), 66)]).toEqual([]);
});

test("what is declared stays", () => {
  const { config: judged, notes } = declaredOnly(config(", tunnel-mtu: 1480, tunnel-mtu-mode: static"));
  expect(tunnel(judged)).toEqual({ mode: "static", mtu: 1480 });
  expect(notes).toEqual([]);
});

test("an anycast 6rd relay declares DF by being anycast (RFC 5969 section 9.1)", () => {
  expect(tunnel(declaredOnly(config(", anycast: true")).config)?.mode).toBe("anycast-df");
});

const aftr = (more: string, core = ""): ReturnType<typeof parseConfig> =>
  parseConfig(`softproof: 1\n${core}service-sets:\n  - softwire-concentrators:\n      - ds-lite: { name: aftr, softwire-address: "2001:db8::1"${more} }\n`, "test");
const undeclaredOf = (c: ReturnType<typeof parseConfig>): readonly string[] => {
  const a = declaredOnly(c).config.serviceSets[0].concentrators[0];
  return a.kind === "ds-lite" ? (a.undeclared ?? []) : [];
};

test("policies of an AFTR that nobody declared are held against no one, and one note names them", () => {
  const { config: judged, notes } = declaredOnly(aftr(", nat: { pool: { addresses: [192.0.2.1] } }"));
  expect(undeclaredOf(aftr(", nat: { pool: { addresses: [192.0.2.1] } }"))).toEqual(expect.arrayContaining(["preserve-parity", "inbound-refresh", "filtering", "timers.udp", "mtu-v6", "core.mtu", "ports-per-subscriber"]));
  expect(judged.core.mtu).toBe(65535);
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatch(/^aftr: what nobody declared is not judged: .*preserve-parity.*inbound-refresh/);
});

test("what is declared of an AFTR stays", () => {
  const c = aftr(", mtu-v6: 1540, subscriber-prefix-length: 56, nat: { pool: { addresses: [192.0.2.1], ports: 1024-2047 }, filtering: endpoint-independent, preserve-parity: true, inbound-refresh: false, allocation: random, unsolicited-syn: silent, ports-per-subscriber: 9, alg: [], timers: { udp: 300, tcp-established: 7440, tcp-transitory: 240, icmp-query: 60 } }", "core: { mtu: 1500 }\n");
  expect(undeclaredOf(c)).toEqual([]);
  expect(declaredOnly(c).config.core.mtu).toBe(1500);
  expect(declaredOnly(c).notes).toEqual([]);
});

test("a second opinion tells what the reference takes for itself, and nothing where all is declared", () => {
  expect(opinionNotes(config(""))).toEqual(["second opinion: rd1: the reference takes a tunnel-mtu that the box's packets show and tunnel-mtu-mode static, for nobody declared it; where the box follows a path MTU it may rightly differ"]);
  expect(opinionNotes(config(", tunnel-mtu: 1480"))).toEqual([expect.stringContaining("takes tunnel-mtu-mode static, for nobody")]);
  expect(opinionNotes(config(", tunnel-mtu: 1480, tunnel-mtu-mode: static"))).toEqual([]);
  expect(opinionNotes(aftr(", nat: { pool: { addresses: [192.0.2.1] } }"))).toEqual([expect.stringContaining("mtu-v6 is not declared")]);
});
