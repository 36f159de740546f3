/** Captures built by hand for tests, byte for byte from the format's text and not with our writers. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpenOptions } from "../../src/capture/open.js";
import { openCapture } from "../../src/capture/open.js";
import type { CaptureFault, FrameSource } from "../../src/capture/types.js";
import { createMemory, type Memory } from "../../src/wire/memory.js";

export interface Frame { sec: number; nsec: number; data: Uint8Array; wireLen: number; linkType: number; hint: number; interfaceName: string; frame: number }

const dir = mkdtempSync(join(tmpdir(), "softproof-capture-"));
let made = 0;
export const tempPath = (suffix: string): string => join(dir, `${made++}${suffix}`);
export function tempFile(bytes: Uint8Array, suffix = ".pcap"): string {
  const path = tempPath(suffix);
  writeFileSync(path, bytes);
  return path;
}

export async function step(source: Pick<FrameSource, "next">): Promise<boolean> {
  const more = source.next();
  return typeof more === "boolean" ? more : await more;
}

export async function drain(source: FrameSource, u8: Uint8Array): Promise<Frame[]> {
  const frames: Frame[] = [];
  while (await step(source)) {
    frames.push({
      sec: source.sec, nsec: source.nsec, data: u8.slice(source.off, source.off + source.capLen), wireLen: source.wireLen,
      linkType: source.linkType, hint: source.hint, interfaceName: source.interfaceName, frame: source.frame,
    });
  }
  return frames;
}

export async function readAll(path: string, options: Partial<OpenOptions> = {}): Promise<{ frames: Frame[]; faults: readonly CaptureFault[]; memory: Memory }> {
  const memory = options.memory ?? createMemory((options.chunkBytes ?? 1 << 21) + 4096);
  const source = await openCapture(path, { fileIndex: 0, ...options, memory });
  const frames = await drain(source, memory.u8);
  source.close();
  return { frames, faults: source.faults, memory };
}

/** Integers in either byte order. */
export function pack(little: boolean, ...parts: readonly (readonly [bits: 8 | 16 | 32, value: number] | Uint8Array)[]): Uint8Array {
  const out: number[] = [];
  for (const part of parts) {
    if (part instanceof Uint8Array) {
      for (const b of part) out.push(b);
      continue;
    }
    const [bits, value] = part;
    const bytes = bits / 8;
    for (let i = 0; i < bytes; i++) out.push(Math.floor(value / 2 ** (8 * (little ? i : bytes - 1 - i))) & 255);
  }
  return Uint8Array.from(out);
}
export const concat = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));
export const bytes = (n: number, seed = 0): Uint8Array => Uint8Array.from({ length: n }, (_, i) => (i * 7 + seed) & 255);
export const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s+/g, ""), "hex"));

export interface PcapSpec { little?: boolean; magic?: number; minor?: number; snaplen?: number; linkType?: number }
export const pcapHeader = ({ little = true, magic = 0xa1b2c3d4, minor = 4, snaplen = 65535, linkType = 1 }: PcapSpec = {}): Uint8Array =>
  pack(little, [32, magic], [16, 2], [16, minor], [32, 0], [32, 0], [32, snaplen], [32, linkType]);
export const pcapRecord = (little: boolean, sec: number, fraction: number, data: Uint8Array, wireLen = data.length): Uint8Array =>
  pack(little, [32, sec], [32, fraction], [32, data.length], [32, wireLen], data);

const pad = (b: Uint8Array): Uint8Array => concat(b, new Uint8Array((4 - (b.length & 3)) & 3));
export const block = (little: boolean, type: number, body: Uint8Array): Uint8Array => {
  const padded = pad(body);
  return pack(little, [32, type], [32, padded.length + 12], padded, [32, padded.length + 12]);
};
export const option = (little: boolean, code: number, value: Uint8Array): Uint8Array => pack(little, [16, code], [16, value.length], pad(value));
export const shb = (little: boolean, major = 1, minor = 0): Uint8Array =>
  block(little, 0x0a0d0d0a, pack(little, [32, 0x1a2b3c4d], [16, major], [16, minor], [32, 0xffffffff], [32, 0xffffffff]));
export const idb = (little: boolean, linkType: number, snaplen = 0, ...options: readonly Uint8Array[]): Uint8Array =>
  block(little, 1, concat(pack(little, [16, linkType], [16, 0], [32, snaplen]), ...options));
export const epb = (little: boolean, iface: number, hi: number, lo: number, data: Uint8Array, wireLen = data.length, ...options: readonly Uint8Array[]): Uint8Array =>
  block(little, 6, concat(pack(little, [32, iface], [32, hi], [32, lo], [32, data.length], [32, wireLen]), pad(data), ...options));
export const oldPacket = (little: boolean, iface: number, hi: number, lo: number, data: Uint8Array, ...options: readonly Uint8Array[]): Uint8Array =>
  block(little, 2, concat(pack(little, [16, iface], [16, 0xffff], [32, hi], [32, lo], [32, data.length], [32, data.length]), pad(data), ...options));
export const spb = (little: boolean, wireLen: number, data: Uint8Array): Uint8Array => block(little, 3, concat(pack(little, [32, wireLen]), data));
