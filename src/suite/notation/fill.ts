/** Second half of the compiler: the layers have their places, now their fields get values; checksums last, from the inside out. */
import { nearest } from "../../config/problems.js";
import { finish, pseudo4, pseudo6, sum } from "../../wire/checksum.js";
import type { Bind, Compiled, Span } from "./compile.js";
import { type Field, type LayerType, fieldsOf, isExtension } from "./layers.js";
import { type Node, NotationError } from "./parse.js";
import { freeField, parseNumber, readNumber, writeNumber, writeText } from "./values.js";

export interface Slot { readonly node: Node; readonly type: LayerType | undefined; readonly header: number; readonly tail: Uint8Array }
/** Lengths in bytes. */
export interface Layout {
  readonly slots: readonly Slot[];
  readonly body: number;
  readonly pad: number;
  readonly trailer: number;
  /** The bytes of pad and trailer. */
  readonly tail: readonly number[];
  readonly total: number;
  readonly minimum: number;
  readonly quotation: Compiled | undefined;
}

const isLink = (t: LayerType | undefined): boolean => t?.name === "eth" || t?.name === "vlan" || t?.name === "mpls";

export function fill(l: Layout): Compiled {
  const bytes = new Uint8Array(l.total);
  const mask = new Uint8Array(l.total).fill(255);
  bytes.set(l.tail, l.body);
  const spans: Span[] = [];
  const outermost = l.slots.findIndex((s) => s.type !== undefined && !isLink(s.type));
  let at = 0;
  l.slots.forEach((s, i) => {
    // `pad` lies inside the outermost IP packet and outside of all others.
    const end = i <= outermost ? l.body + l.pad : l.body;
    spans.push({ type: s.type, at, header: s.header, end });
    bytes.set(s.tail, at + s.header - s.tail.length);
    if (s.node.name === "any") mask.fill(0, at, at + s.header);
    at += s.header;
  });
  if (l.quotation !== undefined) {
    bytes.set(l.quotation.bytes, at);
    mask.set(l.quotation.mask, at);
    for (const q of l.quotation.spans) spans.push({ type: q.type, at: at + q.at, header: q.header, end: at + q.end });
  }
  const binds: Bind[] = (l.quotation?.binds ?? []).map((x) => ({ ...x, at: x.at + at }));
  const written = l.slots.map((s, i) => writeFields(bytes, mask, s, spans[i], following(l, i), binds));
  if (l.minimum < l.total) freeLengths(mask, spans, l.slots.length);
  const verify: number[] = [];
  for (let i = l.slots.length - 1; i >= 0; i--) {
    const type = l.slots[i].type;
    const check = type === undefined ? undefined : type.fields.find((f) => f.auto === "checksum");
    if (check === undefined || written[i].has("check")) continue;
    const open = l.minimum < l.total && spans[i].end === l.body && type?.name !== "ipv4";
    writeNumber(bytes, spans[i].at, check, sumOf(bytes, spans, i));
    if (open || !significant(mask, spans, i, check)) {
      freeField(mask, spans[i].at, check);
      verify.push(i);
    }
  }
  return { bytes, mask, spans, verify, binds, minimum: l.minimum, ip: spans[Math.max(0, outermost)]?.at ?? 0, trailer: l.trailer };
}

/** Lengths of headers around an open end are checked by `verifyLengths`, not compared. */
function freeLengths(mask: Uint8Array, spans: readonly Span[], own: number): void {
  for (const s of spans.slice(0, own)) {
    const len = s.type?.fields.find((f) => f.auto === "length");
    if (len !== undefined) freeField(mask, s.at, len);
  }
}

/** The layer after slot `i`: what its `next` field must announce. */
function following(l: Layout, i: number): LayerType | undefined {
  const next = l.slots[i + 1];
  return next?.type;
}

