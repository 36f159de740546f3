/**
 * Which packets of the box and of the reference are the same packet: by what neither may change. Free are the outer identification, TTL and flow label, and the
 * external address and port of a NAT (RFC 4787 section 4.1); those are left out here and when fields are compared.
 */
import type { Side } from "../../config/types.js";
import { u16, u32 } from "../../wire/bits.js";
import type { FieldDifference } from "../notation/index.js";

function hash(b: Uint8Array, from: number, to: number): string {
  let x = 0x811c9dc5;
  let y = 0x1234567;
  for (let i = from; i < to; i++) {
    x = Math.imul(x ^ b[i], 0x01000193);
    y = (Math.imul(y, 31) + b[i]) | 0;
  }
  return `${(x >>> 0).toString(36)}${(y >>> 0).toString(36)}.${to - from}`;
}
const address4 = (b: Uint8Array, o: number): string => u32(b, o).toString(36);
const address6 = (b: Uint8Array, o: number): string => `${u32(b, o).toString(36)}.${u32(b, o + 4).toString(36)}.${u32(b, o + 8).toString(36)}.${u32(b, o + 12).toString(36)}`;

/** ICMP errors are made by whoever answers: their source and the length of the quotation are free. `nat`: so are the ports in it. Quoted checksums may be mended or not. */
function icmpError(b: Uint8Array, o: number, four: boolean, nat: boolean): string | undefined {
  const type = b[o];
  if (four ? ![3, 4, 5, 11, 12].includes(type) : type >= 5) return undefined;
  const q = o + 8;
  const upTo = (from: number, to: number): string => hash(b, from, Math.min(b.length, to));
  // Of the quoted transport header: ports, or identifier and sequence of an echo.
  const what = !four ? upTo(q + 8, q + 48) : nat ? upTo(q + 12, q + 16) : upTo(q + 12, q + 20) + (b[q + 9] === 1 ? upTo(q + 24, q + 28) : upTo(q + 20, q + 24));
  return `error${type}.${b[o + 1]}/${what}`;
}

function native4(b: Uint8Array, o: number, nat: boolean): string {
  if (b.length < o + 20) return "short";
  const at = o + ((b[o] & 15) << 2);
  const end = Math.min(b.length, o + u16(b, o + 2));
  const protocol = b[o + 9];
  const head = `4/${protocol}/${u16(b, o + 6) & 0x3fff}/${address4(b, o + 16)}`;
  const error = protocol === 1 && end - at >= 28 ? icmpError(b, at, true, nat) : undefined;
  if (error !== undefined) return `${head}/${error}`;
  const fragment = (u16(b, o + 6) & 0x1fff) !== 0;
  if (!nat || fragment) return `${head}/${nat ? "" : address4(b, o + 12)}/${fragment ? hash(b, at, end) : transport(b, at, end, protocol, false)}`;
  return `${head}/${transport(b, at, end, protocol, true)}`;
}
/** Without the checksum, which follows from the rest; without source port or query identifier where a NAT chose it. */
function transport(b: Uint8Array, at: number, end: number, protocol: number, nat: boolean): string {
  if (protocol === 6 && end - at >= 20) return `${nat ? "" : u16(b, at)}:${u16(b, at + 2)}/${hash(b, at + 4, at + 16)}${hash(b, at + 18, end)}`;
  if (protocol === 17 && end - at >= 8) return `${nat ? "" : u16(b, at)}:${u16(b, at + 2)}/${hash(b, at + 8, end)}`;
  if (protocol === 1 && end - at >= 8) return `${b[at]}.${b[at + 1]}/${nat ? "" : u16(b, at + 4)}/${hash(b, at + 6, end)}`;
  return hash(b, at, end);
}
function native6(b: Uint8Array, o: number): string {
  if (b.length < o + 40) return "short";
  const end = Math.min(b.length, o + 40 + u16(b, o + 4));
  const head = `6/${b[o + 6]}/${address6(b, o + 24)}`;
  const error = b[o + 6] === 58 && end - o >= 48 ? icmpError(b, o + 40, false, false) : undefined;
  return error === undefined ? `${head}/${address6(b, o + 8)}/${hash(b, o + 40, end)}` : `${head}/${error}`;
}

/** `nat`: sources of the core side are external ends. */
export function keyOf(b: Uint8Array, side: Side, nat: boolean): string {
  if (b[0] >>> 4 === 4) {
    const at = (b[0] & 15) << 2;
    const whole = b.length >= 20 && (u16(b, 6) & 0x3fff) === 0;
    return `${side}/${b[9] === 41 && whole && b.length >= at + 40 ? `41/${address4(b, 16)}/${native6(b, at)}` : native4(b, 0, nat && side === 1)}`;
  }
  // A device may put the encapsulation limit before the packet (RFC 2473 section 4.1.1).
  const inner = b[6] === 4 ? 40 : b[6] === 60 && b.length > 48 && b[40] === 4 ? 48 + 8 * b[41] : 0;
  if (inner > 0 && b.length >= inner + 20) return `${side}/softwire/${address6(b, 24)}/${native4(b, inner, false)}`;
  return `${side}/${native6(b, 0)}`;
}

const ALWAYS_FREE = new Set(["id", "check"]);
/** `error`: an ICMP error; `answer`: the device made it itself (echo reply). */
export interface Nature { readonly tunnelled: boolean; readonly error: boolean; readonly answer: boolean }
/** Is the difference in a field that the RFCs leave to the sender? `d.layer` is like "ipv4[0]". `df`: no tunnel MTU mode is declared. */
export function isFree(d: FieldDifference, side: Side, nat: boolean, { tunnelled, error, answer }: Nature, df: boolean): boolean {
  const [name] = d.layer.split("[");
  const outermost = d.layer.endsWith("[0]");
  if ((name === "ipv4" || name === "udp" || name === "tcp" || name === "icmp4" || name === "icmp6") && ALWAYS_FREE.has(d.field)) return true;
  if (error && (d.layer === "packet" || name === "payload" || d.field === "len" || (outermost && (d.field === "src" || d.field === "ttl" || d.field === "hop" || d.field === "tos" || d.field === "tc" || d.field === "flow")))) return true;
  if (tunnelled && outermost && d.field === "df" && df) return true;
  if (answer && outermost && (d.field === "ttl" || d.field === "hop" || d.field === "flow")) return true;
  if (tunnelled && outermost && (d.field === "ttl" || d.field === "hop" || d.field === "flow")) return true;
  if (nat && side === 1 && error && ((d.field === "dst" && !outermost) || d.field === "dport")) return true;
  return nat && side === 1 && ((name === "ipv4" && outermost && d.field === "src") || d.field === "sport" || (name === "icmp4" && (d.field === "id" || (d.field === "rest" && !error))));
}
