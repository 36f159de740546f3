/** RFC 6324 section 3: measures against routing loops; all of them are allowed, none is required. */
import * as F from "../../facts.js";
import type { Rule } from "../../rule.js";
import { embeddedTo, isTunnelled, mayDrop, outerFrom, refuses, six4, to6to4 } from "../../six-to-four/checks.js";
import { isStranger } from "../../six-to-four/domain.js";
import { F_BY_POLICY, isOwnIsatap, isListed } from "../../six-to-four/facts.js";
import { RELAY, SIX_TO_FOUR } from "../helpers.js";

export const rfc6324: readonly Rule[] = [
  mayDrop({ id: "RFC6324-3.2.3-1", clause: "RFC6324-3.2.3-1", title: "other tunnel routers are filtered", mechanisms: RELAY, facts: F.F_RELAY, applies: (x) => isListed(x.domain, x.b, x.inputAt, x.inputInner, isTunnelled(x, x.input)), why: "RFC 6324 section 3.2.3 allows it" }),
  // The list is a MAY; once it is declared, a relay that does not apply it is another one than the configuration says.
  {
    ...refuses({
      id: "RFC6324-3.2.3-1.declared", clause: "RFC6324-3.2.3-1", title: "the declared relays are filtered", mechanisms: RELAY, facts: F.F_RELAY,
      applies: (x) => x.domain.declaresRelays && isListed(x.domain, x.b, x.inputAt, x.inputInner, isTunnelled(x, x.input)), message: "a packet from or to a known relay was forwarded",
      why: "RFC 6324 section 3.2.3 allows the filter, and the configuration declares these relays",
    }),
    declared: true,
  },
  mayDrop({
    id: "RFC6324-3.1.2-1", clause: "RFC6324-3.1.2-1", title: "addresses that are not on the list of known ones are refused", mechanisms: RELAY, facts: F_BY_POLICY, why: "RFC 6324 section 3.1.2 allows it",
    applies: (x) => (isTunnelled(x, x.input) ? isStranger(six4(x), outerFrom(x, x.input)) : to6to4(x, x.input) && isStranger(six4(x), embeddedTo(x, x.input))),
  }),
  mayDrop({
    id: "RFC6324-3.3-1", clause: "RFC6324-3.3-1", title: "address check on entry", mechanisms: SIX_TO_FOUR, facts: F.F_RELAY, applies: (x) => !isTunnelled(x, x.input) && isOwnIsatap(x.domain, x.b, x.inputInner + 8), why: "RFC 6324 section 3.3 allows it",
  }),
  mayDrop({
    id: "RFC6324-3.3-2", clause: "RFC6324-3.3-2", title: "address check on exit", mechanisms: SIX_TO_FOUR, facts: F.F_RELAY, applies: (x) => isTunnelled(x, x.input) && isOwnIsatap(x.domain, x.b, x.inputInner + 24), why: "RFC 6324 section 3.3 allows it",
  }),
];
