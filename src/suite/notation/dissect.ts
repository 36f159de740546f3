/** Bytes to layers: as deep as the headers are whole. It judges nothing: lengths that lie end a layer where the bytes end. */
import { type LayerType, LAYERS, fieldsOf, isExtension, layerNamed, quotes } from "./layers.js";
import { readNumber } from "./values.js";

export interface Layer {
  /** undefined: bytes that are no known header. */
  readonly type: LayerType | undefined;
  readonly at: number;
  /** Header length with options, in bytes. */
  readonly header: number;
  readonly end: number;
  /** How many layers of this name stand before it. */
  readonly index: number;
}

const byProtocol = (p: number): LayerType | undefined => LAYERS.find((l) => l.protocol === p);
const byEtherType = (e: number): LayerType | undefined => (e === 0x88a8 ? layerNamed("vlan") : LAYERS.find((l) => l.etherType === e));
const byVersion = (b: Uint8Array, at: number): LayerType | undefined => (b[at] >>> 4 === 4 ? layerNamed("ipv4") : b[at] >>> 4 === 6 ? layerNamed("ipv6") : undefined);

/** `start` names the first layer; without it the version nibble decides. At most `depth` layers are recognised. */
export function dissect(b: Uint8Array, start?: LayerType, depth = 64): Layer[] {
  const out: Layer[] = [];
  let at = 0;
  let end = b.length;
  let type = start ?? (b.length > 0 ? byVersion(b, 0) : undefined);
  while (at < end) {
    const header = type === undefined || out.length >= depth ? -1 : headerLength(b, type, at, end);
    if (type === undefined || header < 0) {
      out.push({ type: undefined, at, header: end - at, end, index: 0 });
      break;
    }
    const t = type;
    const limit = declaredEnd(b, t, at, header, end);
    out.push({ type: t, at, header, end: limit, index: out.filter((l) => l.type === t).length });
    type = nextType(b, t, at, header);
    at += header;
    end = limit;
  }
  return out;
}

/** Length with options; -1 when the header is not whole. */
function headerLength(b: Uint8Array, t: LayerType, at: number, end: number): number {
  if (at + t.bytes > end) return -1;
  let n = t.bytes;
  if (t.name === "ipv4") n = (b[at] & 15) << 2;
  else if (t.name === "tcp") n = (b[at + 12] >>> 4) << 2;
  else if (isExtension(t)) n = (b[at + 1] + 1) << 3;
  return n < t.bytes || at + n > end ? -1 : n;
}

/** Where the layer ends by its own length field, if that lies within what is there. */
function declaredEnd(b: Uint8Array, t: LayerType, at: number, header: number, end: number): number {
  const f = t.fields.find((x) => x.auto === "length");
  if (f === undefined) return end;
  const declared = at + readNumber(b, at, f) + (t.name === "ipv6" ? header : 0);
  return declared >= at + header && declared < end ? declared : end;
}

function nextType(b: Uint8Array, t: LayerType, at: number, header: number): LayerType | undefined {
  const number = (name: string): number => {
    const f = t.fields.find((x) => x.name === name);
    return f === undefined ? 0 : readNumber(b, at, f);
  };
  switch (t.name) {
    case "eth": case "vlan":
      return byEtherType(number("type"));
    case "mpls":
      return number("s") === 1 ? byVersion(b, at + header) : layerNamed("mpls");
    case "ipv4":
      return number("off") === 0 ? byProtocol(number("proto")) : undefined;
    case "frag6":
      return number("off") === 0 ? byProtocol(number("next")) : undefined;
    case "icmp4": case "icmp6":
      return quotes(t, number("type")) ? byVersion(b, at + header) : undefined;
    case "udp": case "tcp":
      return undefined;
    default:
      return byProtocol(number("next"));
  }
}

/** "ipv4[0]", "ipv4[1]": the name of a layer in differences. */
export const layerName = (l: Layer): string => (l.type === undefined ? "payload" : `${l.type.name}[${l.index}]`);

/** The fields of a layer in this packet. */
export const layerFields = (b: Uint8Array, l: Layer): ReturnType<typeof fieldsOf> => (l.type === undefined ? [] : fieldsOf(l.type, b[l.at]));
