/** Where the bytes of a differing field lie. */
import { dissect, type FieldDifference } from "../notation/index.js";
import { layerFields, layerName } from "../notation/dissect.js";

/** Of options and payloads so many bytes are shown. */
const SHOWN = 16;

/** Offset and length in bytes within `b`; length 0 when the difference is none of a field (other layers). */
export function fieldBytes(b: Uint8Array, d: FieldDifference): { readonly at: number; readonly length: number } {
  const l = dissect(b).find((x) => layerName(x) === d.layer);
  if (l === undefined) return { at: 0, length: 0 };
  const f = layerFields(b, l).find((x) => x.name === d.field);
  if (f !== undefined) return { at: l.at + (f.at >>> 3), length: ((f.at & 7) + f.width + 7) >>> 3 };
  const at = l.type === undefined ? l.at + Number(/^byte (\d+)$/.exec(d.field)?.[1] ?? 0) : l.at + l.type.bytes;
  return { at, length: Math.max(0, Math.min(SHOWN, l.at + l.header - at)) };
}
