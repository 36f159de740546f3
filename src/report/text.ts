/** Text that came from files and captures, made safe for the place where it is shown. */

/** Control characters and direction overrides as visible escapes: a file name must not drive the terminal. `keepBreaks` keeps newlines. */
export function visible(text: string, keepBreaks = false): string {
  return text.replace(/[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu, (c) => {
    if (keepBreaks && c === "\n") return c;
    const code = c.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** Lone surrogates (a file name need not be UTF-8) as U+FFFD. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, "\ufffd");

/** XML 1.0: markup escaped, and characters that XML cannot hold (controls, lone surrogates) as U+FFFD. */
export function xml(text: string): string {
  return wellFormed(text).replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;").replace(/\n/g, "&#10;").replace(/\r/g, "&#13;").replace(/\t/g, "&#9;");
}

/** One cell or line of Markdown: HTML and Markdown signs lose their meaning, one line. */
export function markdown(text: string): string {
  return visible(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/[\\`*_{}[\]#|~@]/g, (c) => `&#${c.codePointAt(0)};`);
}

/** Text in a Markdown code span, fenced by more backticks than it holds; pipes escaped for tables. */
export function code(text: string): string {
  const one = visible(text).replace(/\|/g, "\\|");
  const longest = Math.max(0, ...(one.match(/`+/g) ?? []).map((m) => m.length));
  const fence = "`".repeat(longest + 1);
  return longest > 0 ? `${fence} ${one} ${fence}` : `${fence}${one}${fence}`;
}

/** Breaks at spaces so that no line is longer than `width`; later lines start with `indent`. */
export function wrap(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width - (lines.length > 0 ? indent.length : 0)) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.join(`\n${indent}`);
}

/** 1234567 -> "1 234 567". */
export const thousands = (n: number): string => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, "\u00a0");

/** 1 -> "1 input", 2 -> "2 inputs". */
export const counted = (n: number, one: string, many = `${one}s`): string => `${thousands(n)} ${n === 1 ? one : many}`;

/** A share in percent with one decimal; "-" when there is nothing to share. */
export const percent = (part: number, whole: number): string => (whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`);
