/**
 * What one packet announces to routing neighbours: RIP version 2 (RFC 2453 section 4), RIPng (RFC 2080 section 2.1), BGP UPDATEs for IPv4 and IPv6 unicast
 * (RFC 4271 section 4.3, RFC 4760 section 3), OSPFv2 AS-external LSAs (RFC 2328 sections A.3.5 and A.4.5). A BGP message that does not begin a TCP segment
 * is not read. Routing messages are rare, so this may allocate.
 */
import { u16, u32 } from "../../wire/bits.js";

/** A prefix of either family; `words` has one word for IPv4. */
export interface Route { readonly v6: boolean; readonly words: readonly number[]; readonly length: number; readonly metric: number }
export interface Announcements {
  readonly protocol: "RIP" | "RIPng" | "BGP" | "OSPF";
  readonly routes: readonly Route[];
  /** BGP: to a neighbour of another autonomous system (no LOCAL_PREF, RFC 4271 section 5.1.5); autonomous systems in the first segment of the path. */
  readonly external: boolean;
  readonly hops: number;
  /** The sender itself is where the routes begin: RIP metric 1, an empty path inside the autonomous system, an LSA of its own router. */
  readonly originated: boolean;
}

const RIP = 520, RIPNG = 521, BGP = 179;
const PROTOCOL_OSPF = 89;
const INFINITY = 16;
const LOCAL_PREF = 5, AS_PATH = 2, ORIGINATOR_ID = 9, MP_REACH = 14;

const isPort = (b: Uint8Array, l4: number, port: number): boolean => u16(b, l4) === port || u16(b, l4 + 2) === port;

/** Could the packet at `o` be a routing message? `l4`: its transport header. */
export const isRouting = (b: Uint8Array, protocol: number, l4: number, v6: boolean): boolean =>
  (protocol === 17 && u16(b, l4 + 2) === (v6 ? RIPNG : RIP)) || (protocol === 6 && isPort(b, l4, BGP)) || (protocol === PROTOCOL_OSPF && !v6);

/** `source`: the sender's IPv4 address, 0 for IPv6. `end`: behind the last byte that is captured. */
export function announcements(b: Uint8Array, protocol: number, l4: number, end: number, v6: boolean, source: number): Announcements[] {
  if (protocol === 17) return v6 ? ripng(b, l4 + 8, end) : rip(b, l4 + 8, end);
  if (protocol === 6) return l4 + 20 > end ? [] : bgp(b, l4 + ((b[l4 + 12] >>> 4) << 2), end);
  return ospf(b, l4, end, source);
}

/** Length of a prefix with this mask. */
const ones = (mask: number): number => Math.clz32(~mask);
const told = (protocol: Announcements["protocol"], routes: Route[], more: Partial<Announcements> = {}): Announcements[] => (routes.length === 0 && protocol !== "RIP" && protocol !== "RIPng" ? [] : [{ protocol, routes, external: false, hops: 0, originated: false, ...more }]);

function rip(b: Uint8Array, o: number, end: number): Announcements[] {
  if (o + 4 > end || b[o] !== 2 || b[o + 1] !== 2) return [];
  const routes: Route[] = [];
  for (let at = o + 4; at + 20 <= end; at += 20) {
    const metric = u32(b, at + 16);
    if (u16(b, at) === 2 && metric < INFINITY) routes.push({ v6: false, words: [u32(b, at + 4)], length: ones(u32(b, at + 8)), metric });
  }
  return told("RIP", routes, { originated: true });
}

function ripng(b: Uint8Array, o: number, end: number): Announcements[] {
  if (o + 4 > end || b[o] !== 2) return [];
  const routes: Route[] = [];
  for (let at = o + 4; at + 20 <= end; at += 20) {
    if (b[at + 19] < INFINITY) routes.push({ v6: true, words: [0, 4, 8, 12].map((k) => u32(b, at + k)), length: b[at + 18], metric: b[at + 19] });
  }
  return told("RIPng", routes, { originated: true });
}

function bgp(b: Uint8Array, o: number, end: number): Announcements[] {
  const out: Announcements[] = [];
  for (let at = o; at + 19 <= end; ) {
    const size = u16(b, at + 16);
    if (u32(b, at) !== 0xffffffff || u32(b, at + 12) !== 0xffffffff || size < 19) break;
    if (b[at + 18] === 2 && at + size <= end) out.push(...update(b, at + 19, at + size));
    at += size;
  }
  return out;
}

function update(b: Uint8Array, o: number, end: number): Announcements[] {
  if (o + 4 > end) return [];
  let at = o + 2 + u16(b, o);
  if (at + 2 > end) return [];
  const last = Math.min(end, at + 2 + u16(b, at));
  at += 2;
  const routes: Route[] = [];
  let external = true;
  let reflected = false;
  let hops = 0;
  while (at + 3 <= last) {
    const wide = (b[at] & 0x10) !== 0;
    const body = at + (wide ? 4 : 3);
    const size = wide ? u16(b, at + 2) : b[at + 2];
    if (body + size > last) break;
    const type = b[at + 1];
    if (type === LOCAL_PREF) external = false;
    else if (type === ORIGINATOR_ID) reflected = true;
    else if (type === AS_PATH && size >= 2) hops = b[body + 1];
    else if (type === MP_REACH && size > 5 && u16(b, body) === 2 && b[body + 2] === 1) prefixes(b, body + 5 + b[body + 3], body + size, true, routes);
    at = body + size;
  }
  prefixes(b, last, end, false, routes);
  return told("BGP", routes, { external, hops, originated: hops === 0 && !reflected });
}

function prefixes(b: Uint8Array, o: number, end: number, v6: boolean, out: Route[]): void {
  for (let at = o; at < end; ) {
    const length = b[at];
    const bytes = (length + 7) >>> 3;
    if (length > (v6 ? 128 : 32) || at + 1 + bytes > end) return;
    const full = new Uint8Array(16);
    full.set(b.subarray(at + 1, at + 1 + bytes));
    out.push({ v6, words: (v6 ? [0, 4, 8, 12] : [0]).map((k) => u32(full, k)), length, metric: 0 });
    at += 1 + bytes;
  }
}

function ospf(b: Uint8Array, o: number, end: number, source: number): Announcements[] {
  // Version 2, a link state update with its number of LSAs behind the header of 24 bytes.
  if (o + 28 > end || b[o] !== 2 || b[o + 1] !== 4) return [];
  const out: Announcements[] = [];
  let at = o + 28;
  for (let n = Math.min(u32(b, o + 24), 1000); n > 0 && at + 20 <= end; n--) {
    const size = u16(b, at + 18);
    if (size < 20 || at + size > end) break;
    // AS-external and NSSA-external; an age of one hour withdraws.
    if ((b[at + 3] === 5 || b[at + 3] === 7) && size >= 24 && (u16(b, at) & 0x7fff) < 3600) {
      out.push(...told("OSPF", [{ v6: false, words: [u32(b, at + 4)], length: ones(u32(b, at + 20)), metric: 0 }], { originated: u32(b, at + 8) === source }));
    }
    at += size;
  }
  return out;
}

/** Does the route hold the address or prefix (its words and length)? */
export function covers(r: Route, words: readonly number[], length: number): boolean {
  if (r.length > length || (words.length === 4) !== r.v6) return false;
  for (let i = 0; i < words.length; i++) {
    const bits = Math.max(0, Math.min(32, r.length - 32 * i));
    if (bits > 0 && (r.words[i] ^ words[i]) >>> (32 - bits) !== 0) return false;
  }
  return true;
}
