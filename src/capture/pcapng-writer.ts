/**
 * Writes pcapng for people to look at: Ethernet, nanoseconds, comments on section, interfaces and packets (Wireshark shows them above the packet).
 * Canonical: little-endian, section length unknown, no time of writing and no names of machines, so equal input gives equal bytes.
 */
import { openOutput } from "./output-file.js";

export interface PcapngInterface { readonly name: string; readonly comment?: string }

export interface PcapngWriterOptions {
  /** The file, made as `path`.part-PID and renamed by `close`; "-" is stdout. */
  readonly path: string;
  /** opt_comment of the section: one option each. */
  readonly comments?: readonly string[];
  readonly interfaces: readonly PcapngInterface[];
}

export interface PcapngFrame {
  /** The frame from its Ethernet header on. */
  readonly data: Uint8Array;
  readonly sec: number;
  readonly nsec: number;
  readonly wireLen?: number;
  /** Index in the writer's interfaces, 0 unless told. */
  readonly interface?: number;
  /** epb_flags: as the device saw it. */
  readonly direction?: "inbound" | "outbound";
  readonly comments?: readonly string[];
}

export interface PcapngWriter {
  /** Adds a frame; its bytes are copied. */
  write(frame: PcapngFrame): void;
  readonly packets: number;
  close(): void;
  abort(): void;
}

const OPT_COMMENT = 1;
const SHB_USERAPPL = 4;
const IF_NAME = 2;
const IF_TSRESOL = 9;
const EPB_FLAGS = 2;
const SNAPLEN = 262144;
/** An option's length field has 16 bits. */
const LONGEST_OPTION = 65535;
const utf8 = new TextEncoder();

type Option = readonly [code: number, value: Uint8Array];
const comment = (text: string): Option => [OPT_COMMENT, utf8.encode(text).subarray(0, LONGEST_OPTION)];
const padded = (n: number): number => (n + 3) & ~3;

/** A whole block: 32-bit words of the fixed part, data padded to 4, options. */
function block(type: number, words: readonly number[], data: Uint8Array, options: readonly Option[]): Uint8Array {
  const optionBytes = options.length === 0 ? 0 : options.reduce((n, [, value]) => n + 4 + padded(value.length), 4);
  const total = 12 + 4 * words.length + padded(data.length) + optionBytes;
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, total, true);
  for (const [i, word] of words.entries()) view.setUint32(8 + 4 * i, word, true);
  let at = 8 + 4 * words.length;
  bytes.set(data, at);
  at += padded(data.length);
  for (const [code, value] of options) {
    view.setUint16(at, code, true);
    view.setUint16(at + 2, value.length, true);
    bytes.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  view.setUint32(total - 4, total, true);
  return bytes;
}

/** Opens a pcapng file for writing. Throws an Error for people when it cannot be made. */
export function createPcapngWriter(options: PcapngWriterOptions): PcapngWriter {
  const out = openOutput(options.path);
  const none = new Uint8Array(0);
  let packets = 0;
  let open = true;
  const put = (bytes: Uint8Array): void => out.write(bytes, 0, bytes.length);
  put(block(0x0a0d0d0a, [0x1a2b3c4d, 1, 0xffffffff, 0xffffffff], none, [...(options.comments ?? []).map(comment), [SHB_USERAPPL, utf8.encode("softproof")]]));
  for (const it of options.interfaces) {
    const about = it.comment === undefined ? [] : [comment(it.comment)];
    put(block(1, [1, SNAPLEN], none, [...about, [IF_NAME, utf8.encode(it.name)], [IF_TSRESOL, Uint8Array.of(9)]]));
  }
  return {
    get packets(): number {
      return packets;
    },
    write(frame) {
      const time = BigInt(frame.sec) * 1_000_000_000n + BigInt(frame.nsec);
      const about = (frame.comments ?? []).map(comment);
      if (frame.direction !== undefined) about.push([EPB_FLAGS, Uint8Array.of(frame.direction === "inbound" ? 1 : 2, 0, 0, 0)]);
      const words = [frame.interface ?? 0, Number(time >> 32n), Number(time & 0xffffffffn), frame.data.length, frame.wireLen ?? frame.data.length];
      put(block(6, words, frame.data, about));
      packets++;
    },
    close() {
      if (open) out.finish();
      open = false;
    },
    abort() {
      open = false;
      out.abort();
    },
  };
}
