/** Exhibits of the rules on the NAT44 of DS-Lite: RFC 4787, 5382, 5508, 6888, 7857, 3022, 6864, 7785. */
import { ip4Options } from "./options.js";
import * as B from "./build.js";
import type { Step } from "./build.js";
import { type Exhibit, on, under } from "./exhibit.js";
import { errorIn, handshake, lost, other, ping, pinged, tcp, udp } from "./exhibits.js";

const SYN = 2, SYN_ACK = 18, ACK = 16, FIN_ACK = 17;
const EMPTY = new Uint8Array(0);
const seg = (flags: number, seq: number): B.Four => ({ flags, seq, payload: EMPTY });
/** A packet of a flow that nothing follows. */
const unheard = (f: B.Flow, at: number, o: B.Four = {}): Step => B.accessIn(B.soft(B.insideOut(f, o), { src: f.b4 ?? B.B4A }), { at });
/** A packet whose payload differs with `n`. */
const vary = (n: number): B.Four => ({ payload: B.bytes(30, n), id: n });
const flow = (sport: number, eport: number, more: Partial<B.Flow> = {}): B.Flow => ({ sport, eport, ...more });
const base = B.outward(udp, 0);
/** Traffic that keeps both taps alive at `at`. */
const alive = (at: number): Step[] => [...B.outward(flow(3000, 3000, { b4: B.B4B }), at, vary(9)), ...B.inward(flow(3000, 3000, { b4: B.B4B }), at + 0.01, vary(9))];
const later = (at: number): Step[] => B.outward({ ...udp, dst: B.HOST2, eport: 47000 }, at, vary(3));

// --- errors -------------------------------------------------------------------------------------------------------------------------
const errorAt = (at: number) => errorIn(3, 1, at);
const tcpErrorIn = (at: number): Step => B.coreIn(B.error(3, 1, B.outsideOut(tcp, { seq: 2 }), { src: B.ROUTER, dst: B.EXT, ttl: 50 }), { at });
const queryError = (at: number): Step => B.coreIn(B.error(3, 1, ping.outside, { src: B.ROUTER, dst: B.EXT, ttl: 50 }), { at });
const pingMoved = B.echo({ eport: 902 }, 5, 2);
const pingAgain = B.echo({ eport: 900 }, 5, 2);
/** An error about `outside` that is delivered about `inside`. */
const delivered = (at: number, outside: Uint8Array, inside: Uint8Array, bytes = 36, o: B.Four = {}): Step[] => [
  B.coreIn(B.error(3, 1, outside, { src: B.ROUTER, dst: B.EXT, ttl: 50, ...o }, bytes), { at }), B.accessOut(B.toB4(B.error(3, 1, inside, { src: B.ROUTER, dst: "192.168.1.10", ttl: 49, ...o }, bytes)), { at: at + 0.001 }),
];
const quotedOptions = (at: number): Step[] => delivered(at, ip4Options(B.outsideOut(udp)), ip4Options(B.insideOut(udp)), 40);
const quotedBad = (at: number): Step[] => delivered(at, B.outsideOut(udp, { sum: "wrong" }), B.insideOut(udp, { sum: "wrong" }), 52);
/** RFC 4884: 128 bytes of quoted packet, then a version 2 structure of 12 bytes. */
function extended(about: Uint8Array, o: B.Four, tail = 1): Uint8Array {
  const q = new Uint8Array(140);
  q.set(about.subarray(0, 128));
  q.set([0x20, 0, 0, 0, 0, 8, 1, 1, 0, 0, 0, tail], 128);
  return B.four({ ...o, proto: 1, type: 3, code: 1, word: 32 << 16, payload: q });
}
const large = { payload: B.bytes(200) };
const extendedIn = (at: number): Step => B.coreIn(extended(B.outsideOut(udp, large), { src: B.ROUTER, dst: B.EXT, ttl: 50 }), { at });
const extendedOut = (at: number, tail = 1): Step => B.accessOut(B.toB4(extended(B.insideOut(udp, large), { src: B.ROUTER, dst: "192.168.1.10", ttl: 49 }, tail)), { at });
const aboutNothing = (at: number): Step[] => {
  const f = flow(40000, 5555);
  return [B.coreIn(B.error(3, 1, B.outsideOut(f), { src: B.ROUTER, dst: B.EXT, ttl: 50 }), { at }), B.accessOut(B.toB4(B.error(3, 1, B.outsideOut(f), { src: B.ROUTER, dst: "192.168.1.10", ttl: 49 })), { at: at + 0.001 })];
};
const outAboutNothing = (at: number): Step[] => {
  const f = flow(40001, 5557);
  return [B.accessIn(B.soft(B.error(3, 3, B.insideIn(f), { src: "192.168.1.10", dst: B.HOST })), { at }), B.coreOut(B.error(3, 3, B.insideIn(f), { src: B.EXT, dst: B.HOST, ttl: 62 }), { at: at + 0.001 })];
};
const own = (about: Uint8Array, at: number, o: B.Four = {}): Step => B.accessOut(B.toB4(B.error(11, 0, about, { src: "192.0.0.1", dst: "192.168.1.10", ttl: 64, ...o })), { at });
const expiring = B.insideOut(udp, { ttl: 1, tos: 0x88 });

