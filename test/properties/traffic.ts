/** Random traffic for a concentrator: mostly sound packets of both sides, replies to what was sent, and many kinds of broken ones. */
import { ACCESS, type Config, CORE, type Side } from "../../src/config/types.js";
import { put16, put32, putBits, u16 } from "../../src/wire/bits.js";
import { seal } from "../mutants/seen.js";
import type { Random } from "./random.js";

export interface Draw { readonly side: Side; readonly bytes: Uint8Array }

const V4_HOSTS = [0x0a000102, 0x0a000103, 0x0a646401, 0xc0a80105, 0xc0000201, 0xc6336407, 0x08080808, 0x64400001, 0x7f000001, 0xe0000001, 0xffffffff, 0xc0586301];
const REMOTE4 = [0xcb007105, 0xcb007106, 0xc0000250, 0x01010101];

const six = (r: Random, at: Uint8Array, head: number): void => {
  put32(at, 0, head);
  at.set(r.chance(0.7) ? Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 + r.below(3)]) : r.bytes(12), 4);
};

/** An address behind the tunnel, or elsewhere. */
function address6(r: Random, config: Config, behind: boolean): Uint8Array {
  const a = new Uint8Array(16);
  const c = config.serviceSets[0].concentrators[0];
  if (r.chance(0.05)) {
    a.set(r.pick([[0xff, 0x0e], [0xfe, 0x80], [0, 0], [0xfe, 0xc0]]));
    a[15] = 1;
    return a;
  }
  if (r.chance(0.03)) return a.fill(0);
  if (behind && c.kind === "6rd") {
    six(r, a, 0);
    for (const [i, w] of c.v6rdPrefix.address.entries()) putBits(a, 4 * i, 0, Math.min(32, Math.max(0, c.v6rdPrefix.length - 32 * i)), c.v6rdPrefix.length >= 32 * (i + 1) ? w : w >>> Math.max(0, 32 * (i + 1) - c.v6rdPrefix.length));
    putBits(a, 0, c.v6rdPrefix.length, 32 - c.ipv4Prefix.length, r.pick(V4_HOSTS));
    return a;
  }
  if (behind && c.kind !== "ds-lite") {
    const v4 = r.pick(V4_HOSTS);
    six(r, a, (0x20020000 | (v4 >>> 16)) >>> 0);
    put16(a, 4, v4 & 0xffff);
    if (c.kind === "6to4-pmt" && r.chance(0.4) && c.providerPrefix !== undefined) {
      a.fill(0);
      put32(a, 0, c.providerPrefix.address[0]);
      putBits(a, 0, c.providerPrefix.length, 32, v4);
      a[15] = 1 + r.below(3);
    }
    return a;
  }
  six(r, a, r.pick([0x3fff0001, 0x3fff0002, 0x20010db8]));
  return a;
}

/** Transport and payload; the checksum is made right later. Protocol first. */
function upper(r: Random, version: 4 | 6): readonly [number, Uint8Array] {
  const data = r.chance(0.05) ? r.pick([1232, 1240, 1252, 1400, 1432, 1460, 1500, 2000]) : r.below(60);
  const ports = (b: Uint8Array): void => {
    put16(b, 0, r.pick([1024, 1025, 40000, 53, 6000 + r.below(4)]));
    put16(b, 2, r.pick([53, 80, 443, 21, 1723, 5000 + r.below(4)]));
  };
  if (r.chance(0.45)) {
    const b = new Uint8Array(8 + data);
    ports(b);
    put16(b, 4, b.length);
    b.set(r.bytes(data), 8);
    return [17, b];
  }
  if (r.chance(0.6)) {
    const b = new Uint8Array(20 + data);
    ports(b);
    put32(b, 4, r.word());
    b[12] = 0x50;
    b[13] = r.pick([2, 0x12, 0x10, 0x18, 0x11, 4, 0x14]);
    put16(b, 14, 8192);
    b.set(r.bytes(data), 20);
    return [6, b];
  }
  if (r.chance(0.7)) {
    const b = new Uint8Array(8 + data);
    b[0] = version === 6 ? r.pick([128, 129, 1, 2, 3, 135]) : r.pick([8, 0, 3, 11, 4]);
    put16(b, 4, r.below(4));
    b.set(r.bytes(data), 8);
    return [version === 6 ? 58 : 1, b];
  }
  return [r.pick([47, 132, 50, 59, 0]), r.bytes(8 + data)];
}

