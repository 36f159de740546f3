/** Exhibits of the rules on limits and boundaries that the configuration declares: RFC 6888 REQ-4 and REQ-5, RFC 7785 section 4, RFC 6598 section 4. */
import { parseIpv6 } from "../../../src/wire/address.js";
import * as B from "./build.js";
import type { Step } from "./build.js";
import { type Exhibit, on, under } from "./exhibit.js";

const SYN = 2, SYN_ACK = 18, RST_ACK = 20;
const EMPTY = new Uint8Array(0);
const seg = (flags: number, seq: number): B.Four => ({ flags, seq, payload: EMPTY });
const flow = (i: number, more: Partial<B.Flow> = {}): B.Flow => ({ sport: 4000 + i * 2, eport: 5000 + i * 2, ...more });
const unheard = (f: B.Flow, at: number, o: B.Four = {}): Step => B.accessIn(B.soft(B.insideOut(f, o), { src: f.b4 ?? B.B4A }), { at });

// --- new mappings ---------------------------------------------------------------------------------------------------------------------
const rate: B.Over = { nat: { mappingRate: 2 } };
const syns = (n: number, apart: number, more: (i: number) => Partial<B.Flow> = () => ({})): Step[] => Array.from({ length: n }, (_, i) => B.outward(flow(i, { proto: 6, ...more(i) }), i * apart, seg(SYN, 1))).flat();
const datagrams = (n: number, from: number): Step[] => Array.from({ length: n }, (_, i) => B.outward(flow(i), from + i * 0.01)).flat();

// --- sessions -------------------------------------------------------------------------------------------------------------------------
const connected = (i: number, at: number, more: Partial<B.Flow> = {}): Step[] => [...B.outward(flow(i, { proto: 6, ...more }), at, seg(SYN, 1)), ...B.inward(flow(i, { proto: 6, ...more }), at + 0.01, seg(SYN_ACK, 9))];
const two = [...connected(0, 0), ...connected(1, 0.1)];
const third = flow(2, { proto: 6 });
const opened = (at: number): Step[] => B.outward(third, at, seg(SYN, 1));
const sessions: B.Over = { cfg: { sessionLimitPerPrefix: 2 } };
const transitory = (undeclared: readonly string[]): B.Over => ({ cfg: { sessionLimitPerPrefix: 2, undeclared } });
const halfOpen = [...B.outward(flow(0, { proto: 6 }), 0, seg(SYN, 1)), ...B.outward(flow(1, { proto: 6 }), 0.1, seg(SYN, 1))];

// --- softwires ------------------------------------------------------------------------------------------------------------------------
const SECOND = "2001:db8:b4:a::b5";
const one: B.Over = { cfg: { softwiresPerSubscriber: 1, subscriberPrefixLength: 56 } };
const both = [B.B4A, SECOND];
/** Packets of these B4s in turn, all of them served. */
const turns = (b4s: readonly string[], n: number, apart: number): Step[] => Array.from({ length: n }, (_, i) => B.outward(flow(i % b4s.length, { b4: b4s[i % b4s.length] }), i * apart, { payload: B.bytes(30, i), id: i })).flat();

const prefix: B.Over = { cfg: { subscriberPrefixLength: 56 } };
/** One inner end that keeps its external end under these B4 addresses, a second each. */
const moves = (...b4s: readonly string[]): Step[] => b4s.flatMap((b4, i) => B.outward(flow(0, { b4 }), i, { payload: B.bytes(30, i), id: i }));
const later = (b4: string, at: number): Step[] => B.outward(flow(0, { b4 }), at, { payload: B.bytes(30, 9), id: 9 });
const fixed = { b4: parseIpv6(B.B4A)!, inner: B.v4("192.168.1.10"), protocol: 17, innerPort: 4000, outer: B.v4(B.EXT), outerPort: 5000 };

// --- boundary -------------------------------------------------------------------------------------------------------------------------
const shared: B.Flow = { sport: 40000, eport: 41000, dst: "100.64.7.7" };
const base = B.outward({ sport: 40000, eport: 41000 }, 0);
const boundary: B.Over = { core: { providerBoundary: true } };

