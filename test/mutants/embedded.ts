/** The IPv4 address that an IPv6 address embeds, by plain BigInt arithmetic: a second opinion on src/wire/embedding. */
import type { SixRdDomain, SixToFour } from "../../src/config/types.js";

const big = (words: readonly number[]): bigint => words.reduce((v, w) => (v << 32n) | BigInt(w >>> 0), 0n);

/** Of the address at `o`; undefined outside the tunnel's prefix. RFC 5969 section 4, RFC 3056 section 2. */
export function embedded(packet: Uint8Array, o: number, tunnel: SixRdDomain | SixToFour): number | undefined {
  const address = packet.subarray(o, o + 16).reduce((v, x) => (v << 8n) | BigInt(x), 0n);
  const prefix = tunnel.kind === "6rd" ? tunnel.v6rdPrefix : { address: [0x20020000, 0, 0, 0], length: 16 };
  const common = tunnel.kind === "6rd" ? tunnel.ipv4Prefix : { address: 0, length: 0 };
  const below = BigInt(128 - prefix.length);
  if (address >> below !== big(prefix.address) >> below) return undefined;
  const n = BigInt(32 - common.length);
  const bits = (address >> (below - n)) & ((1n << n) - 1n);
  return Number(((BigInt(common.address) >> n) << n) | bits);
}
