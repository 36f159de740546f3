/** Exhibits: errors from inside the softwire of which nothing comes (RFC 2473 section 8). */
import * as B from "./build.js";
import type { Step } from "./build.js";
import { type Exhibit, on, under } from "./exhibit.js";
import { base, others, sentIn, udp } from "./exhibits.js";

const about = (quoted: Uint8Array, type: number, code: number, word = 0) => (at: number): Step => B.accessIn(B.error6(type, code, word, quoted), { at });
const unreachable = about(sentIn, 1, 0);
const relayed = (at: number): Step => B.coreOut(B.error(3, 1, B.outsideIn(udp), { src: B.CORE, dst: B.HOST, ttl: 64 }), { at });
/** The flow of `base`, after the others. */
const later = [...B.outward(udp, 1.2), ...B.inward(udp, 1.3)];
/** At three times, 2 s apart. */
const thrice = (message: (at: number) => Step, from = 2, apart = 2): Step[] => [0, 1, 2].map((i) => message(from + apart * i));
const dfSent = B.toB4(B.insideIn(udp, { df: true }));
const withDf = [B.coreIn(B.outsideIn(udp, { df: true }), { at: 1.5 }), B.accessOut(dfSent, { at: 1.501 })];
const neverSent = B.toB4(B.insideIn(udp, { payload: B.bytes(77) }));
/** The AFTR refuses something on its core side, so its budget of errors may be spent. */
const refusal = (at: number): Step => B.coreOut(B.error(3, 1, B.outsideIn({ ...udp, dst: B.HOST2 }, { dst: "203.0.113.3" }), { src: B.CORE, dst: B.HOST2, ttl: 64 }), { at });
const own = B.toB4(B.four({ src: "192.0.0.1", dst: "192.168.1.10", sport: 9, dport: 40000 }));
const hairpinned = B.toB4(B.four({ src: B.EXT2, dst: "192.168.1.10", sport: 9, dport: 40000 }));

export const relayExhibits: readonly Exhibit[] = [{
  rule: "RFC2473-8-1.silent",
  conforming: [
    on(base, unreachable(2), relayed(2.001)), on(base, about(sentIn, 3, 0)(2), relayed(2.001)),
    // Once is enough: others may be held back or lost.
    on(base, unreachable(2), relayed(2.001), thrice(unreachable, 4)),
  ],
  violating: [
    on(base, thrice(unreachable)), on(base, thrice(about(sentIn, 1, 3))), on(base, thrice(about(sentIn, 3, 0))), on(base, unreachable(2), about(sentIn, 3, 0)(4), unreachable(6)),
    under({ cfg: { oversize: "honour-df" } }, base, withDf, thrice(about(dfSent, 2, 0, 1400), 3)),
    // A capture: the other tap is alive, and nothing else is missing.
    { ...on(others, later, thrice(unreachable), B.inward(udp, 20)), options: { complete: false } },
  ],
  near: [
    // Two may be lost; more within a second may be too many; the budget may be spent on others.
    on(base, unreachable(2), unreachable(4)), on(base, thrice(unreachable, 2, 0.4)), on(base, [2, 4, 6].flatMap((at) => [refusal(at - 0.5), unreachable(at)])),
    // DF is ignored by declaration, or clear; an administrative prohibition or an option is no "unreachable node" of the RFC; fragments that were late belong to no packet.
    on(base, withDf, thrice(about(dfSent, 2, 0, 1400), 3)), under({ cfg: { oversize: "honour-df" } }, base, thrice(about(sentIn, 2, 0, 1400))), on(base, thrice(about(sentIn, 1, 1))), on(base, thrice(about(sentIn, 4, 2, 40))), on(base, thrice(about(sentIn, 3, 1))),
    // Whatever the AFTR did not send, or sent of its own accord or for another B4; damaged; too late for the mapping.
    on(base, thrice(about(neverSent, 1, 0))), on(base, B.accessOut(own, { at: 1.5 }), thrice(about(own, 1, 0))), on(base, B.accessOut(hairpinned, { at: 1.5 }), thrice(about(hairpinned, 1, 0))),
    on(base, thrice((at) => B.accessIn(B.changed(B.error6(1, 0, 0, sentIn), 43, 0x77), { at }))), on(base, thrice(unreachable, 500)),
    // The tap of the core side died, or had not come to life.
    { ...on(others, later, thrice(unreachable)), options: { complete: false } },
    { ...on(others, later, thrice(unreachable), B.accessIn(B.soft(B.insideOut(udp)), { at: 20 })), options: { complete: false } },
  ],
}];
