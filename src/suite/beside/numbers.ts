/** Counts as routers and people write them. */

/** Counters have at most 64 bits. */
const MOST = (1n << 64n) - 1n;

/**
 * A whole number, thousands set apart in groups of three by one kind of sign (comma, point, apostrophe, underscore, space) or not at all; a point can be nothing
 * else in a count. Undefined for anything else, also for what 64 bits do not hold.
 */
export function parseCount(text: string): bigint | undefined {
  if (text.length > 32) return undefined;
  const m = /^(\d{1,3})(?:([,.'\u2019_ \u00a0\u202f])\d{3}(?:\2\d{3})*)?$|^\d+$/.exec(text);
  if (m === null) return undefined;
  const value = BigInt(text.replace(/\D/g, ""));
  return value > MOST ? undefined : value;
}