export const declaredExhibits: readonly Exhibit[] = [
  {
    rule: "RFC6888-3-6", conforming: [under(rate, syns(5, 0.01)), under(rate, syns(12, 0.5))],
    violating: [under(rate, syns(9, 0.01)), under(rate, B.outward(flow(90), 0), datagrams(9, 320)), under({ nat: { mappingRate: 2, mappingBurst: 3 } }, syns(9, 0.01))],
    // No rate declared; two subscribers; older mappings that the capture shows for the first time; one mapping and many remote ends; a burst that is declared.
    near: [
      on(syns(9, 0.01)), under(rate, syns(10, 0.01, (i) => ({ b4: both[i % 2] }))), under(rate, datagrams(9, 0)),
      under(rate, ...Array.from({ length: 9 }, (_, i) => B.outward(flow(0, { proto: 6, dst: `198.51.100.${i + 9}` }), i * 0.01, seg(SYN, 1)))), under({ nat: { mappingRate: 2, mappingBurst: 10 } }, syns(9, 0.01)),
    ],
  },
  {
    rule: "RFC6888-3-7", conforming: [under(sessions, two, unheard(third, 1, seg(SYN, 1)))], violating: [under(sessions, two, opened(1)), under({ cfg: { flowLimit: 2 } }, two, opened(1)), under(transitory([]), halfOpen, opened(1))],
    // A higher limit; a connection that was reset; other protocols; connections that nobody answered, with a timer that nobody declared; another B4.
    near: [
      under({ cfg: { sessionLimitPerPrefix: 3 } }, two, opened(1)), under(sessions, two, B.outward(flow(0, { proto: 6 }), 0.5, seg(RST_ACK, 2)), opened(1)), under(sessions, B.outward(flow(0), 0), B.outward(flow(1), 0.1), B.outward(flow(2), 1)),
      under(transitory(["timers.tcp-transitory"]), halfOpen, opened(1)), under({ cfg: { flowLimit: 2, subscriberPrefixLength: 56 } }, connected(0, 0), connected(1, 0.1, { b4: SECOND }), opened(1)),
    ],
  },
  {
    rule: "RFC7785-4-1", conforming: [under(one, turns([B.B4A], 6, 0.1)), under(one, turns([B.B4A], 2, 0.1), unheard(flow(1, { b4: SECOND }), 0.3), turns([B.B4A], 1, 0.4))], violating: [under(one, turns(both, 8, 0.1))],
    // Two are allowed; two subscribers; an address that changed, with a packet on its way; slow turns, between which a softwire may have ended; who is a subscriber is not known.
    near: [
      under({ cfg: { softwiresPerSubscriber: 2, subscriberPrefixLength: 56 } }, turns(both, 8, 0.1)), under({ cfg: { softwiresPerSubscriber: 1, subscriberPrefixLength: 64 } }, turns([B.B4A, B.B4B], 8, 0.1)), under(one, turns([B.B4A, SECOND, B.B4A], 3, 0.1), turns([SECOND], 3, 0.5)),
      under(one, turns(both, 8, 3)), under({ cfg: { ...one.cfg, undeclared: ["subscriber-prefix-length"] } }, turns(both, 8, 0.1)), under({ cfg: { softwiresPerSubscriber: 1 } }, turns(both, 8, 0.1)),
    ],
  },
  {
    rule: "RFC7785-4-5", conforming: [under(prefix, moves(B.B4A, B.B4B)), under(prefix, moves(B.B4A, B.B4B), later(SECOND, 1810))], violating: [under(prefix, moves(B.B4A, B.B4B, SECOND)), under(prefix, moves(B.B4A, B.B4B, B.B4A))],
    // Each with a mapping of its own; no prefix; a static mapping.
    near: [under(prefix, B.outward(flow(0), 0), B.outward(flow(0, { b4: B.B4B, eport: 5002 }), 1), B.outward(flow(0, { b4: SECOND, eport: 5004 }), 2)), on(moves(B.B4A, B.B4B, SECOND)), under({ ...prefix, nat: { staticMappings: [fixed] } }, moves(B.B4A, B.B4B, SECOND))],
  },
  {
    rule: "RFC6598-4-2", conforming: [under(boundary, base, B.coreIn(B.outsideIn(shared), { at: 1 }))], violating: [under(boundary, base, B.inward(shared, 1))],
    near: [on(base, B.inward(shared, 1)), under(boundary, base, B.inward({ ...shared, dst: "100.128.0.1" }, 1)), under(boundary, base, B.inward({ ...shared, dst: "100.63.255.255" }, 1))],
  },
];
