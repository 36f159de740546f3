/** For every rule on DS-Lite: traffic that keeps it, traffic that breaks it, traffic that comes near without concerning it. */
import * as B from "./build.js";
import type { Step } from "./build.js";
import { type Exhibit, on, under } from "./exhibit.js";
import { tunnelExhibits } from "./exhibits-tunnel.js";

/** Ordinary traffic of other subscribers, so that silence about one stands out; from second 0 to 1. */
export const others = [0, 1, 2, 3].flatMap((i) => B.outward({ sport: 50000 + 2 * i, eport: 60000 + 2 * i, b4: B.B4B }, i * 0.2));
export const udp: B.Flow = { sport: 40000, eport: 41000 };
export const tcp: B.Flow = { proto: 6, sport: 40000, eport: 41000 };
export const big = B.bytes(1460);
/** A packet that is known by its payload. */
const known: B.Flow = { ...udp, payload: new TextEncoder().encode("data of this one only") };
export const tcp2: B.Flow = { proto: 6, sport: 40002, eport: 41002 };
export const SYN = 2, SYN_ACK = 18, ACK = 16, RST = 4, FIN_ACK = 17;
export const handshake = (at: number, f = tcp): Step[] => [
  ...B.outward(f, at, { flags: SYN, seq: 1, payload: new Uint8Array(0) }), ...B.inward(f, at + 0.05, { flags: SYN_ACK, seq: 9, ack: 2, payload: new Uint8Array(0) }),
  ...B.outward(f, at + 0.1, { flags: ACK, seq: 2, ack: 10, payload: new Uint8Array(0) }),
];
export const lost = (f: B.Flow, at: number, o: B.Four = {}): Step => B.coreIn(B.outsideIn(f, o), { at });

// --- errors -------------------------------------------------------------------------------------------------------------------------------
/** From a router on the Internet about an outward packet: as it comes in, and as it is delivered. */
export const errorIn = (type: number, code: number, at: number, o: { word?: number; src?: string; delivered?: Partial<B.Four>; quote?: Uint8Array; bad?: boolean; badSum?: boolean } = {}): Step[] => [
  B.coreIn(B.error(type, code, B.outsideOut(udp), { src: B.ROUTER, dst: B.EXT, ttl: 50, word: o.word ?? 0, sum: o.badSum === true ? "wrong" : undefined }, 36, o.bad), { at }),
  B.accessOut(B.toB4(B.error(type, code, o.quote ?? B.insideOut(udp, { id: 41000 }), { src: o.src ?? B.ROUTER, dst: "192.168.1.10", ttl: 49, word: o.word ?? 0, ...o.delivered }, 36, o.bad)), { at: at + 0.001 }),
];
/** From the inner host about an inward packet. */
export const errorOut = (at: number, o: { src?: string; quote?: Uint8Array } = {}): Step[] => [
  B.accessIn(B.soft(B.error(3, 3, B.insideIn(udp), { src: "192.168.1.10", dst: B.HOST })), { at }),
  B.coreOut(B.error(3, 3, o.quote ?? B.outsideIn(udp), { src: o.src ?? B.EXT, dst: B.HOST, ttl: 62 }), { at: at + 0.001 }),
];
export const expiring = B.insideOut(udp, { ttl: 1 });
export const exceeded = (src = "192.0.0.1", about = expiring): Step => B.accessOut(B.toB4(B.error(11, 0, about, { src, dst: "192.168.1.10", ttl: 64 })), { at: 2.001 });
/** A TCP segment whose TTL ends, of a B4; and an error about it to the other B4, whose inner host has the same address. */
const expiringTcp = B.insideOut(tcp, { ttl: 1, seq: 77 });
const segment = (later: number, src = B.B4A): Step => B.accessIn(B.soft(expiringTcp, { src }), { at: 2 + later });
const astray = (about: Uint8Array, src = "192.0.0.1"): Step => B.accessOut(B.toB4(B.error(11, 0, about, { src, dst: "192.168.1.10", ttl: 64 }), { dst: B.B4B }), { at: 2.003 });
export const tooBig = B.coreIn(B.outsideIn(udp, { payload: big, df: true }), { at: 1 });

// --- hairpin ------------------------------------------------------------------------------------------------------------------------------
export const one: B.Flow = { sport: 40000, eport: 41000 };
export const two: B.Flow = { b4: B.B4B, src: "10.0.0.5", sport: 42000, eport: 43000 };
export const bound = (proto = 17): Step[] => [...B.outward({ ...one, proto }, 0, { flags: SYN }), ...B.outward({ ...two, proto }, 0.1, { flags: SYN })];
export const hair = (proto: number, at: number) => B.four({ proto, src: "192.168.1.10", sport: 40000, dst: B.EXT, dport: 43000, payload: B.bytes(30, 5), flags: SYN, seq: Math.round(at * 100) });
export const hairOut = (proto: number, at: number, src = B.EXT, sport = 41000) =>
  B.four({ proto, src, sport, dst: "10.0.0.5", dport: 42000, payload: B.bytes(30, 5), ttl: 62, flags: SYN, seq: Math.round(at * 100) });
export const hairpin = (proto: number, at: number, src?: string, sport?: number): Step[] => [B.accessIn(B.soft(hair(proto, at)), { at }), B.accessOut(B.toB4(hairOut(proto, at, src, sport), { dst: B.B4B }), { at: at + 0.001 })];
export const leak = (proto: number, at: number): Step[] => [
  B.accessIn(B.soft(hair(proto, at)), { at }),
  B.coreOut(B.four({ proto, src: B.EXT, sport: 41000, dst: B.EXT, dport: 43000, payload: B.bytes(30, 5), ttl: 62, flags: SYN, seq: Math.round(at * 100) }), { at: at + 0.001 }),
];
/** A draft's pool: what was seen of it. */
export const partial: B.Over = { nat: { pool: { ranges: [{ from: B.v4(B.EXT), to: B.v4("203.0.113.4") }], partial: true, portFrom: 1024, portTo: 65535 } } };
const UNLISTED = "203.0.113.77";
export const hairError = B.accessIn(B.soft(B.error(3, 3, hairOut(17, 1), { src: "10.0.0.5", dst: B.EXT }), { src: B.B4B }), { at: 1.5 });
export const hairErrorOut = B.accessOut(B.toB4(B.error(3, 3, hair(17, 1), { src: B.EXT, dst: "192.168.1.10", ttl: 62 })), { at: 1.501 });

