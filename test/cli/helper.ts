/** Runs the built command line, and makes small captures without the program's own writer. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseIpv4, parseIpv6, writeIpv6 } from "../../src/wire/address.js";
import { put16, put32 } from "../../src/wire/bits.js";
import { finish, pseudo6, sum } from "../../src/wire/checksum.js";
import * as ipv4 from "../../src/wire/ipv4.js";
import * as ipv6 from "../../src/wire/ipv6.js";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const cli = join(root, "dist", "cli", "main.js");

export interface Ran { readonly code: number | null; readonly out: string; readonly err: string }

/** Runs `softproof ARGS`; `npm test` builds dist before. */
export function softproof(args: readonly string[], input?: Uint8Array): Ran {
  if (!existsSync(cli)) throw new Error("dist/cli/main.js is missing: run `npm run build` first");
  const r = spawnSync(process.execPath, [cli, ...args], { encoding: "utf8", maxBuffer: 1 << 28, ...(input === undefined ? {} : { input }) });
  return { code: r.status, out: r.stdout, err: r.stderr };
}

export const scratch = (): string => mkdtempSync(join(tmpdir(), "softproof-test-"));

export interface Frame { readonly sec: number; readonly usec: number; readonly data: Uint8Array }

/** Classic little-endian microsecond pcap, Ethernet. */
export function pcap(frames: readonly Frame[]): Uint8Array {
  const total = frames.reduce((n, f) => n + 16 + f.data.length, 24);
  const b = new Uint8Array(total);
  const v = new DataView(b.buffer);
  v.setUint32(0, 0xa1b2c3d4, true);
  v.setUint16(4, 2, true);
  v.setUint16(6, 4, true);
  v.setUint32(16, 262144, true);
  v.setUint32(20, 1, true);
  let o = 24;
  for (const f of frames) {
    v.setUint32(o, f.sec, true);
    v.setUint32(o + 4, f.usec, true);
    v.setUint32(o + 8, f.data.length, true);
    v.setUint32(o + 12, f.data.length, true);
    b.set(f.data, o + 16);
    o += 16 + f.data.length;
  }
  return b;
}

/** The same frames as pcapng: one section, one Ethernet interface, microseconds. */
export function pcapng(frames: readonly Frame[]): Uint8Array {
  const blocks: Uint8Array[] = [];
  const block = (type: number, body: Uint8Array): void => {
    const b = new Uint8Array(12 + ((body.length + 3) & ~3));
    const v = new DataView(b.buffer);
    v.setUint32(0, type, true);
    v.setUint32(4, b.length, true);
    b.set(body, 8);
    v.setUint32(b.length - 4, b.length, true);
    blocks.push(b);
  };
  block(0x0a0d0d0a, Uint8Array.of(0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, ...Array<number>(8).fill(0xff)));
  block(1, Uint8Array.of(1, 0, 0, 0, 0, 0, 4, 0));
  for (const f of frames) {
    const body = new Uint8Array(20 + f.data.length);
    const v = new DataView(body.buffer);
    const time = BigInt(f.sec) * 1_000_000n + BigInt(f.usec);
    v.setUint32(4, Number(time >> 32n), true);
    v.setUint32(8, Number(time & 0xffffffffn), true);
    v.setUint32(12, f.data.length, true);
    v.setUint32(16, f.data.length, true);
    body.set(f.data, 20);
    block(6, body);
  }
  return Uint8Array.from(blocks.flatMap((b) => [...b]));
}

export const T0 = 1_700_000_000;
export const BR_MAC = [0x02, 0, 0, 0, 0, 0x01];
export const PEER_MAC = [0x02, 0, 0, 0, 0, 0x99];

/** An Ethernet frame to the device. */
export function toDevice(packet: Uint8Array): Uint8Array {
  const f = new Uint8Array(14 + packet.length);
  f.set(BR_MAC, 0);
  f.set(PEER_MAC, 6);
  put16(f, 12, packet[0] >>> 4 === 4 ? 0x0800 : 0x86dd);
  f.set(packet, 14);
  return f;
}

const words = (text: string): readonly [number, number, number, number] => {
  const a = parseIpv6(text);
  if (a === undefined) throw new Error(`not an IPv6 address: ${text}`);
  return a;
};
const word = (text: string): number => {
  const a = parseIpv4(text);
  if (a === undefined) throw new Error(`not an IPv4 address: ${text}`);
  return a;
};

/** IPv6 + UDP with a payload of `size` bytes. */
export function udp6(src: string, dst: string, hop = 64, size = 32, tc = 0): Uint8Array {
  const b = new Uint8Array(48 + size);
  ipv6.write(b, 0, tc, 0, 8 + size, 17, hop);
  writeIpv6(b, ipv6.SRC, words(src));
  writeIpv6(b, ipv6.DST, words(dst));
  put16(b, 40, 4000);
  put16(b, 42, 53);
  put16(b, 44, 8 + size);
  for (let i = 0; i < size; i++) b[48 + i] = i;
  put16(b, 46, finish(sum(b, 40, 8 + size, pseudo6(b, ipv6.SRC, 8 + size, 17))));
  return b;
}

/** Protocol 41 around an IPv6 packet. */
export function tunnel(src: string, dst: string, inner: Uint8Array, id = 1): Uint8Array {
  const b = new Uint8Array(20 + inner.length);
  b.set(inner, 20);
  ipv4.write(b, 0, 0, b.length, id, 0, 64, 41, word(src), word(dst));
  return b;
}

/** An IPv6 Neighbor Solicitation, hop limit 255: not transit. */
export function neighbourSolicitation(src: string, dst: string, target: string): Uint8Array {
  const b = new Uint8Array(64);
  ipv6.write(b, 0, 0, 0, 24, 58, 255);
  writeIpv6(b, ipv6.SRC, words(src));
  writeIpv6(b, ipv6.DST, words(dst));
  put32(b, 40, 135 << 24);
  writeIpv6(b, 48, words(target));
  put16(b, 42, finish(sum(b, 40, 24, pseudo6(b, ipv6.SRC, 24, 58))));
  return b;
}

export function arp(): Uint8Array {
  const f = new Uint8Array(60);
  f.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 0);
  f.set(PEER_MAC, 6);
  put16(f, 12, 0x0806);
  return f;
}
