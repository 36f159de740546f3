/** One packet of the box against the reference's: which fields differ that neither may choose. */
import { REASONS } from "../../concentrator/reasons.js";
import { put16, u16 } from "../../wire/bits.js";
import { comparePackets, dissect, type FieldDifference } from "../notation/index.js";
import { isFree } from "./key.js";
import type { Pair } from "./match.js";

/** `nat`: external ends are the box's choice; `df`: so is DF, for no tunnel MTU mode is declared. */
export interface Freedoms { readonly nat: boolean; readonly df: boolean }

const ERRORS4 = new Set([3, 4, 5, 11, 12]);
export interface Shape { readonly names: string; readonly tunnelled: boolean; readonly error: boolean }
export function shapeOf(b: Uint8Array): Shape {
  const layers = dissect(b);
  const names = layers.flatMap((l) => {
    if (l.type === undefined) return [];
    const kind = l.type.name === "icmp4" || l.type.name === "icmp6" ? `(type ${b[l.at]} code ${b[l.at + 1]})` : "";
    return [`${l.type.name}${kind}`];
  });
  const icmp = layers.find((l) => l.type?.name === "icmp4" || l.type?.name === "icmp6");
  const error = icmp !== undefined && (icmp.type?.name === "icmp4" ? ERRORS4.has(b[icmp.at]) : b[icmp.at] < 128);
  return { names: names.join(" / "), tunnelled: b[0] >>> 4 === 4 ? b[9] === 41 : b[6] === 4 || b[6] === 44 || isLimited(b), error };
}

/** A Destination Options header before a tunnelled IPv4 packet: the box may put an encapsulation limit there (RFC 2473 section 4.1.1). */
const isLimited = (b: Uint8Array): boolean => b.length >= 48 && b[0] >>> 4 === 6 && b[6] === 60 && b[40] === 4;
function withoutLimit(b: Uint8Array): Uint8Array | undefined {
  if (!isLimited(b)) return undefined;
  const header = 8 * (b[41] + 1);
  if (b.length < 40 + header) return undefined;
  const out = new Uint8Array(b.length - header);
  out.set(b.subarray(0, 40));
  out.set(b.subarray(40 + header), 40);
  out[6] = 4;
  put16(out, 4, u16(b, 4) - header);
  return out;
}
const LONGEST = 160;
const clip = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text);

export function realDifferences(p: Pair, f: Freedoms): FieldDifference[] {
  const shape = shapeOf(p.box.bytes);
  const limit = withoutLimit(p.box.bytes);
  const plain = limit !== undefined && withoutLimit(p.reference.bytes) === undefined ? limit : p.box.bytes;
  const option: FieldDifference[] = plain === p.box.bytes ? [] : [{ layer: "dstopts[0]", field: "options", expected: "none", seen: Buffer.from(p.box.bytes.subarray(42, 40 + 8 * (p.box.bytes[41] + 1))).toString("hex"), at: 40 }];
  const answer = REASONS[p.reference.reason]?.kind === "answer";
  const rest = comparePackets(p.reference.bytes, plain).filter((d) => !isFree(d, p.box.side, f.nat, { ...shape, answer }, f.df));
  return [...option, ...rest].map((d) => {
    if (d.layer !== "packet" || d.field !== "layers") return d;
    const [expected, seen] = [shapeOf(p.reference.bytes).names, shape.names];
    return expected === seen ? { ...d, expected: clip(d.expected), seen: clip(d.seen) } : { ...d, expected, seen };
  });
}