// --- ICMP queries -------------------------------------------------------------------------------------------------------------------
const request = (n: number, at: number, type = 8): Step[] => {
  const o: B.Four = { proto: 1, payload: B.bytes(32, n), type };
  return [B.accessIn(B.soft(B.four({ ...o, word: (5 << 16) | n })), { at }), B.coreOut(B.four({ ...o, src: B.EXT, word: (900 << 16) | n, ttl: 62 }), { at: at + 0.001 })];
};
const reply = (n: number, at: number, o: B.Four = {}): Step[] => {
  const p: B.Four = { proto: 1, payload: B.bytes(32, n), type: 0 };
  return [B.coreIn(B.four({ ...p, src: B.HOST, dst: B.EXT, word: (900 << 16) | n, ttl: 50 }), { at }), B.accessOut(B.toB4(B.four({ ...p, src: B.HOST, dst: "192.168.1.10", word: (5 << 16) | n, ttl: 49, ...o })), { at: at + 0.001 })];
};
const routedEcho = (at: number): Step[] => [B.accessIn(B.soft(ip4Options(request(1, 0)[0].packet.slice(40), 131)), { at }), B.coreOut(ip4Options(request(1, 0)[1].packet, 131), { at: at + 0.001 })];

// --- limits -------------------------------------------------------------------------------------------------------------------------
const limit: B.Over = { nat: { portsPerSubscriber: 2 } };
const two = [...B.outward(flow(4000, 5000), 0), ...B.outward(flow(4002, 5002), 0.1)];
const third = flow(4004, 5004);
const told = (f: B.Flow, at: number, code = 1): Step => B.accessOut(B.toB4(B.error(3, code, B.insideOut(f), { src: "192.0.0.1", dst: "192.168.1.10", ttl: 64 })), { at });
const pool = { ranges: [{ from: B.v4(B.EXT), to: B.v4(B.EXT) }], portFrom: 5000, portTo: 5003 };
const tiny: B.Over = { nat: { pool } };
const twoAddresses: B.Over = { nat: { pool: { ...pool, ranges: [{ from: B.v4(B.EXT), to: B.v4(B.EXT2) }] } } };
const four = [0, 1, 2, 3].flatMap((i) => B.outward(flow(4000 + i, 5000 + i), i * 0.1));
const fifth = flow(4006, 5001, { dst: B.HOST2 });
const prefix: B.Over = { cfg: { subscriberPrefixLength: 56 }, nat: { portsPerSubscriber: 2 } };
const SECOND = "2001:db8:b4:a::b5";
const shared = [...B.outward(flow(4000, 5000), 0), ...B.outward(flow(4002, 5002, { b4: SECOND }), 0.1)];
const sharedThird = flow(4004, 5004, { b4: SECOND });
const row = (ports: readonly number[]): Step[] => ports.flatMap((p, i) => B.outward(flow(20000 + ((i * 7919) % 4000) * 2, p, { b4: B.B4B }), i * 0.1));
const ascending = Array.from({ length: 20 }, (_, i) => 30000 + i * 2);
const scattered = Array.from({ length: 20 }, (_, i) => 30000 + ((i * 7907) % 9001) * 2);

