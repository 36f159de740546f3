/** An expected packet against one that was seen, and two packets against each other: differences by field. */
import type { Compiled, Span } from "./compile.js";
import { describe } from "./describe.js";
import { dissect, layerFields, layerName } from "./dissect.js";
import { sumOf } from "./fill.js";
import { type Field, fieldsOf, layerNamed, type LayerType } from "./layers.js";
import { readNumber, readText, toHex } from "./values.js";

export interface FieldDifference {
  /** "ipv4[0]", "payload", or "packet". */
  readonly layer: string;
  readonly field: string;
  readonly expected: string;
  readonly seen: string;
  /** Offset in bytes within the packet. */
  readonly at: number;
}

export const textOf = (d: FieldDifference): string => `${d.layer}.${d.field}: expected ${d.expected}, seen ${d.seen}`;

/** What differs from the expectation, empty when the packet is as expected. */
export function compareExpected(want: Compiled, seen: Uint8Array): FieldDifference[] {
  const out: FieldDifference[] = [];
  if (want.minimum === want.bytes.length ? seen.length !== want.bytes.length : seen.length < want.minimum || seen.length > want.bytes.length) {
    const least = want.minimum < want.bytes.length ? `${want.minimum} to ${want.bytes.length}` : String(want.bytes.length);
    out.push({ layer: "packet", field: "length", expected: `${least} bytes`, seen: `${seen.length} bytes`, at: 0 });
  }
  const wantTop = want.spans[0]?.type;
  const seenTop = dissect(seen, wantTop?.name === "mpls" ? wantTop : undefined)[0]?.type;
  if (seenTop !== wantTop) return [{ layer: "packet", field: "kind", expected: wantTop?.name ?? "bytes", seen: describe(seen), at: 0 }];
  const counts = new Map<string, number>();
  for (const s of want.spans) {
    const n = counts.get(s.type?.name ?? "") ?? 0;
    counts.set(s.type?.name ?? "", n + 1);
    compareSpan(want, s, n, seen, out);
  }
  for (const i of want.verify) verifySum(want, i, seen, out);
  if (want.minimum < want.bytes.length) verifyLength(seen, out);
  return out;
}

function compareSpan(want: Compiled, s: Span, index: number, seen: Uint8Array, out: FieldDifference[]): void {
  const end = s.at + s.header;
  if (s.type === undefined) {
    const limit = Math.min(s.end, seen.length);
    for (let k = s.at; k < limit; k++) {
      if (((want.bytes[k] ^ seen[k]) & want.mask[k]) === 0) continue;
      out.push({ layer: "payload", field: `byte ${k - s.at}`, expected: toHex(want.bytes.slice(k, Math.min(k + 16, limit))), seen: toHex(seen.slice(k, Math.min(k + 16, limit))), at: k });
      return;
    }
    return;
  }
  if (end > seen.length) return;
  const layer = `${s.type.name}[${index}]`;
  for (const f of fieldsOf(s.type, want.bytes[s.at])) {
    if (!differs(want, s, f, seen)) continue;
    out.push({ layer, field: f.name, expected: readText(want.bytes, s.at, f), seen: readText(seen, s.at, f), at: s.at + (f.at >>> 3) });
  }
  const a = want.bytes.slice(s.at + s.type.bytes, end);
  const b = seen.slice(s.at + s.type.bytes, end);
  if (toHex(a) !== toHex(b)) out.push({ layer, field: "options", expected: toHex(a), seen: toHex(b), at: s.at + s.type.bytes });
}

function differs(want: Compiled, s: Span, f: Field, seen: Uint8Array): boolean {
  for (let i = 0; i < f.width; i++) {
    const p = f.at + i;
    const k = s.at + (p >>> 3);
    if ((want.bytes[k] ^ seen[k]) & want.mask[k] & (0x80 >>> (p & 7))) return true;
  }
  return false;
}

