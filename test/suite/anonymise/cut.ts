/** Fragments with cuts anywhere, and the way back. */
import { finish, sum } from "../../../src/wire/checksum.js";

/** Fragments of the IPv4 packet (header of 20 bytes), cut at these multiples of 8 of its payload. */
export function cut4(packet: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const body = packet.subarray(20);
  const at = [0, ...cuts.filter((c) => c > 0 && c < body.length), body.length];
  return at.slice(0, -1).map((from, i) => {
    const out = Uint8Array.from([...packet.subarray(0, 20), ...body.subarray(from, at[i + 1])]);
    out[2] = out.length >>> 8;
    out[3] = out.length;
    out[6] = (i < at.length - 2 ? 0x20 : 0) | (from >>> 11);
    out[7] = from >>> 3;
    out.fill(0, 10, 12);
    const check = finish(sum(out, 0, 20));
    out[10] = check >>> 8;
    out[11] = check;
    return out;
  });
}

/** The same of an IPv6 packet without extension headers of its own. */
export function cut6(packet: Uint8Array, cuts: readonly number[], id = 77): Uint8Array[] {
  const body = packet.subarray(40);
  const at = [0, ...cuts.filter((c) => c > 0 && c < body.length), body.length];
  return at.slice(0, -1).map((from, i) => {
    const out = Uint8Array.from([...packet.subarray(0, 40), packet[6], 0, from >>> 8, (from & 0xf8) | (i < at.length - 2 ? 1 : 0), 0, 0, id >>> 8, id & 255, ...body.subarray(from, at[i + 1])]);
    out[4] = (out.length - 40) >>> 8;
    out[5] = out.length - 40;
    out[6] = 44;
    return out;
  });
}

/** The payloads of fragments, in any order, put together. */
export function joined(fragments: readonly Uint8Array[]): Uint8Array {
  const parts = fragments.map((f) => (f[0] >>> 4 === 4 ? { offset: (((f[6] & 0x1f) << 8) | f[7]) * 8, body: f.subarray(20) } : { offset: (f[42] << 8) | (f[43] & 0xf8), body: f.subarray(48) }));
  const out = new Uint8Array(Math.max(...parts.map((p) => p.offset + p.body.length)));
  for (const p of parts) out.set(p.body, p.offset);
  return out;
}
