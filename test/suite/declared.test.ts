import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import { declaredOnly } from "../../src/suite/declared.js";

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

test("what is declared stays", () => {
  const { config: judged, notes } = declaredOnly(config(", tunnel-mtu: 1480, tunnel-mtu-mode: static"));
  expect(tunnel(judged)).toEqual({ mode: "static", mtu: 1480 });
  expect(notes).toEqual([]);
});

test("an anycast 6rd relay declares DF by being anycast (RFC 5969 section 9.1)", () => {
  expect(tunnel(declaredOnly(config(", anycast: true")).config)?.mode).toBe("anycast-df");
});
