/** Finds a character of a YAML string in the file that it came from. */
import type { Position } from "../config/yaml.js";

/**
 * `value` is the string that starts at `from` in `text`, whatever its style (plain, quoted, folded, block); the place of its character `at` is found by
 * walking both and matching characters other than white space, since folding changes nothing else. Line and column from 1.
 */
export function locate(text: string, from: Position, value: string, at: number): Position {
  const lines = text.split("\n");
  let i = lines.slice(0, from.line - 1).reduce((n, l) => n + l.length + 1, 0) + from.column - 1;
  const head = text.slice(i);
  const block = /^[|>][-+0-9]*[^\n]*\n/.exec(head);
  if (block !== null) i += block[0].length;
  else if (head[0] === '"' || head[0] === "'") i++;
  for (let k = 0; k < value.length && i < text.length; k++) {
    if (/\s/.test(value[k])) continue;
    while (i < text.length && text[i] !== value[k]) i++;
    if (k >= at) break;
    i++;
  }
  const before = text.slice(0, i);
  const line = before.split("\n").length;
  return { line, column: i - before.lastIndexOf("\n") };
}
