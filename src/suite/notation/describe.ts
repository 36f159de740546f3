/** Bytes to notation: the shortest text that compiles to exactly these bytes. */
import { type Compiled, compile } from "./compile.js";
import { type Layer, dissect, layerFields } from "./dissect.js";
import type { LayerType } from "./layers.js";
import { type Arg, parseNotation } from "./parse.js";
import { readNumber, readText, toHex } from "./values.js";

/** Throws nothing; what is no header becomes hex(..). */
export function describe(b: Uint8Array, start?: LayerType): string {
  for (let depth = dissect(b, start).length; depth >= 0; depth--) {
    const text = attempt(b, dissect(b, start, depth));
    if (text !== undefined) return text;
  }
  return payload(b);
}

/** Writes the layers with their non-default fields, compiles that, and adds the automatic fields that came out differently. */
function attempt(b: Uint8Array, layers: readonly Layer[]): string | undefined {
  const extra: Arg[][] = layers.map(() => []);
  const outer = layers.find((l) => l.type !== undefined && l.type.etherType !== undefined && (l.type.name === "ipv4" || l.type.name === "ipv6"));
  const inside = layers.at(-1)?.end ?? 0;
  const padded = outer === undefined ? 0 : outer.end - inside;
  const trailing = b.length - inside - padded;
  for (let round = 0; round < 4; round++) {
    const text = [...layers.map((l, i) => write(b, l, extra[i])), ...rest("pad", b.subarray(inside, inside + padded)), ...rest("trailer", b.subarray(b.length - trailing))].join(" / ");
    let c: Compiled;
    try {
      c = compile(parseNotation(text));
    } catch {
      return undefined;
    }
    if (same(c.bytes, b)) return text;
    let changed = false;
    layers.forEach((l, i) => {
      for (const f of layerFields(b, l)) {
        if (f.auto === undefined || extra[i].some((a) => a.name === f.name)) continue;
        if (f.auto === "checksum" && round === 0) continue; // lengths first: checksums cover them
        if (readNumber(c.bytes, l.at, f) === readNumber(b, l.at, f)) continue;
        extra[i].push({ name: f.name, value: readText(b, l.at, f), at: 0 });
        changed = true;
      }
    });
    if (!changed && round > 0) return undefined;
  }
  return undefined;
}

/** `pad(n)` and `trailer(n)`, as runs of equal bytes. */
function rest(name: string, b: Uint8Array): string[] {
  const out: string[] = [];
  for (let i = 0; i < b.length; ) {
    let n = 1;
    while (i + n < b.length && b[i + n] === b[i]) n++;
    out.push(b[i] === 0 ? `${name}(${n})` : `${name}(${n} byte=${b[i]})`);
    i += n;
  }
  return out;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((v, i) => v === b[i]);
}

function write(b: Uint8Array, l: Layer, extra: readonly Arg[]): string {
  const { type } = l;
  if (type === undefined) return payload(b.subarray(l.at, l.end));
  const fields = layerFields(b, l);
  const parts: string[] = [];
  if (type.pair !== undefined) {
    const [from, to] = type.pair.map((name) => fields.find((f) => f.name === name));
    if (from !== undefined && to !== undefined) parts.push(`${readText(b, l.at, from)} > ${readText(b, l.at, to)}`);
  }
  for (const f of fields) {
    if (type.pair?.includes(f.name) || f.auto !== undefined) continue;
    const text = readText(b, l.at, f);
    const v = f.width <= 48 ? readNumber(b, l.at, f) : 1;
    if (f.name === "type" && type.types !== undefined) parts.push(Object.keys(type.types).find((k) => type.types?.[k] === v) ?? `type=${v}`);
    else if (v === (f.default ?? 0) && f.always !== true) continue;
    else parts.push(f.kind === "flag" ? f.name : `${f.name}=${text}`);
  }
  for (const a of extra) parts.push(`${a.name}=${a.value}`);
  const tail = b.subarray(l.at + type.bytes, l.at + l.header);
  const padN = type.bytes === 2 && toHex(tail) === "010400000000";
  if (tail.length > 0 && !padN) parts.push(`options=${toHex(tail)}`);
  return parts.length === 0 ? type.name : `${type.name}(${parts.join(" ")})`;
}

function payload(b: Uint8Array): string {
  if (b.length === 0) return "hex()";
  if (b.length > 4 && b.every((v) => v === 0)) return `zeros(${b.length})`;
  if (b.length > 16 && b.every((v, i) => v === ((b[0] + i) & 255))) return b[0] === 0 ? `fill(${b.length})` : `fill(${b.length} from=${b[0]})`;
  if (b.every((v) => v >= 32 && v < 127)) return `"${String.fromCharCode(...b).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  return `hex(${toHex(b)})`;
}
