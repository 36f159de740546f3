/**
 * Counters as a card prints them: `show services softwire statistics`, as XML (`| display xml`) or as text. Elements go by their names, lines of text by
 * the description in the card's own schema (specs/profiles/counters). A counter that stands there several times (several PICs) is added up.
 */
import type { CounterSet } from "../../profiles/counters.js";
import { GROUPS } from "../../report/statistics.js";
import { visible } from "../../report/text.js";
import { eachLine, fault } from "./lines.js";
import { parseCount } from "./numbers.js";
import { xmlElements } from "./xml.js";

export interface Unread { readonly line: number; readonly text: string }
export interface ToldCounters {
  readonly file: string;
  readonly set: CounterSet;
  /** By the counter's name; up to 64 bits. */
  readonly values: ReadonlyMap<string, bigint>;
  /** Labels with a number that no counter of the set is called like. */
  readonly unknown: readonly string[];
  /** Lines (of XML: elements) that were not understood: neither a label with a number nor a heading that is known. */
  readonly unread: readonly Unread[];
}

/** Far more than any card prints. */
const MOST_CHARACTERS = 16 << 20;
const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");

interface Pair { readonly label: string; readonly value: bigint | undefined; readonly line: number; readonly text: string }

/** Label and count of a line: the count is what stands last, behind a colon, an equals sign or spaces. */
function pairOf(text: string, line: number): Pair {
  const trimmed = text.trim();
  // Groups of thousands may be set apart by spaces: the longest end of the line that is a count, and does not begin within a number.
  for (let k = Math.max(0, trimmed.length - 32); k < trimmed.length; k++) {
    if (!isDigit(trimmed, k) || isDigit(trimmed, k - 1) || (k > 0 && !/[\s:=]/.test(trimmed[k - 1]))) continue;
    const label = trimmed.slice(0, k).replace(/[\s:=.]+$/, "");
    const value = parseCount(trimmed.slice(k));
    if (value !== undefined && label !== "" && !(isDigit(label, label.length - 1) && /^[\s\u00a0]+$/.test(trimmed.slice(label.length, k)))) return { label, value, line, text: trimmed };
  }
  const colon = trimmed.search(/[:=]/);
  return { label: colon < 0 ? trimmed : trimmed.slice(0, colon).trim(), value: undefined, line, text: trimmed };
}
const isDigit = (text: string, at: number): boolean => at >= 0 && text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57;

/** Label and count of every element or line. Throws InputProblem for XML that does not nest or ends early. */
function pairs(text: string, file: string): Pair[] {
  const lines = text.split("\n");
  // XML begins at the first line that begins with a tag; a prompt and the command may stand before it.
  const from = lines.findIndex((l) => /^\s*<[A-Za-z_?!]/.test(l));
  const isXml = from >= 0 && (lines.slice(0, from).every((l) => pairOf(l, 0).value === undefined) || /<\/[A-Za-z_]/.test(text));
  if (!isXml) return lines.flatMap((l, i) => (l.trim() === "" ? [] : [pairOf(l, i + 1)]));
  const at = lines.slice(0, from).reduce((n, l) => n + l.length + 1, 0) + lines[from].indexOf("<");
  const xml = xmlElements(text, at);
  if ("message" in xml) return fault(file, xml.line, xml.message, "expected the whole output of the command; save it again", xml.column);
  return [
    ...xml.elements.map((e): Pair => ({ label: e.name, value: parseCount(e.text), line: e.line, text: `<${e.name}>${e.text}` })),
    ...xml.rest.map((l): Pair => ({ label: "", value: undefined, line: Math.max(1, lines.indexOf(l) + 1), text: l.trim() })),
  ];
}

/** The set of `sets` that the text is of: the one of which most counters are found. Undefined when there is none. Throws InputProblem for broken XML. */
export function readCounters(text: string, file: string, sets: readonly CounterSet[]): ToldCounters | undefined {
  const found = pairs(text.replace(/\r\n?/g, "\n"), file);
  let best: ToldCounters | undefined;
  for (const set of sets) {
    const names = new Map(set.counters.flatMap((c) => [[plain(c.name), c], [plain(c.text), c]] as const));
    const headings = new Set([set.title, ...GROUPS.map(([, title]) => title)].map(plain));
    const values = new Map<string, bigint>();
    const unknown: string[] = [];
    const unread: Unread[] = [];
    for (const { label, value, line, text: whole } of found) {
      const counter = names.get(plain(label));
      if (value === undefined) {
        if (counter?.group !== "name" && !headings.has(plain(label))) unread.push({ line, text: visible(whole.slice(0, 80)) });
      } else if (counter === undefined || counter.group === "name") unknown.push(label);
      else values.set(counter.name, (values.get(counter.name) ?? 0n) + value);
    }
    if (values.size > (best?.values.size ?? 0)) best = { file, set, values, unknown, unread: unread.sort((a, b) => a.line - b.line) };
  }
  return best;
}

/** The text of a file of counters. Throws InputProblem when it is no text, or longer than any card prints. */
export async function countersText(file: string): Promise<string> {
  const lines: string[] = [];
  let size = 0;
  await eachLine(file, (line, number) => {
    size += line.length + 1;
    if (size > MOST_CHARACTERS) fault(file, number, "it is longer than 16 MiB", "expected the output of one show command");
    lines.push(line);
  });
  return `${lines.join("\n")}\n`;
}
