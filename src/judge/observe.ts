/** What the judge learns from inputs before rules run: path MTUs from ICMPv4, and which inputs ask for an ICMPv6 error. */
import { u16, u32 } from "../wire/bits.js";
import { headerLength } from "../wire/ipv4.js";
import { inPrefix6At } from "../wire/address.js";
import { NH_FRAGMENT, NH_ICMPV6 } from "../wire/ipv6.js";
import { viewOf } from "../wire/words.js";
import { type Domain, isOwnAddress, nextHopOf } from "./domain.js";
import { F_HOP, F_ISOLATED, F_JOINED, F_ND, F_NEW_CE, F_OUTER_BAD, F_TOO_BIG, F_TO_CE, F_V4_ERROR, K_FRAGMENT, K_ICMP4, K_NATIVE, K_TUNNEL, MAY_DROP } from "./facts.js";
import { OVERLOAD_SECONDS, type State } from "./state.js";
import type { Records } from "./transcript.js";

/** RFC 1191 section 3: no estimate below 68. */
const SMALLEST_PATH = 68;
/** ICMPv6 types of RFC 4861. */
const NEIGHBOUR_ADVERTISEMENT = 136, REDIRECT = 137;

export function observeState(state: State, b: Uint8Array, r: Records, slot: number, domains: readonly Domain[]): void {
  const f = r.facts[slot];
  const d = r.domain[slot];
  if (d >= domains.length) return;
  if ((f & (F_HOP | F_TOO_BIG)) !== 0) {
    // The limit is the node's, whatever domain asks.
    if (r.time[slot] - state.lastEliciting[0] > 1) r.facts[slot] |= F_ISOLATED;
    state.lastEliciting[0] = r.time[slot];
    if (r.time[slot] - state.interval[d] > OVERLOAD_SECONDS) {
      state.interval[d] = r.time[slot];
      state.asked[d] = 0;
      state.errors[d] = 0;
    }
    state.asked[d]++;
  }
  const kind = r.kind[slot];
  if (kind === K_TUNNEL && (f & F_ND) !== 0) observeClaim(state, b, r, slot, domains[d]);
  if (kind === K_TUNNEL && (f & MAY_DROP) === 0) {
    const source = u32(b, r.off[slot] + 12);
    // 6to4 takes packets from anyone (RFC 3056 section 9): the first of each sender is watched. So is what arrives with an outer TTL of 0 or 1 (RFC 1812 section 4.2.2.9).
    if (b[r.off[slot] + 8] <= 1 || (domains[d].sixToFour !== undefined && !state.knowsCe(source))) r.facts[slot] |= F_NEW_CE;
    state.sawCe(source);
  } else if (kind === K_NATIVE && (f & F_TO_CE) !== 0) {
    if (b[r.inner[slot] + 6] === NH_FRAGMENT) rememberFragment(state.sendersFragments, b, r.inner[slot], r.innerLen[slot]);
    if (!state.knowsCe(nextHopOf(domains[d], b, r.inner[slot] + 24))) r.facts[slot] |= F_NEW_CE;
  }
  if (r.kind[slot] !== K_ICMP4 || (f & F_V4_ERROR) === 0 || (f & F_OUTER_BAD) !== 0) return;
  const icmp = r.off[slot] + headerLength(b, r.off[slot]);
  if (b[icmp] !== 3 || b[icmp + 1] !== 4) return;
  const mtu = u16(b, icmp + 6);
  if (mtu >= SMALLEST_PATH) state.learnPath(u32(b, icmp + 8 + 16), mtu, r.time[slot]);
}

/**
 * A neighbour advertisement or redirect from a tunnel about an address that does not lie behind its sender by its form: a node that let it change the way to
 * that address would mix up its links (RFC 4213 section 5).
 */
function observeClaim(state: State, b: Uint8Array, r: Records, slot: number, d: Domain): void {
  const inner = r.inner[slot];
  const type = b[inner + 40];
  if (b[inner + 6] !== NH_ICMPV6 || (type !== NEIGHBOUR_ADVERTISEMENT && type !== REDIRECT)) return;
  // The address spoken of: the target of an advertisement, the destination of a redirect.
  const at = inner + (type === REDIRECT ? 64 : 48);
  const sender = u32(b, r.off[slot] + 12);
  if (at + 16 > inner + r.innerLen[slot] || (u32(b, at) >>> 29) !== 1 || sender === 0) return;
  if ((inPrefix6At(b, at, d.tunnel.v6rdPrefix) && nextHopOf(d, b, at) === sender) || isOwnAddress(d, sender) || d.sixToFour?.relay === sender) return;
  state.claim(b, at, sender);
}