// --- fragments ----------------------------------------------------------------------------------------------------------------------------
export const whole = B.insideOut(udp, { payload: big });
const wholeDf = B.insideOut(udp, { payload: big, df: true });
const openCore: B.Over = { cfg: { undeclared: ["core.mtu"] } };
export const wholeOut = B.outsideOut(udp, { payload: big });
export const pieces = (at: number, order = [0, 1], packet = whole): Step[] => order.map((k, i) => B.accessIn(B.outerFragments(B.soft(packet), 1024)[k], { at: at + i * 0.001 }));
export const inPieces = (at: number, size = 800): Step[] => B.fragments(B.outsideIn(udp, { payload: B.bytes(1200) }), size).map((p, i) => B.coreIn(p, { at: at + i * 0.001 }));
export const inDelivered = B.fragments(B.insideIn(udp, { payload: B.bytes(1200) }), 800).map((p, i) => B.accessOut(B.toB4(p), { at: 1.01 + i * 0.001 }));
export const large = B.outsideIn(udp, { payload: big });
export const largeIn = B.insideIn(udp, { payload: big });
export const cutOuter = (size: number, id = 5): Step[] => B.outerFragments(B.toB4(largeIn), size, id).map((p, i) => B.accessOut(p, { at: 1.001 + i * 0.0001 }));
export const outPieces = (size: number, at = 1): Step[] => B.fragments(wholeOut, size).map((p, i) => B.coreOut(p, { at: at + i * 0.0001 }));

// --- errors from inside the softwire --------------------------------------------------------------------------------------------------------
export const sentIn = B.toB4(B.insideIn(udp));
/** A Packet Too Big comes, and then a packet that would fit is cut. */
const cutAfter = (tooBig: Uint8Array): Step[] => [
  B.accessIn(tooBig, { at: 6 }), B.coreIn(B.outsideIn(udp, { payload: B.bytes(1350) }), { at: 7 }),
  ...B.outerFragments(B.toB4(B.insideIn(udp, { payload: B.bytes(1350) })), 1248).map((p, i) => B.accessOut(p, { at: 7.001 + i * 0.001 })),
];
export const six = (type: number, code: number, word = 0, about = sentIn) => B.accessIn(B.error6(type, code, word, about), { at: 2 });
export const relayed = (type: number, code: number, o: { src?: string; quote?: Uint8Array; word?: number } = {}): Step =>
  B.coreOut(B.error(type, code, o.quote ?? B.outsideIn(udp), { src: o.src ?? B.CORE, dst: B.HOST, ttl: 64, word: o.word ?? 0 }), { at: 2.001 });
export const base = [...B.outward(udp, 0), ...B.inward(udp, 1)];
export const dfIn = B.outsideIn(udp, { df: true });
export const dfSent = B.toB4(B.insideIn(udp, { df: true }));

export const zero = (o: B.Four): Step[] => [B.accessIn(B.soft(B.insideOut(udp, { sum: "zero" })), { at: 0 }), B.coreOut(B.outsideOut(udp, o), { at: 0.001 })];
export const ecnOut = (inner: number, outerEcn: number, sent: number): Step[] => [B.accessIn(B.soft(B.insideOut(udp, { tos: inner }), { tc: outerEcn }), { at: 0 }), B.coreOut(B.outsideOut(udp, { tos: sent }), { at: 0.001 })];
export const plainOut = (inside: B.Four, outside: B.Four, at = 0, f: B.Flow = udp): Step[] => [B.accessIn(B.soft(B.insideOut(f, inside), { src: f.b4 ?? B.B4A }), { at }), B.coreOut(B.outsideOut(f, outside), { at: at + 0.001 })];
export const other: B.Flow = { ...udp, dst: B.HOST2 };
export const moved = (f: B.Flow, at: number, o: B.Four = {}): Step[] => B.outward({ ...f, eport: 47000 }, at, o);
export const shared: B.Flow = { ...udp, b4: B.B4B, src: "10.0.0.5", sport: 48000, dst: B.HOST2 };
export const sameInner: B.Flow = { ...udp, b4: B.B4B, dst: B.HOST2 };
export const ping = B.echo({ eport: 900 }, 5, 1);
export const ping2 = B.echo({ eport: 900, dst: B.HOST2 }, 5, 1);
export const ping2Moved = B.echo({ eport: 902, dst: B.HOST2 }, 5, 1);
export const pinged = (e: typeof ping, at: number): Step[] => [B.accessIn(B.soft(e.inside), { at }), B.coreOut(e.outside, { at: at + 0.001 })];
export const bypass: B.Flow = { dst: "100.64.9.5" };

export const refused = (at: number): Step => B.accessIn(B.soft(B.four({ src: "192.0.0.2", id: at })), { at });
export const options = (at: number, ext = B.LIMIT): Step => B.accessIn(B.soft(B.insideOut(udp, { id: at }), { ext }), { at });
export const unheard = (proto: number, at: number): Step => B.accessIn(B.soft(hair(proto, at)), { at });

export const pingedB = (at: number): Step[] => {
  const e = B.echo({ eport: 900, src: "10.0.0.5" }, 6, 1);
  return [B.accessIn(B.soft(e.inside, { src: B.B4B }), { at }), B.coreOut(e.outside, { at: at + 0.001 })];
};
export const tcpError = (at: number): Step => B.coreIn(B.error(3, 1, B.outsideOut(tcp, { seq: 2 }), { src: B.ROUTER, dst: B.EXT, ttl: 50 }), { at });
export const tcpErrorDelivered = (at: number): Step => B.accessOut(B.toB4(B.error(3, 1, B.insideOut(tcp, { seq: 2 }), { src: B.ROUTER, dst: "192.168.1.10", ttl: 49 })), { at });
/** The RST of a closed port to `unsolicited`. */
export const reset = (ttl: number, ack = 1001): Step => B.coreOut(B.outsideOut(tcp, { flags: RST | ACK, seq: 0, ack, ttl, payload: new Uint8Array(0) }), { at: 1.01 });
export const unsolicited = B.coreIn(B.outsideIn(tcp, { flags: SYN, payload: new Uint8Array(0) }), { at: 1 });
/** A packet of 1528 bytes in outer fragments: the core link takes 1500. */
export const jumbo = (at: number, df: boolean): Step[] => B.outerFragments(B.soft(B.insideOut(udp, { payload: B.bytes(1500), df })), 1024, at).map((p, i) => B.accessIn(p, { at: at + i * 0.001 }));

