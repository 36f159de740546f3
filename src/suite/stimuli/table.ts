/**
 * Which topic exercises which clause, as measured (specs/stimuli.json; `UPDATE_STIMULI=1 npx vitest run test/suite/stimuli` measures again). A table, because
 * measuring takes seconds and every check ends with it; the test holds each entry against the judge.
 */
import type { Config, Mechanism } from "../../config/types.js";
import { readSpecsJson } from "../../config/specs-dir.js";
import type { ClauseLine, VerdictLine } from "../../report/record.js";
import { mechanismsOf } from "../catalogue.js";
import { topicsOf } from "./build.js";
import { NEEDS } from "./needs.js";

/** Mechanism, clause, names of topics. */
export type StimulusTable = Readonly<Partial<Record<Mechanism, Readonly<Record<string, readonly string[]>>>>>;
export const stimulusTable = (): StimulusTable => readSpecsJson("stimuli.json") as StimulusTable;

export interface Suggestion {
  /** Clauses that rules judge on packets, and those of them that no packet exercised. */
  readonly judged: number;
  readonly missing: readonly string[];
  /** Stems of files that would exercise some of them, in the order of sending. */
  readonly topics: readonly { readonly stem: string; readonly title: string; readonly clauses: readonly string[] }[];
  /** Those that stimuli exercise once more is declared. */
  readonly undeclared: readonly { readonly keys: string; readonly clauses: readonly string[] }[];
  /** Those that no stimulus exercises. */
  readonly without: readonly string[];
}

/** What a run left open and which stimuli would close it. A clause is named with the first topic that exercises it. */
export function suggest(config: Config, clauses: readonly ClauseLine[], onConfig: ReadonlySet<string>, verdicts: readonly VerdictLine[]): Suggestion {
  const byPackets = clauses.filter((c) => c.rule !== undefined && !onConfig.has(c.id)).map((c) => c.id);
  const exercised = new Set(verdicts.filter((v) => v.exercised > 0 || v.verdict === "not-applicable").map((v) => v.clause));
  const missing = byPackets.filter((c) => !exercised.has(c));
  const table = stimulusTable();
  const left = new Set(missing);
  const undeclared = NEEDS.flatMap((n) => {
    const own = n.isDeclared(config) ? [] : n.clauses.filter((c) => left.delete(c));
    return own.length === 0 ? [] : [{ keys: n.keys, clauses: own }];
  });
  const topics = topicsOf(config).flatMap((t) => {
    const own = [...left].filter((c) => [...mechanismsOf(config)].some((m) => table[m]?.[c]?.includes(t.name)));
    for (const c of own) left.delete(c);
    return own.length === 0 ? [] : [{ stem: t.stem, title: t.title, clauses: own }];
  });
  return { judged: byPackets.length, missing, topics, undeclared, without: [...left] };
}
