import { describe, expect, it } from "vitest";
import { ACCESS, CORE } from "../../../src/config/types.js";
import { put16, u16, u32 } from "../../../src/wire/bits.js";
import { type Out, dst4, dst6, packet6, src4 } from "../harness.js";
import { AFTR, B4, HOST, OTHER_B4, POOL, REMOTE, aftr, cut4, echo4, isRight, join4, port, tcp4, udp4, unwrap, wrap } from "./packets.js";

/** Outer fragments of an IPv4-in-IPv6 packet, cut at payload offsets. */
function cut6(inner: Uint8Array, at: number[], more: { id?: number; b4?: string; tc?: number[] } = {}): Uint8Array[] {
  const edges = [0, ...at, inner.length];
  return edges.slice(1).map((end, i) => {
    const head = Uint8Array.of(4, 0, 0, 0, 0, 0, 0, more.id ?? 7);
    put16(head, 2, edges[i] | (end < inner.length ? 1 : 0));
    return packet6({ src: more.b4 ?? B4, dst: AFTR, next: 44, tc: more.tc?.[i] ?? 0, payload: Uint8Array.of(...head, ...inner.slice(edges[i], end)) });
  });
}
/** Joins the outer fragments to the inner packet; they must follow each other without gap. */
function join6(parts: Out[]): Uint8Array {
  let next = 0;
  const bytes = parts.flatMap(({ bytes: b }, i) => {
    expect([b[6], u16(b, 42) & 0xfff8, u16(b, 42) & 1, u32(b, 44), dst6(b)]).toEqual([44, next, i + 1 < parts.length ? 1 : 0, u32(parts[0].bytes, 44), B4]);
    next += b.length - 48;
    return [...b.slice(48)];
  });
  return Uint8Array.from(bytes);
}
const big = udp4({ src: HOST, dst: REMOTE, size: 1452 });

describe("outer reassembly (RFC 6333 section 6.3, RFC 8200 section 4.5)", () => {
  it.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 2, 0]]])("a 1540-byte softwire packet in the order %j", (order) => {
    const h = aftr();
    const parts = cut6(big, [600, 1200]);
    const results = order.map((i) => h.feed(ACCESS, parts[i]));
    expect(results.map((r) => r.reason)).toEqual(["aftr-outer-fragment-held", "aftr-outer-fragment-held", "aftr-translated-out"]);
    const b = results[2].out[0].bytes;
    expect([b.length, src4(b), isRight(b)]).toEqual([1480, POOL, true]);
  });
  it("duplicates are ignored, overlaps drop the datagram and what follows of it", () => {
    const h = aftr();
    const [a, b] = cut6(big, [800]);
    expect([a, a, b].map((p) => h.feed(ACCESS, p).reason)).toEqual(["aftr-outer-fragment-held", "aftr-outer-fragment-duplicate", "aftr-translated-out"]);
    const [c] = cut6(big, [800], { id: 8 });
    const [, d] = cut6(big, [792], { id: 8 });
    expect([c, d, cut6(big, [800], { id: 8 })[1]].map((p) => h.feed(ACCESS, p).reason)).toEqual(["aftr-outer-fragment-held", "aftr-outer-fragment-overlap", "aftr-outer-fragment-overlap"]);
  });
  it.each([[1060, "aftr-translated-out"], [1061, "aftr-outer-fragment-held"]])("the second fragment at %i s of 1000 + 60: %s", (sec, reason) => {
    const h = aftr();
    const [a, b] = cut6(big, [800]);
    h.feed(ACCESS, a, 1000);
    expect(h.feed(ACCESS, b, sec, sec === 1061 ? 1 : 0).reason).toBe(reason);
  });
  it("CE on any fragment marks the packet; CE with Not-ECT drops it (RFC 3168 section 5.3)", () => {
    const ect = udp4({ src: HOST, dst: REMOTE, size: 1452, tos: 2 });
    const h = aftr();
    expect(cut6(ect, [800], { tc: [2, 3] }).map((p) => h.feed(ACCESS, p))[1].out[0].bytes[1] & 3).toBe(3);
    const g = aftr();
    expect(cut6(ect, [800], { tc: [0, 3] }).map((p) => g.feed(ACCESS, p).reason)[1]).toBe("aftr-outer-fragment-ecn");
  });
  it.each([[301, 0, 4], [104, 65528, 42]])("a fragment of %i bytes at %i: Parameter Problem, pointer %i", (size, offset, pointer) => {
    const head = Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 1);
    put16(head, 2, offset | (offset === 0 ? 1 : 0));
    const r = aftr().feed(ACCESS, packet6({ src: B4, dst: AFTR, next: 44, payload: Uint8Array.of(...head, ...new Uint8Array(size)) }));
    expect([r.reason, r.out[0].bytes[40], r.out[0].bytes[41], u32(r.out[0].bytes, 44)]).toEqual(["aftr-parameter-problem", 4, 0, pointer]);
  });
  it("reassembly off", () => {
    expect(aftr({}, { reassemblySeconds: 0 }).feed(ACCESS, cut6(big, [800])[0]).reason).toBe("aftr-outer-fragment-refused");
  });
});

