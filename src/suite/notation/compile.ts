/** Compiles the packet notation to bytes: lengths, protocol numbers and checksums are filled in unless they are written. */
import { fill, type Layout, type Slot } from "./fill.js";
import { type Field, type LayerType, isExtension, layerNamed, LAYERS } from "./layers.js";
import { type Node, NotationError } from "./parse.js";
import { parseNumber } from "./values.js";

/** One layer of a compiled packet; the bytes of a payload have `type` undefined. Offsets and lengths in bytes. */
export interface Span { readonly type: LayerType | undefined; readonly at: number; readonly header: number; readonly end: number }

export interface Bind { readonly name: string; readonly at: number; readonly field: Field }

export interface Compiled {
  readonly bytes: Uint8Array;
  /** 1-bits are significant: a field written `any` has 0-bits. */
  readonly mask: Uint8Array;
  readonly spans: readonly Span[];
  /** Checksums that cannot be compared because something they cover is free: index of the span. */
  readonly verify: readonly number[];
  /** Fields written `@name`: free, but equal wherever the name stands. Offsets of the layer in bytes. */
  readonly binds: readonly Bind[];
  /** Shortest length that matches; below `bytes.length` when a `cut(n+)` leaves the end of a quotation open. */
  readonly minimum: number;
  /** Offset of the first IP header (after eth, vlan, mpls). */
  readonly ip: number;
  /** Bytes at the end that lie outside of all IP lengths (`trailer`). */
  readonly trailer: number;
}

/** Throws NotationError. `nodes` are expanded (no `$name`). */
export function compile(nodes: readonly Node[]): Compiled {
  const slots: Slot[] = [];
  let pad = 0;
  let trailer = 0;
  const tail: number[] = [];
  let quotation: Compiled | undefined;
  let open: number | undefined;
  for (let i = 0; i < nodes.length; i++) {
    const n = nodes[i];
    if (n.name === "cut") {
      [open, quotation] = cut(n, nodes.slice(i + 1));
      break;
    }
    if (n.name === "pad" || n.name === "trailer") {
      const size = count({ ...n, args: n.args.filter((a) => a.name !== "byte") });
      const byte = n.args.find((a) => a.name === "byte");
      const value = byte === undefined ? 0 : parseNumber(byte.value ?? "");
      if (value === undefined || value > 255) throw new NotationError(`expected ${n.name}(BYTES byte=VALUE)`, n.at);
      if (n.name === "pad") pad += size;
      else trailer += size;
      for (let k = 0; k < size; k++) tail.push(value);
    }
    else {
      if (pad + trailer > 0) throw new NotationError("nothing but trailer(n) may follow pad(n) or trailer(n)", n.at);
      slots.push(slotOf(n));
    }
  }
  return fill({ ...layout(slots, pad, trailer, quotation, open), tail });
}

function layout(slots: readonly Slot[], pad: number, trailer: number, quotation: Compiled | undefined, open: number | undefined): Omit<Layout, "tail"> {
  const body = slots.reduce((n, s) => n + s.header, 0) + (quotation?.bytes.length ?? 0);
  const total = body + pad + trailer;
  const minimum = open === undefined ? total : total - (quotation?.bytes.length ?? 0) + Math.min(open, quotation?.bytes.length ?? 0);
  return { slots, body, pad, trailer, total, minimum, quotation };
}

/** `cut(n)`: the layers after it are a packet of their own of which the first n bytes are quoted; `cut(n+)`: at least n. */
function cut(n: Node, rest: readonly Node[]): [number | undefined, Compiled] {
  if (rest.length === 0) throw new NotationError("cut(n) needs layers after it", n.at);
  const m = /^(\d+)(\+?)$/.exec(n.args[0]?.name ?? "");
  if (m === null || n.args.length !== 1) throw new NotationError("expected cut(BYTES), or cut(BYTES+) for at least so many", n.at);
  const inner = compile(rest);
  if (m[2] === "+") return [Number(m[1]), inner];
  const size = Math.min(Number(m[1]), inner.bytes.length);
  const spans = inner.spans.filter((s) => s.at < size).map((s) => ({ ...s, type: s.at + s.header <= size ? s.type : undefined, header: Math.min(s.header, size - s.at), end: Math.min(s.end, size) }));
  return [undefined, { ...inner, bytes: inner.bytes.slice(0, size), mask: inner.mask.slice(0, size), spans, verify: [] }];
}

const count = (n: Node): number => {
  const v = n.args.length === 1 && n.args[0].value === undefined ? parseNumber(n.args[0].name) : undefined;
  if (v === undefined || v > 65535) throw new NotationError(`expected ${n.name}(BYTES)`, n.at);
  return v;
};

function slotOf(n: Node): Slot {
  const payload = payloadOf(n);
  if (payload !== undefined) return { node: n, type: undefined, header: payload.length, tail: payload };
  const type = layerNamed(n.name);
  if (type === undefined) {
    throw new NotationError(`"${n.name}" is no layer; expected one of ${LAYERS.map((l) => l.name).join(", ")}, hex, zeros, fill, any, pad, trailer, cut, a "text" or $name`, n.at);
  }
  const options = n.args.find((a) => a.name === "options");
  if (options !== undefined && !type.options) throw new NotationError(`${n.name} has no options`, options.at);
  let tail = options === undefined ? new Uint8Array() : fromHex(options.value ?? "", options.at);
  if (isExtension(type)) {
    if (options === undefined) tail = Uint8Array.from([1, 4, 0, 0, 0, 0]); // PadN (RFC 8200 section 4.2)
    if ((tail.length + 2) % 8 !== 0) throw new NotationError(`options of ${n.name} are ${tail.length} bytes; 2 + that must be a multiple of 8`, n.at);
  } else if (tail.length % 4 !== 0) throw new NotationError(`options of ${n.name} are ${tail.length} bytes; expected a multiple of 4`, n.at);
  return { node: n, type, header: type.bytes + tail.length, tail };
}

/** Bytes of `"text"`, hex(..), zeros(n), fill(n from=k), any(n); undefined for a layer. */
function payloadOf(n: Node): Uint8Array | undefined {
  if (n.name === '"') return Uint8Array.from(n.text, (c) => c.charCodeAt(0));
  if (n.name === "hex") return fromHex(n.args.map((a) => a.name).join(""), n.at);
  if (n.name === "zeros" || n.name === "any") return new Uint8Array(count(n));
  if (n.name !== "fill") return undefined;
  const from = n.args.find((a) => a.name === "from");
  const first = from === undefined ? 0 : parseNumber(from.value ?? "");
  if (first === undefined) throw new NotationError("expected fill(BYTES from=FIRST)", n.at);
  return Uint8Array.from({ length: count({ ...n, args: n.args.filter((a) => a !== from) }) }, (_, i) => (first + i) & 255);
}

function fromHex(text: string, at: number): Uint8Array<ArrayBuffer> {
  if (!/^([0-9a-fA-F]{2})*$/.test(text)) throw new NotationError(`"${text}" is no string of hexadecimal byte pairs`, at);
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}
