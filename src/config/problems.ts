/** Faults in what a person wrote (configuration, spec, profile, waiver): each with its place, and all of a file at once. Exit code 2. */

export interface Problem {
  readonly file: string;
  /** From 1; 0: no place in a file, `file` names what was wrong (a command line option). */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  /** What is wrong. */
  readonly message: string;
  /** What was expected and what to do; may be empty. */
  readonly hint: string;
}

/** "file:line:column: message (hint)": editors and CI systems recognise the prefix. */
export const formatProblem = (p: Problem): string => `${p.file}${p.line === 0 ? "" : `:${p.line}:${p.column}`}: ${p.message}${p.hint === "" ? "" : ` (${p.hint})`}`;

/** Of a file that is broken throughout, the first faults tell enough. */
const TOLD = 20;

/** Thrown before any packet is read; `message` holds one line a problem, in the order of the file, the first 20 of them; `problems` has all. */
export class InputProblem extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    const sorted = [...problems].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column));
    const more = sorted.length - TOLD;
    super([...sorted.slice(0, TOLD).map(formatProblem), ...(more > 0 ? [`... and ${more} more in the same input`] : [])].join("\n"));
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

/** Edit distance in which two swapped neighbours count once (optimal string alignment). */
function edits(a: string, b: string): number {
  const d = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    d.push([i]);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, d[i - 2][j - 2] + 1);
      d[i].push(cost);
    }
  }
  return d[a.length][b.length];
}