describe("towards the B4: too big for the softwire (decisions.md D2)", () => {
  const reply = (p: number, more: object = {}) => udp4({ src: REMOTE, dst: POOL, sport: 5353, dport: p, size: 1472, ...more });
  const start = (box: object) => {
    const h = aftr({}, { mtuV6: 1500, ...box });
    return { h, p: port(h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE }))).out[0].bytes, "src") };
  };
  it.each([0, 0x4000])("fragment-outer cuts the outer packet whatever DF says (%i), the inner stays whole", (fragment) => {
    const { h, p } = start({});
    const r = h.feed(CORE, reply(p, { fragment }));
    expect(r.reason).toBe("aftr-translated-in-outer-fragments");
    for (const o of r.out) expect(o.bytes.length).toBeLessThanOrEqual(1500);
    const inner = join6(r.out);
    expect([inner.length, u16(inner, 6), isRight(inner), dst4(inner)]).toEqual([1500, fragment, true, HOST]);
  });
  it("honour-df answers 3/4 with the softwire's IPv4 MTU, and fragments the outer packet without DF", () => {
    const { h, p } = start({ oversize: "honour-df" });
    const df = reply(p, { fragment: 0x4000 });
    const r = h.feed(CORE, df);
    const b = r.out[0].bytes;
    expect([r.reason, r.out[0].side, b[20], b[21], u16(b, 26), dst4(b), isRight(b)]).toEqual(["aftr-fragmentation-needed-core", CORE, 3, 4, 1460, REMOTE, true]);
    expect(b.slice(28)).toEqual(df.slice(0, 548));
    expect(h.feed(CORE, reply(p)).reason).toBe("aftr-translated-in-outer-fragments");
  });
  it("pre-fragment cuts the inner packet into softwire packets that fit", () => {
    const { h, p } = start({ oversize: "pre-fragment" });
    const r = h.feed(CORE, reply(p));
    expect(r.out.length).toBe(2);
    for (const o of r.out) expect([o.bytes[6], o.bytes.length <= 1500]).toEqual([4, true]);
    expect(isRight(join4(r.out.map((o) => unwrap(o.bytes))))).toBe(true);
    expect(h.feed(CORE, reply(p, { fragment: 0x4000 })).reason).toBe("aftr-fragmentation-needed-core");
  });
  it("towards a small core link: DF is told to the B4, without DF the packet is cut", () => {
    const h = aftr({}, {});
    const wide = udp4({ src: HOST, dst: REMOTE, size: 2000, fragment: 0x4000 });
    const r = h.feed(ACCESS, wrap(wide));
    expect([r.reason, u16(unwrap(r.out[0].bytes), 26)]).toEqual(["aftr-fragmentation-needed-b4", 1500]);
    const cut = h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE, size: 2000 })));
    expect(cut.out.map((o) => o.bytes.length <= 1500)).toEqual([true, true]);
    expect(isRight(join4(cut.out.map((o) => o.bytes)))).toBe(true);
  });
});