export function ipv6(r: Random, config: Config, fromBehind: boolean): Uint8Array {
  const [next, body] = upper(r, 6);
  const b = new Uint8Array(40 + body.length);
  put32(b, 0, (0x60000000 | (r.chance(0.3) ? r.below(256) << 20 : 0) | (r.chance(0.2) ? r.below(1 << 20) : 0)) >>> 0);
  put16(b, 4, body.length);
  b[6] = next;
  b[7] = r.chance(0.08) ? r.below(3) : 2 + r.below(254);
  b.set(address6(r, config, fromBehind), 8);
  b.set(address6(r, config, r.chance(fromBehind ? 0.25 : 0.9)), 24);
  b.set(body, 40);
  seal(b);
  return b;
}

export function ipv4(r: Random, source: number, destination: number): Uint8Array {
  const [protocol, body] = upper(r, 4);
  const b = new Uint8Array(20 + body.length);
  b[0] = 0x45;
  b[1] = r.chance(0.3) ? r.below(256) : 0;
  put16(b, 2, b.length);
  put16(b, 4, r.below(65536));
  put16(b, 6, r.chance(0.4) ? 0x4000 : 0);
  b[8] = r.chance(0.08) ? r.below(3) : 2 + r.below(254);
  b[9] = protocol;
  put32(b, 12, source);
  put32(b, 16, destination);
  b.set(body, 20);
  seal(b);
  return b;
}

function draw(r: Random, config: Config): Draw {
  const c = config.serviceSets[0].concentrators[0];
  if (c.kind === "ds-lite") {
    if (r.chance(0.3)) return { side: CORE, bytes: ipv4(r, r.pick(REMOTE4), 0xc6336400 + r.below(9)) };
    const inner = ipv4(r, r.pick([0x0a000102, 0xc0a80105, 0xac100009, 0xc0000002, 0x08080808]), r.chance(0.1) ? 0xc6336400 + r.below(8) : r.pick([...REMOTE4, ...V4_HOSTS]));
    const b = new Uint8Array(40 + inner.length);
    put32(b, 0, (0x60000000 | (r.chance(0.3) ? r.below(256) << 20 : 0)) >>> 0);
    put16(b, 4, inner.length);
    b[6] = 4;
    b[7] = r.chance(0.05) ? r.below(3) : 64;
    b.set([0x20, 1, 0xd, 0xb8, 0, 0xb, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 + r.below(4)], 8);
    for (const [i, w] of c.address.entries()) put32(b, 24 + 4 * i, w);
    b.set(inner, 40);
    return { side: ACCESS, bytes: b };
  }
  if (r.chance(0.45)) return { side: CORE, bytes: ipv6(r, config, c.kind === "6to4-router") };
  const inner = ipv6(r, config, c.kind !== "6to4-router" || r.chance(0.5));
  const b = new Uint8Array(20 + inner.length);
  b[0] = 0x45;
  b[1] = r.chance(0.3) ? r.below(256) : 0;
  put16(b, 2, b.length);
  put16(b, 4, r.below(65536));
  b[8] = r.chance(0.05) ? r.below(3) : 64;
  b[9] = 41;
  // Mostly the address that the inner source embeds.
  let from = r.pick(V4_HOSTS);
  if (c.kind === "6rd" && r.chance(0.8)) {
    const n = 32 - c.ipv4Prefix.length;
    let bits = 0n;
    for (let i = 0; i < 16; i++) bits = (bits << 8n) | BigInt(inner[8 + i]);
    const host = Number((bits >> BigInt(128 - c.v6rdPrefix.length - n)) & ((1n << BigInt(n)) - 1n));
    from = (c.ipv4Prefix.address + host) >>> 0;
  } else if (inner[8] === 0x20 && inner[9] === 2 && r.chance(0.85)) from = ((u16(inner, 10) << 16) | u16(inner, 12)) >>> 0;
  put32(b, 12, from);
  put32(b, 16, r.chance(0.92) ? r.pick([c.address, ...c.alsoAccepts]) : r.pick(V4_HOSTS));
  b.set(inner, 20);
  seal(b);
  return { side: ACCESS, bytes: b };
}

