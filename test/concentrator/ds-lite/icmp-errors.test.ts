import { describe, expect, it } from "vitest";
import { ACCESS, CORE } from "../../../src/config/types.js";
import { put16, u16 } from "../../../src/wire/bits.js";
import { checksum, finish, pseudo4, sum } from "../../../src/wire/checksum.js";
import { dst4, dst6, icmp4, src4 } from "../harness.js";
import { B4, HOST, OTHER_B4, POOL, REMOTE, SYN, aftr, echo4, isRight, port, tcp4, udp4, unwrap, wrap } from "./packets.js";

const ROUTER = "192.0.2.9";
/** What a quoted packet's transport checksum is off by (0: right). */
function quotedOff(q: Uint8Array): number {
  const o = (q[0] & 15) * 4;
  const len = u16(q, 2) - o;
  return q[9] === 1 ? checksum(q, o, len) : finish(sum(q, o, len, pseudo4(q, 12, len, q[9])));
}
const kinds = [
  ["UDP", udp4({ src: HOST, dst: REMOTE, size: 33 })], ["TCP", tcp4({ src: HOST, dst: REMOTE, flags: SYN, size: 9 })], ["ICMP", echo4({ src: HOST, dst: REMOTE, size: 21 })],
] as const;

describe("errors from the Internet (RFC 5508 REQ-3, REQ-4)", () => {
  it.each(kinds.flatMap(([n, p]) => [[3, 1], [3, 4], [11, 0], [12, 0]].map(([type, code]) => [n, type, code, p] as const)))("%s, type %i/%i: destination, quotation and every checksum", (_n, type, code, p) => {
    const h = aftr();
    const sent = h.feed(ACCESS, wrap(p)).out[0].bytes;
    const r = h.feed(CORE, icmp4(ROUTER, POOL, type, code, 1400, sent));
    const b = unwrap(r.out[0].bytes);
    expect([r.reason, dst6(r.out[0].bytes), src4(b), dst4(b), b[20], b[21], u16(b, 26), isRight(b)]).toEqual(["aftr-icmp-error-in", B4, ROUTER, HOST, type, code, 1400, true]);
    const q = b.slice(28);
    expect([src4(q), dst4(q), quotedOff(q)]).toEqual([HOST, REMOTE, 0]);
    expect(q.slice(20)).toEqual(p.slice(20));
  });
  it("a quotation cut after 8 transport bytes; a wrong quoted transport checksum stays wrong by the same", () => {
    const h = aftr();
    const p = tcp4({ src: HOST, dst: REMOTE, flags: SYN, size: 40 });
    const sent = h.feed(ACCESS, wrap(p)).out[0].bytes;
    const b = unwrap(h.feed(CORE, icmp4(ROUTER, POOL, 3, 3, 0, sent.slice(0, 28))).out[0].bytes);
    expect([isRight(b), b.slice(48)]).toEqual([true, p.slice(20, 28)]);
    sent[36] ^= 0x55;
    const bad = unwrap(h.feed(CORE, icmp4(ROUTER, POOL, 3, 3, 0, sent)).out[0].bytes);
    expect(isRight(bad)).toBe(true);
    expect(u16(bad, 28 + 36) ^ u16(p, 36)).not.toBe(0);
    expect(quotedOff(bad.slice(28))).not.toBe(0);
  });
  it.each([
    ["the ICMP checksum is wrong", (e: Uint8Array) => void (e[22] ^= 1), "aftr-icmp-error-invalid"],
    ["nobody has the quoted port", (e: Uint8Array) => { put16(e, 48, 9); fix(e); }, "aftr-icmp-error-no-mapping"],
    ["the quoted source is another address", (e: Uint8Array) => { e[43] ^= 1; put16(e, 38, 0); put16(e, 38, checksum(e, 28, 20)); fix(e); }, "aftr-icmp-error-no-mapping"],
    ["the quoted header checksum is wrong", (e: Uint8Array) => { e[38] ^= 1; fix(e); }, "aftr-icmp-error-invalid"],
  ])("dropped when %s", (_what, spoil, reason) => {
    const h = aftr();
    const e = icmp4(ROUTER, POOL, 3, 1, 0, h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE }))).out[0].bytes);
    spoil(e);
    expect(h.feed(CORE, e)).toEqual({ reason, out: [] });
  });
  it("redirect and source quench are not translated; an error keeps no mapping alive (REQ-6)", () => {
    const h = aftr();
    const sent = h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE })), 1000).out[0].bytes;
    expect([4, 5].map((type) => h.feed(CORE, icmp4(ROUTER, POOL, type, 0, 0, sent)).reason)).toEqual(["aftr-icmp-type", "aftr-icmp-type"]);
    expect(h.feed(CORE, icmp4(ROUTER, POOL, 3, 1, 0, sent), 1290).reason).toBe("aftr-icmp-error-in");
    expect(h.feed(CORE, icmp4(ROUTER, POOL, 3, 1, 0, sent), 1400).reason).toBe("aftr-icmp-error-no-mapping");
  });
});
function fix(e: Uint8Array): void {
  put16(e, 22, 0);
  put16(e, 22, checksum(e, 20, e.length - 20));
}

describe("errors from inside (RFC 5508 REQ-5, REQ-7)", () => {
  it.each([HOST, "192.168.1.1"])("from %s about a packet that came in: external source, quotation as the sender knows it", (from) => {
    const h = aftr();
    const p = port(h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE }))).out[0].bytes, "src");
    const native = udp4({ src: REMOTE, dst: POOL, sport: 5353, dport: p, size: 41 });
    const seen = unwrap(h.feed(CORE, native).out[0].bytes);
    const r = h.feed(ACCESS, wrap(icmp4(from, REMOTE, 3, 3, 0, seen)));
    const b = r.out[0].bytes;
    expect([r.reason, r.out[0].side, src4(b), dst4(b), isRight(b), quotedOff(b.slice(28))]).toEqual(["aftr-icmp-error-out", CORE, POOL, REMOTE, true, 0]);
    expect(b.slice(40)).toEqual(native.slice(12));
  });
  it("about a packet that no mapping explains, or of another B4: dropped", () => {
    const h = aftr();
    const p = port(h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE }))).out[0].bytes, "src");
    const seen = unwrap(h.feed(CORE, udp4({ src: REMOTE, dst: POOL, sport: 5353, dport: p })).out[0].bytes);
    expect(h.feed(ACCESS, wrap(icmp4(HOST, REMOTE, 3, 3, 0, seen), OTHER_B4)).reason).toBe("aftr-icmp-error-no-mapping");
  });
  it("about a hairpinned packet: outer addresses and quotation for the other B4", () => {
    const h = aftr();
    const a = port(h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE }))).out[0].bytes, "src");
    h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE }), OTHER_B4));
    const p = udp4({ src: HOST, dst: POOL, dport: a, size: 33 });
    const seen = unwrap(h.feed(ACCESS, wrap(p, OTHER_B4)).out[0].bytes);
    const r = h.feed(ACCESS, wrap(icmp4(HOST, POOL, 3, 3, 0, seen)));
    const b = unwrap(r.out[0].bytes);
    expect([r.reason, r.out[0].side, dst6(r.out[0].bytes), src4(b), dst4(b), isRight(b), quotedOff(b.slice(28))]).toEqual(["aftr-hairpinned", ACCESS, OTHER_B4, POOL, HOST, true, 0]);
    expect(b.slice(40)).toEqual(p.slice(12));
  });
});
