/**
 * The AFTR without NAT against the end-to-end tests of Snabb's lwAFTR (RFC 7596): there the B4 translates, so what is left to the AFTR is what
 * RFC 2473 and RFC 6333 ask of any: framing, TTL, fragments, hairpinning, relayed errors. An lwAFTR knows its B4s from a binding table; ours
 * learns them, so the B4s of a test send a packet first. Blanked, because it is the device's choice: outer hop limit and identification
 * (RFC 2473 section 6.3), and of own ICMP errors source, TTL, ToS and identification (RFC 6333 section 6.5: 192.0.0.1 towards B4s).
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createLinkPlace, locate } from "../../../src/capture/link.js";
import { openCapture } from "../../../src/capture/open.js";
import { createDevice } from "../../../src/concentrator/index.js";
import { parseConfig } from "../../../src/config/load.js";
import { ACCESS, CORE, type Side } from "../../../src/config/types.js";
import { put16 } from "../../../src/wire/bits.js";
import * as ipv4 from "../../../src/wire/ipv4.js";
import { createMemory } from "../../../src/wire/memory.js";
import { sharedDir } from "../../shared.js";
import { packet6, src4 } from "../harness.js";
import { udp4 } from "./packets.js";

const shared = sharedDir();
const folder = shared === undefined ? "" : join(shared, "captures", "public");
const why = existsSync(join(folder, "PAIRS.json")) ? "" : " (skipped: no ../shared/captures/public beside the checkout)";

interface Mtu { readonly mtu?: string }
interface Pairs {
  readonly configs: Record<string, { "softwire-config": { "external-interface": Mtu; "internal-interface": Mtu } }>;
  readonly tests: readonly { readonly name: string; readonly conf: string; readonly in_v4: string; readonly in_v6: string; readonly out_v4: string; readonly out_v6: string }[];
}
const { configs, tests } = why === "" ? (JSON.parse(readFileSync(join(folder, "PAIRS.json"), "utf8")) as { lwaftr: Pairs }).lwaftr : { configs: {}, tests: [] };

const AFTR = "8:9:a:b:c:d:e:f";
const SECOND = "1e:1:1:1:1:1:1:af", THIRD = "1e:2:2:2:2:2:2:af";
type B4 = readonly [address: string, inner: string, aftr?: string];
const A: B4 = ["127:11:12:13:14:15:16:128", "178.79.150.233"], B: B4 = ["127:22:33:44:55:66:77:128", "178.79.150.15"], C: B4 = ["127:2:3:4:5:6:7:128", "178.79.150.233"];

async function packets(file: string): Promise<Uint8Array[]> {
  if (file === "") return [];
  const memory = createMemory(8 << 20);
  const source = await openCapture(join(folder, file), { memory, fileIndex: 0 });
  const place = createLinkPlace();
  const all: Uint8Array[] = [];
  while (await source.next()) if (locate(memory.u8, source.off, source.capLen, source.linkType, place)) all.push(memory.u8.slice(place.l3, place.l3 + place.l3Len));
  source.close();
  return all;
}

/** The packet at `o` without what an ICMP error's sender chooses; `lower`: with the decrement of a router, which Snabb leaves out towards the Internet (RFC 1812 section 5.3.1). */
function plain(p: Uint8Array, o: number, lower: boolean): Uint8Array {
  const own = p[o + 9] === 1 && (p[o + 20] === 3 || p[o + 20] === 11) && /^(10\.10\.10\.10|192\.0\.0\.1)$/.test(src4(p.slice(o)));
  if (own) {
    p.fill(0, o + 1, o + 2); // ToS, identification, TTL, header checksum and source
    p.fill(0, o + 4, o + 6);
    p.fill(0, o + 8, o + 9);
    p.fill(0, o + 10, o + 16);
    p.fill(0, o + 22, o + 24); // the quoted TTL is that of arrival (RFC 1812 section 4.3.2.3); Snabb's is lowered already
    p.fill(0, o + 36, o + 37);
    p.fill(0, o + 38, o + 40);
  } else if (lower) {
    p[o + ipv4.TTL]--;
    ipv4.seal(p, o);
  }
  return p;
}
function masked(side: Side, packet: Uint8Array, theirs: boolean): string {
  const p = Uint8Array.from(packet);
  if (side === CORE) return `core ${Buffer.from(plain(p, 0, theirs && src4(p).startsWith("178.79."))).toString("hex")}`;
  if (p[6] === 44) p.fill(0, 44, 48);
  if (p[6] === 4 || p[6] === 44) p[7] = 0;
  if (p[6] === 4) plain(p, 40, false);
  // The outer traffic class follows the ToS of the error inside (RFC 6333 section 7.1).
  if (p[6] === 4 && p[49] === 1 && p[48] === 0) put16(p, 0, 0x6000);
  return `access ${Buffer.from(p).toString("hex")}`;
}

