/** Exhibits of rules on what documents leave to the device, and of clauses that say in other words what another one asks. */
import * as B from "./build.js";
import type { Step } from "./build.js";
import { type Exhibit, on, under } from "./exhibit.js";
import { ACK, RST, base, bound, hairError, hairErrorOut, hairpin, lost, options, pinged, tcp, udp } from "./exhibits.js";

const flow = (sport: number, eport: number, more: Partial<B.Flow> = {}): B.Flow => ({ sport, eport, ...more });
const unheard = (f: B.Flow, at: number): Step => B.accessIn(B.soft(B.insideOut(f), { src: f.b4 ?? B.B4A }), { at });
/** RTP on an even port, RTCP on the one above. */
const rtp = (above: number): Step[] => [...B.outward(flow(6000, 7000), 0), ...B.outward(flow(6001, above), 0.1)];
const EMPTY = new Uint8Array(0);
const stray = (at: number, flags = ACK): Step => lost(tcp, at, { flags, payload: EMPTY });
const reset = (at: number, o: Partial<B.Flow> = {}): Step => B.coreOut(B.outsideOut({ ...tcp, ...o }, { flags: RST, payload: EMPTY, ttl: 64 }), { at });
/** ICMP type 200 (reserved) through the NAT. */
const odd = (at: number): Step[] => [B.accessIn(B.soft(B.four({ proto: 1, type: 200, word: 7 })), { at }), B.coreOut(B.four({ proto: 1, type: 200, word: 7, src: B.EXT, ttl: 62 }), { at: at + 0.001 })];
const FOREIGN = "2001:db8:ff::1";
const marked = (at: number, tos: number, tc: number): Step[] => [B.coreIn(B.outsideIn(udp, { tos, id: at }), { at }), B.accessOut(B.toB4(B.insideIn(udp, { tos, id: at }), { tc }), { at: at + 0.001 })];
const ping = B.echo({ eport: 900 }, 5, 1);
const later = (eport: number): Step[] => pinged(B.echo({ eport }, 5, 2), 100);
const limit: B.Over = { nat: { portsPerSubscriber: 2 } };
const two = [...B.outward(flow(4000, 5000), 0), ...B.outward(flow(4002, 5002), 0.1)];
const third = flow(4004, 5004);
const told = (f: B.Flow, at: number): Step => B.accessOut(B.toB4(B.error(3, 1, B.insideOut(f), { src: "192.0.0.1", dst: "192.168.1.10", ttl: 64 })), { at });
const limitOut = (at: number): Step => B.coreOut(B.outsideOut(udp, { id: at }), { at: at + 0.001 });

/** Four hosts; then the NAT loses its state, and two of them come back with other ports. */
const before = [0, 1, 2, 3].flatMap((i) => B.outward(flow(4000 + 2 * i, 5000 + 2 * i), i * 0.1));
const rebound = [0, 1].flatMap((i) => B.outward(flow(4000 + 2 * i, 9000 + 2 * i), 10 + i * 0.1, { id: 9000 + i }));
const stranger = (eport: number, at: number): Step[] => B.outward(flow(4400, eport, { b4: B.B4B, src: "10.0.0.5" }), at, { id: eport });

export const choiceExhibits: readonly Exhibit[] = [
  { rule: "RFC4787-4.2.3-1", conforming: [on(rtp(7007))], used: [on(rtp(7001))], near: [on(B.outward(flow(6001, 7001), 0.1))] },
  {
    rule: "RFC5382-5-4", conforming: [on(base, stray(2)), on(base, stray(2), reset(2.001, { dst: B.HOST2 }))], used: [on(base, stray(2), reset(2.001))],
    near: [on(base, stray(2, RST), reset(2.001)), on(base, stray(2, 2), reset(2.001))],
  },
  { rule: "RFC5508-8-1", conforming: [on(base, odd(2).slice(0, 1))], used: [on(base, odd(2))], near: [on(pinged(ping, 0))] },
  {
    rule: "RFC6908-2.5.1-1", conforming: [on(base, B.accessIn(B.soft(B.insideOut(udp, { id: 3 }), { src: FOREIGN }), { at: 2 }), B.coreOut(B.outsideOut(udp, { id: 3, sport: 47001 }), { at: 2.001 }))],
    used: [on(base, B.accessIn(B.soft(B.insideOut(udp), { src: FOREIGN }), { at: 2 }))], near: [on(base)],
  },
  { rule: "RFC6908-2.5.2-1", conforming: [on(B.outward(udp, 0), marked(1, 0xb8, 0xb8))], used: [on(B.outward(udp, 0), marked(1, 0xb8, 0x28))], near: [on(B.outward(udp, 0))] },
  { rule: "RFC7857-11-1", conforming: [on(pinged(ping, 0), later(900))], used: [on(pinged(ping, 0), later(902))], near: [on(pinged(ping, 0), pinged(B.echo({ eport: 902 }, 5, 2), 10))] },
  {
    rule: "RFC6333-11-5", conforming: [under(limit, two, unheard(third, 1), told(third, 1.01))], violating: [under(limit, two, B.outward(third, 1))],
    near: [under({ nat: { portsPerSubscriber: 3 } }, two, B.outward(third, 1)), under({ ...limit, cfg: { undeclared: ["ports-per-subscriber"] } }, two, B.outward(third, 1))],
  },
  {
    rule: "RFC2473-4.1.1-5", conforming: [on(B.outward(udp, 0), options(1), limitOut(1))], violating: [on(B.outward(udp, 0), options(1), options(2))],
    near: [on(B.outward(udp, 0), options(1)), on(options(1), options(2)), on(B.outward(udp, 0), options(1, Uint8Array.of(4, 0, 1, 4, 0, 0, 0, 0)), options(2, Uint8Array.of(4, 0, 1, 4, 0, 0, 0, 0)))],
  },
  {
    rule: "RFC2473-6.4-1", conforming: [on(B.outward(udp, 0), marked(1, 0xb8, 0xb8), marked(2, 0xb8, 0)), on(B.outward(udp, 0), marked(1, 0xb8, 0x28), marked(2, 0x20, 0x28))],
    violating: [on(B.outward(udp, 0), marked(1, 0xb8, 0x28), marked(2, 0xb8, 0x48))],
  },
  {
    rule: "RFC7857-12-1", conforming: [on(bound(), hairpin(17, 1), hairError, hairErrorOut)], violating: [on(bound(), hairpin(17, 1), hairError, { ...hairError, at: 2.5 })],
    near: [on(bound(), hairpin(17, 1), hairError), on(hairError), under({ nat: { hairpinning: false } }, bound(), hairpin(17, 1), hairError, { ...hairError, at: 2.5 })],
  },
  {
    rule: "RFC6888-3-12", conforming: [on(before, rebound, stranger(9100, 20))], violating: [on(before, rebound, stranger(5004, 20))],
    near: [
      on(before, stranger(5004, 20)), on(before, rebound.slice(0, 2), stranger(5004, 20)), on(before, rebound, stranger(5004, 140)), under({ nat: { filtering: "address-dependent" } }, before, rebound, stranger(5004, 20)),
      under({ nat: { allocation: "port-block" } }, before, rebound, stranger(5004, 20)), on(before, rebound, B.outward(flow(4004, 5004), 15, { id: 3 }), stranger(5004, 20)),
    ],
  },
];
