/** Clauses that the configuration itself keeps or breaks. */
import type { Config } from "../../config/types.js";
import { type Domain, compileDomains } from "../domain.js";
import { type RuleInfo, severityFor } from "../rule.js";
import type { FindingGroup, RuleTally, Severity } from "../types.js";
import { compileAftrs } from "../ds-lite/aftr.js";
import { CONFIG_RULES_6TO4 } from "./config-6to4.js";
import { CONFIG_RULES_DS_LITE } from "./config-ds-lite.js";
import { IN_IPV4, SIX_RD } from "./helpers.js";

export interface ConfigRule extends RuleInfo {
  /** undefined: not applicable; "" kept; `observed`: a MAY that is made use of; otherwise what is wrong. */
  judge(d: Domain, config: Config): string | undefined | { observed: string };
  readonly why: string;
}

export const CONFIG_RULES: readonly ConfigRule[] = [
  {
    id: "RFC5969-4-1", clause: "RFC5969-4-1", title: "the delegated prefix leaves 64 bits for interface identifiers", mechanisms: SIX_RD,
    why: "RFC 5969 section 4",
    judge: (d) => (d.delegatedLength <= 64 ? "" : `delegated prefixes are /${d.delegatedLength}, longer than /64`),
  },
  {
    id: "RFC5969-4-3", clause: "RFC5969-4-3", title: "6rd prefix length plus embedded bits fit an address", mechanisms: SIX_RD, why: "RFC 5969 sections 4 and 7.1.1",
    judge: (d) => (d.delegatedLength <= 128 ? "" : `6rdPrefixLen + 32 - IPv4MaskLen is ${d.delegatedLength}, more than 128`),
  },
  {
    id: "RFC5969-7-1", clause: "RFC5969-7-1", title: "the four elements of a domain agree", mechanisms: SIX_RD, why: "RFC 5969 section 7: one 6rd prefix, one domain",
    judge(d, config) {
      const other = compileDomains(config).find((o) => o.index !== d.index && o.tunnel.v6rdPrefix.length === d.tunnel.v6rdPrefix.length &&
        o.tunnel.v6rdPrefix.address.every((w, i) => w === d.tunnel.v6rdPrefix.address[i]));
      if (other === undefined) return "";
      return other.tunnel.ipv4Prefix.length === d.tunnel.ipv4Prefix.length && other.tunnel.address === d.tunnel.address ? "" : `${d.tunnel.name} and ${other.tunnel.name} share a 6rd prefix but not the other elements`;
    },
  },
  {
    id: "RFC5969-9-4", clause: "RFC5969-9-4", title: "the copying of the traffic class is overridden", mechanisms: SIX_RD, why: "RFC 5969 section 9",
    judge: (d) => (d.tunnel.dscp.mode === "copy" ? "" : { observed: d.tunnel.dscp.mode }),
  },
  {
    id: "RFC5969-9.1-1", clause: "RFC5969-9.1-1", title: "the tunnel MTU follows path MTU discovery", mechanisms: SIX_RD, why: "RFC 5969 section 9.1",
    judge: (d) => (d.tunnel.tunnelMtuMode === "dynamic" ? { observed: "dynamic" } : ""),
  },
  {
    id: "RFC5969-9.1-5", clause: "RFC5969-9.1-5", title: "an anycast BR does not rely on a dynamic tunnel MTU", mechanisms: SIX_RD, why: "RFC 5969 section 9.1: ICMPv4 errors may reach another BR",
    judge: (d) => (!d.tunnel.anycast ? undefined : d.tunnel.tunnelMtuMode === "dynamic" ? "an anycast address with tunnel MTU mode dynamic" : ""),
  },
  {
    id: "RFC5969-11-1", clause: "RFC5969-11-1", title: "a 6rd prefix that embeds 32 bits is /32 or shorter", mechanisms: SIX_RD, why: "RFC 5969 section 11",
    judge: (d) => (d.tunnel.ipv4Prefix.length > 0 ? undefined : d.tunnel.v6rdPrefix.length <= 32 ? "" : `IPv4MaskLen is 0 and the 6rd prefix is /${d.tunnel.v6rdPrefix.length}`),
  },
  {
    id: "RFC4213-3.2.1-4", clause: "RFC4213-3.2.1-4", title: "a static tunnel MTU is not above what decapsulators support", mechanisms: IN_IPV4, why: "RFC 4213 section 3.2.1: 1480 bytes unless the far end is known to take more",
    // 65515 and more: nobody declared it (suite/declared)
    judge: (d) => (d.tunnel.tunnelMtuMode !== "static" || d.tunnel.tunnelMtu >= 65515 ? undefined : d.tunnel.tunnelMtu <= 1480 ? "" : `static tunnel MTU ${d.tunnel.tunnelMtu} is above 1480`),
  },
  {
    id: "RFC4213-3.6-6", clause: "RFC4213-3.6-6", title: "reassembly is not configured below the floor", mechanisms: IN_IPV4, why: "RFC 4213 section 3.6: reassembly of 1500 bytes is a floor; no reassembly at all is below it",
    judge: (d) => (d.tunnel.reassemblySeconds > 0 ? "" : "reassembly is turned off"),
  },
  ...CONFIG_RULES_6TO4,
];

type Verdict = ReturnType<ConfigRule["judge"]>;

export function judgeConfig(config: Config, severityOf: (clause: string) => Severity): { readonly rules: readonly RuleTally[]; readonly findings: readonly FindingGroup[] } {
  const rules: RuleTally[] = [];
  const findings: FindingGroup[] = [];
  const domains = compileDomains(config);
  const aftrs = compileAftrs(config);
  for (const rule of CONFIG_RULES) {
    const concerned = domains.filter((d) => rule.mechanisms.includes(d.mechanism));
    if (concerned.length > 0) tell(rule, rule.why, concerned.map((d) => [d.tunnel.name, rule.judge(d, config)]));
  }
  if (aftrs.length > 0) for (const rule of CONFIG_RULES_DS_LITE) tell(rule, rule.why, aftrs.map((a) => [a.cfg.name, rule.judge(a, config)]));
  return { rules, findings };

  /** Counts the verdicts of the concentrators that a rule concerns. */
  function tell(rule: RuleInfo, why: string, verdicts: readonly (readonly [string, Verdict])[]): void {
    const severity = severityFor(rule, severityOf);
    const asked = verdicts.filter(([, v]) => v !== undefined);
    const wrong = asked.flatMap(([name, v]) => (typeof v === "string" && v !== "" ? [`${name}: ${v}`] : []));
    rules.push({ rule: rule.id, clause: rule.clause, severity, exercised: asked.length, violated: wrong.length, observed: asked.filter(([, v]) => typeof v === "object").length });
    if (wrong.length === 0) return;
    const place = { file: config.source, frame: 0 };
    findings.push({
      rule: rule.id, clause: rule.clause, severity, fingerprint: `${rule.id}:configuration`, title: rule.title, certainty: "seen", count: wrong.length, first: place, last: place,
      exemplars: wrong.slice(0, 5).map((message) => ({ message, packets: [], fields: [], why, filter: "" })),
    });
  }
}
