/** RFC 3022 section 4.2: checksums are adjusted by what changed, so that damage done on the way stays visible. */
import { u16 } from "../../../wire/bits.js";
import * as F from "../../ds-lite/facts.js";
import type { DsRule } from "../../ds-lite/rule.js";
import { NA, PASS, VIOLATED } from "../../rule.js";
import { ANY_FLOW, DS_LITE, field, has, told } from "../dslite/helpers.js";

export const section42: readonly DsRule[] = [
  {
    id: "RFC3022-4.2-1", clause: "RFC3022-4.2-1", title: "a wrong transport checksum stays wrong", mechanisms: DS_LITE, cap: "warn", on: "pair", when: ANY_FLOW, facts: F.F_SUM_BAD,
    check(x) {
      if (x.ambiguous || !has(x, x.input, F.F_SUM_BAD) || has(x, x.input, F.F_CUT | F.F_SUM_PARTIAL | F.F_ERROR | F.F_JOINED4) || has(x, x.output, F.F_CUT | F.F_SUM_PARTIAL | F.F_JOINED4)) return NA;
      return has(x, x.output, F.F_SUM_GOOD) ? VIOLATED : PASS;
    },
    deviation: () => "repaired",
    explain(x) {
      const at = x.v.l4[x.output] + (x.v.proto[x.output] === F.P_TCP ? 16 : x.v.proto[x.output] === F.P_UDP ? 6 : 2);
      return told(x, "a packet with a wrong checksum left with a right one", "RFC 3022 section 4.2: the difference of the fields is applied; a receiver must still see the damage", [field(x, x.output, "transport", "checksum", "as wrong as received", u16(x.b, at), at, 2)]);
    },
  },
];
