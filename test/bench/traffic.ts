/** Seeded bench traffic as classic pcap (little-endian, microseconds, Ethernet), made without the code under test. */
import { closeSync, openSync, writeSync } from "node:fs";

export type Kind = "6rd-decap" | "6rd-encap" | "6to4-decap" | "6to4-encap" | "ds-lite-out";
export interface Traffic { readonly kind: Kind; readonly packets: number; readonly softwires: number; readonly flows: number; readonly seed: number }

const FRAME = 182;

/** mulberry32: a small seeded generator. */
function random(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function sum(b: Buffer, from: number, to: number, seed = 0): number {
  let s = seed;
  for (let i = from; i < to; i += 2) s += (b[i] << 8) | (i + 1 < to ? b[i + 1] : 0);
  while (s > 0xffff) s = (s & 0xffff) + (s >>> 16);
  return s;
}

/** UDP header and payload at `at`, `len` bytes, with the checksum over a pseudo-header whose addresses lie in [aFrom, aTo). */
function udp(b: Buffer, at: number, len: number, sport: number, dport: number, aFrom: number, aTo: number): void {
  b.writeUInt16BE(sport, at);
  b.writeUInt16BE(dport, at + 2);
  b.writeUInt16BE(len, at + 4);
  b.writeUInt16BE(0, at + 6);
  for (let i = at + 8; i < at + len; i++) b[i] = i & 0xff;
  const s = sum(b, at, at + len, sum(b, aFrom, aTo) + 17 + len);
  b.writeUInt16BE(~s & 0xffff || 0xffff, at + 6);
}

function ipv4(b: Buffer, at: number, total: number, protocol: number, src: number, dst: number): void {
  b[at] = 0x45;
  b[at + 1] = 0;
  b.writeUInt16BE(total, at + 2);
  b.writeUInt32BE(0, at + 4);
  b[at + 8] = 64;
  b[at + 9] = protocol;
  b.writeUInt16BE(0, at + 10);
  b.writeUInt32BE(src >>> 0, at + 12);
  b.writeUInt32BE(dst >>> 0, at + 16);
  b.writeUInt16BE(~sum(b, at, at + 20) & 0xffff, at + 10);
}

function ipv6(b: Buffer, at: number, payload: number, next: number, src: readonly number[], dst: readonly number[]): void {
  b.writeUInt32BE(0x60000000, at);
  b.writeUInt16BE(payload, at + 4);
  b[at + 6] = next;
  b[at + 7] = 64;
  for (let i = 0; i < 4; i++) {
    b.writeUInt32BE(src[i] >>> 0, at + 8 + 4 * i);
    b.writeUInt32BE(dst[i] >>> 0, at + 24 + 4 * i);
  }
}

const INTERNET = [0x3fff0000, 0, 0, 0x80];
const BR = 0x0a000001;
const RELAY = 0xc0586301;

/** Writes frame `n` of the traffic; initiator `who`, flow `port`. */
function frame(b: Buffer, kind: Kind, who: number, port: number): void {
  const l3 = 14;
  const ce = (0x0a000000 + 256 + who) >>> 0;
  const pub = (0x0b000000 + 256 + who) >>> 0;
  if (kind === "6rd-decap" || kind === "6to4-decap") {
    const rd = kind === "6rd-decap";
    const v4 = rd ? ce : pub;
    const inner = rd ? [0x20010db8, (v4 << 8) >>> 0, 0, 1] : [(0x20020000 | (v4 >>> 16)) >>> 0, ((v4 & 0xffff) << 16) >>> 0, 0, 1];
    ipv4(b, l3, FRAME - l3, 41, v4, rd ? BR : RELAY);
    ipv6(b, l3 + 20, FRAME - l3 - 60, 17, inner, INTERNET);
    udp(b, l3 + 60, FRAME - l3 - 60, port, 53, l3 + 28, l3 + 60);
  } else if (kind === "6rd-encap" || kind === "6to4-encap") {
    const inner = kind === "6rd-encap" ? [0x20010db8, (ce << 8) >>> 0, 0, 1] : [(0x20020000 | (pub >>> 16)) >>> 0, ((pub & 0xffff) << 16) >>> 0, 0, 1];
    ipv6(b, l3, FRAME - l3 - 40, 17, INTERNET, inner);
    udp(b, l3 + 40, FRAME - l3 - 40, 53, port, l3 + 8, l3 + 40);
  } else {
    ipv6(b, l3, FRAME - l3 - 40, 4, [0x20010db8, 0x01000000, 0, who + 1], [0x20010db8, 0, 0, 1]);
    ipv4(b, l3 + 40, FRAME - l3 - 40, 17, 0xc0a80102, 0xc000024d);
    udp(b, l3 + 60, FRAME - l3 - 60, port, 53, l3 + 52, l3 + 60);
  }
}

export function writeTraffic(path: string, t: Traffic): void {
  const next = random(t.seed);
  const fd = openSync(path, "w");
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(262144, 16);
  head.writeUInt32LE(1, 20);
  writeSync(fd, head);
  const v6 = t.kind.endsWith("-encap") || t.kind === "ds-lite-out";
  const batch = 10000;
  const record = 16 + FRAME;
  const buf = Buffer.alloc(batch * record);
  const perSoftwire = Math.max(1, Math.ceil(t.flows / t.softwires));
  for (let done = 0; done < t.packets; ) {
    const n = Math.min(batch, t.packets - done);
    for (let i = 0; i < n; i++) {
      const at = i * record;
      const k = done + i;
      buf.writeUInt32LE(1_700_000_000 + Math.floor(k / 1_000_000), at);
      buf.writeUInt32LE(k % 1_000_000, at + 4);
      buf.writeUInt32LE(FRAME, at + 8);
      buf.writeUInt32LE(FRAME, at + 12);
      const f = buf.subarray(at + 16, at + record);
      f.write(t.kind.endsWith("-encap") ? "0200000000030200000000040000" : "0200000000010200000000020000", "hex");
      f.writeUInt16BE(v6 ? 0x86dd : 0x0800, 12);
      const flow = k < t.flows ? k : Math.floor(next() * t.flows);
      frame(f, t.kind, flow % t.softwires, 1024 + (Math.floor(flow / t.softwires) % Math.min(60000, perSoftwire)));
    }
    writeSync(fd, buf, 0, n * record);
    done += n;
  }
  closeSync(fd);
}
