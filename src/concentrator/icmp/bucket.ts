/** Token bucket on capture time for ICMP errors (RFC 4443 section 2.4 (f), RFC 1812 section 4.3.2.8). */
export interface Bucket {
  readonly rate: number;
  readonly burst: number;
  tokens: number;
  /** Time of the last refill in seconds since `base`. */
  last: number;
  base: number;
}

/** `rate` in errors per second, 0 = no limit; `burst` errors are always allowed after a quiet time. */
export function createBucket(rate: number, burst: number): Bucket {
  return { rate, burst: Math.max(1, burst), tokens: Math.max(1, burst), last: 0, base: -1 };
}

/** Takes one token; false when there is none. */
export function takeToken(k: Bucket, sec: number, nsec: number): boolean {
  if (k.rate === 0) return true;
  if (k.base < 0) k.base = sec;
  const now = sec - k.base + nsec / 1e9;
  if (now > k.last) {
    k.tokens = Math.min(k.burst, k.tokens + (now - k.last) * k.rate);
    k.last = now;
  }
  if (k.tokens < 1) return false;
  k.tokens -= 1;
  return true;
}