/** A checksum over something that was left free must still be right. */
function verifySum(want: Compiled, i: number, seen: Uint8Array, out: FieldDifference[]): void {
  const s = want.spans[i];
  const type = s.type as LayerType;
  const check = type.fields.find((f) => f.auto === "checksum");
  if (check === undefined || s.at + s.header > seen.length) return;
  const clamped = want.spans.map((x) => ({ ...x, end: Math.min(x.end, seen.length) }));
  const right = sumOf(seen.slice(), clamped, i);
  if (readNumber(seen, s.at, check) !== right) {
    out.push({ layer: type.name, field: "check", expected: `0x${right.toString(16).padStart(4, "0")} (computed)`, seen: readText(seen, s.at, check), at: s.at + (check.at >>> 3) });
  }
}

/** A packet of open length must be as long as its outermost header says. */
function verifyLength(seen: Uint8Array, out: FieldDifference[]): void {
  const top = dissect(seen)[0];
  const len = top?.type?.fields.find((f) => f.auto === "length");
  if (top === undefined || len === undefined) return;
  const says = readNumber(seen, top.at, len) + (top.type?.name === "ipv6" ? top.header : 0);
  if (says !== seen.length) out.push({ layer: layerName(top), field: "len", expected: `${seen.length} bytes in all`, seen: `${says} bytes in all`, at: 4 });
}

/** What the fields written `@name` hold, against what earlier packets bound to the name; new names are bound. */
export function bindFields(want: Compiled, seen: Uint8Array, bound: Map<string, string>): FieldDifference[] {
  const out: FieldDifference[] = [];
  for (const b of want.binds) {
    if (b.at + (b.field.at + b.field.width + 7) / 8 > seen.length) continue;
    const value = readText(seen, b.at, b.field);
    const had = bound.get(b.name);
    if (had === undefined) bound.set(b.name, value);
    else if (had !== value) out.push({ layer: want.spans.find((s) => s.at === b.at)?.type?.name ?? "packet", field: b.field.name, expected: `${had} (${b.name}, bound before)`, seen: value, at: b.at + (b.field.at >>> 3) });
  }
  return out;
}

/** The field `path` ("ipv4.ttl", "ipv4[1].ttl") of a packet as text; undefined when it has none. */
export function fieldAt(b: Uint8Array, path: string): string | undefined {
  const m = /^([a-z0-9]+)(?:\[(\d+)\])?\.([a-z0-9]+)$/.exec(path);
  if (m === null) return undefined;
  if (m[1] === "packet" && m[3] === "length") return String(b.length);
  const l = dissect(b, m[1] === "mpls" ? layerNamed("mpls") : undefined).find((x) => x.type?.name === m[1] && x.index === Number(m[2] ?? 0));
  const f = l === undefined ? undefined : layerFields(b, l).find((x) => x.name === m[3]);
  return l === undefined || f === undefined ? undefined : readText(b, l.at, f);
}

/** What changed between two packets, field by field as long as they have the same layers. */
export function comparePackets(before: Uint8Array, after: Uint8Array): FieldDifference[] {
  const a = dissect(before);
  const b = dissect(after);
  const shape = (x: typeof a): string => x.map(layerName).join("/");
  if (shape(a) !== shape(b)) return [{ layer: "packet", field: "layers", expected: describe(before), seen: describe(after), at: 0 }];
  const out: FieldDifference[] = [];
  a.forEach((l, i) => {
    const o = b[i];
    for (const f of layerFields(before, l)) {
      const x = readText(before, l.at, f);
      const y = readText(after, o.at, f);
      if (x !== y) out.push({ layer: layerName(l), field: f.name, expected: x, seen: y, at: o.at + (f.at >>> 3) });
    }
    const tail = (p: Uint8Array, q: typeof l): string => toHex(p.subarray(q.at + (q.type?.bytes ?? 0), q.at + q.header));
    const x = tail(before, l);
    const y = tail(after, o);
    if (x !== y) {
      let k = 0;
      while (x[2 * k] === y[2 * k] && x[2 * k + 1] === y[2 * k + 1]) k++;
      const from = Math.max(0, 2 * k);
      out.push({ layer: layerName(l), field: l.type === undefined ? `byte ${k}` : "options", expected: `${x.slice(from, from + 32)} (of ${x.length / 2} bytes)`, seen: `${y.slice(from, from + 32)} (of ${y.length / 2} bytes)`, at: o.at + k });
    }
  });
  return out;
}