/** Writes defaults, automatic and written values; returns the names that were written. */
function writeFields(b: Uint8Array, mask: Uint8Array, s: Slot, span: Span, next: LayerType | undefined, binds: Bind[]): Set<string> {
  const named = new Set<string>();
  const { type, node } = s;
  if (type === undefined) {
    if (node.from !== undefined) throw new NotationError(`${node.name} takes no "from > to"`, node.from.at);
    return named;
  }
  const icmpType = typeOf(type, node);
  const fields = fieldsOf(type, icmpType ?? 0);
  for (const f of fields) writeNumber48(b, span.at, f, f.auto === undefined ? (f.default ?? 0) : automatic(f, type, span, next));
  const put = (f: Field, text: string, at: number): void => {
    named.add(f.name);
    if (text === "any") freeField(mask, span.at, f);
    else if (text.startsWith("@")) {
      freeField(mask, span.at, f);
      binds.push({ name: text, at: span.at, field: f });
    } else {
      const wrong = writeText(b, span.at, f, text);
      if (wrong !== undefined) throw new NotationError(`${wrong} (${node.name}.${f.name})`, at);
    }
  };
  const field = (name: string, at: number): Field => {
    const f = fields.find((x) => x.name === name);
    if (f !== undefined) return f;
    const near = nearest(name, fields.map((x) => x.name));
    throw new NotationError(`${node.name} has no field "${name}"${near === undefined ? "" : `; did you mean ${near}?`} (it has: ${fields.map((x) => x.name).join(", ")}${type.options ? ", options" : ""})`, at);
  };
  if (node.from !== undefined && node.to !== undefined) {
    if (type.pair === undefined) throw new NotationError(`${node.name} takes no "from > to"`, node.from.at);
    put(field(type.pair[0], node.from.at), node.from.text, node.from.at);
    put(field(type.pair[1], node.to.at), node.to.text, node.to.at);
  }
  for (const a of node.args) {
    if (a.name === "options") continue;
    if (a.value === undefined && type.types?.[a.name] !== undefined) {
      named.add("type");
      writeNumber(b, span.at, fields[0], type.types[a.name]);
    } else if (a.value === undefined) {
      const f = field(a.name, a.at);
      if (f.kind !== "flag") throw new NotationError(`${a.name} of ${node.name} needs a value: ${a.name}=...`, a.at);
      put(f, "1", a.at);
    } else put(field(a.name, a.at), type.types?.[a.value] !== undefined && a.name === "type" ? String(type.types[a.value]) : a.value, a.at);
  }
  return named;
}

function writeNumber48(b: Uint8Array, off: number, f: Field, v: number): void {
  if (f.width <= 48) writeNumber(b, off, f, v);
}

/** The value of an ICMP type as written; undefined for other layers. */
function typeOf(type: LayerType, node: Node): number | undefined {
  if (type.types === undefined) return undefined;
  for (const a of node.args) {
    if (a.value === undefined && type.types[a.name] !== undefined) return type.types[a.name];
    if (a.name === "type" && a.value !== undefined) return type.types[a.value] ?? parseNumber(a.value);
  }
  throw new NotationError(`${type.name} needs a type: one of ${Object.keys(type.types).join(", ")}, or type=NUMBER`, node.at);
}

function automatic(f: Field, type: LayerType, span: Span, next: LayerType | undefined): number {
  if (f.auto === "length") return (type.name === "ipv6" ? span.end - span.at - span.header : span.end - span.at) & 0xffff;
  if (f.auto === "header-length") return isExtension(type) ? (span.header >>> 3) - 1 : span.header >>> 2;
  if (f.auto === "bottom") return next?.name === "mpls" ? 0 : 1;
  if (f.auto === "checksum") return 0;
  // 59: no next header (RFC 8200 section 4.7); 253: experimentation (RFC 3692).
  if (isLink(type)) return next?.etherType ?? 0xffff;
  return next?.protocol ?? (type.name === "ipv4" ? 253 : 59);
}

/** The checksum of span `i` over the bytes as they are, its own field taken as zero. */
export function sumOf(b: Uint8Array, spans: readonly Span[], i: number): number {
  const s = spans[i];
  const type = s.type as LayerType;
  const check = type.fields.find((f) => f.auto === "checksum") as Field;
  const had = readNumber(b, s.at, check);
  writeNumber(b, s.at, check, 0);
  const len = s.end - s.at;
  let v: number;
  if (type.name === "ipv4") v = finish(sum(b, s.at, s.header));
  else if (type.name === "icmp4") v = finish(sum(b, s.at, len));
  else {
    const ip = network(spans, i);
    const seed = ip === undefined ? 0 : ip.type?.name === "ipv4" ? pseudo4(b, ip.at + 12, len, type.protocol ?? 0) : pseudo6(b, ip.at + 8, len, type.protocol ?? 0);
    v = finish(sum(b, s.at, len, seed));
    if (type.name === "udp" && v === 0) v = 0xffff; // RFC 768: 0 means no checksum
  }
  writeNumber(b, s.at, check, had);
  return v;
}

/** The IP header that a transport layer stands behind. */
function network(spans: readonly Span[], i: number): Span | undefined {
  for (let k = i - 1; k >= 0; k--) {
    const name = spans[k].type?.name;
    if (name === "ipv4" || name === "ipv6") return spans[k];
  }
  return undefined;
}

/** Is all that the checksum of span `i` covers compared bit by bit? */
function significant(mask: Uint8Array, spans: readonly Span[], i: number, check: Field): boolean {
  const s = spans[i];
  const end = s.type?.name === "ipv4" ? s.at + s.header : s.end;
  const own = s.at + (check.at >>> 3);
  for (let k = s.at; k < end; k++) if (mask[k] !== 255 && k !== own && k !== own + 1) return false;
  if (s.type?.name === "ipv4" || s.type?.name === "icmp4") return true;
  const ip = network(spans, i);
  if (ip === undefined) return true;
  const [from, to] = ip.type?.name === "ipv4" ? [12, 20] : [8, 40];
  for (let k = ip.at + from; k < ip.at + to; k++) if (mask[k] !== 255) return false;
  return true;
}
