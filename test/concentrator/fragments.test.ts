import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ACCESS } from "../../src/config/types.js";
import { forwarded, harness, packet4, sixRd, udp6 } from "./harness.js";

const BR = "10.0.0.1";
const CE = "10.100.100.1";
const p = udp6({ src: "2001:db8:6464:100::10", dst: "2620:fe::fe", size: 1300 });
/** Outer fragments cut at the given offsets (multiples of 8). */
function cut(packet: Uint8Array, at: number[], more: { id?: number; tos?: number[] } = {}): Uint8Array[] {
  const edges = [0, ...at, packet.length];
  return edges.slice(1).map((end, i) => {
    const flags = (end < packet.length ? 0x2000 : 0) | (edges[i] >> 3);
    return packet4({ src: CE, dst: BR, id: more.id ?? 5, fragment: flags, tos: more.tos?.[i] ?? 0, payload: packet.slice(edges[i], end) });
  });
}
const results = (h: ReturnType<typeof harness>, fragments: Uint8Array[], sec?: number): string[] => fragments.map((f) => h.feed(ACCESS, f, sec).reason);

describe("outer reassembly (RFC 791 3.2, RFC 4213 3.6)", () => {
  it("in order, reversed, and cut inside the inner header", () => {
    for (const order of [[0, 1, 2], [2, 1, 0], [1, 2, 0]]) {
      const h = harness(sixRd());
      const f = cut(p, [24, 800]);
      expect(results(h, order.map((i) => f[i]))).toEqual(["outer-fragment-held", "outer-fragment-held", "decapsulated"]);
      expect(h.out.map((o) => o.bytes)).toEqual([forwarded(p)]);
    }
  });
  it("any cutting in any order gives the packet back, once", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 167 }), { minLength: 1, maxLength: 12 }), fc.infiniteStream(fc.nat(1000)), (cuts, random) => {
        const f = cut(p, cuts.sort((x, y) => x - y).map((x) => x * 8)).map((bytes) => ({ bytes, at: random.next().value as number }));
        const h = harness(sixRd());
        for (const { bytes } of f.sort((x, y) => x.at - y.at)) h.feed(ACCESS, bytes);
        expect(h.out.map((o) => o.bytes)).toEqual([forwarded(p)]);
      }),
      { numRuns: 30 },
    );
  });
  it("an exact duplicate does no harm, an overlap loses the datagram and what follows of it", () => {
    const [a, b, c] = cut(p, [400, 800]);
    const h = harness(sixRd());
    expect(results(h, [a, a, b, c])).toEqual(["outer-fragment-held", "outer-fragment-duplicate", "outer-fragment-held", "decapsulated"]);
    const overlap = packet4({ src: CE, dst: BR, id: 6, fragment: 0x2000 | 49, payload: p.slice(392, 800) });
    const [d, , e] = cut(p, [400, 800], { id: 6 });
    expect(results(h, [d, overlap, e])).toEqual(["outer-fragment-held", "outer-fragment-overlap", "outer-fragment-overlap"]);
    const forged = packet4({ src: CE, dst: BR, id: 7, fragment: 0x2000, payload: p.slice(0, 400).map((x, i) => (i === 60 ? x ^ 1 : x)) });
    expect(results(h, [cut(p, [400], { id: 7 })[0], forged])).toEqual(["outer-fragment-held", "outer-fragment-overlap"]);
  });
  it.each([
    ["lives for 60 s", 60, "decapsulated"],
    ["is gone after 61 s", 61, "outer-fragment-held"],
  ])("an incomplete datagram %s", (_what, seconds, reason) => {
    const h = harness(sixRd());
    const [a, b] = cut(p, [800]);
    h.feed(ACCESS, a, 1000);
    expect(h.feed(ACCESS, b, 1000 + seconds).reason).toBe(reason);
  });
  it("datagrams are told apart by source, identification and protocol", () => {
    const h = harness(sixRd());
    const [a] = cut(p, [800], { id: 1 });
    const [, b] = cut(p, [800], { id: 2 });
    expect(results(h, [a, b])).toEqual(["outer-fragment-held", "outer-fragment-held"]);
  });
  it("refuses impossible fragments", () => {
    const h = harness(sixRd());
    const odd = packet4({ src: CE, dst: BR, fragment: 0x2000, payload: p.slice(0, 401) });
    const far = packet4({ src: CE, dst: BR, fragment: 0x1fff, payload: p.slice(0, 400) });
    expect(results(h, [odd, far])).toEqual(["outer-fragment-malformed", "outer-fragment-malformed"]);
  });
  it("ends that disagree lose the datagram", () => {
    const h = harness(sixRd());
    const f = cut(p, [400, 800]);
    const shorter = packet4({ src: CE, dst: BR, id: 5, fragment: 50, payload: p.slice(400, 600) });
    expect(results(h, [f[2], shorter, f[0]])).toEqual(["outer-fragment-held", "outer-fragment-malformed", "outer-fragment-overlap"]);
  });
  it("CE on one fragment reaches the inner packet, CE beside Not-ECT loses it (RFC 3168 5.3)", () => {
    const ect = udp6({ src: "2001:db8:6464:100::10", dst: "2620:fe::fe", size: 1000, tc: 2 });
    const h = harness(sixRd());
    results(h, cut(ect, [400], { tos: [2, 3] }));
    expect(h.out[0].bytes[1] >> 4).toBe(3);
    expect(results(h, cut(ect, [400], { tos: [0, 3] }))).toEqual(["outer-fragment-held", "outer-fragment-ecn"]);
  });
  it("reassembly can be off", () => {
    expect(results(harness(sixRd({ reassemblySeconds: 0 })), cut(p, [800]))).toEqual(["outer-fragment-refused", "outer-fragment-refused"]);
  });
  it("the table is bounded: many incomplete datagrams do not keep a new one from passing", () => {
    const h = harness(sixRd());
    for (let id = 100; id < 5100; id++) h.feed(ACCESS, cut(p, [800], { id })[0]);
    expect(results(h, cut(p, [800], { id: 9 }))).toEqual(["outer-fragment-held", "decapsulated"]);
  });
});