/** Bytes of an inner packet by which it is told from others: its header and most of that of the transport, with its checksum or sequence number. */
const TELLING = 60;

/**
 * A digest of a tunnelled datagram: its length, the first word of the inner header, and what follows that header. A mirrored copy of a packet is no second use of
 * its identification; copies may be cut to different lengths (one has a VLAN tag more), so where too little is visible the digest is 0: it may be any packet.
 */
export function digest(b: Uint8Array, o: number, len: number): number {
  const v = viewOf(b);
  const from = o + headerLength(b, o);
  const end = o + u16(b, o + 2);
  if (Math.min(end, from + TELLING) > o + len) return 0;
  let h = end - from;
  if (end - from >= 4) h = Math.imul(h ^ v.getInt32(from), 0x01000193);
  for (let i = from + 40; i + 4 <= end && i < from + TELLING; i += 4) h = Math.imul(h ^ v.getInt32(i), 0x01000193);
  return h;
}

/** What an IPv6 packet and its first fragment have in common: addresses, protocol and the first eight bytes of what is carried (at `upper`). Never 0. */
export function fragmentKey(b: Uint8Array, inner: number, protocol: number, upper: number): number {
  let h = protocol;
  for (let i = 8; i < 40; i += 4) h = Math.imul(h ^ u32(b, inner + i), 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15) ^ u32(b, upper), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13) ^ u32(b, upper + 4), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) | 1) >>> 0;
}

/** Keeps the IPv6 fragment at `inner` in mind when it is a first one. */
function rememberFragment(table: Uint32Array, b: Uint8Array, inner: number, len: number): void {
  if (len < 56 || (u16(b, inner + 42) & 0xfff8) !== 0) return;
  const key = fragmentKey(b, inner, b[inner + 40], inner + 48);
  table[key & (table.length - 1)] = key;
}

/** Remembers the inner packet of a first outer fragment. */
function rememberFirst(table: Uint32Array, b: Uint8Array, o: number, len: number): void {
  const inner = o + ((b[o] & 15) << 2);
  if ((u16(b, o + 6) & 0x3fff) !== 0x2000 || inner + 48 > o + len || b[inner] >>> 4 !== 6) return;
  const key = fragmentKey(b, inner, b[inner + 6], inner + 40);
  table[key & (table.length - 1)] = key;
}

/** Identification of non-atomic outputs (RFC 6864 section 4): how old the last equal one is. Later fragments of a datagram share its identification. */
export function observeOutput(state: State, b: Uint8Array, r: Records, slot: number): void {
  state.idAge = Number.POSITIVE_INFINITY;
  if (r.kind[slot] !== K_TUNNEL && r.kind[slot] !== K_FRAGMENT) return;
  const o = r.off[slot];
  const inner = r.inner[slot];
  if (inner > 0 && b[inner + 6] === NH_FRAGMENT) rememberFragment(state.innerFragments, b, inner, r.innerLen[slot]);
  if (r.kind[slot] === K_FRAGMENT) rememberFirst(state.outerFirsts, b, o, r.len[slot]);
  const word = u16(b, o + 6);
  if ((r.facts[slot] & F_JOINED) !== 0 || (word & 0x1fff) !== 0 || (word & 0x6000) === 0x4000) return;
  state.idAge = r.time[slot] - state.identification(u32(b, o + 12), u32(b, o + 16), u16(b, o + 4), digest(b, o, r.len[slot]), r.time[slot]);
}

/** Protocols that some node serves: the others are unused, and how a device answers them is the measure for protocol 41 (RFC 4213 section 5). */
const SERVED = new Uint8Array(256);
for (const p of [1, 2, 4, 6, 17, 33, 41, 46, 47, 50, 51, 58, 88, 89, 94, 103, 108, 112, 115, 132, 136, 137]) SERVED[p] = 1;

/** Packets of unused protocols to the device, and its "protocol unreachable" about them. `input` as in the record. */
export function observeUnused(state: State, b: Uint8Array, r: Records, slot: number, domains: readonly Domain[], input: boolean): void {
  let o = r.off[slot];
  if (r.len[slot] < 20 || b[o] >>> 4 !== 4) return;
  if (!input) {
    const icmp = o + headerLength(b, o);
    if (b[o + 9] !== 1 || icmp + 28 > o + r.len[slot] || b[icmp] !== 3 || b[icmp + 1] !== 2) return;
    o = icmp + 8;
  }
  if (SERVED[b[o + 9]] !== 0) return;
  const to = u32(b, o + 16);
  for (let i = 0; i < domains.length; i++) {
    if (!domains[i].addresses.includes(to)) continue;
    if (input) state.unusedProbed[i] = Math.min(state.unusedProbed[i], r.time[slot]);
    else state.unusedAnswered[i] = 1;
  }
}
