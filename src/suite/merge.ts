/** The shards of a run become the run: the same record, byte for byte, as if it had been one. */
import { loadClauses } from "../config/clauses.js";
import type { CaseLine, FaultLine, HeaderLine, RecordLine, Verdict, VerdictLine } from "../report/record.js";
import { concludeRun } from "./run.js";
import { gathered } from "./shard.js";
import type { Waivers } from "./waivers/types.js";
import type { Facts, ProfileView } from "./verdicts.js";

export interface Part { readonly name: string; readonly lines: readonly RecordLine[]; readonly complete: boolean }
export interface Merged { readonly lines: readonly RecordLine[]; readonly exitCode: number; readonly cases: readonly { readonly id: string; readonly part: Part }[] }

const pick = <T extends RecordLine["type"]>(part: Part, type: T) => part.lines.filter((l): l is Extract<RecordLine, { type: T }> => l.type === type);
const header = (part: Part): HeaderLine | undefined => pick(part, "header")[0];

/** The parts in order, or what is wrong, for people. */
function inOrder(parts: readonly Part[]): readonly Part[] | string {
  const seen = new Map<number, Part>();
  const first = header(parts[0]);
  for (const part of parts) {
    const h = header(part);
    if (h?.shard === undefined || first?.shard === undefined) return `${part.name}: not a shard: its run had no --shard k/n`;
    const twin = seen.get(h.shard.index);
    if (twin !== undefined) return `${part.name}: shard ${h.shard.index} of ${h.shard.count} again, as ${twin.name}`;
    seen.set(h.shard.index, part);
    const { shard: _, ...mine } = h;
    const { shard: __, ...theirs } = first;
    if (JSON.stringify(mine) !== JSON.stringify(theirs) || h.shard.count !== first.shard.count) return `${part.name}: of another run than ${parts[0].name}: their headers differ (inputs, version, day or number of shards)`;
    for (const type of ["profile", "clause"] as const) {
      if (JSON.stringify(pick(part, type)) !== JSON.stringify(pick(parts[0], type)) && part.complete && parts[0].complete) return `${part.name}: of another run than ${parts[0].name}: their ${type}s differ`;
    }
  }
  const count = first?.shard?.count ?? 0;
  const missing = Array.from({ length: count }, (_, i) => i + 1).filter((i) => !seen.has(i));
  if (missing.length > 0) return `shard ${missing.join(", ")} of ${count} is missing: name the folders of all ${count} shards`;
  return Array.from({ length: count }, (_, i) => seen.get(i + 1) as Part);
}

/** What a profile says of a clause, as the shards' verdicts tell it: where the whole run would excuse something, a shard did. */
function viewFrom(id: string, parts: readonly Part[]): ProfileView {
  const told = new Map<string, VerdictLine[]>();
  for (const part of parts) {
    for (const v of pick(part, "verdict")) {
      if (v.profile !== id) continue;
      const list = told.get(v.clause) ?? [];
      told.set(v.clause, list);
      list.push(v);
    }
  }
  const reason = (clause: string, verdict: Verdict): string | undefined => told.get(clause)?.find((v) => v.verdict === verdict)?.reason;
  return { id, notApplicable: (c) => reason(c, "not-applicable"), unspecified: (c) => reason(c, "unspecified"), knownDeviation: (c) => reason(c, "known-deviation") };
}

/** Lines of one spec stay together; the specs come back in the order in which they were dealt out. */
function bySpec(lines: readonly CaseLine[]): CaseLine[][] {
  const groups: CaseLine[][] = [];
  for (const l of lines) {
    if (groups.at(-1)?.[0].id === l.id) groups.at(-1)?.push(l);
    else groups.push([l]);
  }
  return groups;
}

/** The waivers as the record tells them: all that their verdicts need. */
function waiversIn(part: Part, asOf: string): Waivers | undefined {
  const lines = pick(part, "waiver");
  return lines.length === 0 ? undefined : { path: part.name, asOf, waivers: lines.map(({ type: _, state: __, note: ___, findings: ____, ...w }) => ({ ...w, place: { line: 1, column: 1 } })) };
}

/** A string in return is what is wrong with the parts. A shard that broke off makes the whole incomplete. */
export function mergeShards(given: readonly Part[], failOnWarn: boolean): Merged | string {
  const parts = inOrder(given);
  if (typeof parts === "string") return parts;
  const whole = parts.find((p) => p.complete) ?? parts[0];
  const first = header(whole);
  if (first === undefined) return `${whole.name}: no header line`;
  const { shard: _, ...head } = first;
  const specs = gathered(parts.map((part) => bySpec(pick(part, "case")).map((lines) => ({ part, lines }))));
  const cases = specs.flatMap((s) => s.lines);
  const profiles = pick(whole, "profile");
  const facts = new Map<string, Facts[]>(profiles.map((p) => [p.id, []]));
  for (const c of cases) if (c.verdict !== "not-applicable") facts.get(c.profile)?.push({ rules: c.rules, findings: c.findings, complete: c.verdict !== "incomplete" });
  const faults = specs.flatMap(({ part, lines }): FaultLine[] => pick(part, "fault").filter((f) => f.case === lines[0].id));
  const clauses = pick(whole, "clause");
  const onConfig = new Set([...loadClauses().values()].filter((c) => c.observable === "config").map((c) => c.id));
  const aborted = parts.some((p) => !p.complete);
  const unreadable = parts.some((p) => pick(p, "footer").at(-1)?.exitCode === 3);
  const { lines, code } = concludeRun({ header: head, profiles, views: profiles.map((p) => viewFrom(p.id, parts)), catalogue: { clauses, onConfig }, cases, facts, faults, aborted, unreadable, failOnWarn, waivers: waiversIn(whole, head.asOf) });
  return { lines, exitCode: code, cases: specs.map((s) => ({ id: s.lines[0].id, part: s.part })) };
}