// --- TCP ----------------------------------------------------------------------------------------------------------------------------
const syn = (at: number, n = 0): Step => B.coreIn(B.outsideIn(tcp, { ...seg(SYN, 70 + n), id: n }), { at });
const synSame = (at: number): Step => B.coreIn(B.outsideIn(tcp, seg(SYN, 70)), { at });
const unreachable = (at: number, code = 3): Step => B.coreOut(B.error(3, code, synSame(0).packet, { src: B.CORE, dst: B.HOST, ttl: 64 }), { at });
/** About a later segment of the connection, as when its B4 has gone (RFC 2473 section 8.2). */
const aboutLater = (at: number): Step => B.coreOut(B.error(3, 1, B.outsideIn(tcp, seg(ACK, 71)), { src: B.CORE, dst: B.HOST, ttl: 64 }), { at });
const letIn = (at: number): Step => B.accessOut(B.toB4(B.insideIn(tcp, seg(SYN, 70)), { dst: B.B4A }), { at });
const ofTunnel = (at: number): Step => B.accessIn(B.error6(1, 3, 0, B.toB4(B.insideIn(tcp, seg(SYN, 70)), { dst: B.B4A })), { at });
const opened = handshake(0);
const dataIn = (n: number): B.Four => ({ flags: 24, seq: 100 + n, ack: 2, payload: B.bytes(20, n) });
const halfClosed = [...opened, ...B.outward(tcp, 1, seg(FIN_ACK, 2)), ...B.inward(tcp, 1.05, seg(ACK, 10))];
const synOut = (at: number): Step[] => B.outward(tcp, at, seg(SYN, 1));
const probeSyn = (dst: string, dport: number, at: number): Step[] => B.inward({ ...tcp, dst, dport }, at, seg(SYN, 300 + Math.round(at)));
const refusedSyn = (dst: string, dport: number, at: number): Step => probeSyn(dst, dport, at)[0];
const adf: B.Over = { nat: { filtering: "address-dependent" } };
const silent: B.Over = { nat: { unsolicitedSyn: "silent" } };
const stranger = (at: number): Step[] => B.inward({ ...udp, dst: B.HOST2 }, at, vary(Math.round(at)));
const timers = { udp: 300, tcpEstablished: 7440, tcpTransitory: 240, icmpQuery: 60, other: 300 };
const udp600: B.Over = { nat: { timers: { ...timers, udp: 600 } } };
const udp150: B.Over = { nat: { timers: { ...timers, udp: 150 } } };
const dns: B.Flow = { ...udp, dport: 53 };
const tcpData = (at: number, n: number): Step[] => B.inward(tcp, at, dataIn(n));
const query120: B.Over = { nat: { timers: { ...timers, icmpQuery: 120 } } };
const est20k: B.Over = { nat: { timers: { ...timers, tcpEstablished: 20000 } } };
const both = (n: number, eTcp: number, eUdp: number): Step[] => [...B.outward({ proto: 6, sport: 6000 + n, eport: eTcp }, n * 0.1, seg(SYN, n)), ...B.outward({ sport: 6000 + n, eport: eUdp }, n * 0.1 + 0.05, vary(n))];
const sameRemote: B.Flow = { ...udp, b4: B.B4B, src: "10.0.0.5", sport: 48000 };
const reused: B.Flow = { ...tcp, b4: B.B4B, src: "10.0.0.5", sport: 48000 };
const done = [...handshake(0), ...B.outward(tcp, 1, seg(FIN_ACK, 2)), ...B.inward(tcp, 1.05, seg(FIN_ACK, 10))];
const jumbo = (at: number, df: boolean): Step[] => B.outerFragments(B.soft(B.insideOut(udp, { payload: B.bytes(1500), df })), 1024, at).map((p, i) => B.accessIn(p, { at: at + i * 0.001 }));
const needed = (at: number, mtu: number): Step => B.accessOut(B.toB4(B.error(3, 4, B.insideOut(udp, { payload: B.bytes(1500), df: true }), { src: "192.0.0.1", dst: "192.168.1.10", ttl: 64, word: mtu })), { at });

const atomic = (n: number): B.Four => ({ df: true, id: 7, payload: B.bytes(30, n) });
const rewritten = (f: B.Flow): Step[] => [unheard(f, 1, { payload: B.bytes(40) }), B.coreOut(B.outsideOut(f, { payload: B.changed(B.bytes(40), 30, 1) }), { at: 1.001 })];
const segmentRewritten: Step[] = [unheard(tcp, 1, { payload: B.bytes(40) }), B.coreOut(B.outsideOut(tcp, { payload: B.changed(B.bytes(40), 30, 1) }), { at: 1.001 })];
/** Mapping that first does not depend on the remote end, then does for other ports. */
const wavering = [...base, ...B.outward(other, 1), ...[1, 2].flatMap((i) => [...B.outward(flow(40000 + 10 * i, 42000 + i), 2 + i), ...B.outward({ ...flow(40000 + 10 * i, 46000 + i), dst: B.HOST2 }, 2.5 + i)])];