/** One thing wrong with a packet, or a piece of it. */
function spoil(r: Random, d: Draw): Draw[] {
  const b = d.bytes.slice();
  switch (r.below(6)) {
    case 0: // any byte
      b[r.below(b.length)] ^= 1 << r.below(8);
      return [{ ...d, bytes: b }];
    case 1: // the end is missing
      return [{ ...d, bytes: b.slice(0, 1 + r.below(b.length)) }];
    case 2: // link-layer padding behind it
      return [{ ...d, bytes: Uint8Array.from([...b, ...new Uint8Array(1 + r.below(8))]) }];
    case 3: { // outer or only IPv4 header in fragments, in any order
      if (b[0] >>> 4 !== 4 || b.length < 60) return [d];
      const cut = 8 * (1 + r.below(Math.floor((b.length - 28) / 8)));
      const first = b.slice(0, 20 + cut);
      put16(first, 2, first.length);
      put16(first, 6, 0x2000);
      const last = Uint8Array.from([...b.subarray(0, 20), ...b.subarray(20 + cut)]);
      put16(last, 2, last.length);
      put16(last, 6, cut >> 3);
      for (const f of [first, last]) { put16(f, 10, 0); put16(f, 10, headerSum(f)); }
      const parts = [{ ...d, bytes: first }, { ...d, bytes: last }];
      return r.chance(0.5) ? parts : parts.reverse();
    }
    case 4: // twice
      return [d, d];
    default: // rewritten header bytes with right checksums
      b[r.below(Math.min(b.length, 48))] = r.below(256);
      if (b.length >= 48) seal(b);
      return [{ ...d, bytes: b }];
  }
}

function headerSum(b: Uint8Array): number {
  let s = 0;
  for (let i = 0; i < 20; i += 2) s += u16(b, i);
  while (s > 0xffff) s = (s & 0xffff) + (s >>> 16);
  return ~s & 0xffff;
}

/** The answer of whoever got `sent`: addresses and ports turned round, inside the tunnel too. */
export function reply(side: Side, sent: Uint8Array): Draw | undefined {
  const b = sent.slice();
  const swap = (x: number, y: number, n: number): void => {
    for (let i = 0; i < n; i++) [b[x + i], b[y + i]] = [b[y + i], b[x + i]];
  };
  let at = 0;
  for (let depth = 0; depth < 2; depth++) {
    if (b.length < at + 40) break;
    const four = b[at] >>> 4 === 4;
    if (four) swap(at + 12, at + 16, 4);
    else swap(at + 8, at + 24, 16);
    b[at + (four ? 8 : 7)] = 60;
    const protocol = b[at + (four ? 9 : 6)];
    at += four ? 20 : 40;
    if (protocol !== 41 && protocol !== 4) {
      if ((protocol === 6 || protocol === 17) && b.length >= at + 4) swap(at, at + 2, 2);
      break;
    }
  }
  if (b.length < 48) return undefined;
  seal(b);
  return { side, bytes: b };
}

export function traffic(r: Random, config: Config): Draw[] {
  const d = draw(r, config);
  return r.chance(0.25) ? spoil(r, d) : [d];
}
