/** RFC 6864 sections 4.1 and 5.3.1, RFC 7857 section 10: IPv4 identifications through a NAT (decisions D15). */
import * as A from "../../ds-lite/aspects.js";
import { na, pass, surely } from "../../ds-lite/aspects.js";
import { u16 } from "../../../wire/bits.js";
import { isAtomic } from "../../ds-lite/atomic.js";
import { L_SAME_ID } from "../../ds-lite/causes.js";
import * as F from "../../ds-lite/facts.js";
import { N_NO_PORT, N_SAME_ID } from "../../ds-lite/notes.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { NA, type Outcome, PASS, VIOLATED } from "../../rule.js";
import { DS_LITE, ON_CORE, ON_SOFT, field, has, inner, mustForward, told } from "../dslite/helpers.js";

/** Whole datagrams and first fragments that are not atomic; two internal ends must not give one identification to one remote host. */
function collision(x: DsExchange): Outcome {
  const at = inner(x, x.output);
  if (at === 0 || x.v.l4[x.output] === 0 || x.aftr.nat === undefined || !has(x, x.output, F.F_FROM_POOL) || has(x, x.output, F.F_JOINED4 | F.F_ERROR) || isAtomic(x.b, at)) return NA;
  return x.state.idReused ? VIOLATED : PASS;
}
const uniqueRule = (id: string, why: string): DsRule => ({
  // Sections 4.3 and 5.3.1 ask more than what most NATs do; both ways of handling fragments are accepted, collisions are told (decisions D15).
  id, clause: id, title: "identifications of different subscribers do not collide", mechanisms: DS_LITE, cap: "warn", on: "output", when: ON_CORE,
  sure: surely(pass(A.O_PLAIN | A.O_EXTERNAL | A.O_ID_FRESH), na(A.O_ATOMIC)),
  check: collision, deviation: () => "collision",
  explain: (x) => told(x, `identification ${u16(x.b, inner(x, x.output) + 4)} was used for another internal end within 120 s`, why, [field(x, x.output, "IPv4", "identification", "not used towards this host within 120 s", u16(x.b, inner(x, x.output) + 4), inner(x, x.output) + 4, 2)]),
});

export const identification: readonly DsRule[] = [
  {
    id: "RFC6864-4.1-1", clause: "RFC6864-4.1-1", title: "the identification of atomic packets means nothing", mechanisms: DS_LITE, on: "input", when: ON_SOFT | ON_CORE, notes: N_SAME_ID,
    check(x) {
      if ((x.v.notes[x.input] & N_SAME_ID) === 0 || (x.v.notes[x.input] & N_NO_PORT) !== 0 || has(x, x.input, F.F_BIG | F.F_AFTER_RST | F.F_JOINED6 | F.F_EXTENSION)) return NA;
      // Only what the NAT would let through for certain.
      const outward = x.r.side[x.input] === 0;
      const i = outward ? x.nat.byInternal(x.b, x.r.off[x.input] + 8, x.v.src[x.input], x.v.proto[x.input], x.v.sport[x.input]) : x.v.binding[x.input];
      if (i < 0 || (outward ? has(x, x.input, F.F_TO_POOL) : !has(x, x.input, F.F_KNOWN) || !has(x, x.input, F.F_BOUND))) return NA;
      // A host may use one identification for all that it sends: that a later packet of the same binding was seen on its way out shows that the tap sees this host's packets at all.
      if (x.output < 0 && (outward ? x.nat.lastOut(i) : x.nat.lastIn[i]) <= x.r.time[x.input]) return NA;
      return mustForward(x, L_SAME_ID);
    },
    deviation: () => "dropped",
    explain: (x) => told(x, "atomic packets with an identification used before are lost", "RFC 6864 section 4.1: it is ignored", [field(x, x.input, "IPv4", "identification", "ignored", u16(x.b, inner(x, x.input) + 4), inner(x, x.input) + 4, 2)]),
  },
  uniqueRule("RFC6864-5.3.1-1", "RFC 6864 section 5.3.1: a NAT keeps identifications unique as if it were the source"),
  uniqueRule("RFC7857-10-1", "RFC 7857 section 10 and RFC 6864 section 5.3.1"),
];
