/** The box's packets against the reference's: equal ones, pairs that differ in a field, and what only one of the two sent. */
import { type Side, SIDE_NAME } from "../../config/types.js";
import type { FindingGroup } from "../../judge/types.js";
import { comparePackets, dissect, type FieldDifference } from "../notation/index.js";
import { isFree, keyOf } from "./key.js";
import type { Difference, Sent } from "./types.js";

export interface Pair { readonly box: Sent; readonly reference: Sent }
/** `nat`: external ends are the box's choice; `df`: so is DF, for no tunnel MTU mode is declared. */
export interface Freedoms { readonly nat: boolean; readonly df: boolean }
export interface Matched { readonly pairs: readonly Pair[]; readonly boxOnly: readonly Sent[]; readonly referenceOnly: readonly Sent[] }

/** Same key: the same packet, first with first. */
export function match(box: readonly Sent[], reference: readonly Sent[], nat: boolean): Matched {
  const waiting = new Map<string, Sent[]>();
  for (const r of reference) {
    const key = keyOf(r.bytes, r.side, nat);
    const list = waiting.get(key);
    if (list === undefined) waiting.set(key, [r]);
    else list.push(r);
  }
  const used = new Map<string, number>();
  const pairs: Pair[] = [];
  const boxOnly: Sent[] = [];
  for (const b of box) {
    const key = keyOf(b.bytes, b.side, nat);
    const n = used.get(key) ?? 0;
    const r = waiting.get(key)?.[n];
    if (r === undefined) boxOnly.push(b);
    else {
      used.set(key, n + 1);
      pairs.push({ box: b, reference: r });
    }
  }
  return { pairs, boxOnly, referenceOnly: [...waiting].flatMap(([key, list]) => list.slice(used.get(key) ?? 0)) };
}

const ERRORS4 = new Set([3, 4, 5, 11, 12]);
interface Shape { readonly names: string; readonly tunnelled: boolean; readonly error: boolean }
function shapeOf(b: Uint8Array): Shape {
  const layers = dissect(b);
  const names = layers.flatMap((l) => {
    if (l.type === undefined) return [];
    const kind = l.type.name === "icmp4" || l.type.name === "icmp6" ? `(type ${b[l.at]} code ${b[l.at + 1]})` : "";
    return [`${l.type.name}${kind}`];
  });
  const icmp = layers.find((l) => l.type?.name === "icmp4" || l.type?.name === "icmp6");
  const error = icmp !== undefined && (icmp.type?.name === "icmp4" ? ERRORS4.has(b[icmp.at]) : b[icmp.at] < 128);
  return { names: names.join(" / "), tunnelled: b[0] >>> 4 === 4 ? b[9] === 41 : b[6] === 4 || b[6] === 44, error };
}

export const realDifferences = (p: Pair, f: Freedoms): FieldDifference[] => {
  const shape = shapeOf(p.box.bytes);
  return comparePackets(p.reference.bytes, p.box.bytes).filter((d) => !isFree(d, p.box.side, f.nat, shape.tunnelled, shape.error, f.df));
};

interface Class { kind: Difference["kind"]; side: Side; what: string; count: number; first: Sent; example: string[]; rules: Set<string> }

/** Groups of differences, largest first. A group with a frame of a finding is explained by the finding's rule. */
export function differences(m: Matched, findings: readonly FindingGroup[], freedoms: Freedoms): { equal: number; list: Difference[] } {
  const told = new Map<string, Set<string>>();
  for (const g of findings) {
    for (const p of [g.first, g.last, ...g.exemplars.flatMap((e) => e.packets.map((x) => x.place))]) {
      const key = `${p.file}:${p.frame}`;
      told.set(key, (told.get(key) ?? new Set()).add(g.rule));
    }
  }
  const classes = new Map<string, Class>();
  const note = (kind: Difference["kind"], s: Sent, what: string, example: () => string[]): void => {
    const key = `${kind}/${s.side}/${what}`;
    let c = classes.get(key);
    if (c === undefined) {
      c = { kind, side: s.side, what, count: 0, first: s, example: example(), rules: new Set() };
      classes.set(key, c);
    }
    c.count++;
    for (const rule of told.get(`${s.place.file}:${s.place.frame}`) ?? []) c.rules.add(rule);
  };
  let equal = 0;
  for (const p of m.pairs) {
    const fields = realDifferences(p, freedoms);
    if (fields.length === 0) equal++;
    else note("differs", p.box, [...new Set(fields.map((d) => `${d.layer}.${d.field.replace(/^byte \d+$/, "bytes")}`))].join(", "), () => fields.map((d) => `${d.layer}.${d.field}: reference ${d.expected}, box ${d.seen}`));
  }
  for (const b of m.boxOnly) note("box-only", b, shapeOf(b.bytes).names, () => []);
  for (const r of m.referenceOnly) note("reference-only", r, shapeOf(r.bytes).names, () => []);
  const list = [...classes.values()].sort((a, b) => Number(a.rules.size > 0) - Number(b.rules.size > 0) || b.count - a.count)
    .map((c): Difference => ({ kind: c.kind, side: SIDE_NAME[c.side], what: c.what, count: c.count, first: c.first.place, example: c.example, rules: [...c.rules].sort() }));
  return { equal, list };
}
