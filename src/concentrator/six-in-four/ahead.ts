/** What the next packets will ask of the flow table (wire/upcoming.ts): the short way's keys, from packets that nobody has checked yet. */
import { ACCESS, type Side } from "../../config/types.js";
import * as ipv4 from "../../wire/ipv4.js";
import * as ipv6 from "../../wire/ipv6.js";
import type { Upcoming } from "../../wire/upcoming.js";
import { approachAll } from "../lines.js";
import { coversWord, providerV4, siteWord0, siteWord1 } from "./short-provider.js";
import { keyOf } from "./short.js";
import type { ShortRules, Tunnel } from "./tunnel.js";

export function readAhead(t: Tunnel, rules: ShortRules, side: Side, u: Upcoming): void {
  const { off, hash, n } = u;
  const v = t.view;
  const { provider } = rules;
  const skip = side === ACCESS ? ipv4.HEADER_BYTES : 0;
  for (let i = 0; i < n; i++) {
    const o = off[i] + skip;
    let d0 = v.getInt32(o + ipv6.DST);
    let d1 = v.getInt32(o + ipv6.DST + 4);
    if (skip === 0 && provider !== undefined && coversWord(provider, d0)) {
      const dst = providerV4(provider, d0, d1);
      d0 = siteWord0(dst);
      d1 = siteWord1(provider, dst);
    }
    hash[i] = keyOf(t, o, t.u8[o + ipv6.NEXT_HEADER], d0, d1);
  }
  const { rows, mask } = t.softwires.flows;
  t.approached = approachAll(rows, mask, hash, n);
}
