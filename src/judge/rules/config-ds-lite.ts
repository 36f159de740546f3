/** Clauses of the DS-Lite documents that the configuration itself keeps or breaks. */
import { formatIpv4 } from "../../wire/address.js";
import type { Config } from "../../config/types.js";
import { type Aftr, compileAftrs } from "../ds-lite/aftr.js";
import type { RuleInfo } from "../rule.js";
import { CONFIG_RULES_NAT } from "./config-nat.js";
import { DS_LITE } from "./dslite/helpers.js";

export interface AftrConfigRule extends RuleInfo {
  /** As in config.ts: undefined: not applicable; "": kept; `observed`: told; otherwise what is wrong. */
  judge(a: Aftr, config: Config): string | undefined | { observed: string };
  readonly why: string;
}

/** Bytes of an outer packet that carries 1500 bytes of IPv4. */
const ROOMY = 1540;

export const CONFIG_RULES_DS_LITE: readonly AftrConfigRule[] = [
  {
    id: "RFC6333-5.3-5", clause: "RFC6333-5.3-5", title: "the access MTU allows for 40 bytes more", mechanisms: DS_LITE, why: "RFC 6333 section 5.3: the preferred remedy, not the only one",
    judge: (a) => (!a.declares("mtu-v6") ? undefined : a.cfg.mtuV6 >= ROOMY ? { observed: `mtu-v6 ${a.cfg.mtuV6}` } : ""),
  },
  {
    id: "RFC6333-8.1-1", clause: "RFC6333-8.1-1", title: "NAT pools of AFTRs do not overlap", mechanisms: DS_LITE, why: "RFC 6333 section 8.1",
    judge(a, config) {
      if (a.nat === undefined) return undefined;
      const { ranges, portFrom, portTo } = a.nat.pool;
      for (const o of compileAftrs(config)) {
        if (o.index === a.index || o.nat === undefined) continue;
        // Pools on the same addresses with other ports are apart.
        if (o.nat.pool.portFrom > portTo || o.nat.pool.portTo < portFrom) continue;
        const both = ranges.find((x) => o.nat?.pool.ranges.some((y) => x.from <= y.to && y.from <= x.to));
        if (both !== undefined) return `its pool ${formatIpv4(both.from)}-${formatIpv4(both.to)} overlaps that of ${o.cfg.name}`;
      }
      return "";
    },
  },
  {
    id: "RFC7785-3-1", clause: "RFC7785-3-1", title: "the bits of a B4 address that name a subscriber are configured", mechanisms: DS_LITE, why: "RFC 7785 section 3: a /56 unless configured otherwise; RFC 6333 alone speaks of the whole address (decisions D28)",
    judge: (a) => (!a.declares("subscriber-prefix-length") ? undefined : a.cfg.subscriberPrefixLength === 56 ? "" : { observed: `/${a.cfg.subscriberPrefixLength}` }),
  },
  {
    id: "RFC2983-5.1-1", clause: "RFC2983-5.1-1", title: "which DSCP leaves the tunnel is a static choice", mechanisms: DS_LITE, why: "RFC 2983 section 5.1; the packets are judged by RFC2983-3.1-1 and RFC2983-3.1-2",
    judge: (a) => (!a.declares("copy-dscp") ? undefined : a.cfg.copyDscpIn ? "" : { observed: "the packet keeps its own" }),
  },
  ...CONFIG_RULES_NAT,
];
