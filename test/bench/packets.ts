/** Packets for the benches of the tables, written straight into memory, without the code under test. */
export const SYN = 2;

/** mulberry32: a small seeded generator. */
export function random(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function put32(b: Uint8Array, at: number, v: number): void {
  b[at] = v >>> 24;
  b[at + 1] = v >>> 16;
  b[at + 2] = v >>> 8;
  b[at + 3] = v;
}

/** IPv4 header of a packet of `total` bytes, with its checksum. */
export function outer4(b: Uint8Array, at: number, protocol: number, src: number, dst: number, total: number): void {
  b.fill(0, at, at + 20);
  b[at] = 0x45;
  b[at + 2] = total >> 8;
  b[at + 3] = total;
  b[at + 8] = 64;
  b[at + 9] = protocol;
  put32(b, at + 12, src);
  put32(b, at + 16, dst);
  let s = 0;
  for (let i = 0; i < 20; i += 2) s += (b[at + i] << 8) | b[at + i + 1];
  while (s > 0xffff) s = (s & 0xffff) + (s >>> 16);
  b[at + 10] = ~s >> 8;
  b[at + 11] = ~s;
}

/** IPv6 header before `payload` bytes of IPv4 (or of protocol `next`). */
export function outer6(b: Uint8Array, at: number, src: readonly number[], dst: readonly number[], payload: number, next = 4): void {
  put32(b, at, 0x60000000);
  b[at + 4] = payload >> 8;
  b[at + 5] = payload;
  b[at + 6] = next;
  b[at + 7] = 64;
  for (let i = 0; i < 4; i++) {
    put32(b, at + 8 + 4 * i, src[i]);
    put32(b, at + 24 + 4 * i, dst[i]);
  }
}

/** An IPv4 packet with an empty UDP datagram (28 bytes) or a TCP segment (40 bytes, `flags`). Transport checksum 0: the reference adjusts, it does not verify. */
export function inner4(b: Uint8Array, at: number, protocol: 6 | 17, src: number, dst: number, sport: number, dport: number, flags: number): void {
  const l4 = at + 20;
  outer4(b, at, protocol, src, dst, protocol === 6 ? 40 : 28);
  b.fill(0, l4, l4 + (protocol === 6 ? 20 : 8));
  b[l4] = sport >> 8;
  b[l4 + 1] = sport;
  b[l4 + 2] = dport >> 8;
  b[l4 + 3] = dport;
  if (protocol === 6) {
    b[l4 + 12] = 0x50;
    b[l4 + 13] = flags;
  } else b[l4 + 5] = 8;
}
