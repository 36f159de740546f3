/**
 * The clause catalogue: what the RFCs ask, in our own words, one file an RFC in specs/clauses. What a broken clause amounts to follows
 * from its level, from what the level rests on, and from the status of its document.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readSpecsJson, specsDir } from "./specs-dir.js";

export type ClauseLevel = "MUST" | "MUST NOT" | "SHOULD" | "SHOULD NOT" | "MAY" | "REQUIRED-BY-TEXT";
/** `rfc2119`: a capitalised keyword; `lowercase`: must, should, may in lower case; `declarative`: a plain statement of how it works; `pseudocode`: the listings of RFC 3964 section 5. */
export type LevelBasis = "rfc2119" | "lowercase" | "declarative" | "pseudocode";
/** Where a tester can see it. `from-state`: only with the history of the capture; `config`: only in the configuration. */
export type Observable = "from-output" | "from-input-output" | "from-state" | "config" | "not-observable";
/** What a broken clause amounts to; `observe` marks a MAY, which cannot be broken. */
export type Severity = "fail" | "warn" | "info" | "observe";
export type Role =
  | "6to4-router" | "6to4-relay" | "6to4-anycast-relay" | "6to4-pmt-relay" | "6rd-br" | "6rd-ce" | "ds-lite-aftr" | "ds-lite-b4" | "nat44" | "tunnel-endpoint" | "any-router";

export interface Clause {
  /** RFC, section, number within the section: "RFC5969-9.2-1". */
  readonly id: string;
  readonly rfc: number;
  readonly section: string;
  readonly level: ClauseLevel;
  readonly levelBasis: LevelBasis;
  readonly role: readonly Role[];
  /** Our paraphrase. */
  readonly statement: string;
  readonly observable: Observable;
  readonly observableWhy?: string;
  /** How it can be checked, and what a violation looks like. */
  readonly check: string;
  readonly failure: string;
  readonly note?: string;
}

/** One RFC of the catalogue. `status` is today's status in words, `class` what severities go by. */
export interface ClauseDocument {
  readonly rfc: number;
  readonly title: string;
  readonly date: string;
  readonly status: string;
  readonly class: "standards-track" | "bcp" | "informational" | "historic" | "experimental";
  /** RFCs that update or obsolete it. */
  readonly changedBy?: readonly number[];
}

/** A point that the RFCs leave open or where they disagree, and where we stand. `policy` names the keys of the configuration that decide otherwise. */
export interface Decision {
  readonly id: string;
  readonly title: string;
  readonly stance: string;
  readonly policy?: string;
  readonly clauses: readonly string[];
}

let clauses: ReadonlyMap<string, Clause> | undefined;
let documents: ReadonlyMap<number, ClauseDocument> | undefined;
let wireFormat: ReadonlySet<string> | undefined;

/** Every clause by id, in the order of RFC number and section. Read once. */
export function loadClauses(): ReadonlyMap<string, Clause> {
  if (clauses !== undefined) return clauses;
  const files = readdirSync(join(specsDir(), "clauses")).map((f) => /^rfc(\d+)\.json$/.exec(f)).filter((m) => m !== null);
  files.sort((a, b) => Number(a[1]) - Number(b[1]));
  const all = new Map<string, Clause>();
  for (const [file] of files) {
    for (const clause of readSpecsJson("clauses", file) as Clause[]) {
      if (all.has(clause.id)) throw new Error(`clause ${clause.id} stands twice in specs/clauses`);
      all.set(clause.id, clause);
    }
  }
  clauses = all;
  return all;
}

/** The RFCs of the catalogue by number. */
export function loadDocuments(): ReadonlyMap<number, ClauseDocument> {
  documents ??= new Map((readSpecsJson("clauses", "documents.json") as ClauseDocument[]).map((d) => [d.rfc, d]));
  return documents;
}

/** D1 to D36, in that order. */
export const loadDecisions = (): readonly Decision[] => readSpecsJson("clauses", "decisions.json") as Decision[];

/** "RFC 5969 section 9.2" */
export const citation = (c: Clause): string => `RFC ${c.rfc} section ${c.section}`;

/**
 * - MAY: observed.
 * - Fixes wire format or arithmetic (specs/clauses/wire-format.json: protocol numbers, lengths, checksums, address mapping, hop limit): fail, whatever the
 *   document's status and wording, for a peer cannot work with anything else.
 * - Standards track and BCP: capitalised MUST and MUST NOT fail; capitalised SHOULD and SHOULD NOT warn. Lower-case or declarative: warn, for
 *   a document that binds recommends in lower case too; RFC 8201 has no other case (section 1), and RFC 2119 does not ask for capitals (RFC 8174 came later).
 * - Informational, Historic, Experimental: MUST, in whatever writing, warns; the rest informs.
 */
export function defaultSeverity(c: Clause): Severity {
  if (c.level === "MAY") return "observe";
  wireFormat ??= new Set(readSpecsJson("clauses", "wire-format.json") as string[]);
  if (wireFormat.has(c.id)) return "fail";
  const document = loadDocuments().get(c.rfc);
  const binding = document?.class === "standards-track" || document?.class === "bcp";
  const must = c.level === "MUST" || c.level === "MUST NOT";
  if (!binding) return must ? "warn" : "info";
  if (c.levelBasis === "rfc2119") return must ? "fail" : "warn";
  return "warn";
}
