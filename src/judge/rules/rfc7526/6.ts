/** RFC 7526 section 6: what still holds for 192.88.99.1 after its deprecation. */
import * as F from "../../facts.js";
import { ANNOUNCED, C_TO_OTHER, C_TUNNELLED, C_UNANNOUNCED } from "../../forwarded.js";
import { type Rule, silent } from "../../rule.js";
import { from6to4, isTunnelled, outerFrom, serves, six4, to6to4 } from "../../six-to-four/checks.js";
import { ANYCAST_RELAY } from "../../six-to-four/domain.js";
import { RELAY, ROUTER } from "../helpers.js";

export const rfc7526: readonly Rule[] = [
  serves({
    id: "RFC7526-4-2", clause: "RFC7526-4-2", title: "unicast 6to4 between two sites still works", mechanisms: ROUTER, facts: F.F_NEW_CE,
    applies: (x) => isTunnelled(x, x.input) && from6to4(x, x.input) && to6to4(x, x.input) && outerFrom(x, x.input) !== ANYCAST_RELAY,
    why: "RFC 7526 section 4: unicast 6to4 (RFC 3056) and 2002::/16 stay valid, only the anycast mechanism is deprecated",
  }),
  serves({
    id: "RFC7526-6-1", clause: "RFC7526-6-1", title: "packets from 192.88.99.1 are not filtered", mechanisms: ROUTER, facts: F.F_NEW_CE, applies: (x) => isTunnelled(x, x.input) && outerFrom(x, x.input) === ANYCAST_RELAY,
    why: "RFC 7526 section 6",
  }),
  serves({
    id: "RFC7526-6-4", clause: "RFC7526-6-4", title: "return packets may come through another relay", mechanisms: ROUTER, facts: F.F_NEW_CE,
    applies: (x) => isTunnelled(x, x.input) && !from6to4(x, x.input) && outerFrom(x, x.input) !== six4(x).relay, why: "RFC 7526 section 6",
  }),
  serves({
    id: "RFC7526-6-3", clause: "RFC7526-6-3", title: "2002::/16 is announced where it leads to a working relay", mechanisms: RELAY, facts: F.F_NEW_CE,
    applies: (x) => !isTunnelled(x, x.input) && to6to4(x, x.input) && x.state.ttl[x.domain.index * 4 + ANNOUNCED] > 0, sure: () => silent(C_TUNNELLED, C_TO_OTHER, C_UNANNOUNCED),
    why: "RFC 7526 section 6: the device announces 2002::/16 in this capture",
  }),
];