interface Ran { readonly ours: string[]; readonly theirs: string[]; readonly raw: readonly { side: Side; bytes: Uint8Array }[]; readonly expected: readonly Uint8Array[]; readonly input: readonly Uint8Array[] }
async function run(index: number, prime: readonly B4[], keys: Record<string, unknown> = {}, set: Record<string, unknown> = {}): Promise<Ran> {
  const t = tests[index];
  const side = (name: "external-interface" | "internal-interface", usual: number): number => Number(configs[t.conf]["softwire-config"][name].mtu ?? usual);
  const [core, access] = [side("external-interface", 1460), side("internal-interface", 1500)];
  const concentrator = (a: string, i: number) => ({ "ds-lite": { name: `c${i}`, "softwire-address": a, "mtu-v6": access, "inner-sources": ["178.79.150.0/24"], ...keys } });
  const parsed = parseConfig(JSON.stringify({
    softproof: 1, access: { ipv6: [AFTR], mtu: access }, core: { ipv4: ["10.10.10.10"] },
    "service-sets": [{ name: "s", services: ["softwire"], ...set, "softwire-concentrators": [AFTR, SECOND, THIRD].map(concentrator) }],
  }), "lwaftr.test.ts");
  const memory = createMemory(32 << 20);
  const room = memory.alloc(70000);
  const at = memory.alloc(70000);
  let raw: { side: Side; bytes: Uint8Array }[] = [];
  const device = createDevice({ ...parsed, core: { ...parsed.core, mtu: core } }, memory, {
    reserve: () => room,
    commit: (to, off, len) => { raw.push({ side: to, bytes: memory.u8.slice(off, off + len) }); },
  });
  const feed = (from: Side, p: Uint8Array): void => {
    memory.u8.set(p, at);
    device.receive(from, at, p.length, 1000, 0);
  };
  for (const [src, inner, dst = AFTR] of prime) feed(ACCESS, packet6({ src, dst, next: 4, payload: udp4({ src: inner, dst: "9.9.9.9" }) }));
  raw = [];
  const input = [...(await packets(t.in_v4)), ...(await packets(t.in_v6))];
  for (const p of input) feed(p[0] >>> 4 === 4 ? CORE : ACCESS, p);
  const [four, six] = [await packets(t.out_v4), await packets(t.out_v6)];
  return {
    ours: raw.map((o) => masked(o.side, o.bytes, false)).sort(), theirs: [...four.map((p) => masked(CORE, p, true)), ...six.map((p) => masked(ACCESS, p, true))].sort(), raw, expected: [...four, ...six], input,
  };
}
const discard = { services: ["softwire", "stateful-firewall"], "stateful-firewall": { rules: [], default: "discard" } };

