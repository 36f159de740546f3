/** Exhibits of the rules on tunnels, routers and well-known addresses. */
import * as B from "./build.js";
import type { Step } from "./build.js";
import { type Case, type Exhibit, on, under } from "./exhibit.js";

const udp: B.Flow = { sport: 40000, eport: 41000 };
const tcp: B.Flow = { proto: 6, sport: 40000, eport: 41000 };
const base = [...B.outward(udp, 0), ...B.inward(udp, 1)];
const others = [0, 1, 2, 3].flatMap((i) => B.outward({ sport: 50000 + 2 * i, eport: 60000 + 2 * i, b4: B.B4B }, i * 0.2));
const out = (packet: Uint8Array, at = 1.001): Step => B.accessOut(packet, { at });
const toB4 = (f: B.Flow = udp, o: B.Four = {}, s: B.Soft = {}): Uint8Array => B.toB4(B.insideIn(f, o), s);
const large = B.bytes(1460);
const tiny = Uint8Array.of(4, 0, 4, 2, 4, 1, 0, 0);
const sized = (n: number, at: number, seed = 3): Step => B.coreIn(B.outsideIn(udp, { payload: B.bytes(n, seed) }), { at });
/** The packet of `n` bytes of payload, in outer fragments of `size` bytes of payload each. */
const pieces = (n: number, size: number, at: number, id = 5, seed = 3): Step[] => B.outerFragments(toB4(udp, { payload: B.bytes(n, seed) }), size, id).map((p, i) => out(p, at + i * 0.0001));
const into = (p: Uint8Array, size: number, at: number, apart = 0.001, order = [0, 1], id = 5): Step[] => {
  const f = B.outerFragments(p, size, id);
  return order.map((k, i) => B.accessIn(f[k], { at: at + i * apart }));
};
/** Packet Too Big about the inward packet of `base`. */
const tooBig = (mtu: number, at: number): Step => B.accessIn(B.error6(2, 0, mtu, toB4()), { at });
const inner = (n: number): Uint8Array => B.insideOut(udp, { payload: B.bytes(n) });
const outOf = (n: number, at: number): Step => B.coreOut(B.outsideOut(udp, { payload: B.bytes(n) }), { at });
/** Fragments of a softwire packet of 48 + 400 bytes of which the second begins 8 bytes early; `at` s. */
const overlapping = (at: number, apart = 0.001): Step[] => {
  const p = B.soft(inner(400));
  const [first] = B.outerFragments(p, 240);
  const part = p.subarray(40 + 232);
  const second = new Uint8Array(48 + part.length);
  second.set(first.subarray(0, 48));
  second.set(part, 48);
  second[4] = (8 + part.length) >> 8;
  second[5] = (8 + part.length) & 255;
  second[42] = 0;
  second[43] = 232;
  return [B.accessIn(first, { at }), B.accessIn(second, { at: at + apart })];
};
const atomic = (at: number, id: number): Step => B.accessIn(B.outerFragments(B.soft(B.insideOut(udp, { id })), 4000, id)[0], { at });
const b4Own: B.Flow = { ...udp, src: "192.0.0.2" };
const own = (address: string, at: number, dport = 5000): Step => B.accessIn(B.soft(B.four({ src: address, dport })), { at });
const request = (at: number, seq = 1): Step => B.accessIn(B.soft(B.four({ proto: 1, type: 8, word: (7 << 16) | seq, dst: "192.0.0.1" })), { at });
const answer = (at: number, seq = 1, src = "192.0.0.1"): Step => out(B.toB4(B.four({ proto: 1, type: 0, word: (7 << 16) | seq, src, dst: "192.168.1.10" })), at);
/** An echo request that is known by its data. */
const TOLD: B.Four = { proto: 1, word: 0x70001, payload: new TextEncoder().encode("data of this one only") };
const toldRequest = B.accessIn(B.soft(B.four({ ...TOLD, type: 8, dst: "192.0.0.1" })), { at: 2 });
const toldReply = (o: B.Four): Step => out(B.toB4(B.four({ ...TOLD, type: 0, src: "192.0.0.1", dst: "192.168.1.10", ...o })), 2.001);
const expiring = (src = "192.168.1.10", id = 77): Uint8Array => B.insideOut({ ...udp, src, id }, { ttl: 1 });
const expiringTo = (dst: string): Uint8Array => B.insideOut({ ...udp, dst }, { ttl: 1 });
/** A packet without a way, and an ICMPv4 error about it. */
const lost = (): Step => B.accessIn(B.soft(B.insideOut(udp)), { at: 1 });
const refused = (about: Uint8Array, src = "192.0.0.1", dst = "192.168.1.10"): Step => out(B.toB4(B.error(3, 1, about, { src, dst, ttl: 64 })), 1.001);
const exceeded = (at: number, about: Uint8Array, src = "192.0.0.1", dst = "192.168.1.10", o: B.Four = {}): Step => out(B.toB4(B.error(11, 0, about, { src, dst, ttl: 64, ...o })), at);
const sentIn = toB4();
const relayed = (o: { dst?: string; sum?: "wrong"; word?: number; code?: number; quote?: Uint8Array } = {}): Step =>
  B.coreOut(B.error(3, o.code ?? 1, o.quote ?? B.outsideIn(udp), { src: B.CORE, dst: o.dst ?? B.HOST, ttl: 64, word: o.word ?? 0, sum: o.sum }), { at: 2.001 });
