/** Words of commands that people copy from our talk into a shell. */
import { visible } from "../report/text.js";

/** `text` as one word of bash: as it is where nothing in it is special, else quoted; control characters as `$'...'`. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text) && !text.startsWith("-")) return text;
  const escaped = text.replace(/\\/g, "\\\\").replace(/'/g, "\\'");
  if (visible(text) !== text) return `$'${visible(escaped)}'`;
  return `'${text.replace(/'/g, "'\\''")}'`;
}
