/** RFC 3056 sections 5.2 and 5.2.2.1: a relay for clients only, where a list of them is declared. */
import { textIpv4At } from "../../../wire/address.js";
import type { Exchange, Rule } from "../../rule.js";
import { isTunnelled, mayDrop, outerFrom, outerFromField, refuses, six4 } from "../../six-to-four/checks.js";
import { isStranger } from "../../six-to-four/domain.js";
import { F_BY_POLICY } from "../../six-to-four/facts.js";
import { RELAY } from "../helpers.js";

const ofStranger = (x: Exchange): boolean => isTunnelled(x, x.input) && isStranger(six4(x), outerFrom(x, x.input));

export const section5Clients: readonly Rule[] = [
  mayDrop({ id: "RFC3056-5.2-1", clause: "RFC3056-5.2-1", title: "6to4 routers that are no clients are refused", mechanisms: RELAY, facts: F_BY_POLICY, applies: ofStranger, why: "RFC 3056 section 5.2 allows it" }),
  refuses({
    id: "RFC3056-5.2.2.1-1", clause: "RFC3056-5.2.2.1-1", title: "only clients are served, where they are listed", mechanisms: RELAY, facts: F_BY_POLICY, applies: ofStranger,
    message: "a packet of a 6to4 router that is no client was relayed", why: "RFC 3056 section 5.2.2.1, and the clients are declared", fields: (x) => [outerFromField(x, x.input, `one of the clients, not ${textIpv4At(x.b, x.inputAt + 12)}`)],
  }),
];