const unreachable = B.accessIn(B.error6(1, 0, 0, sentIn), { at: 2 });
const dfIn = B.outsideIn(udp, { df: true });
const dfTooBig = B.accessIn(B.error6(2, 0, 1400, toB4(udp, { df: true })), { at: 2 });
const honour = (...steps: readonly (Step | Step[])[]): Case => under({ cfg: { oversize: "honour-df" } }, ...steps);
const refusal = (word: number, code = 4): Step => B.coreOut(B.error(3, code, B.outsideIn(udp, { payload: large, df: true }), { src: B.CORE, dst: B.HOST, ttl: 64, word }), { at: 1.001 });
const dfLarge = B.coreIn(B.outsideIn(udp, { payload: large, df: true }), { at: 1 });
/** A SYN with an MSS option, made by putting the option where the payload begins. */
const syn = (f: (o: B.Four) => Uint8Array, mss: number): Uint8Array => {
  const p = f({ flags: 2, payload: Uint8Array.of(2, 4, mss >> 8, mss & 255) });
  const at = p[0] >>> 4 === 6 ? 60 : 20;
  p[at + 12] = 0x60;
  return p;
};
const synOut = (mss: number): Case => on(B.accessIn(B.soft(syn((o) => B.insideOut(tcp, o), 1460)), { at: 0 }), B.coreOut(syn((o) => B.outsideOut(tcp, o), mss), { at: 0.001 }));
const plain = (inside: B.Four, outside: B.Four, tc?: number): Step[] => [B.accessIn(B.soft(B.insideOut(udp, inside), tc === undefined ? {} : { tc }), { at: 0 }), B.coreOut(B.outsideOut(udp, outside), { at: 0.001 })];
const pipe: B.Over = { cfg: { copyDscpIn: false, copyDscpOut: false } };
const bypass: B.Flow = { dst: "100.64.9.5" };
const sharedEnd: B.Flow = { ...udp, b4: B.B4B, src: "10.0.0.5", sport: 48000, dst: B.HOST2 };
const ftp: B.Flow = { proto: 6, sport: 40000, eport: 41000, dport: 21 };
const storm = (n: number, apart: number): Step[] => Array.from({ length: n }, (_, i) => expiring("192.168.1.10", i)).flatMap((p, i) => [B.accessIn(B.soft(p), { at: i * apart }), { ...exceeded(0, p), at: i * apart + 0.001 }]);
const unknownOption = B.soft(B.insideOut(udp), { ext: Uint8Array.of(4, 0, 0x85, 1, 4, 1, 1, 0) });
/** Time Exceeded in reassembly that quotes so many bytes of a first fragment of 1448 + 48. */
const late = (quote: number, words = 0): Step => out(B.error6(3, 1, words * 0x1000000, B.outerFragments(B.soft(B.insideOut(udp, { payload: large })), 1448)[0].subarray(0, quote), { src: B.AFTR, dst: B.B4A }), 62);
const tooLong = out(Uint8Array.from([...late(1232).packet, ...B.bytes(8)]).with(5, 0xe0), 62);
const parameter = (quote: number, src = B.AFTR): Step => {
  const p = B.error6(4, 2, 42, unknownOption.subarray(0, quote), { src, dst: B.B4A });
  return out(p, 1.001);
};
const mtu1540: B.Over = { cfg: { mtuV6: 1600 }, written: ["mtu-v6"] };

