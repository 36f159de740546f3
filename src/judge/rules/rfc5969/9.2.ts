/** RFC 5969 section 9.2: the source check of the BR (decisions D12: a source outside the 6rd prefix matches nothing, so it is dropped). */
import { formatIpv4, textIpv6At } from "../../../wire/address.js";
import { u32 } from "../../../wire/bits.js";
import { embeddedIpv4 } from "../../../wire/embedding.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { type Exchange, type Explanation, NA, type Outcome, type Rule } from "../../rule.js";
import { SIX_RD, hasFacts, inner, mustNotForward, outer, told } from "../helpers.js";

const OUTSIDE = 3;

function check(x: Exchange): Outcome {
  // Invalid and local sources are the business of RFC 4213 section 3.6 and of IPv6 itself; an unreadable inner packet of none of them.
  if (hasFacts(x, x.input, F.F_INNER_BAD | F.F_OUTER_BAD)) return NA;
  const outcome = mustNotForward(x);
  if (x.code === 1 && hasFacts(x, x.input, F.F_SRC_FOREIGN)) x.code = OUTSIDE;
  return outcome;
}
const deviation = (code: number): string => (code === OUTSIDE ? "source-outside-6rd-prefix" : "embedded-address-differs");

function explain(x: Exchange): Explanation {
  const t = x.domain.tunnel;
  const at = inner(x, x.input) + 8;
  const from = formatIpv4(u32(x.b, outer(x, x.input) + 12));
  const seen = x.code === OUTSIDE ? `${textIpv6At(x.b, at)}, which embeds none` : formatIpv4(embeddedIpv4(x.b, at, t.v6rdPrefix, t.ipv4Prefix));
  return told(x, `a tunnelled packet with a source that does not belong to ${from} was forwarded`,
    "RFC 5969 section 9.2: the IPv4 address embedded in the inner source must be the outer source, otherwise the packet is dropped and counted",
    [field(x, x.input, "IPv6 inner", "IPv4 address embedded in the source", from, seen, at, 16)]);
}

export const section92: readonly Rule[] = [
  {
    id: "RFC5969-9.2-1", clause: "RFC5969-9.2-1", title: "the embedded source address is compared with the outer source", mechanisms: SIX_RD, on: "input",
    facts: F.F_SRC_MISMATCH | F.F_SRC_FOREIGN, check, deviation, explain,
  },
  {
    id: "RFC5969-9.2-2", clause: "RFC5969-9.2-2", title: "packets that fail the source check are dropped", mechanisms: SIX_RD, on: "input",
    facts: F.F_SRC_MISMATCH | F.F_SRC_FOREIGN, check, deviation, explain,
  },
];
