/** The clauses that concern a configuration's mechanisms, each with its rule or the reason why there is none. */
import { type Clause, defaultSeverity, loadClauses, loadDecisions, loadDocuments, type Role } from "../config/clauses.js";
import type { Config, Mechanism } from "../config/types.js";
import { CONFIG_RULE_IDS, NOT_JUDGED, type RuleInfo, RULES, SUM_RULES } from "../judge/index.js";
import type { Severity } from "../judge/types.js";
import type { ClauseLine } from "../report/record.js";

/** The part that the device plays in each mechanism (the roles of the catalogue). The initiator's clauses join where a rule judges them. */
export const DEVICE_ROLES: Readonly<Record<Mechanism, readonly Role[]>> = {
  "6rd": ["6rd-br"],
  "6to4-router": ["6to4-router"],
  "6to4-relay": ["6to4-relay", "6to4-anycast-relay"],
  "6to4-pmt": ["6to4-pmt-relay"],
  "ds-lite": ["ds-lite-aftr", "nat44"],
};

export interface Catalogue {
  readonly clauses: readonly ClauseLine[];
  readonly severityOf: (clause: string) => Severity;
  /** Clauses that are judged on the configuration alone. */
  readonly onConfig: ReadonlySet<string>;
  /** Rules that read the configuration and no packet, or add up others; their clauses may have others that do. */
  readonly configRules: ReadonlySet<string>;
}

/** Severity by the catalogue's policy; a clause that it does not know informs. */
export function severityOf(id: string): Severity {
  const clause = loadClauses().get(id);
  return clause === undefined ? "info" : defaultSeverity(clause);
}

/** Rules by the clause that they judge, in the order of RULES: every clause asks for its own. */
const byClause = new Map<string, RuleInfo[]>();
for (const r of RULES) {
  const known = byClause.get(r.clause);
  if (known === undefined) byClause.set(r.clause, [r]);
  else known.push(r);
}
const rulesOn = (clause: string): readonly RuleInfo[] => byClause.get(clause) ?? [];

function whyNot(clause: Clause): string {
  const given = NOT_JUDGED.find((n) => n.clause === clause.id)?.reason;
  if (given !== undefined) return given;
  if (clause.observable === "not-observable") return clause.observableWhy ?? "cannot be seen in packets";
  return "no rule yet";
}

/** The mechanisms that a clause speaks of, by its roles and by the rules that judge it; `common` when it is no one's own. */
function mechanismNames(clause: Clause): string[] {
  const all = Object.keys(DEVICE_ROLES) as Mechanism[];
  const initiator: Partial<Record<Mechanism, readonly Role[]>> = { "6rd": ["6rd-ce"], "ds-lite": ["ds-lite-b4"] };
  const named = all.filter((m) => [...DEVICE_ROLES[m], ...(initiator[m] ?? [])].some((r) => clause.role.includes(r)) || rulesOn(clause.id).some((r) => r.mechanisms.includes(m)));
  return named.length === 0 ? ["common"] : named;
}

const BASIS: Readonly<Record<Clause["levelBasis"], string>> = {
  rfc2119: "in capitals (RFC 2119)", lowercase: "in lower case", declarative: "stated as how it works, without a keyword", pseudocode: "in the pseudocode of RFC 3964 section 5",
};

/** Why a clause weighs what it weighs, in words. */
function basisOf(clause: Clause): string {
  const document = loadDocuments().get(clause.rfc);
  const level = clause.level === "REQUIRED-BY-TEXT" ? "Required" : clause.level;
  return `${level} ${BASIS[clause.levelBasis]}${document === undefined ? "" : `; ${document.title} (${document.status}${document.changedBy === undefined ? "" : `, changed by RFC ${document.changedBy.join(", ")}`})`}`;
}

let decisions: ReadonlyMap<string, readonly string[]> | undefined;
/** Our stance where the text leaves something open, by clause. */
export function decisionsOn(clause: Pick<Clause, "id">): { decisions?: readonly string[] } {
  if (decisions === undefined) {
    const by = new Map<string, string[]>();
    for (const d of loadDecisions()) for (const id of d.clauses) by.set(id, [...(by.get(id) ?? []), `${d.id} ${d.title}: ${d.stance}${d.policy === undefined ? "" : ` (policy ${d.policy})`}`]);
    decisions = by;
  }
  const found = decisions.get(clause.id);
  return found === undefined ? {} : { decisions: found };
}

/** One clause as a line of the record. `rules`: the rules that judge it, of the mechanisms at hand. */
export function clauseLine(clause: Clause, rules: readonly string[]): ClauseLine {
  return {
    type: "clause", id: clause.id, rfc: clause.rfc, section: clause.section, level: clause.level, statement: clause.statement, check: clause.check,
    failure: clause.failure, mechanisms: mechanismNames(clause), basis: basisOf(clause), ...decisionsOn(clause), ...(clause.note === undefined ? {} : { note: clause.note }),
    severity: defaultSeverity(clause), ...(rules.length > 0 ? { rule: rules.join(" ") } : { reason: whyNot(clause) }),
  };
}

export const mechanismsOf = (config: Config): ReadonlySet<Mechanism> => new Set(config.serviceSets.flatMap((s) => s.concentrators).map((c) => c.kind));

/** Ids of the rules that judge a clause, for the given mechanisms. */
export const rulesFor = (clause: string, mechanisms: ReadonlySet<Mechanism>): string[] =>
  rulesOn(clause).filter((r) => r.mechanisms.some((m) => mechanisms.has(m))).map((r) => r.id);

/** Rules that say nothing of packets: see `Catalogue.configRules`. */
export const CONFIG_RULES: ReadonlySet<string> = new Set([...CONFIG_RULE_IDS, ...SUM_RULES.map((r) => r.id)]);

/** In the order of the catalogue. */
export function catalogueFor(config: Config): Catalogue {
  const mechanisms = mechanismsOf(config);
  const roles = new Set([...mechanisms].flatMap((m) => DEVICE_ROLES[m]));
  const clauses: ClauseLine[] = [];
  const onConfig = new Set<string>();
  for (const clause of loadClauses().values()) {
    const rules = rulesFor(clause.id, mechanisms);
    if (rules.length === 0 && !clause.role.some((r) => roles.has(r))) continue;
    if (clause.observable === "config") onConfig.add(clause.id);
    clauses.push(clauseLine(clause, rules));
  }
  return { clauses, severityOf, onConfig, configRules: CONFIG_RULES };
}