export const natExhibits: readonly Exhibit[] = [
  { rule: "RFC3022-4.2-1", conforming: [on(unheard(udp, 0, { sum: "wrong" }), B.coreOut(B.outsideOut(udp, { sum: "wrong" }), { at: 0.001 }))], violating: [on(unheard(udp, 0, { sum: "wrong" }), B.coreOut(B.outsideOut(udp), { at: 0.001 }))], near: [on(unheard(udp, 0, { sum: "partial" }), B.coreOut(B.outsideOut(udp), { at: 0.001 }))] },
  {
    rule: "RFC4787-4.1-2", conforming: [on(base, B.outward(udp, 1, vary(1)))], violating: [on(base, B.outward(flow(40002, 41002, { ext: B.EXT2 }), 1))],
    near: [on(base, B.outward(flow(40002, 41002, { ext: B.EXT2, src: "192.168.1.11" }), 1)), under({ nat: { staticMappings: [{ b4: [0, 0, 0, 0], inner: B.v4("192.168.1.10"), protocol: 17, innerPort: 40002, outer: B.v4(B.EXT2), outerPort: 41002 }] } }, base, B.outward(flow(40002, 41002, { ext: B.EXT2 }), 1))],
  },
  { rule: "RFC4787-4.2.1-2", conforming: [on(base)], violating: [on(B.outward(flow(40000, 800), 0))], near: [on(B.outward(flow(500, 800), 0))] },
  { rule: "RFC4787-8-1", conforming: [on(base, B.outward(other, 1))], violating: [on(wavering)], near: [on(base, later(1)), on(base, B.outward(other, 1), B.outward(flow(40010, 42001), 3), B.outward({ ...flow(40010, 46001), dst: B.HOST2 }, 3.5))] },
  { rule: "RFC4787-7-1", conforming: [on(base)], violating: [on(rewritten(udp))], near: [under({ nat: { alg: ["tftp"] } }, rewritten({ ...udp, dport: 69 })), under({ cfg: { undeclared: ["alg"] } }, rewritten({ ...udp, dport: 69 }))] },
  { rule: "RFC5382-6-1", conforming: [on(B.outward(tcp, 0))], violating: [on(segmentRewritten)], near: [under({ nat: { alg: ["ftp"] } }, [unheard({ ...tcp, dport: 21 }, 1, { payload: B.bytes(40) }), B.coreOut(B.outsideOut({ ...tcp, dport: 21 }, { payload: B.changed(B.bytes(40), 30, 1) }), { at: 1.001 })])] },
  { rule: "RFC4787-9-1", conforming: [on(base, errorAt(1), B.outward(udp, 2, vary(1)))], violating: [on(base, errorAt(1), B.outward({ ...udp, eport: 47000 }, 2, vary(1)))], near: [on(base, errorAt(1), B.outward({ ...udp, eport: 47000 }, 130, vary(1))), on(base, B.outward({ ...udp, eport: 47000 }, 2, vary(1)))] },
  { rule: "RFC5382-7.3-2", conforming: [on(opened, tcpErrorIn(1), B.outward(tcp, 2, dataIn(1)))], violating: [on(opened, tcpErrorIn(1), B.outward({ ...tcp, eport: 47000 }, 2, dataIn(1)))], near: [on(opened, tcpErrorIn(1), B.outward(tcp, 1.5, { flags: 4, seq: 2, payload: EMPTY }), B.outward({ ...tcp, eport: 47000 }, 2, seg(SYN, 8)))] },
  { rule: "RFC5508-4.3-1", conforming: [on(pinged(ping, 0), queryError(1), pinged(pingAgain, 2))], violating: [on(pinged(ping, 0), queryError(1), pinged(pingMoved, 2))], near: [on(pinged(ping, 0), queryError(1), pinged(pingMoved, 70))] },
  { rule: "RFC4787-9-2", conforming: [on(base, errorAt(1))], violating: [on(base, errorAt(1).slice(0, 1), errorAt(2).slice(0, 1))], near: [on(base, errorAt(1).slice(0, 1)), on(base, errorIn(3, 1, 1, { bad: true }).slice(0, 1), errorIn(3, 1, 2, { bad: true }).slice(0, 1))] },
  { rule: "RFC4787-4.3-2", conforming: [on(B.outward(dns, 0), B.inward(dns, 60))], used: [on(B.outward(dns, 0), lost(dns, 60))], near: [on(base, lost(udp, 60))] },
  {
    rule: "RFC4787-4.3-5", conforming: [on(base, B.outward(udp, 100, vary(1)), B.inward(udp, 200))], violating: [on(base, B.outward(udp, 100, vary(1)), lost(udp, 180), lost(udp, 190, vary(2)))],
    near: [on(base, B.outward(udp, 100, vary(1)), lost(udp, 180)), on(base, lost(udp, 110), lost(udp, 115, vary(2))), { ...on(base, B.outward(udp, 100, vary(1)), lost(udp, 180), lost(udp, 190, vary(2))), options: { complete: false } }],
  },
  { rule: "RFC4787-4.3-6", conforming: [on(base, B.inward(udp, 200), lost(udp, 400, vary(1)))], used: [on(base, B.inward(udp, 200), B.inward(udp, 400, vary(1)))], near: [under({ cfg: { undeclared: ["timers.udp"] } }, base, B.inward(udp, 200), B.inward(udp, 400, vary(1)))] },
  {
    rule: "RFC4787-4.3-3.declared", conforming: [on(base, B.inward(udp, 200)), on(base, lost(udp, 400))],
    violating: [under(udp600, base, lost(udp, 400), lost(udp, 450, vary(2))), under(udp150, base, B.inward(udp, 290, vary(1)), B.outward(udp, 300, vary(2)), B.inward(udp, 590, vary(3)))],
    near: [under(udp600, base, lost(udp, 400)), under({ ...udp600, cfg: { undeclared: ["timers.udp"] } }, base, lost(udp, 400), lost(udp, 450, vary(2))), under(udp150, base, B.inward(udp, 290)), under(udp150, base, B.inward(udp, 152, vary(1)), B.inward(udp, 200, vary(3)))],
  },
  { rule: "RFC5382-5-3.declared", conforming: [on(opened, tcpData(300, 1))], violating: [under(est20k, opened, lost(tcp, 9000, dataIn(1)), lost(tcp, 9010, dataIn(2)))], near: [under(est20k, opened, lost(tcp, 9000, dataIn(1))), under({ ...est20k, cfg: { undeclared: ["timers.tcp-established"] } }, opened, lost(tcp, 9000, dataIn(1)), lost(tcp, 9010, dataIn(2)))] },
  { rule: "RFC5508-3.2-2.declared", conforming: [on(pinged(ping, 0), reply(1, 30))], violating: [under(query120, request(1, 0), reply(1, 80).slice(0, 1), reply(2, 90).slice(0, 1))], near: [under(query120, request(1, 0), reply(1, 80).slice(0, 1))] },
  { rule: "RFC7857-2-1", conforming: [on(synOut(0), lost(tcp, 400, seg(SYN_ACK, 9)))], violating: [on(synOut(0), B.inward(tcp, 400, seg(SYN_ACK, 9)), B.outward({ ...tcp, sport: 40010, eport: 41010 }, 500, seg(SYN, 1)), B.inward({ ...tcp, sport: 40010, eport: 41010 }, 900, seg(SYN_ACK, 9)))], near: [on(synOut(0), B.inward(tcp, 400, seg(SYN_ACK, 9))), on(opened, tcpData(400, 1), tcpData(900, 2))] },
  {
    rule: "RFC7857-7-1", conforming: [under(adf, base, stranger(100)[0], stranger(200)[0], lost(udp, 400, vary(1)))],
    violating: [under(adf, base, stranger(100)[0], stranger(115)[0], stranger(290)[0], B.inward(udp, 400, vary(1)), B.outward(udp, 401, vary(2)), stranger(500)[0], stranger(690)[0], B.inward(udp, 800, vary(4)))],
    near: [under(adf, base, stranger(100)[0], B.inward(udp, 200, vary(1)), B.inward(udp, 400, vary(2)))],
  },
  {
    rule: "RFC5382-4.2-1", conforming: [on(opened, tcpData(2, 1)), on(halfClosed, tcpData(2, 1))],
    violating: [on(halfClosed.slice(0, -2), lost(tcp, 2, dataIn(1)), lost(tcp, 3, dataIn(2))), on(opened, lost(tcp, 2, dataIn(1)), lost(tcp, 3, dataIn(2))), on(opened.slice(0, 2), lost(tcp, 0.1, seg(SYN_ACK, 9)), lost(tcp, 1.1, { ...seg(SYN_ACK, 9), id: 4 }))],
    near: [on(opened, lost(tcp, 2, dataIn(1))), on(opened, tcpData(1, 3), lost(tcp, 2, dataIn(1)), lost(tcp, 3, dataIn(2))), on(done, lost(tcp, 2, dataIn(1)), lost(tcp, 3, dataIn(2)))],
  },
  { rule: "RFC5382-4.2-2", conforming: [on(synOut(0), B.inward(tcp, 0.5, seg(SYN, 70)))], violating: [on(synOut(0), syn(0.5), syn(1.5, 1))], near: [on(synOut(0), syn(0.5)), on(opened, syn(0.5), syn(1.5, 1))] },
  { rule: "RFC5382-4.3-1", conforming: [on(opened, probeSyn(B.HOST, 5001, 1))], violating: [on(opened, refusedSyn(B.HOST, 5001, 1), refusedSyn(B.HOST, 5002, 2))], near: [on(opened, refusedSyn(B.HOST, 5001, 1)), on(opened, refusedSyn(B.HOST2, 5001, 1), refusedSyn(B.HOST2, 5002, 2))] },
  { rule: "RFC5382-4.3-2.declared", conforming: [on(opened, probeSyn(B.HOST2, 5001, 1)), under(adf, opened, refusedSyn(B.HOST2, 5001, 1))], violating: [on(opened, refusedSyn(B.HOST2, 5001, 1), refusedSyn(B.HOST2, 5002, 2)), under(adf, opened, probeSyn(B.HOST2, 5001, 1))], near: [under({ cfg: { undeclared: ["filtering"] } }, opened, refusedSyn(B.HOST2, 5001, 1), refusedSyn(B.HOST2, 5002, 2))] },
  { rule: "RFC4787-5-2.declared", conforming: [on(base, stranger(1)), under(adf, base, stranger(1)[0])], violating: [on(base, stranger(1)[0], stranger(2)[0]), under(adf, base, stranger(1))], near: [on(base, stranger(1)[0]), under({ cfg: { undeclared: ["filtering"] } }, base, stranger(1)[0], stranger(2)[0])] },
  { rule: "RFC6888-3-9", conforming: [on(base, stranger(1))], violating: [on(base, stranger(1)[0], stranger(2)[0])], near: [on(base, stranger(1)[0]), on(base, stranger(1), stranger(2)[0], stranger(3)[0])] },
  { rule: "RFC5382-4.3-3.late", conforming: [on(synSame(1), unreachable(7.01))], violating: [on(synSame(1), alive(4), unreachable(5))], near: [on(synSame(1), unreachable(7))] },
  { rule: "RFC5382-4.3-4", conforming: [on(synSame(1), synOut(3))], violating: [on(synSame(1), synOut(3), unreachable(7.01))], near: [on(synSame(1), unreachable(7.01)), on(synSame(1), synOut(8), unreachable(8.5)), on(synSame(1), synOut(3), aboutLater(7.01)), on(synSame(1), synOut(3), letIn(1.001), unreachable(7.01, 1)), on(synSame(1), synOut(3), ofTunnel(7), unreachable(7.01, 1))] },
  { rule: "RFC5382-4.3-6", conforming: [under(silent, synSame(1), alive(9))], violating: [under(silent, synSame(1), unreachable(7.01))], near: [on(synSame(1), unreachable(7.01)), under({ ...silent, cfg: { undeclared: ["unsolicited-syn"] } }, synSame(1), unreachable(7.01))] },
  { rule: "RFC5382-4.3-5", conforming: [on(synSame(1), unreachable(7.01))], violating: [on(synSame(1), unreachable(7.01, 13))], near: [on(synSame(1))] },
  { rule: "RFC5508-3.1-1", conforming: [on(request(1, 0)), on(request(1, 0), reply(1, 0.1))], violating: [on(request(1, 0).slice(0, 1), request(2, 1).slice(0, 1)), on(request(1, 0), reply(1, 0.1).slice(0, 1), request(2, 1), reply(2, 1.1).slice(0, 1))], near: [on(request(1, 0).slice(0, 1)), on(request(1, 0), request(2, 1).slice(0, 1), request(3, 2).slice(0, 1))] },
  { rule: "RFC5508-3.1-2", conforming: [on(request(1, 0), reply(1, 0.1))], violating: [on(request(1, 0), reply(1, 0.1, { sum: "wrong" })), on(request(1, 0), reply(1, 0.1, { payload: B.changed(B.bytes(32, 1), 25, 0) }))], near: [on(base)] },
  { rule: "RFC5508-7-3.information", conforming: [on(request(1, 0, 15).slice(0, 1))], violating: [on(request(1, 0, 15))], near: [on(request(1, 0))] },
  { rule: "RFC5508-7-4", conforming: [on(request(1, 0, 13).slice(0, 1))], used: [on(request(1, 0, 13))] },
  { rule: "RFC5508-7.3-1", conforming: [on(routedEcho(0).slice(0, 1))], violating: [on(routedEcho(0))], near: [on(request(1, 0))] },
  { rule: "RFC5508-7.7-1", conforming: [on(B.accessIn(B.soft(expiring), { at: 2 }), own(expiring, 2.001, { tos: 0x88 })), on(B.accessIn(B.soft(expiring), { at: 2 }), own(expiring, 2.001, { tos: 0xc0 }))], violating: [on(B.accessIn(B.soft(expiring), { at: 2 }), own(expiring, 2.001))] },
  {
    rule: "RFC5508-7-5", conforming: [on(B.accessIn(B.soft(expiring), { at: 2 }), own(expiring, 2.001))],
    violating: [on(own(B.error(3, 3, B.insideIn(udp), { src: "192.168.1.10", dst: B.HOST, ttl: 1 }), 2)), on(own(B.insideOut({ ...udp, dst: "224.0.0.5" }, { ttl: 1 }), 2)), on(own(B.fragments(B.insideOut(udp, { payload: B.bytes(99) }), 40)[1], 2))],
    near: [on(base, errorIn(11, 0, 2))],
  },
  { rule: "RFC5508-6-1", conforming: [under(limit, two, unheard(third, 1), told(third, 1.01, 13)), under(limit, two, unheard(third, 1), told(third, 1.01))], violating: [under(limit, two, unheard(third, 1), told(third, 1.01, 0))], near: [under(limit, two.slice(0, 2), unheard(third, 1), told(third, 1.01, 0))] },
  { rule: "RFC5508-4.1-3", conforming: [on(base, quotedOptions(1))], violating: [on(base, quotedOptions(1)[0], quotedOptions(2)[0])], near: [on(base, quotedOptions(1)[0]), on(base, errorAt(1)[0], errorAt(2)[0])] },
  { rule: "RFC5508-4.1-4", conforming: [on(base, quotedBad(1))], violating: [on(base, quotedBad(1)[0], quotedBad(2)[0])], near: [on(base, quotedBad(1)[0]), on(base, errorAt(1)[0], errorAt(2)[0])] },
  { rule: "RFC5508-4.1-5", conforming: [on(base, extendedIn(1), extendedOut(1.001))], violating: [on(base, extendedIn(1), extendedIn(2)), on(base, extendedIn(1), extendedOut(1.001, 2))], near: [on(base, extendedIn(1))] },
  { rule: "RFC5508-4.2.1-1", conforming: [on(aboutNothing(1)[0])], violating: [on(aboutNothing(1))], near: [on(base, errorAt(1))] },
  { rule: "RFC5508-4.2.2-2", conforming: [on(base, outAboutNothing(1)[0])], violating: [on(base, outAboutNothing(1))], near: [on(base)] },
  { rule: "RFC5508-7.1.1-1", conforming: [on(base, jumbo(1, true), needed(1.01, 1500))], violating: [on(base, jumbo(1, true), needed(1.01, 1400)), on(base, jumbo(1, true), jumbo(2, true))], near: [on(base, jumbo(1, true))] },
  { rule: "RFC5508-7.1.1-2", conforming: [on(base, jumbo(1, false), B.fragments(B.outsideOut(udp, { payload: B.bytes(1500) }), 1480).map((p, i) => B.coreOut(p, { at: 1.01 + i * 0.001 })))], violating: [on(base, jumbo(1, false), jumbo(2, false))], near: [on(base, jumbo(1, false))] },
  { rule: "RFC6888-3-4", conforming: [under(limit, two, unheard(third, 1), told(third, 1.01))], violating: [under(limit, two, B.outward(third, 1))], near: [under({ nat: { portsPerSubscriber: 3 } }, two, B.outward(third, 1)), under(limit, two, B.outward(third, 130)), under({ ...limit, cfg: { undeclared: ["ports-per-subscriber"] } }, two, B.outward(third, 1)), under(limit, two, B.outward({ ...third, proto: 6 }, 1))] },
  { rule: "RFC7785-4-3", conforming: [under(prefix, shared, unheard(sharedThird, 1), told(sharedThird, 1.01))], violating: [under(prefix, shared, B.outward(sharedThird, 1))], near: [under(limit, shared, B.outward(sharedThird, 1))] },
  { rule: "RFC6888-3-14", conforming: [under(tiny, four, unheard(fifth, 1))], violating: [under(tiny, four, B.outward(fifth, 1)), under(tiny, four, unheard(fifth, 1), B.coreOut(B.insideOut(fifth, { ttl: 62 }), { at: 1.001 }))], near: [under(tiny, four.slice(0, 6), B.outward(flow(4006, 5003), 1)), under(tiny, four, B.outward(fifth, 130))] },
  { rule: "RFC6888-3-15", conforming: [under(tiny, four, unheard(fifth, 1), told(fifth, 1.01))], violating: [under(tiny, four, unheard(fifth, 1), told(fifth, 1.01, 0)), under(tiny, four, unheard(fifth, 1), unheard({ ...fifth, sport: 4008 }, 3))], near: [under(tiny, four, unheard(fifth, 1)), on(unheard(fifth, 1), unheard({ ...fifth, sport: 4008 }, 3))] },
  { rule: "RFC6888-3-16", conforming: [under(tiny, four, unheard(fifth, 1), B.outward(flow(4000, 5000), 2, vary(1)))], violating: [under(tiny, four, B.outward(fifth, 1), B.outward(flow(4000, 5002), 2, vary(1)))], near: [under(tiny, four, B.outward(flow(4000, 5002), 2, vary(1)))] },
  { rule: "RFC6888-3-19", conforming: [on(done, B.outward(reused, 200, seg(SYN, 5)))], used: [on(done, B.outward(reused, 10, seg(SYN, 5)))] },
  { rule: "RFC6888-5-1", conforming: [on(row(scattered))], violating: [on(row(ascending))], near: [on(row(ascending.slice(0, 12)))] },
  { rule: "RFC7857-9-1", conforming: [on(row(scattered))], violating: [on(row(ascending))], near: [on(ascending.flatMap((p, i) => B.outward(flow(p, p, { b4: B.B4B }), i * 0.1)))] },
  { rule: "RFC7857-4-1", conforming: [under(twoAddresses, four, unheard(fifth, 1))], violating: [under(twoAddresses, four, B.outward({ ...fifth, ext: B.EXT2 }, 1))], near: [under(twoAddresses, four.slice(0, 6), B.outward({ ...fifth, ext: B.EXT2 }, 1)), under(twoAddresses, four, B.outward(fifth, 1))] },
  { rule: "RFC7857-3-1", conforming: [on(base)], used: [on(base, B.outward({ ...sameRemote, dst: B.HOST2 }, 1))], near: [on(base, B.outward(sameRemote, 1))] },
  { rule: "RFC7857-5-1", conforming: [on(both(1, 9001, 9101))], violating: [on([1, 2, 3, 4, 5].flatMap((n) => both(n, 9000 + n, 9000 + n)))], near: [on([1, 2, 3].flatMap((n) => both(n, 9000 + n, 9000 + n))), on([1, 2, 3, 4, 5].flatMap((n) => both(n, 6000 + n, 6000 + n)))] },
  { rule: "RFC7857-6-1", conforming: [on(opened, lost({ ...tcp, proto: 17 }, 1))], violating: [on(opened, B.inward({ ...tcp, proto: 17 }, 1))], near: [on(opened, B.outward({ ...tcp, proto: 17 }, 0.5), B.inward({ ...tcp, proto: 17 }, 1)), on(opened, B.inward({ ...tcp, proto: 17, sport: 7 }, 1))] },
  { rule: "RFC6864-4.1-1", conforming: [on(base, B.outward(udp, 1, atomic(1)), B.outward(udp, 2, atomic(2)))], violating: [on(base, B.outward(udp, 1, atomic(1)), unheard(udp, 2, atomic(2)), unheard(udp, 3, atomic(3)), B.outward(udp, 3.5))], near: [on(base, B.outward(udp, 1, atomic(1)), unheard(udp, 2, atomic(2)), unheard(udp, 3, atomic(3))), on(base, B.outward(udp, 1, atomic(1)), unheard(udp, 2, atomic(2))), on(base, B.outward(udp, 1, atomic(1)), unheard(udp, 2, atomic(1)), unheard(udp, 3, atomic(1))), on(base, unheard(udp, 2, { ...atomic(2), df: false }), unheard(udp, 3, { ...atomic(3), df: false }))] },
  ...["RFC6864-5.3.1-1", "RFC7857-10-1"].map((rule): Exhibit => ({
    rule, conforming: [on(base, B.outward(flow(40002, 41002), 1))], violating: [on(B.outward(udp, 0, { id: 7 }), B.outward(flow(40002, 41002), 1, { id: 7 }))],
    near: [on(base, B.outward(udp, 1, { ...vary(1), id: 41000 })), on(B.outward(udp, 0, { id: 7 }), B.outward(flow(40002, 41002), 130, { id: 7 })), on(B.outward(udp, 0, { df: true, id: 7 }), B.outward(flow(40002, 41002), 1, { df: true, id: 7 })), on(base, base.slice(1))],
  })),
];

