/** RFC 7526 section 6: what still holds for 192.88.99.1 after its deprecation. */
import * as F from "../../facts.js";
import type { Rule } from "../../rule.js";
import { from6to4, isTunnelled, outerFrom, serves, six4 } from "../../six-to-four/checks.js";
import { ANYCAST_RELAY } from "../../six-to-four/domain.js";
import { ROUTER } from "../helpers.js";

export const rfc7526: readonly Rule[] = [
  serves({
    id: "RFC7526-6-1", clause: "RFC7526-6-1", title: "packets from 192.88.99.1 are not filtered", mechanisms: ROUTER, facts: F.F_NEW_CE, applies: (x) => isTunnelled(x, x.input) && outerFrom(x, x.input) === ANYCAST_RELAY,
    why: "RFC 7526 section 6",
  }),
  serves({
    id: "RFC7526-6-4", clause: "RFC7526-6-4", title: "return packets may come through another relay", mechanisms: ROUTER, facts: F.F_NEW_CE,
    applies: (x) => isTunnelled(x, x.input) && !from6to4(x, x.input) && outerFrom(x, x.input) !== six4(x).relay, why: "RFC 7526 section 6",
  }),
];