describe.skipIf(why !== "")(`lwAFTR${why}`, () => {
  it("has the tests that are numbered here", () => expect([tests.length, tests[18].name, tests[41].name]).toEqual([42, "from-to-b4 IPv6 packet, with hairpinning", "ICMP Echo to AFTR (IPv6) + data"]));

  it.each([
    [0, []], [1, [["127:10:20:30:30:50:60:128", "178.79.150.233"], ["127:10:20:30:40:50:60:128", "178.79.150.234"], ["127:10:20:30:50:50:60:128", "178.79.150.235"], ["127:10:20:30:60:50:60:128", "178.79.150.236"]]],
    [6, [A]], [9, []], [10, []], [11, []], [13, [A]], [14, []], [15, []], [17, []], [18, [B]], [19, [B]], [20, [A]], [22, [A, B]], [25, [A]], [28, [A]], [29, [A]],
    [30, [C]], [31, [C], { oversize: "honour-df" }], [32, [C]], [35, []], [36, [], {}, discard], [37, [], {}, discard], [40, []], [41, []],
  ] as [number, B4[], Record<string, unknown>?, Record<string, unknown>?][])("test %i: the same packets come out", async (index, prime, keys, set) => {
    const { ours, theirs } = await run(index, prime, keys, set);
    expect(ours).toEqual(theirs);
  });

  it.each([[7, 2], [8, 3]])("test %i: the same %i fragments, with the identification that the datagram came with (RFC 791 section 3.2; Snabb gives them another)", async (index, count) => {
    const { raw, expected, input } = await run(index, []);
    const id = input[0].slice(44, 46);
    expect(raw.length).toBe(count);
    const renumbered = expected.map((p) => {
      const q = Uint8Array.from(p);
      put16(q, ipv4.ID, (id[0] << 8) | id[1]);
      return masked(CORE, q, true);
    });
    expect(raw.map((o) => masked(o.side, o.bytes, false))).toEqual(renumbered);
  });

  it.each([[5, [C]], [26, [A]]] as [number, B4[]][])("test %i: fragments are tunnelled as fragments, not as the datagram that Snabb makes of them for its ports: no router reassembles what it forwards (RFC 1812 section 5.2.6)", async (index, prime) => {
    const { raw, input } = await run(index, prime);
    const wanted = input.map((p) => {
      const q = Uint8Array.from(p);
      q[ipv4.TTL]--;
      ipv4.seal(q, 0);
      return Buffer.from(q).toString("hex");
    });
    expect(raw.map((o) => Buffer.from(o.bytes.slice(40)).toString("hex"))).toEqual(wanted);
  });

  it("test 12: too big and DF: fragments of the outer packet (RFC 6333 section 6.3 with erratum 6584), or the error with `oversize: honour-df`; Snabb drops without a word", async () => {
    const cut = await run(12, [A]);
    expect([cut.theirs.length, cut.raw.map((o) => [o.side, o.bytes[6], o.bytes.length])]).toEqual([0, [[ACCESS, 44, 1280], [ACCESS, 44, 296]]]);
    const told = await run(12, [A], { oversize: "honour-df" });
    expect(told.raw.map((o) => [o.side, o.bytes[20], o.bytes[21], (o.bytes[26] << 8) | o.bytes[27]])).toEqual([[CORE, 3, 4, 1240]]);
  });

  it.each([
    [2, "Neighbor Discovery (RFC 4861) is not modelled"], [3, "Neighbor Discovery is not modelled"], [4, "Neighbor Discovery is not modelled"],
    [16, "a source that is not authorised is dropped (RFC 6333 section 11); ICMPv6 1/5 is of RFC 7596 section 5.1"],
    [33, "of parameter problems only that of the Tunnel Encapsulation Limit is relayed (RFC 2473 section 8.3)"],
    [38, "hosts that ask the AFTR's own IPv4 address on the core side are not modelled"], [39, "the header checksum is wrong: dropped (RFC 1812 section 5.2.2)"],
  ] as [number, string][])("test %i: nothing comes out: %s", async (index) => {
    expect((await run(index, [C])).raw).toEqual([]);
  });

  it("test 21: no port sets without RFC 7596: an echo reply with identifier 0 passes too", async () => {
    const { raw } = await run(21, [["127:10:20:30:40:50:60:128", "178.79.150.1"]]);
    expect(raw.map((o) => [o.side, o.bytes[6], o.bytes[60]])).toEqual([[ACCESS, 4, 0]]);
  });
  it("tests 23 and 24: two AFTR addresses are two softwire concentrators, joined by the core: the packet leaves there, one TTL less", async () => {
    for (const [index, prime] of [[23, [["127:24:35:46:57:68:79:128", "178.79.150.2", SECOND]]], [24, [["127:24:35:46:57:68:79:128", "178.79.150.2", SECOND]]]] as [number, B4[]][]) {
      const { raw, expected } = await run(index, prime);
      expect(raw.map((o) => [o.side, Buffer.from(o.bytes).toString("hex")])).toEqual([[CORE, Buffer.from(expected[0].slice(40)).toString("hex")]]);
    }
  });
  it("test 27: an ICMP checksum is the end's to check: the request passes", async () => {
    expect((await run(27, [B])).raw.map((o) => [o.side, o.bytes[6], o.bytes[60]])).toEqual([[ACCESS, 4, 8]]);
  });
  it("test 34: an error about a packet between two B4s is the same, but takes the way over the core", async () => {
    const { raw, expected } = await run(34, [A, B]);
    expect(raw.map((o) => masked(o.side, o.bytes, false))).toEqual([masked(CORE, expected[0].slice(40), false)]);
  });
});
