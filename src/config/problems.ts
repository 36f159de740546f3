/** Faults in what a person wrote (configuration, spec, profile, waiver): each with its place, and all of a file at once. Exit code 2. */

export interface Problem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  /** What is wrong. */
  readonly message: string;
  /** What was expected and what to do; may be empty. */
  readonly hint: string;
}

/** "file:line:column: message (hint)": editors and CI systems recognise the prefix. */
export const formatProblem = (p: Problem): string => `${p.file}:${p.line}:${p.column}: ${p.message}${p.hint === "" ? "" : ` (${p.hint})`}`;

/** Thrown before any packet is read; `message` holds one line a problem, in the order of the file. */
export class InputProblem extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    const sorted = [...problems].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column));
    super(sorted.map(formatProblem).join("\n"));
    this.name = "InputProblem";
    this.problems = sorted;
  }
}

/** The candidate that is the fewest edits away from `word`, if it is near enough to be meant (a third of its length, at least two edits). */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestCost = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const c of candidates) {
    const cost = edits(word.toLowerCase(), c.toLowerCase());
    if (cost < bestCost) {
      best = c;
      bestCost = cost;
    }
  }
  return best;
}

/** Levenshtein distance. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}
