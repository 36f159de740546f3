/** The clauses that concern a configuration's mechanisms, each with its rule or the reason why there is none. */
import { type Clause, defaultSeverity, loadClauses, type Role } from "../config/clauses.js";
import type { Config, Mechanism } from "../config/types.js";
import { NOT_JUDGED, RULES } from "../judge/index.js";
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
}

/** Severity by the catalogue's policy; a clause that it does not know informs. */
export function severityOf(id: string): Severity {
  const clause = loadClauses().get(id);
  return clause === undefined ? "info" : defaultSeverity(clause);
}

function whyNot(clause: Clause): string {
  const given = NOT_JUDGED.find((n) => n.clause === clause.id)?.reason;
  if (given !== undefined) return given;
  if (clause.observable === "not-observable") return clause.observableWhy ?? "cannot be seen in packets";
  return "no rule yet";
}

/** One clause as a line of the record. `rules`: the rules that judge it, of the mechanisms at hand. */
export function clauseLine(clause: Clause, rules: readonly string[]): ClauseLine {
  return {
    type: "clause", id: clause.id, rfc: clause.rfc, section: clause.section, level: clause.level, statement: clause.statement, check: clause.check,
    severity: defaultSeverity(clause), ...(rules.length > 0 ? { rule: rules.join(" ") } : { reason: whyNot(clause) }),
  };
}

export const mechanismsOf = (config: Config): ReadonlySet<Mechanism> => new Set(config.serviceSets.flatMap((s) => s.concentrators).map((c) => c.kind));

/** Ids of the rules that judge a clause, for the given mechanisms. */
export const rulesFor = (clause: string, mechanisms: ReadonlySet<Mechanism>): string[] =>
  RULES.filter((r) => r.clause === clause && r.mechanisms.some((m) => mechanisms.has(m))).map((r) => r.id);

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
  return { clauses, severityOf, onConfig };
}
