/** RFC 5508 section 7.3: outbound ICMP messages with a source route (RFC 791 section 3.1: loose 131, strict 137) may reveal private addresses. */
const END = 0, NO_OPERATION = 1, LOOSE = 131, STRICT = 137;

/** Does the IPv4 header at `o`, of which bytes up to `end` are there, hold a source route? */
function routed(b: Uint8Array, o: number, end: number): boolean {
  const stop = Math.min(end, o + ((b[o] & 15) << 2));
  for (let i = o + 20; i < stop; ) {
    if (b[i] === END) return false;
    if (b[i] === NO_OPERATION) {
      i++;
      continue;
    }
    if (b[i] === LOOSE || b[i] === STRICT) return true;
    if (i + 1 >= stop || b[i + 1] < 2) return false;
    i += b[i + 1];
  }
  return false;
}

/** The whole ICMP packet at `o` (`n` bytes): in its own header, or in the one that an error quotes. */
export function hasSourceRoute(b: Uint8Array, o: number, n: number, isError: boolean): boolean {
  const hl = (b[o] & 15) << 2;
  if (hl > 20 && routed(b, o, o + n)) return true;
  const quote = o + hl + 8;
  return isError && quote + 20 <= o + n && (b[quote] & 15) > 5 && routed(b, quote, o + n);
}
