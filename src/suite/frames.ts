/** Frames of a spec: the link layer they get, and the canonical pcap they are written to and read from. */
import { readFileSync } from "node:fs";
import { createPcapWriter } from "../capture/pcap-writer.js";
import { type Side, SIDE_NAME, type SideConfig } from "../config/types.js";
import type { Compiled } from "./notation/index.js";
import { type Frame, type Nanoseconds, TRACE_EPOCH } from "./spec-types.js";

const ETHERNET_HEADER = 14;
const macBytes = (text: string | undefined, last: number): number[] => (text === undefined ? [2, 0, 0, 0, 0, last] : text.split(":").map((h) => Number.parseInt(h, 16)));

/** Puts an Ethernet header before a packet that brings none: from the neighbour to the device. */
export function frameOf(packet: Uint8Array, made: Compiled, side: SideConfig, which: Side): Uint8Array {
  const top = made.spans[0].type;
  if (top?.name === "eth") return packet;
  const etherType = top?.etherType ?? (packet[0] >>> 4 === 6 ? 0x86dd : 0x0800);
  const out = new Uint8Array(ETHERNET_HEADER + packet.length);
  out.set(macBytes(side.macs[0], 0x01 + which), 0);
  out.set(macBytes(side.peerMac, 0x11 + which), 6);
  out[12] = etherType >>> 8;
  out[13] = etherType;
  out.set(packet, ETHERNET_HEADER);
  return out;
}

const NANO = 1e9;

/** Writes the frames of one side; times count from TRACE_EPOCH. */
export function writeTrace(path: string, frames: readonly Frame[]): void {
  const w = createPcapWriter({ path, nanoseconds: true });
  for (const f of frames) w.write({ data: f.bytes, sec: TRACE_EPOCH + Math.floor(f.at / NANO), nsec: f.at % NANO });
  w.close();
}

/** One packet of a canonical pcap. `at`: nanoseconds since TRACE_EPOCH. `ip`: from the IP header on; `labelled`: with the MPLS label stack in front of it, if there is one. */
export interface Stored { readonly at: Nanoseconds; readonly ip: Uint8Array; readonly labelled: Uint8Array; readonly frame: number }

/** Bytes of the label stack of a frame whose Ethernet header begins at `o`. */
function stackBytes(b: Uint8Array, o: number, end: number): number {
  if (b[o + 12] !== 0x88 || b[o + 13] !== 0x47) return 0;
  let at = o + ETHERNET_HEADER;
  while (at + 4 < end && (b[at + 2] & 1) === 0) at += 4;
  return at + 4 - o - ETHERNET_HEADER;
}

/** Reads a file of our own canonical writer (little-endian, nanoseconds, Ethernet). Undefined when there is none; throws when it is of another form. */
export function readStored(path: string): { readonly bytes: Uint8Array; readonly packets: Stored[] } | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (e) {
    if (e instanceof Error && "code" in e && e.code === "ENOENT") return undefined;
    throw e;
  }
  const v = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 24 || v.getUint32(0, true) !== 0xa1b23c4d || v.getUint32(20, true) !== 1) {
    throw new Error(`${path}: not a little-endian nanosecond Ethernet pcap, which is the only form of a golden; make it again with softproof golden`);
  }
  const packets: Stored[] = [];
  for (let o = 24; o + 16 <= bytes.length; ) {
    const len = v.getUint32(o + 8, true);
    const at = (v.getUint32(o, true) - TRACE_EPOCH) * NANO + v.getUint32(o + 4, true);
    const labelled = bytes.subarray(o + 16 + ETHERNET_HEADER, o + 16 + len);
    packets.push({ at, ip: labelled.subarray(stackBytes(bytes, o + 16, o + 16 + len)), labelled, frame: packets.length + 1 });
    o += 16 + len;
  }
  return { bytes, packets };
}

/** "access-in.pcap" and so on. */
export const inputName = (side: Side): string => `${SIDE_NAME[side]}-in.pcap`;
