/** Defects for the rules of the last clauses that got one: links kept apart, 6to4 behind a NAT, unicast 6to4, the outer traffic class. */
import type { SixRdDomain, SixToFour } from "../../src/config/types.js";
import { put32, u16, u32 } from "../../src/wire/bits.js";
import { because, both, loses, type Mutant, type Pick, sends, TIPPED, wrap } from "./mutant.js";
import { IN } from "./nat-common.js";
import { look } from "./seen.js";
import type { Event, Transcript } from "./transcript.js";

type Tunnel = SixRdDomain | SixToFour;
const tunnel = (t: Transcript): Tunnel | undefined => t.config.serviceSets.flatMap((s) => s.concentrators).find((c): c is Tunnel => c.kind !== "ds-lite");
const sameAddress = (a: Uint8Array, i: number, b: Uint8Array, k: number): boolean => a.subarray(i, i + 16).every((x, n) => x === b[k + n]);
const isRouter: Pick = (_s, _e, t) => tunnel(t)?.kind === "6to4-router";

/** After a neighbour advertisement from a tunnel, packets to its target go into that tunnel. */
function believes(t: Transcript): readonly Event[] | undefined {
  const d = tunnel(t);
  const claim = t.events.find((e) => e.direction === 0 && e.bytes[0] >>> 4 === 4 && e.bytes.length >= 84 && e.bytes[26] === 58 && e.bytes[60] === 136);
  if (d === undefined || claim === undefined) return undefined;
  let hit = false;
  const events = t.events.map((e): Event => {
    const asked = t.events.find((x) => x.direction === 0 && x.ordinal === e.ordinal);
    if (e.direction === 0 || e.reason !== "decapsulated" || e.ordinal < claim.ordinal || asked === undefined || !sameAddress(e.bytes, 24, claim.bytes, 68)) return e;
    const bytes = wrap(asked.bytes.slice(look(asked.bytes).inner), d, u32(claim.bytes, 12));
    if (bytes === undefined) return e;
    hit = true;
    return { ...e, side: 0, bytes, wireLen: bytes.length };
  });
  return hit ? events : undefined;
}

export const FATES_MUTANTS: readonly Mutant[] = [
  { id: "tunnel-neighbour-believed", title: "a neighbour advertisement from one tunnel moves a host of the Internet into it", mechanisms: ["6rd"], clauses: ["RFC4213-5-1"], apply: believes },
  {
    id: "router-behind-nat", title: "6to4 runs behind a NAT: the prefix is made from a private address, the packets come from a global one", mechanisms: ["6to4-router"], clauses: ["RFC3056-5.8-1"],
    apply: sends(both(because(...TIPPED), isRouter, (s) => s.inner > 0 && u16(s.b, s.user + 8) === 0x2002), (b, s) => put32(b, s.user + 10, 0x0a000001)),
  },
  {
    id: "router-unicast-6to4-lost", title: "packets of other 6to4 sites are dropped, those of relays are not", mechanisms: ["6to4-router"], clauses: ["RFC7526-4-2", "RFC6343-4.4-4"],
    apply: loses(both(because("decapsulated"), isRouter, (s) => u16(s.b, s.user + 8) === 0x2002)),
  },
  {
    id: "aftr-dscp-by-port", title: "the outer DSCP follows the port", mechanisms: ["ds-lite"], clauses: ["RFC2473-6.4-1", "RFC6333-7.1-2"],
    apply: sends(both(because(...IN), (s) => s.version === 6 && s.inner > 0 && s.upper > 0), (b, s) => {
      const dscp = 40 + (s.b[s.upper + 3] & 7);
      b[0] = 0x60 | (dscp >>> 2);
      b[1] = (b[1] & 0x3f) | ((dscp & 3) << 6);
    }),
  },
];
