/** A Junos configuration in `display set` form, as words. Quoted strings are one word; annotations (`## ...`) are left out. */

export interface SetLine {
  readonly number: number;
  readonly text: string;
  /** The words after `set`. */
  readonly words: readonly string[];
  read: boolean;
}

export interface JunosText {
  readonly lines: readonly SetLine[];
  /** Lines that are no `set` line, and what they mean for the draft. */
  readonly remarks: readonly { readonly number: number; readonly text: string }[];
}

const split = (text: string): string[] => [...text.matchAll(/"((?:[^"\\]|\\.)*)"|\[|\]|[^\s[\]]+/g)].map((m) => m[1] ?? m[0]);

/** Hierarchies that wrap the ones that are read: `logical-systems NAME`, `tenants NAME`. */
function unwrap(words: readonly string[]): readonly string[] {
  return words[0] === "logical-systems" || words[0] === "tenants" ? words.slice(2) : words;
}

/** `a b [ c d ]` is two lines: `a b c` and `a b d`. */
function expand(words: readonly string[]): string[][] {
  const open = words.indexOf("[");
  if (open < 0) return [words.filter((w) => w !== "]")];
  const close = words.indexOf("]", open);
  return words.slice(open + 1, close < 0 ? undefined : close).map((w) => [...words.slice(0, open), w]);
}

export function readJunos(text: string): JunosText {
  const lines: SetLine[] = [];
  const remarks: { number: number; text: string }[] = [];
  const inactive: string[] = [];
  text.split(/\r?\n/).forEach((row, i) => {
    // A prompt before the line, as pasted from a terminal: user@router> or user@router#
    const trimmed = row.replace(/^\s*\S+@\S+[>#]\s*/, "").trim();
    if (trimmed === "" || trimmed.startsWith("#") || trimmed.startsWith("/*")) return;
    const [verb, ...words] = split(trimmed);
    if (verb === "set" && unwrap(words).length > 0) for (const w of expand(unwrap(words))) lines.push({ number: i + 1, text: trimmed, words: w, read: false });
    else if (verb === "deactivate") {
      inactive.push(unwrap(words).join(" "));
      remarks.push({ number: i + 1, text: `${trimmed}: what it names is inactive and left out` });
    } else remarks.push({ number: i + 1, text: `not a set line: ${trimmed}` });
  });
  const isInactive = (l: SetLine): boolean => inactive.some((p) => l.words.join(" ") === p || l.words.join(" ").startsWith(`${p} `));
  return { lines: lines.filter((l) => !isInactive(l)), remarks };
}