export const tunnelExhibits: readonly Exhibit[] = [
  {
    rule: "RFC2473-3.1-2", conforming: [on(base)],
    violating: [on(B.outward(udp, 0), B.coreIn(B.outsideIn(udp), { at: 1 }), out(toB4(udp, {}, { src: "2001:db8:ff::1" }))), under({ written: ["b4-prefixes"] }, out(toB4(udp, {}, { dst: "2001:db8:bad::1" })))],
    near: [on(out(toB4(udp, {}, { dst: "2001:db8:bad::1" })))],
  },
  {
    rule: "RFC2473-3.1-3", conforming: [on(out(toB4(udp, {}, { ext: B.LIMIT }))), on(pieces(1460, 1024, 1))],
    violating: [on(out(toB4(udp, {}, { next: 60, ext: Uint8Array.of(0, 0, 1, 4, 0, 0, 0, 0, 4, 0, 1, 4, 0, 0, 0, 0) })))], near: [on(base)],
  },
  { rule: "RFC2473-4.1.1-1", conforming: [on(out(toB4(udp, {}, { ext: B.LIMIT })))], violating: [on(out(toB4(udp, {}, { ext: tiny })))], near: [on(base)] },
  { rule: "RFC2473-4.1.1-1.b4", conforming: [on(B.accessIn(B.soft(B.insideOut(udp), { ext: B.LIMIT })))], violating: [on(B.accessIn(B.soft(B.insideOut(udp), { ext: tiny })))], near: [on(base)] },
  { rule: "RFC2473-4.1.1-4", conforming: [on(base)], used: [on(out(toB4(udp, {}, { ext: B.LIMIT })))] },
  ...["RFC2473-5-2", "RFC6333-5.2-1"].map((rule): Exhibit => ({
    rule, conforming: [on(base)], violating: [on(out(toB4(udp, {}, { next: 41 }))), on(out(B.changed(toB4(), 40, 0x65)))], near: [on(out(B.soft(B.insideIn(udp), { src: "2001:db8::9", dst: B.B4A, next: 41 }))), on(out(toB4(udp, {}, { next: 17 })))],
  })),
  {
    rule: "RFC2473-6.3-2", conforming: [under({ written: ["hop-limit"] }, base)], violating: [under({ written: ["hop-limit"] }, out(toB4(udp, {}, { hop: 63 })))], near: [on(out(toB4(udp, {}, { hop: 63 })))],
  },
  {
    rule: "RFC2473-6.5-1", conforming: [on(base), on(out(toB4(udp, {}, { label: 0x1234 })), out(toB4(udp, { payload: B.bytes(9) }, { label: 0x1234 }), 2))],
    violating: [on(out(toB4(udp, {}, { label: 0x1234 })), out(toB4(udp, { payload: B.bytes(9) }, { label: 0x4321 }), 2))],
    near: [on(out(toB4(udp, {}, { label: 0x1234 })), out(toB4({ ...udp, sport: 40002 }, {}, { label: 0x4321 }), 2))],
  },
  { rule: "RFC2473-7-1", conforming: [on(pieces(1460, 1024, 1))], violating: [on(B.outerFragments(B.soft(B.insideIn(udp, { payload: large }), { src: "2001:db8:ff::1", dst: B.B4A }), 1024).map((p) => out(p)))], near: [on(base)] },
  { rule: "RFC8504-5.1-1", conforming: [on(pieces(1460, 1024, 1))], violating: [on(B.outerFragments(toB4(), 4000).map((p) => out(p)))], near: [on(base)] },

  ...["RFC2473-6.7-1", "RFC2473-8.1-1"].map((rule): Exhibit => ({
    rule, conforming: [on(base, tooBig(1400, 2), sized(1460, 4), pieces(1460, 1352, 4.001))],
    violating: [on(base, tooBig(1400, 2), tooBig(1400, 3), sized(1400, 5), out(toB4(udp, { payload: B.bytes(1400, 3) }), 5.001))],
    // One message may be lost (a larger one confirms nothing); a packet at once after it is on its way already; after five minutes larger ones are tried again; offload; a forged quotation; a damaged message.
    near: [
      on(base, tooBig(1400, 2), sized(1400, 5), out(toB4(udp, { payload: B.bytes(1400, 3) }), 5.001)), on(base, tooBig(1400, 2), tooBig(1480, 3), sized(1400, 5), out(toB4(udp, { payload: B.bytes(1400, 3) }), 5.001)), on(base, tooBig(1400, 2), tooBig(1400, 2.1), sized(1400, 2.5), out(toB4(udp, { payload: B.bytes(1400, 3) }), 2.501)),
      on(base, tooBig(1400, 2), tooBig(1400, 3), sized(1400, 320), out(toB4(udp, { payload: B.bytes(1400, 3) }), 320.001)), on(base, tooBig(1400, 2), tooBig(1400, 3), out(toB4(tcp, { payload: B.bytes(4000) }), 5)),
      on(base, B.accessIn(B.error6(2, 0, 1400, toB4(udp, { payload: B.bytes(77) })), { at: 5 }), B.accessIn(B.error6(2, 0, 1400, toB4(udp, { payload: B.bytes(77) })), { at: 6 }), sized(1400, 8), out(toB4(udp, { payload: B.bytes(1400, 3) }), 8.001)),
      on(base, [2, 3].map((at) => B.accessIn(B.changed(B.error6(2, 0, 1400, toB4()), 43, 0x77), { at })), sized(1400, 5), out(toB4(udp, { payload: B.bytes(1400, 3) }), 5.001)),
    ],
  })),
  {
    rule: "RFC8201-4-1", conforming: [on(base, pieces(1460, 1448, 1.5), tooBig(1000, 2), pieces(1460, 1448, 4, 6, 4))], violating: [on(base, pieces(1460, 1448, 1.5), tooBig(1000, 2), pieces(1460, 952, 4, 6, 4))],
    near: [on(base, pieces(1460, 752, 1.5), tooBig(1000, 2), pieces(1460, 752, 4, 6, 4)), on(base, pieces(1460, 1448, 1.5), tooBig(1000, 2), tooBig(1300, 2.1), pieces(1460, 752, 4, 6, 4))],
  },
  {
    rule: "RFC8201-4-2", conforming: [on(base, tooBig(1400, 2), pieces(1460, 1352, 4), pieces(1460, 1352, 200, 6, 4))], violating: [on(base, tooBig(1400, 2), pieces(1460, 1352, 4), pieces(1460, 1448, 200, 6, 4))],
    near: [on(base, tooBig(1400, 2), pieces(1460, 1352, 4), pieces(1460, 1448, 310, 6, 4)), on(base, tooBig(1400, 2), pieces(1460, 1448, 4), pieces(1460, 1448, 200, 6, 4))],
  },
  {
    rule: "RFC2473-7.2-1", conforming: [honour(B.outward(udp, 0), dfLarge, refusal(1460))],
    violating: [honour(B.outward(udp, 0), dfLarge, B.outerFragments(B.toB4(B.insideIn(udp, { payload: large, df: true })), 1024).map((p) => out(p))), honour(B.outward(udp, 0), dfLarge, refusal(1500)), honour(B.outward(udp, 0), dfLarge, refusal(0, 1))],
    near: [on(B.outward(udp, 0), dfLarge, B.outerFragments(B.toB4(B.insideIn(udp, { payload: large, df: true })), 1024).map((p) => out(p))), honour(dfLarge, refusal(1500))],
  },
  {
    rule: "RFC6908-2.2-1", conforming: [under({ written: ["mtu-v6"] }, pieces(1460, 1448, 1)), under(mtu1540, out(toB4(udp, { payload: large })))], violating: [under(mtu1540, pieces(1460, 1448, 1))],
    near: [on(pieces(1400, 800, 1)), under(mtu1540, base, tooBig(1400, 2), pieces(1460, 1352, 4))],
  },

  {
    rule: "RFC8200-4.5-2", conforming: [on(pieces(1460, 1024, 1, 5), pieces(1460, 1024, 2, 6, 4))], violating: [on(pieces(1460, 1024, 1, 5), pieces(1460, 1024, 2, 5, 4))],
    near: [on(pieces(1460, 1024, 1, 5), pieces(1460, 1024, 1.0005, 5)), on(pieces(1460, 1024, 1, 5), pieces(1460, 1024, 70, 5, 4))],
  },
  {
    rule: "RFC8200-4.5-4", conforming: [on(into(B.soft(inner(1200)), 800, 1, 78))], violating: [on(into(B.soft(inner(1200)), 800, 1, 78), outOf(1200, 79.001))],
    near: [on(into(B.soft(inner(1200)), 800, 1, 59), outOf(1200, 60.001)), on(into(B.soft(inner(1200)), 800, 1, 61), outOf(1200, 62.001))],
  },
  {
    rule: "RFC8200-4.5-5", conforming: [on(overlapping(1))], violating: [on(overlapping(1), outOf(400, 1.002))],
    // Copies of a frame do not overlap; an identification that is used again after 60 s is another datagram.
    near: [on(into(B.soft(inner(400)), 240, 1, 0.001, [0, 0, 1, 1]), outOf(400, 1.004)), on(overlapping(1).slice(0, 1), overlapping(70).slice(1), outOf(400, 70.002)), on(overlapping(1, 6), outOf(400, 7.001))],
  },
  {
    rule: "RFC8200-4.5-6", conforming: [on(B.outward(udp, 0), atomic(1, 1), B.coreOut(B.outsideOut(udp, { id: 1 }), { at: 1.001 }))], violating: [on(B.outward(udp, 0), atomic(1, 1), atomic(2, 2))],
    near: [on(B.outward(udp, 0), atomic(1, 1)), { ...on(B.outward(udp, 0), atomic(1, 1), atomic(2, 2)), options: { complete: false } }],
  },
  ...(["RFC8200-5-2", "RFC2473-7-3"] as const).map((rule): Exhibit => ({
    rule, conforming: [on(others, into(B.soft(inner(1400)), 1024, 2), outOf(1400, 2.01))], violating: [on(others, into(B.soft(inner(1400)), 1024, 2), into(B.soft(inner(1400)), 1024, 3))],
    near: [on(others, into(B.soft(inner(1400)), 1024, 2)), { ...on(others, into(B.soft(inner(1400)), 1024, 2), into(B.soft(inner(1400)), 1024, 3)), options: { complete: false } }, on(others, into(B.soft(inner(2200)), 1448, 2), into(B.soft(inner(2200)), 1448, 3))],
  })),

  { rule: "RFC6333-4.3-1", conforming: [on(own("192.0.0.2", 1))], used: [on(own("192.0.0.2", 1, 53))], near: [on(own("192.168.1.10", 1, 53))] },
  {
    rule: "RFC6333-5.3-3", conforming: [on(B.outward(udp, 0), sized(1460, 1), pieces(1460, 1448, 1.001))],
    violating: [on(B.outward(udp, 0), sized(1460, 1), B.fragments(B.insideIn(udp, { payload: B.bytes(1460, 3) }), 1400).map((p, i) => out(B.toB4(p), 1.001 + i * 0.001)))],
    near: [under({ cfg: { oversize: "pre-fragment" } }, B.outward(udp, 0), sized(1460, 1), B.fragments(B.insideIn(udp, { payload: B.bytes(1460, 3) }), 1400).map((p, i) => out(B.toB4(p), 1.001 + i * 0.001)))],
  },
  { rule: "RFC6333-5.7-1", conforming: [on(request(1), answer(1.001))], violating: [on(request(1), answer(1.001, 1, "192.0.0.2")), on(request(1), answer(1.001, 1, "192.0.0.0"))], near: [on(request(1), answer(1.001, 1, "198.51.100.1"))] },
  { rule: "RFC6333-5.7-2", conforming: [on(own("192.0.0.2", 1))], used: [on(own("192.0.0.3", 1))] },
  {
    rule: "RFC6333-10-1", conforming: [on(B.accessIn(B.soft(expiring("192.0.0.2")), { at: 1 }), exceeded(1.001, expiring("192.0.0.2"), "192.0.0.1", "192.0.0.2"))],
    violating: [on(B.accessIn(B.soft(expiring("192.0.0.2")), { at: 1 }), exceeded(1.001, expiring("192.0.0.2"), B.CORE, "192.0.0.2"))], near: [on(B.accessIn(B.soft(expiring()), { at: 1 }), exceeded(1.001, expiring(), B.CORE))],
  },
  {
    rule: "RFC7335-4-1", conforming: [on(base)], violating: [on(B.accessIn(B.soft(B.insideOut(b4Own))), B.coreOut(B.four({ ...udp, src: B.EXT, dst: "192.0.0.2" }))), on(B.coreOut(B.error(11, 0, B.outsideIn(udp), { src: "192.0.0.1", dst: B.HOST })))],
    near: [under({ cfg: { nat: undefined } }, B.coreOut(B.four({ src: "192.0.0.2" })))],
  },
  { rule: "RFC6333-6.3-3", conforming: [synOut(1460)], used: [synOut(1400)] },
  { rule: "RFC4459-3.2-2", conforming: [synOut(1460)], used: [synOut(1400)] },
  { rule: "RFC6333-6.4-1", conforming: [on(base)], used: [on(B.outward({ ...udp, dport: 53 }, 0))] },
  {
    rule: "RFC6333-8.3-1", conforming: [on(B.outward(ftp, 0))], used: [under({ nat: { alg: ["ftp"] } }, B.accessIn(B.soft(B.insideOut(ftp, { payload: B.bytes(60) })), { at: 0 }), B.coreOut(B.outsideOut(ftp, { payload: B.changed(B.bytes(60), 40, 9) }), { at: 0.001 }))],
  },
  { rule: "RFC6333-11-4", conforming: [on(B.accessIn(B.soft(B.insideOut(bypass))), B.coreOut(B.insideOut(bypass, { ttl: 62 })))], violating: [on(B.outward(bypass, 0))], near: [on(base)] },
  {
    rule: "RFC6333-B.1.1-2", conforming: [on(base)], violating: [on(B.outward(udp, 0), B.coreIn(B.outsideIn(udp), { at: 1 }), out(B.toB4(B.insideIn(udp), { dst: B.B4B })))],
    near: [on(B.inward(udp, 1))],
  },
  { rule: "RFC6333-B.1.2-1", conforming: [on(B.outward(udp, 0), B.outward({ ...sharedEnd, eport: 45000 }, 1))], violating: [on(B.outward(udp, 0), B.outward({ ...sharedEnd, dst: B.HOST }, 1))], near: [on(B.outward(udp, 0), B.outward({ ...sharedEnd, dst: B.HOST }, 500)), on(B.outward(udp, 0), B.outward(sharedEnd, 1))] },
  {
    rule: "RFC6333-B.2-1", conforming: [on(B.outward(b4Own, 0), B.outward({ ...b4Own, b4: B.B4B, eport: 45000 }, 1))], violating: [on(B.outward(b4Own, 0), B.outward({ ...b4Own, b4: B.B4B }, 1))],
    near: [on(B.outward(udp, 0), B.outward(sharedEnd, 1)), on(B.outward(b4Own, 0), B.outward({ ...b4Own, b4: B.B4B, dst: B.HOST2 }, 1))],
  },
  {
    rule: "RFC7785-4-4", conforming: [under({ cfg: { subscriberPrefixLength: 56 } }, B.outward(udp, 0), B.outward({ ...udp, b4: B.B4B, dst: B.HOST2 }, 1))],
    used: [under({ cfg: { subscriberPrefixLength: 56 } }, B.outward(udp, 0), B.outward({ ...udp, b4: B.B4B, dst: B.HOST2 }, 1))],
  },

  { rule: "RFC791-3.1-1", conforming: [on(base)], violating: [on(plain({ ttl: 63 }, { ttl: 63 })), on(plain({ ttl: 63 }, { ttl: 64 }))], near: [on(plain({ ttl: 63 }, { ttl: 61 }))] },
  {
    rule: "RFC792-destination-unreachable-1", conforming: [on(base, unreachable, relayed()), on(lost(), refused(B.insideOut(udp)))],
    // The AFTR's own errors: to another inner host of the same B4 than the one that sent the packet.
    violating: [on(base, unreachable, relayed({ dst: B.HOST2 })), on(base, unreachable, relayed({ sum: "wrong" })), on(lost(), refused(B.insideOut(udp), "192.0.0.1", "192.168.1.77"))],
    // Of another address it may be an error of the Internet, about a packet that the tap missed; one that quotes another sender went to that one.
    near: [
      on(lost(), refused(B.insideOut(udp), B.HOST, "192.168.1.77")),
      on(lost(), refused(B.insideOut({ ...udp, src: "192.168.1.77" }), "192.0.0.1", "192.168.1.77")),
    ],
  },
  {
    rule: "RFC1191-4-1", conforming: [on(base, B.coreIn(dfIn, { at: 1.5 }), out(toB4(udp, { df: true }), 1.501), dfTooBig, relayed({ code: 4, word: 1360, quote: dfIn }))],
    violating: [on(base, B.coreIn(dfIn, { at: 1.5 }), out(toB4(udp, { df: true }), 1.501), dfTooBig, relayed({ code: 4, word: 0, quote: dfIn })), on(base, dfTooBig, relayed({ code: 4, word: (9 << 16) | 1360, quote: dfIn }))],
  },
  {
    rule: "RFC1812-4.3.2.7-1.ds-lite", conforming: [on(B.accessIn(B.soft(expiring()), { at: 1 }), exceeded(1.001, expiring()))],
    violating: [on(B.accessIn(B.soft(expiringTo("224.0.0.9")), { at: 1 }), exceeded(1.001, expiringTo("224.0.0.9"))), on(B.accessIn(B.soft(expiringTo("255.255.255.255")), { at: 1 }), exceeded(1.001, expiringTo("255.255.255.255")))],
  },
  { rule: "RFC1812-4.3.2.8-1", conforming: [under({ cfg: { icmpRate: 10, icmpBurst: 10 }, written: ["icmp-rate"] }, storm(10, 0.01))], violating: [under({ cfg: { icmpRate: 10, icmpBurst: 10 }, written: ["icmp-rate", "icmp-burst"] }, storm(40, 0.01))], near: [on(storm(40, 0.01)), under({ cfg: { icmpRate: 10 }, written: ["icmp-rate"] }, storm(30, 0.1))] },
  {
    rule: "RFC1812-5.3.7-1", conforming: [on(B.accessIn(B.soft(B.four({ dst: "127.0.0.1" })))), on(B.coreIn(B.outsideIn({ ...udp, dst: "127.0.0.1" })))],
    violating: [on(B.accessIn(B.soft(B.four({ ...udp, dst: "240.0.0.1" }))), B.coreOut(B.outsideOut({ ...udp, dst: "240.0.0.1" })))], near: [on(base), on(B.accessIn(B.soft(B.four({ ...udp, dst: "224.0.0.9" }))), B.coreOut(B.outsideOut({ ...udp, dst: "224.0.0.9" })))],
  },
  {
    rule: "RFC4443-2.4-1.ds-lite", conforming: [on(B.accessIn(unknownOption, { at: 1 }), parameter(200)), on(B.outward(udp, 0), late(1232))],
    violating: [on(B.accessIn(unknownOption, { at: 1 }), parameter(90)), on(B.outward(udp, 0), late(400)), on(B.outward(udp, 0), tooLong)],
    // RFC 4884: eight words are quoted, and an extension follows.
    near: [on(B.outward(udp, 0), late(1232)), on(B.outward(udp, 0), late(64, 8))],
  },
  {
    rule: "RFC6598-4-1", conforming: [on(base)], violating: [under({ cfg: { innerSources: [] } }, B.accessIn(B.soft(B.four({ src: "100.64.1.1" }))), B.coreOut(B.four({ src: "100.64.1.1", ttl: 62 })))],
    near: [under({ cfg: { nat: undefined } }, B.coreOut(B.four({ src: "100.64.1.1" })))],
  },
  { rule: "RFC2983-3.1-1", conforming: [on(plain({ tos: 0 }, { tos: 0x28 }, 0x28))], violating: [on(plain({ tos: 0 }, { tos: 0 }, 0x28))], near: [under(pipe, plain({ tos: 0 }, { tos: 0 }, 0x28))] },
  { rule: "RFC2983-3.1-2", conforming: [under(pipe, plain({ tos: 0x28 }, { tos: 0x28 }, 0))], violating: [under(pipe, plain({ tos: 0x28 }, { tos: 0 }, 0))], near: [on(plain({ tos: 0x28 }, { tos: 0 }, 0))] },
  {
    rule: "RFC6908-2.10-1", conforming: [on(base), on(plain({ tos: 0 }, { tos: 0x28 }, 0x28))],
    violating: [on(plain({ tos: 0 }, { tos: 0 }, 0x28)), on(B.outward(udp, 0), B.coreIn(B.outsideIn(udp, { tos: 0xb8 }), { at: 1 }), out(toB4(udp, { tos: 0xb8 }, { tc: 0 })))], near: [under(pipe, plain({ tos: 0 }, { tos: 0 }, 0x28))],
  },
  { rule: "RFC6908-2.11-1", conforming: [on(base)], violating: [on(B.outward({ ...udp, sport: 500, eport: 500 }, 0))], near: [under({ nat: { pool: { ranges: [{ from: B.v4(B.EXT), to: B.v4(B.EXT2) }], portFrom: 1, portTo: 65535 } } }, B.outward({ ...udp, sport: 500, eport: 500 }, 0))] },
  {
    rule: "RFC6908-3.2.2-1", conforming: [on(base, request(2), answer(2.001))], violating: [on(base, request(2, 1), request(3, 2), request(4, 3), B.inward(udp, 8))],
    near: [on(base, request(2, 1), request(3, 2), B.inward(udp, 8)), on(base, request(2, 1), answer(2.001, 1), request(3, 2), request(4, 3), request(5, 4), B.inward(udp, 9)), { ...on(base, request(2, 1), request(3, 2), request(4, 3)), options: { complete: false } }],
  },
  {
    rule: "RFC1812-4.3.3.6-1", conforming: [on(base, request(2), answer(2.001))],
    violating: [{ src: "192.0.0.9" }, { dst: "192.168.1.11" }, { word: 0x70002 }].map((o) => on(base, toldRequest, toldReply(o))),
    near: [on(base, toldRequest, toldReply({ src: "192.0.0.9", word: 0x70002 })), on(base, request(2), B.accessOut(B.toB4(B.four({ src: "192.0.0.9", dst: "192.168.1.10", proto: 1, type: 0, word: 0x70001 })), { at: 2.001 }))],
  },
  { rule: "RFC4459-3.4-1", conforming: [on(B.outward(udp, 0), B.inward(udp, 1, { df: true }))], violating: [on(B.outward(udp, 0), B.coreIn(B.outsideIn(udp, { df: true }), { at: 1 }), out(toB4(udp, { df: false })))], near: [on(base)] },
];
