/** pcapng timestamps to seconds and nanoseconds (draft-ietf-opsawg-pcapng section 4.3, if_tsresol and if_tsoffset). */

/** Unit of the timestamps of an interface. `ticks` per second when a power of ten up to 10^9, else 0 and `exact` is used. */
export interface Resolution {
  readonly ticks: number;
  /** Nanoseconds per tick, when `ticks` is not 0. */
  readonly nanos: number;
  readonly exact: bigint;
}

/** From the if_tsresol octet: most significant bit set = a negative power of 2, else of 10. */
export function resolutionOf(octet: number): Resolution {
  const power = octet & 0x7f;
  if ((octet & 0x80) === 0 && power <= 9) return { ticks: 10 ** power, nanos: 10 ** (9 - power), exact: 0n };
  return { ticks: 0, nanos: 0, exact: (octet & 0x80) !== 0 ? 1n << BigInt(power) : 10n ** BigInt(power) };
}

export const MICROSECONDS = resolutionOf(6);

export interface Time { sec: number; nsec: number }

/**
 * The 64-bit count `hi`:`lo` of units of `r` after the epoch into `out`. Exact for every value: epoch nanoseconds exceed 2^53, so the
 * division goes by 16-bit digits, whose remainders stay below 2^46. Rare resolutions go through BigInt; below a nanosecond is cut off.
 */
export function toTime(hi: number, lo: number, r: Resolution, out: Time): void {
  const u = r.ticks;
  if (u === 0) {
    const t = (BigInt(hi) << 32n) | BigInt(lo);
    out.sec = Number(t / r.exact);
    out.nsec = Number(((t % r.exact) * 1_000_000_000n) / r.exact);
    return;
  }
  const q2 = Math.floor(hi / u);
  const d1 = (hi - q2 * u) * 65536 + (lo >>> 16);
  const q1 = Math.floor(d1 / u);
  const d0 = (d1 - q1 * u) * 65536 + (lo & 0xffff);
  const q0 = Math.floor(d0 / u);
  out.sec = q2 * 4294967296 + q1 * 65536 + q0;
  out.nsec = (d0 - q0 * u) * r.nanos;
}