describe("IPv4 fragments through the NAT (RFC 4787 REQ-14)", () => {
  const whole = [
    ["UDP", udp4({ src: HOST, dst: REMOTE, size: 1200, id: 5 })], ["UDP of odd length", udp4({ src: HOST, dst: REMOTE, size: 1201, id: 5 })],
    ["TCP", tcp4({ src: HOST, dst: REMOTE, size: 1200, flags: 2 })], ["ICMP", echo4({ src: HOST, dst: REMOTE, size: 1200 })],
  ] as const;
  const orders = [[0, 1, 2], [2, 1, 0], [1, 0, 2], [0, 2, 1]];
  it.each(whole.flatMap(([name, p]) => orders.map((o) => [name, o, p] as const)))("%s out, order %j: same fragment sizes, right checksum, one identification", (_n, order, p) => {
    const h = aftr();
    const parts = cut4(p, 480, 960);
    const results = order.map((i) => h.feed(ACCESS, wrap(parts[i])));
    const sent = results.flatMap((r) => r.out.map((o) => o.bytes));
    expect(sent.map((b) => b.length)).toEqual(parts.map((b) => b.length));
    expect(new Set(sent.map((b) => u16(b, 4))).size).toBe(1);
    const joined = join4(sent);
    expect([isRight(joined), src4(joined), joined[8]]).toEqual([true, POOL, 63]);
  });
  it("in from the Internet, and hairpinned, in any order", () => {
    const h = aftr();
    const a = port(h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE }))).out[0].bytes, "src");
    const parts = cut4(udp4({ src: REMOTE, dst: POOL, sport: 5353, dport: a, size: 1200 }), 480, 960);
    const inside = join4([2, 0, 1].flatMap((i) => h.feed(CORE, parts[i]).out.map((o) => unwrap(o.bytes))));
    expect([isRight(inside), dst4(inside), port(inside, "dst")]).toEqual([true, HOST, 6000]);
    const pin = cut4(udp4({ src: HOST, dst: POOL, dport: a, size: 1200 }), 480, 960);
    const results = [2, 0, 1].flatMap((i) => h.feed(ACCESS, wrap(pin[i], OTHER_B4)).out);
    expect(results.map((o) => dst6(o.bytes))).toEqual([B4, B4, B4]);
    expect(isRight(join4(results.map((o) => unwrap(o.bytes))))).toBe(true);
  });
  it("B4s with the same fragments are kept apart; overlaps and datagrams without mapping vanish", () => {
    const h = aftr();
    const parts = cut4(udp4({ src: HOST, dst: REMOTE, size: 1200 }), 480);
    expect([h.feed(ACCESS, wrap(parts[0])).reason, h.feed(ACCESS, wrap(parts[1], OTHER_B4)).reason]).toEqual(["aftr-inner-fragment-held", "aftr-inner-fragment-held"]);
    expect(h.feed(ACCESS, wrap(cut4(udp4({ src: HOST, dst: REMOTE, size: 1200 }), 472)[1])).reason).toBe("aftr-inner-fragment-malformed");
    expect(cut4(udp4({ src: REMOTE, dst: POOL, dport: 7777, size: 900 }), 480).map((p) => h.feed(CORE, p).reason)).toEqual(["aftr-inner-fragment-held", "aftr-no-mapping"]);
  });
  it("an IPv4 fragment inside an outer fragment, whichever slots the two datagrams get", () => {
    const h = aftr();
    for (let id = 1; id < 200; id++) {
      const [first, second] = cut4(udp4({ src: HOST, dst: REMOTE, size: 1472, id }), 1200);
      const b4 = `2001:db8:${id.toString(16)}::${((id * 40503) & 0xffff).toString(16)}`;
      const sent = [...cut6(first, [800], { id, b4 }), wrap(second, b4)].flatMap((p) => h.feed(ACCESS, p).out.map((o) => o.bytes));
      expect([isRight(join4(sent)), sent.length]).toEqual([true, 2]);
    }
  });
  it("only options with the copied flag are in later fragments (RFC 791 section 3.1)", () => {
    const h = aftr();
    const p = udp4({ src: HOST, dst: REMOTE, size: 1200, options: Uint8Array.of(0x94, 4, 0, 0, 7, 3, 4, 0) });
    const sent = cut4(p, 480).map((f) => h.feed(ACCESS, wrap(f)))[1].out.map((o) => o.bytes);
    expect(sent.map((b) => b[0] & 15)).toEqual([7, 6, 6].slice(0, sent.length));
    expect([...sent[1].slice(20, 24)]).toEqual([0x94, 4, 0, 0]);
  });
});
