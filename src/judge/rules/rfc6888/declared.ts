/** Limits that the configuration declares: sessions, new mappings a second, softwires of a subscriber (RFC 6888 REQ-4 and REQ-5, RFC 7785 section 4; decisions D28). */
import * as A from "../../ds-lite/aspects.js";
import { na } from "../../ds-lite/aspects.js";
import { L_SOFTWIRES } from "../../ds-lite/causes.js";
import * as F from "../../ds-lite/facts.js";
import { N_AT_SESSIONS } from "../../ds-lite/notes.js";
import type { DsExchange, DsRule } from "../../ds-lite/rule.js";
import { NA, PASS, VIOLATED } from "../../rule.js";
import { DS_LITE, ON_SOFT, has, outer, told } from "../dslite/helpers.js";
import { isStaticEnd, translated } from "../rfc4787/behaviour.js";
import { refused, source } from "./limits.js";

/** Taps differ and write what came at once one after the other: by this share a rate may be exceeded. */
const RATE_SLACK = 0.1;
/** UDP and queries seen for the first time are no new mappings while older ones may still be met: RFC 4787 REQ-5, 300 s and some more. */
const SETTLED_SECONDS = 310;
/** A B4 that has just got another address has packets of the old one on their way. */
const REPEATS = 2;

/** Is the mapping of the pair at hand surely a new one? A SYN opens one; anything else may have had it before the capture began. */
function isNew(x: DsExchange): boolean {
  if (x.learned.moved >= 0) return true;
  if (x.v.proto[x.input] === F.P_TCP) return (x.b[x.v.l4[x.input] + 13] & 0x16) === 2;
  return x.r.time[x.input] - x.history.started > SETTLED_SECONDS && x.nat.count < x.nat.capacity;
}

export const declaredLimits: readonly DsRule[] = [
  {
    id: "RFC6888-3-6", clause: "RFC6888-3-6", title: "new mappings of a subscriber keep to the declared rate", mechanisms: DS_LITE, declared: true, on: "pair", when: F.FROM_SOFTWIRE,
    sure: (aftr) => [na(aftr.nat?.mappingRate === undefined ? 0 : A.P_KNOWN)],
    check(x) {
      const rate = x.aftr.nat?.mappingRate ?? 0;
      if (rate === 0 || !translated(x) || x.learned.binding >= 0 || isStaticEnd(x) || !isNew(x)) return NA;
      // A device may count in whole seconds: then what two of them allow may come at once.
      const most = (rate + (x.aftr.nat?.mappingBurst ?? rate)) * (1 + RATE_SLACK) + 1;
      return x.state.usage.mapped(x.b, outer(x, x.input) + 8, x.aftr.cfg.subscriberPrefixLength, x.r.time[x.output], rate * (1 + RATE_SLACK), most) ? PASS : VIOLATED;
    },
    deviation: () => "above-the-rate",
    explain: (x) => told(x, `a subscriber got more than ${x.aftr.nat?.mappingRate} new mappings a second`, "RFC 6888 REQ-4c: thresholds keep one subscriber from taking all, and the configuration declares mapping-rate", source(x, "none in this second")),
  },
  {
    id: "RFC6888-3-7", clause: "RFC6888-3-7", title: "a subscriber gets no more sessions than the limit", mechanisms: DS_LITE, declared: true, on: "input", when: ON_SOFT, notes: N_AT_SESSIONS,
    check: (x) => refused(x, N_AT_SESSIONS), deviation: () => "limit-exceeded",
    explain: (x) => told(x, "a B4 that surely had as many TCP connections as the declared limit allows got another", "RFC 6888 REQ-5: state for a subscriber is limited, and the configuration declares flow-limit or session-limit-per-prefix", source(x, "none")),
  },
  {
    id: "RFC7785-4-1", clause: "RFC7785-4-1", title: "a subscriber has no more softwires than the limit", mechanisms: DS_LITE, declared: true, on: "input", when: ON_SOFT,
    sure: (aftr) => [na(aftr.cfg.softwiresPerSubscriber === undefined ? 0 : A.NEVER)],
    check(x) {
      const limit = x.aftr.cfg.softwiresPerSubscriber ?? 0;
      if (limit === 0 || x.aftr.undeclared("subscriber-prefix-length") || has(x, x.input, F.F_ERROR)) return NA;
      const b4 = outer(x, x.input) + 8;
      const bits = x.aftr.cfg.subscriberPrefixLength;
      const t = x.r.time[x.input];
      if (x.output < 0) return !has(x, x.input, F.MAY_DROP) && (x.absence || x.answer >= 0) && x.state.usage.others(x.b, b4, bits, t) >= limit ? PASS : NA;
      const active = x.state.usage.served(x.b, b4, bits, t);
      if (active === 0) return NA;
      if (active <= limit) return PASS;
      x.code = active;
      return x.history.got[L_SOFTWIRES]++ < REPEATS ? NA : VIOLATED;
    },
    deviation: () => "limit-exceeded",
    explain: (x) => told(x, `${x.code} softwires of one /${x.aftr.cfg.subscriberPrefixLength} were served by turns within two seconds`, "RFC 7785 section 4: the softwires of a subscriber are limited, and the configuration declares softwires-per-subscriber"),
  },
];