export const exhibits: readonly Exhibit[] = [
  ...tunnelExhibits,
  { rule: "RFC6333-6.2-1", conforming: [on(base)], violating: [on(B.outward(udp, 0), B.coreIn(B.outsideIn(udp), { at: 1 }), B.accessOut(B.toB4(B.insideIn(udp), { src: "2001:db8:ff::1" }), { at: 1.001 }))] },
  {
    rule: "RFC6333-6.3-1",
    conforming: [on(others, pieces(2), B.coreOut(wholeOut, { at: 2.01 })), on(others, pieces(2, [1, 0]), B.coreOut(wholeOut, { at: 2.01 })), on(others, pieces(2, [0, 0, 1]), B.coreOut(wholeOut, { at: 2.01 }))],
    violating: [on(others, pieces(2), pieces(3)), on(others, pieces(2, [1, 0]), pieces(3, [1, 0])), on(others, pieces(1.5), B.coreOut(wholeOut, { at: 1.51 }), pieces(2, [1, 0]), pieces(3, [1, 0])), under(openCore, others, pieces(2), pieces(3))],
    // With DF it may be too big for a core link of which nobody has said how much it carries.
    near: [under(openCore, others, pieces(2, [0, 1], wholeDf), pieces(3, [0, 1], wholeDf)), on(others, pieces(2)), on(others, pieces(2), pieces(3), B.coreOut(wholeOut, { at: 3.01 })), on(others, pieces(2).slice(0, 1)), { ...on(others, pieces(2), pieces(3)), options: { complete: false } }],
  },
  {
    rule: "RFC6333-6.3-1.before", conforming: [on(pieces(2), B.coreOut(wholeOut, { at: 2.01 }))], violating: [on(pieces(2), B.coreOut(wholeOut.subarray(0, 1024), { at: 2.0005 }))],
    // Cut by the tap; bytes of no fragment; two taps that differ.
    near: [on(pieces(2), B.coreOut(wholeOut, { at: 2.01, cut: 1024 })), on(pieces(2), B.coreOut(wholeOut.subarray(0, 1000), { at: 2.01 })), { ...on(B.coreOut(wholeOut, { at: 2 }), pieces(2.1)), options: { skewSeconds: 0.5 } }],
  },
  {
    rule: "RFC6333-6.3-1.inner",
    conforming: [on(B.outward(udp, 0), B.coreIn(large, { at: 1 }), cutOuter(1448))],
    violating: [on(B.outward(udp, 0), B.coreIn(large, { at: 1 }), B.fragments(largeIn, 1400).map((p, i) => B.accessOut(B.toB4(p), { at: 1.001 + i * 0.001 })))],
    near: [under({ cfg: { oversize: "pre-fragment" } }, B.outward(udp, 0), B.coreIn(large, { at: 1 }), B.fragments(largeIn, 1400).map((p, i) => B.accessOut(B.toB4(p), { at: 1.001 + i * 0.001 }))), on(B.outward(udp, 0), inPieces(1), inDelivered)],
  },
  {
    rule: "RFC6333-6.3-1.refused",
    conforming: [on(B.outward(udp, 0), B.coreIn(large, { at: 1 }), cutOuter(1448))],
    violating: [on(B.outward(udp, 0), tooBig, B.coreOut(B.error(3, 4, B.outsideIn(udp, { payload: big, df: true }), { src: B.CORE, dst: B.HOST, ttl: 64, word: 1460 }), { at: 1.001 }))],
    near: [under({ cfg: { oversize: "honour-df" } }, B.outward(udp, 0), tooBig, B.coreOut(B.error(3, 4, B.outsideIn(udp, { payload: big, df: true }), { src: B.CORE, dst: B.HOST, ttl: 64, word: 1460 }), { at: 1.001 }))],
  },
  { rule: "RFC6333-6.5-1", conforming: [on(B.accessIn(B.soft(expiring), { at: 2 }), exceeded())], violating: [on(B.accessIn(B.soft(expiring), { at: 2 }), exceeded(B.CORE))] },
  {
    rule: "RFC6333-7.1-2", conforming: [on(base), on(B.outward(udp, 0), B.inward(udp, 1, { tos: 0xb8 }))],
    violating: [on(B.outward(udp, 0), B.coreIn(B.outsideIn(udp, { tos: 0xb8 }), { at: 1 }), B.accessOut(B.toB4(B.insideIn(udp, { tos: 0xb8 }), { tc: 0 }), { at: 1.001 }))],
    near: [under({ cfg: { copyDscpOut: false } }, B.outward(udp, 0), B.coreIn(B.outsideIn(udp, { tos: 0xb8 }), { at: 1 }), B.accessOut(B.toB4(B.insideIn(udp, { tos: 0xb8 }), { tc: 0 }), { at: 1.001 }))],
  },
  { rule: "RFC6333-7.1-2.in", conforming: [on(ecnOut(0xb8, 0xb8, 0xb8)), on(ecnOut(0, 0x28, 0x28))], violating: [on(ecnOut(0, 0x28, 0))], near: [under({ cfg: { copyDscpIn: false } }, ecnOut(0, 0x28, 0))] },
  {
    rule: "RFC6333-6.6-2", conforming: [on(base)],
    violating: [on(B.outward(udp, 0), B.coreIn(B.outsideIn(udp), { at: 1 }), B.accessOut(B.toB4(B.insideIn(udp), { dst: B.B4B }), { at: 1.001 }))],
    near: [on(B.inward(udp, 1), B.coreIn(B.outsideIn(udp, { payload: B.bytes(9) }), { at: 2 }), B.accessOut(B.toB4(B.insideIn(udp, { payload: B.bytes(9) }), { dst: B.B4B }), { at: 2.001 }))],
  },
  {
    rule: "RFC6333-11-2", conforming: [on(base), on(B.outward({ ...udp, src: "192.0.0.2" }, 0))],
    violating: [on(others, refused(2), refused(3)), on(plainOut({ src: "8.8.8.8" }, {}))],
    near: [on(refused(2), refused(3)), on(others, refused(2)), on(others, refused(2), B.accessIn(B.soft(B.four({ src: "192.168.1.10", dst: B.HOST2 })), { at: 2.5 }), refused(3))],
  },
  { rule: "RFC6333-11-3", conforming: [on(B.accessIn(B.soft(B.four({ src: "8.8.8.8" }))))], violating: [on(plainOut({ src: "8.8.8.8" }, {})), on(plainOut({ src: "100.64.1.1" }, {}))], near: [on(base)] },
  {
    rule: "RFC6333-11-6", conforming: [on(B.accessIn(B.soft(B.insideOut(udp), { src: "2001:db8:bad::1" })))],
    violating: [on(B.accessIn(B.soft(B.insideOut(udp), { src: "2001:db8:bad::1" })), B.coreOut(B.outsideOut(udp))), under({ cfg: { b4Prefixes: [{ address: [0, 0, 0, 0], length: 0 }] } }, B.accessIn(B.soft(B.insideOut(udp), { src: "::1" })), B.coreOut(B.outsideOut(udp)))], near: [on(base)],
  },
  {
    rule: "RFC6333-B.1.1-1.far-end", conforming: [on(base)],
    violating: [{ dst: "198.51.100.10" }, { dport: 5001 }].map((o) => on(B.accessIn(B.soft(B.insideOut(known)), { at: 1 }), B.coreOut(B.outsideOut(known, o), { at: 1.001 }))),
    near: [on(B.accessIn(B.soft(B.insideOut(known)), { at: 1 }), B.coreOut(B.outsideOut(known, { dst: "198.51.100.10", dport: 5001 }), { at: 1.001 })), under({ cfg: { nat: undefined } }, B.accessIn(B.soft(B.insideOut(known))), B.coreOut(B.insideOut(known, { ttl: 62, dport: 5001 })))],
  },
  {
    rule: "RFC6333-B.1.1-2.far-end", conforming: [on(base)],
    violating: [{ src: "198.51.100.10" }, { sport: 5001 }].map((o) => on(B.outward(udp, 0), B.coreIn(B.outsideIn(known), { at: 1 }), B.accessOut(B.toB4(B.insideIn(known, o)), { at: 1.001 }))),
    near: [on(B.outward(udp, 0), B.coreIn(B.outsideIn(known), { at: 1 }), B.accessOut(B.toB4(B.insideIn(known, { src: "198.51.100.10", sport: 5001 })), { at: 1.001 }))],
  },
  {
    rule: "RFC6333-B.1.1-1", conforming: [on(base)], violating: [on(B.accessIn(B.soft(B.insideOut(udp))), B.coreOut(B.insideOut(udp, { ttl: 62 }))), under(partial, B.accessIn(B.soft(B.insideOut(udp))), B.coreOut(B.insideOut(udp, { ttl: 62 })))],
    near: [under(partial, B.outward({ ...udp, ext: UNLISTED }, 0)), on(B.accessIn(B.soft(B.insideOut(bypass))), B.coreOut(B.insideOut(bypass, { ttl: 62 }))), under({ cfg: { nat: undefined } }, B.accessIn(B.soft(B.insideOut(udp))), B.coreOut(B.insideOut(udp, { ttl: 62 })))],
  },
  {
    rule: "RFC2473-3.1-1", conforming: [on(base), on(bound(), hairpin(17, 1))], violating: [on(plainOut({ ttl: 63 }, { ttl: 63 })), on(B.outward(udp, 0), B.coreIn(B.outsideIn(udp), { at: 1 }), B.accessOut(B.toB4(B.insideIn(udp, { ttl: 49 })), { at: 1.001 })), on(B.outward(udp, 0), B.coreIn(B.outsideIn(udp), { at: 1 }), B.accessOut(B.toB4(B.insideIn(udp, { ttl: 51 })), { at: 1.001 }))],
    near: [on(plainOut({ ttl: 1 }, { ttl: 1 }))],
  },
  { rule: "RFC2473-3.1-1.out", conforming: [on(base), on(bound(), hairpin(17, 1))], violating: [on(plainOut({ ttl: 63 }, { ttl: 61 }))], near: [on(plainOut({ ttl: 63 }, { ttl: 63 }))] },
  { rule: "RFC2473-5-1", conforming: [on(base)], violating: [on(B.outward(udp, 0), B.coreIn(B.outsideIn(udp), { at: 1 }), B.accessOut(B.toB4(Uint8Array.from([...B.insideIn(udp), 1, 2, 3, 4])), { at: 1.001 }))] },
  {
    rule: "RFC2473-6.3-1", conforming: [on(base, B.inward(udp, 2, { ttl: 40 }))],
    violating: [on(B.accessOut(B.toB4(B.insideIn(udp), { hop: 49 }), { at: 1 }), B.accessOut(B.toB4(B.insideIn(udp, { ttl: 40 }), { hop: 39 }), { at: 2 }))],
    near: [on(B.accessOut(B.toB4(B.insideIn(udp), { hop: 64 }), { at: 1 }), B.accessOut(B.toB4(B.insideIn(udp), { hop: 255 }), { at: 2 })), on(B.accessOut(B.toB4(B.insideIn(udp), { hop: 49 }), { at: 1 }), B.accessOut(B.toB4(B.insideIn(udp, { ttl: 40 }), { hop: 39, dst: B.B4B }), { at: 2 }))],
  },
  {
    rule: "RFC2473-3.3-1", conforming: [on(B.outward(udp, 0), B.accessIn(B.soft(B.insideOut(udp), { ext: B.LIMIT }), { at: 1 }), B.coreOut(B.outsideOut(udp), { at: 1.001 }))],
    violating: [on(B.outward(udp, 0), options(1), options(2))],
    near: [on(B.outward(udp, 0), options(1)), on(options(1), options(2)), on(B.accessIn(B.soft(B.insideOut(udp), { ext: B.LIMIT }), { at: 1 })), on(B.outward(udp, 0), B.accessIn(B.soft(B.insideOut(udp), { ext: Uint8Array.of(4, 0, 0x85, 1, 4, 1, 1, 0) }), { at: 1 }))],
  },
  { rule: "RFC2473-8.3-1", conforming: [on(base, six(1, 0), relayed(3, 1)), on(base, six(3, 0), relayed(3, 1))], violating: [on(base, six(1, 0), relayed(3, 0)), on(base, six(3, 0), relayed(11, 0))], near: [on(base, six(1, 0))] },
  {
    rule: "RFC2473-8.3-2", conforming: [on(base, six(2, 0, 1400, dfSent), relayed(3, 4, { word: 1360, quote: dfIn }))],
    violating: [on(base, six(2, 0, 1400, dfSent), relayed(3, 4, { word: 1400, quote: dfIn })), on(base, six(2, 0, 1400), relayed(3, 4, { word: 1360 })), on(base, six(2, 0, 1400, dfSent), relayed(3, 1, { quote: dfIn }))],
  },
  { rule: "RFC2473-8.3-3", conforming: [on(base, six(1, 0), relayed(3, 1))], violating: [on(base, six(1, 0), relayed(3, 1, { src: "198.18.0.1" }))] },
  { rule: "RFC2473-8-1", conforming: [on(base, six(1, 0), relayed(3, 1))], violating: [on(base, six(1, 0), relayed(3, 1, { quote: B.insideIn(udp) })), under(partial, base, six(1, 0), relayed(3, 1, { quote: B.insideIn(udp) }))] },
  {
    rule: "RFC6040-4.1-1.ds-lite", conforming: [on(base), on(B.outward(udp, 0), B.inward(udp, 1, { tos: 3 })), on(B.accessOut(B.toB4(B.insideIn(udp, { tos: 2 }), { tc: 0 })))],
    violating: [on(B.accessOut(B.toB4(B.insideIn(udp, { tos: 3 }), { tc: 2 }))), on(B.accessOut(B.toB4(B.insideIn(udp, { tos: 0 }), { tc: 1 })))],
  },
  { rule: "RFC6040-4.1-2.ds-lite", conforming: [on(base)], violating: [on(B.outward(udp, 0), B.coreIn(B.outsideIn(udp, { tos: 2 }), { at: 1 }), B.accessOut(B.toB4(B.insideIn(udp, { tos: 0 })), { at: 1.001 }))] },
  { rule: "RFC6040-4.2-1.ds-lite", conforming: [on(ecnOut(2, 3, 3)), on(ecnOut(2, 1, 1)), on(ecnOut(3, 0, 3)), on(ecnOut(1, 2, 1))], violating: [on(ecnOut(2, 3, 2)), on(ecnOut(0, 2, 2)), on(ecnOut(3, 0, 0))] },
  { rule: "RFC6040-4.2-2.ds-lite", conforming: [on(B.accessIn(B.soft(B.insideOut(udp, { tos: 0 }), { tc: 3 })))], violating: [on(ecnOut(0, 3, 3)), on(ecnOut(0, 3, 0))], near: [on(ecnOut(2, 3, 3))] },
  { rule: "RFC6040-4.2-3.ds-lite", conforming: [on(ecnOut(0, 2, 0)), on(ecnOut(0, 1, 0))], violating: [on(ecnOut(0, 2, 2))], near: [on(ecnOut(0, 3, 3))] },
  {
    rule: "RFC3022-4.1-1", conforming: [on(base), on(handshake(0)), on(zero({ sum: "zero" }))],
    violating: [on(plainOut({}, { sum: "wrong" })), on(zero({ sum: "wrong" }))],
    near: [on(plainOut({ sum: "partial" }, { sum: "wrong" })), on(plainOut({}, { sum: "partial" })), on(plainOut({ sum: "wrong" }, { sum: "wrong" })), on(plainOut({}, { sum: "zero" })), on(zero({}))],
  },
  {
    rule: "RFC3022-4.1-1.zero", conforming: [on(base), on(zero({ sum: "zero" }))], violating: [on(plainOut({}, { sum: "zero" })), on(zero({}))],
    near: [on(handshake(0)), on(zero({ sum: "wrong" })), on(plainOut({}, { sum: "wrong" })), on(plainOut({ sum: "wrong" }, { sum: "zero" })), on(plainOut({}, { sum: "partial" }))],
  },
  {
    rule: "RFC3022-4.1-1.header", conforming: [on(base)], violating: [on(B.accessIn(B.soft(B.insideOut(udp))), B.coreOut(B.changed(B.outsideOut(udp), 10, 0x13)))],
    near: [on(B.accessIn(B.soft(B.insideOut(udp))), B.coreOut(B.changed(B.changed(B.outsideOut(udp), 10, 0), 11, 0)))],
  },
  {
    rule: "RFC3022-4.3-1", conforming: [on(base, errorIn(3, 1, 2))],
    violating: [on(base, errorIn(3, 1, 2).slice(0, 1), B.accessOut(B.toB4(B.error(3, 1, B.insideOut(udp), { src: B.ROUTER, dst: "192.168.1.10", ttl: 49 }, 36, true)), { at: 2.001 }))],
    near: [on(base, errorIn(3, 1, 2, { bad: true }))],
  },
  {
    rule: "RFC6333-B.1.1-1.payload", conforming: [on(base)], violating: [on(plainOut({ payload: B.bytes(60) }, { payload: B.changed(B.bytes(60), 40, 9) }))],
    near: [under({ nat: { alg: ["ftp"] } }, plainOut({ payload: B.bytes(60) }, { payload: B.changed(B.bytes(60), 40, 9) }))],
  },
  { rule: "RFC6864-4.3-2.ds-lite", conforming: [on(plainOut({ df: true }, { df: true }))], violating: [on(plainOut({ df: true }, { df: false }))], near: [on(plainOut({ df: false }, { df: true }))] },
  {
    rule: "RFC4787-4.1-1", conforming: [on(B.outward(udp, 0), B.outward(other, 1))], violating: [on(B.outward(udp, 0), moved(other, 1)), under({ nat: { mapping: "address-dependent" } }, B.outward(udp, 0), moved(other, 1))],
    near: [on(B.outward(udp, 0), moved(other, 400)), on(B.outward(udp, 0), moved(udp, 1))],
  },
  { rule: "RFC5382-4.1-1", conforming: [on(handshake(0), B.outward({ ...tcp, dst: B.HOST2 }, 1, { flags: SYN }))], violating: [on(handshake(0), moved({ ...tcp, dst: B.HOST2 }, 1, { flags: SYN }), handshake(2, tcp2), moved({ ...tcp2, dst: B.HOST2 }, 3, { flags: SYN }))], near: [on(handshake(0), moved({ ...tcp, dst: B.HOST2 }, 1, { flags: SYN })), on(handshake(0), B.outward(tcp, 0.5, { flags: FIN_ACK }), moved({ ...tcp, dst: B.HOST2 }, 1, { flags: SYN }))] },
  { rule: "RFC5508-3.1-3", conforming: [on(pinged(ping, 0), pinged(ping2, 1))], violating: [on(pinged(ping, 0), pinged(ping2Moved, 1))], near: [on(pinged(ping, 0), pinged(ping2Moved, 90))] },
  { rule: "RFC4787-4.2.1-1", conforming: [on(B.outward(udp, 0), B.outward({ ...shared, eport: 45000 }, 1))], violating: [on(B.outward(udp, 0), B.outward({ ...shared, dst: B.HOST }, 1))], near: [on(B.outward(udp, 0), B.outward({ ...shared, dst: B.HOST }, 500)), on(B.outward(udp, 0), B.outward(shared, 1))] },
  { rule: "RFC4787-4.2.1-1.apart", conforming: [on(B.outward(udp, 0), B.outward({ ...shared, eport: 45000 }, 1))], violating: [on(B.outward(udp, 0), B.outward(shared, 1))], near: [on(B.outward(udp, 0), B.outward(shared, 500)), on(B.outward(udp, 0), B.outward({ ...shared, dst: B.HOST }, 1)), under({ nat: { overlapping: "always" } }, B.outward(udp, 0), B.outward(shared, 1))] },
  { rule: "RFC5382-7.1-1", conforming: [on(handshake(0), B.outward({ ...shared, proto: 6, eport: 45000 }, 1, { flags: SYN }))], violating: [on(handshake(0), B.outward({ ...shared, proto: 6, dst: B.HOST }, 1, { flags: SYN }))], near: [on(handshake(0), B.outward({ ...shared, proto: 6 }, 1, { flags: SYN })), on(handshake(0), B.outward(tcp, 0.5, { flags: RST }), B.outward({ ...shared, proto: 6 }, 1, { flags: SYN }))] },
  { rule: "RFC5382-7.1-1.apart", conforming: [on(handshake(0), B.outward({ ...shared, proto: 6, eport: 45000 }, 1, { flags: SYN }))], violating: [on(handshake(0), B.outward({ ...shared, proto: 6 }, 1, { flags: SYN }))], near: [on(handshake(0), B.outward(tcp, 0.5, { flags: RST }), B.outward({ ...shared, proto: 6 }, 1, { flags: SYN }))] },
  {
    // Two customers with the same inner host: what one of them sent, and an error about it in the softwire of either.
    rule: "RFC6333-6.6-1.error", conforming: [on(B.accessIn(B.soft(expiring), { at: 2 }), exceeded())],
    violating: [on(segment(0), astray(expiringTcp)), on(B.accessIn(B.soft(expiring), { at: 2 }), astray(expiring, B.CORE))],
    // Its own packet of the same flow; identifications that say nothing; another inner host; an error about what nobody was seen to send.
    near: [
      on(segment(0), segment(0.001, B.B4B), astray(expiringTcp)),
      on(B.accessIn(B.soft(B.insideOut(udp, { ttl: 1, id: 0 })), { at: 2 }), astray(B.insideOut(udp, { ttl: 1, id: 0 }))),
      on(segment(0), B.accessOut(B.toB4(B.error(11, 0, expiringTcp, { src: "192.0.0.1", dst: "192.168.1.77", ttl: 64 }), { dst: B.B4B }), { at: 2.001 })),
      on(segment(0), astray(B.insideOut(tcp, { ttl: 1, seq: 78 }))),
      on(B.accessIn(B.soft(expiring), { at: 2 }), astray(B.insideOut(udp, { ttl: 1, payload: B.bytes(30, 9) }))),
    ],
  },
  { rule: "RFC6333-6.6-1", conforming: [on(B.outward(udp, 0), B.outward({ ...sameInner, eport: 45000 }, 1))], violating: [on(B.outward(udp, 0), B.outward({ ...sameInner, dst: B.HOST }, 1))], near: [on(B.outward(udp, 0), B.outward(sameInner, 1)), on(B.outward(udp, 0), B.outward(shared, 1))] },
  {
    rule: "RFC6888-3-2", conforming: [on(B.outward(udp, 0), B.outward(udp, 1))], violating: [on(B.outward(udp, 0), B.outward({ sport: 40002, ext: B.EXT2 }, 1))],
    near: [on(B.outward(udp, 0), B.outward({ sport: 40002, ext: B.EXT2 }, 500)), on(B.outward(udp, 0), B.outward({ sport: 40002, ext: B.EXT2, b4: B.B4B }, 1))],
  },
  { rule: "RFC4787-4.2.2-1", conforming: [on(B.outward(udp, 0))], violating: [on(B.outward({ ...udp, eport: 41001 }, 0))], near: [under({ nat: { parity: false } }, B.outward({ ...udp, eport: 41001 }, 0))] },
  { rule: "RFC6888-3-8", conforming: [on(B.accessIn(B.soft(B.insideOut(bypass))), B.coreOut(B.insideOut(bypass, { ttl: 62 })))], violating: [on(B.outward(bypass, 0))], near: [on(base)] },
  {
    rule: "RFC4787-4.3-1", conforming: [on(B.outward(udp, 0), B.inward(udp, 100))], violating: [on(B.outward(udp, 0), lost(udp, 100), lost(udp, 101))],
    near: [on(B.outward(udp, 0), lost(udp, 100), B.inward(udp, 101)), on(B.outward(udp, 0), lost(udp, 100)), on(B.outward(udp, 0), lost(udp, 0.5), lost(udp, 0.6)), on(B.outward({ ...udp, dport: 53 }, 0), lost({ ...udp, dport: 53 }, 100), lost({ ...udp, dport: 53 }, 101)), on(B.outward(udp, 0), lost(other, 100), lost(other, 101)), on(lost(udp, 100), lost(udp, 101)), { ...on(B.outward(udp, 0), lost(udp, 100), lost(udp, 101)), options: { complete: false } }, on(B.outward(udp, 0), lost(udp, 125), lost(udp, 126))],
  },
  { rule: "RFC4787-4.3-1.outbound", conforming: [on(B.outward(udp, 0), B.outward(udp, 100))], violating: [on(B.outward(udp, 0), moved(udp, 100))], near: [on(B.outward(udp, 0), moved(udp, 130))] },
  {
    rule: "RFC4787-4.3-4", conforming: [on(B.outward(udp, 0), B.inward(udp, 240))], violating: [on(B.outward(udp, 0), lost(udp, 240))],
    near: [under({ nat: { timers: { udp: 180, tcpEstablished: 7440, tcpTransitory: 240, icmpQuery: 60, other: 300 } } }, B.outward(udp, 0), lost(udp, 240)), on(B.outward(udp, 0), lost(udp, 310))],
  },
  { rule: "RFC4787-4.3-4.outbound", conforming: [on(B.outward(udp, 0), B.outward(udp, 240))], violating: [on(B.outward(udp, 0), moved(udp, 240))], near: [on(B.outward(udp, 0), moved(udp, 310))] },
  { rule: "RFC5382-5-1", conforming: [on(handshake(0), B.inward(tcp, 7000, { seq: 10 }))], violating: [on(handshake(0), lost(tcp, 7000, { seq: 10 }), lost(tcp, 7001, { seq: 10 }))], near: [on(handshake(0), B.outward(tcp, 1, { flags: FIN_ACK }), lost(tcp, 7000, { seq: 10 })), on(handshake(0), lost(tcp, 7500, { seq: 10 }))] },
  { rule: "RFC5382-5-2", conforming: [on(B.outward(tcp, 0, { flags: SYN }), B.inward(tcp, 200, { flags: SYN_ACK }))], violating: [on(B.outward(tcp, 0, { flags: SYN }), lost(tcp, 200, { flags: SYN_ACK }), lost(tcp, 203, { flags: SYN_ACK }))], near: [on(B.outward(tcp, 0, { flags: SYN }), lost(tcp, 250, { flags: SYN_ACK }))] },
  { rule: "RFC5508-3.2-1", conforming: [on(pinged(ping, 0), B.coreIn(ping.reply, { at: 50 }), B.accessOut(B.toB4(ping.delivered), { at: 50.001 }))], violating: [on(pinged(ping, 0), B.coreIn(ping.reply, { at: 50 }), B.coreIn(ping.reply, { at: 51 }))], near: [on(pinged(ping, 0), B.coreIn(ping.reply, { at: 50 })), on(pinged(ping, 0), B.coreIn(ping.reply, { at: 70 }))] },
  { rule: "RFC7857-2.2-1", conforming: [on(handshake(0), B.inward(tcp, 1, { flags: RST, seq: 10 }))], violating: [on(handshake(0), lost(tcp, 1, { flags: RST, seq: 10 }), handshake(2, tcp2), lost(tcp2, 3, { flags: RST, seq: 10 }))], near: [on(handshake(0), lost(tcp, 1, { flags: RST, seq: 10 })), on(lost(tcp, 1, { flags: RST }))] },
  { rule: "RFC7857-2.2-2", conforming: [on(handshake(0), B.inward(tcp, 1, { flags: RST, seq: 10 }), B.inward(tcp, 100, { seq: 10 }))], violating: [on(handshake(0), B.inward(tcp, 1, { flags: RST, seq: 10 }), lost(tcp, 100, { seq: 10 }))], near: [on(handshake(0), B.inward(tcp, 1, { flags: RST, seq: 10 }), lost(tcp, 300, { seq: 10 }))] },
  {
    rule: "RFC4787-11-1", conforming: [on(B.outward(udp, 0), inPieces(1), inDelivered), on(B.outward(udp, 0), inPieces(1).reverse().map((s, i) => ({ ...s, at: 1 + i * 0.001 })), B.accessOut(B.toB4(B.insideIn(udp, { payload: B.bytes(1200) })), { at: 1.01 }))],
    violating: [on(B.outward(udp, 0), inPieces(1), inPieces(2)), on(B.outward(udp, 0), inPieces(1), inDelivered.slice(0, 1), inPieces(4))], near: [on(B.outward(udp, 0), inPieces(1)), on(inPieces(1)), on(B.outward(udp, 0), inPieces(1).slice(1))],
  },
  { rule: "RFC4787-6-1", conforming: [on(bound(), hairpin(17, 1))], violating: [on(bound(), leak(17, 1)), on(bound(), unheard(17, 1), unheard(17, 2))], near: [on(bound(), unheard(17, 1)), on(B.outward(one, 0), unheard(17, 1), unheard(17, 2)), under({ nat: { filtering: "address-and-port-dependent" } }, bound(), unheard(17, 1), unheard(17, 2))] },
  { rule: "RFC5382-7.2-1", conforming: [on(bound(6), hairpin(6, 1))], violating: [on(bound(6), leak(6, 1)), on(bound(6), unheard(6, 1), unheard(6, 2))], near: [on(unheard(6, 1), unheard(6, 2))] },
  { rule: "RFC4787-6-2", conforming: [on(bound(), hairpin(17, 1))], violating: [on(bound(), hairpin(17, 1, "192.168.1.10", 40000)), on(bound(), hairpin(17, 1, B.EXT, 40000)), under(partial, bound(), hairpin(17, 1, "192.168.1.10", 40000))], near: [under(partial, bound(), hairpin(17, 1, UNLISTED, 40000))] },
  { rule: "RFC5508-5-1", conforming: [on(bound(), hairpin(17, 1), hairError, hairErrorOut)], violating: [on(bound(), hairpin(17, 1), hairError, { ...hairError, at: 2.5 })], near: [on(bound(), hairpin(17, 1), hairError), on(hairError), under({ nat: { hairpinning: false } }, bound(), hairpin(17, 1), hairError)] },
  { rule: "RFC5508-5-1.quote", conforming: [on(bound(), hairpin(17, 1), hairError, hairErrorOut)], violating: [on(bound(), hairpin(17, 1), hairError, B.accessOut(B.toB4(B.error(3, 3, hairOut(17, 1), { src: B.EXT, dst: "192.168.1.10", ttl: 62 })), { at: 1.501 }))], near: [on(bound(), hairpin(17, 1), hairError)] },
  {
    rule: "RFC4787-9-3.outbound", conforming: [on(base, errorOut(2))], violating: [on(base, errorOut(2).slice(0, 1), errorOut(3).slice(0, 1))],
    near: [on(base, errorOut(2).slice(0, 1)), on(base, errorOut(2).slice(0, 1), errorOut(3)), on(errorOut(2).slice(0, 1), errorOut(3).slice(0, 1)), on(base, errorOut(300).slice(0, 1), errorOut(301).slice(0, 1))],
  },
  { rule: "RFC5508-4.1-1", conforming: [on(base, errorIn(3, 1, 2, { badSum: true }).slice(0, 1))], violating: [on(base, errorIn(3, 1, 2, { badSum: true }))], near: [on(base, errorIn(3, 1, 2))] },
  { rule: "RFC5508-4.1-2", conforming: [on(base, errorIn(3, 1, 2, { bad: true }).slice(0, 1))], violating: [on(base, errorIn(3, 1, 2, { bad: true }))], near: [on(base, errorIn(3, 1, 2))] },
  { rule: "RFC5508-4.2.1-2", conforming: [on(base, errorIn(3, 1, 2))], violating: [on(base, errorIn(3, 1, 2, { quote: B.outsideOut(udp) }))] },
  { rule: "RFC5508-4.2.1-3", conforming: [on(base, errorIn(3, 4, 2, { word: 1400 })), on(base, errorIn(11, 0, 2))], violating: [on(base, errorIn(3, 1, 2, { delivered: { code: 0 } }).map((s, i) => (i === 0 ? s : B.accessOut(B.toB4(B.error(3, 0, B.insideOut(udp, { id: 41000 }), { src: B.ROUTER, dst: "192.168.1.10", ttl: 49 })), { at: 2.001 })))), on(base, errorIn(3, 4, 2, { word: 1400, delivered: { word: 1500 } })), on(base, errorIn(3, 4, 2, { word: 1400, delivered: { word: 0 } }))], near: [on(base, errorIn(3, 4, 2, { word: 1492, delivered: { word: 1460 } }))] },
  { rule: "RFC5508-4.2.1-4", conforming: [on(base, errorIn(3, 1, 2))], violating: [on(base, errorIn(3, 1, 2, { src: B.EXT })), on(base, errorIn(3, 1, 2, { delivered: { dst: "192.168.1.11" } }))] },
  { rule: "RFC5508-4.2.2-1", conforming: [on(base, errorOut(2)), on(base, errorOut(2, { src: B.CORE }))], violating: [on(base, errorOut(2, { src: "192.168.1.10" })), on(base, errorOut(2, { quote: B.insideIn(udp) })), under(partial, base, errorOut(2, { src: "192.168.1.10" })), under(partial, base, errorOut(2, { quote: B.insideIn(udp) }))], near: [under(partial, base, errorOut(2, { src: UNLISTED }))] },
  { rule: "RFC5508-7.1.2-1", conforming: [on(base, errorIn(3, 4, 2, { word: 1400 }))], violating: [on(base, errorIn(3, 4, 2, { word: 1400 }).slice(0, 1), errorIn(3, 4, 3, { word: 1400 }).slice(0, 1))], near: [on(base, errorIn(3, 4, 2, { word: 1400 }).slice(0, 1)), on(errorIn(3, 4, 2, { word: 1400 }).slice(0, 1)), on(base, errorIn(3, 4, 2, { bad: true, word: 1400 }).slice(0, 1))] },
  {
    rule: "RFC5508-7.2-1", conforming: [on(B.accessIn(B.soft(expiring), { at: 2 }), exceeded())], violating: [on(others, B.accessIn(B.soft(expiring), { at: 2 }), B.accessIn(B.soft(expiring), { at: 2.2 }))],
    near: [on(others, B.accessIn(B.soft(expiring), { at: 2 })), on(B.accessIn(B.soft(expiring), { at: 2 }), exceeded(), B.accessIn(B.soft(B.insideOut(udp, { ttl: 1, id: 3 })), { at: 9 })), on(others, B.accessIn(B.soft(B.insideOut(udp, { ttl: 1, sum: "wrong" })), { at: 2 }))],
  },
  { rule: "RFC1812-5.3.1-1.ds-lite", conforming: [on(B.accessIn(B.soft(expiring), { at: 2 }), exceeded())], violating: [on(plainOut({ ttl: 1 }, { ttl: 0 })), on(plainOut({ ttl: 1 }, { ttl: 255 })), on(B.accessIn(B.soft(expiring), { at: 2 }), B.accessOut(B.toB4(B.error(11, 1, expiring, { src: "192.0.0.1", dst: "192.168.1.10", ttl: 64 })), { at: 2.001 }))], near: [on(base)] },
  { rule: "RFC1812-4.3.2.3-1.ds-lite", conforming: [on(B.accessIn(B.soft(expiring), { at: 2 }), exceeded())], violating: [on(B.accessIn(B.soft(expiring), { at: 2 }), exceeded("192.0.0.1", B.outsideOut(udp, { ttl: 1 })))] },
  { rule: "RFC8200-4.5-1.ds-lite", conforming: [on(cutOuter(1448))], violating: [on(cutOuter(1444).slice(0, 1))], near: [on(base)] },
  { rule: "RFC8200-4.5-3.ds-lite", conforming: [on(cutOuter(1448))], violating: [on(cutOuter(16).slice(0, 1))] },
  { rule: "RFC8200-5-1.mtu", conforming: [on(B.accessOut(B.toB4(B.insideIn(udp, { payload: B.bytes(1400) }))))], violating: [on(B.accessOut(B.toB4(largeIn)))], near: [on(B.accessOut(B.toB4(B.insideIn(tcp, { payload: B.bytes(3000) }))))] },
  { rule: "RFC1812-4.2.2.7-1.ds-lite", conforming: [on(B.fragments(whole, 800).map((p, i) => B.accessIn(B.soft(p), { at: 0.9 + i * 0.001 })), outPieces(800))], violating: [on(pieces(0.9), outPieces(400))], near: [on(base)] },
  {
    rule: "RFC8201-4-3", conforming: [on(base, B.accessIn(B.error6(2, 0, 1300, B.toB4(B.insideIn(udp, { payload: B.bytes(99) }))), { at: 6 }), B.inward(udp, 7, { payload: B.bytes(1350) }))],
    violating: [on(base, cutAfter(B.error6(2, 0, 1300, B.toB4(B.insideIn(udp, { payload: B.bytes(99) })))))],
    // A packet that was sent; one that the tap missed on its way out; a damaged message; one about another device's packet.
    near: [
      on(base, cutAfter(B.error6(2, 0, 1300, sentIn))),
      on(base, B.coreIn(B.outsideIn(udp, { payload: B.bytes(1401) }), { at: 5 }), cutAfter(B.error6(2, 0, 1300, B.toB4(B.insideIn(udp, { payload: B.bytes(1401) }))))),
      on(base, cutAfter(B.changed(B.error6(2, 0, 1300, B.toB4(B.insideIn(udp, { payload: B.bytes(99) }))), 43, 0x77))),
      on(base, cutAfter(B.error6(2, 0, 1300, B.toB4(B.insideIn(udp, { payload: B.bytes(99) }), { src: "2001:db8:ff::1" })))),
    ],
  },
  { rule: "RFC6888-3-10", conforming: [on(B.outward(udp, 0), B.outward(shared, 260))], violating: [on(B.outward(udp, 0), B.outward(shared, 200)), on(pinged(ping, 0), pingedB(100))], near: [under({ nat: { allocation: "port-block" } }, B.outward(udp, 0), B.outward(shared, 200)), under({ nat: { holdDownSeconds: 0 } }, B.outward(udp, 0), B.outward(shared, 200))] },
  {
    rule: "RFC4787-5-1", conforming: [on(B.outward(udp, 0), B.inward({ ...udp, dport: 5001 }, 1))],
    violating: [on(B.outward(udp, 0), lost({ ...udp, dport: 5001 }, 1), lost({ ...udp, dport: 5002 }, 2))],
    near: [on(B.outward(udp, 0), lost({ ...udp, dport: 5001 }, 1)), on(B.outward(udp, 0), lost(other, 1), lost(other, 2)), under({ nat: { filtering: "address-and-port-dependent" } }, B.outward(udp, 0), lost({ ...udp, dport: 5001 }, 1), lost({ ...udp, dport: 5002 }, 2))],
  },
  { rule: "RFC4787-9-3", conforming: [on(base, errorIn(3, 1, 2))], violating: [on(base, errorIn(3, 1, 2).slice(0, 1), errorIn(3, 1, 3).slice(0, 1))], near: [on(base, errorIn(3, 1, 2).slice(0, 1)), on(base, errorIn(11, 0, 2).slice(0, 1), errorIn(11, 0, 3).slice(0, 1))] },
  { rule: "RFC5382-7.3-1", conforming: [on(handshake(0), tcpError(1), tcpErrorDelivered(1.001))], violating: [on(handshake(0), tcpError(1), tcpError(2))], near: [on(handshake(0), tcpError(1))] },
  { rule: "RFC5382-4.3-3", conforming: [on(unsolicited)], violating: [on(unsolicited, B.coreOut(B.error(3, 3, unsolicited.packet, { src: B.CORE, dst: B.HOST, ttl: 64 }), { at: 1.01 })), on(unsolicited, B.coreOut(B.error(3, 3, unsolicited.packet, { src: B.EXT, dst: B.HOST, ttl: 64 }), { at: 1.01 })), on(unsolicited, reset(64))],
    // From the inside, through a binding that is older than the capture; to another SYN; to a segment that is no SYN.
    near: [on(unsolicited, B.coreOut(B.error(3, 3, unsolicited.packet, { src: B.EXT, dst: B.HOST, ttl: 62 }), { at: 1.01 })), on(unsolicited, reset(62)), on(unsolicited, reset(64, 7)), on(B.coreIn(B.outsideIn(tcp, { flags: ACK, payload: new Uint8Array(0) }), { at: 1 }), reset(64)), on(unsolicited, B.coreOut(B.error(11, 0, unsolicited.packet, { src: B.CORE, dst: B.HOST, ttl: 64 }), { at: 1.01 }))] },
  {
    rule: "RFC4787-10-1", conforming: [on(B.outward(udp, 0), jumbo(1, true), B.accessOut(B.toB4(B.error(3, 4, B.insideOut(udp, { payload: B.bytes(1500), df: true }), { src: "192.0.0.1", dst: "192.168.1.10", ttl: 64, word: 1500 })), { at: 1.01 }))],
    violating: [on(B.outward(udp, 0), jumbo(1, true), jumbo(2, true))], near: [on(B.outward(udp, 0), jumbo(1, true)), on(jumbo(1, true), jumbo(2, true))],
  },
  { rule: "RFC4787-10-2", conforming: [on(B.outward(udp, 0), jumbo(1, false), B.fragments(B.outsideOut(udp, { payload: B.bytes(1500) }), 1480).map((p, i) => B.coreOut(p, { at: 1.01 + i * 0.001 })))], violating: [on(B.outward(udp, 0), jumbo(1, false), jumbo(2, false))], near: [on(B.outward(udp, 0), jumbo(1, false))] },
  { rule: "RFC5508-7-3", conforming: [on(base, errorIn(4, 0, 2).slice(0, 1))], violating: [on(base, errorIn(4, 0, 2))], near: [on(base, errorIn(3, 1, 2))] },
  {
    rule: "RFC1812-5.2.2-1.ds-lite", conforming: [on(B.accessIn(B.soft(B.changed(B.insideOut(udp), 10, 0x13))))], violating: [on(B.accessIn(B.soft(B.changed(B.insideOut(udp), 10, 0x13))), B.coreOut(B.outsideOut(udp)))],
    near: [on(base), on(B.accessIn(B.soft(B.changed(B.changed(B.insideOut(udp), 10, 0), 11, 0))), B.coreOut(B.outsideOut(udp)))],
  },
  {
    rule: "RFC7857-7.1-1", conforming: [on(B.outward(udp, 0), B.inward(udp, 200), errorOut(200.05), lost(udp, 400, { payload: B.bytes(30, 3) }))],
    violating: [on(B.outward(udp, 0), B.inward(udp, 200), errorOut(200.05), B.inward(udp, 400, { payload: B.bytes(30, 3) }))],
    near: [under({ nat: { inboundRefresh: true } }, B.outward(udp, 0), B.inward(udp, 200), errorOut(200.05), B.inward(udp, 400, { payload: B.bytes(30, 3) })), on(B.outward(udp, 0), B.inward(udp, 200), errorOut(200.05), B.inward(udp, 290, { payload: B.bytes(30, 3) }))],
  },
];
