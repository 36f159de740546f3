/** What the captures of a real device show of its counters, without any model of it: packets that it sent, by kind. */
import { ACCESS, CORE, type Config, type Side } from "../config/types.js";
import { isIpv6At } from "../wire/address.js";
import { u16, u32 } from "../wire/bits.js";
import * as ipv4 from "../wire/ipv4.js";
import * as ipv6 from "../wire/ipv6.js";

const IPV6_IN_IPV4 = 41;
const IPV4_IN_IPV6 = 4;
const ICMP = 1;
const NAMES = [
  "six-encapsulated", "six-encapsulated-bytes", "six-decapsulated", "six-decapsulated-bytes", "six-echo4-replies",
  "ds-lite-encapsulated", "ds-lite-decapsulated", "ds-lite-fragmented", "ds-lite-echo6-replies", "ds-lite-echo4-replies",
] as const;
type Name = (typeof NAMES)[number];

export interface Seen {
  /** An IP packet that the device sent, `len` bytes at hand. */
  sent(side: Side, o: number, len: number): void;
  amounts(): ReadonlyMap<string, number>;
}

/** Inner packets are counted once: by the first outer fragment where the device fragments. Bytes are those of the inner packets. */
export function createSeen(config: Config, b: Uint8Array): Seen {
  const counts = new Map<Name, number>(NAMES.map((n) => [n, 0]));
  const add = (name: Name, by = 1): void => void counts.set(name, (counts.get(name) ?? 0) + by);
  const own4 = new Set([...config.access.ipv4, ...config.core.ipv4, ...config.serviceSets.flatMap((s) => s.concentrators).map((c) => (c.kind === "ds-lite" ? c.wellKnownV4 : c.address))]);
  const own6 = [...config.access.ipv6, ...config.core.ipv6];

  const upper = ipv6.createUpper();

  function toAccess(o: number, len: number): void {
    if (b[o] >>> 4 === 4) {
      const later = ipv4.fragmentOffset(b, o) !== 0;
      if (!later && b[o + ipv4.PROTOCOL] === IPV6_IN_IPV4) {
        add("six-encapsulated");
        const inner = o + ipv4.headerLength(b, o);
        if (len >= ipv4.headerLength(b, o) + ipv6.HEADER_BYTES) add("six-encapsulated-bytes", ipv6.HEADER_BYTES + u16(b, inner + 4));
      } else if (!later && isReply(o, len)) add("six-echo4-replies");
      return;
    }
    if (len < ipv6.HEADER_BYTES) return;
    // A device may write options, a tunnel encapsulation limit for one (RFC 2473 section 4.1.1), before the inner packet or the fragment.
    const u = ipv6.walk(b, o, len, upper);
    const piece = u.fragment === 0 ? 0 : u16(b, u.fragment + 2);
    if ((piece & 0xfff8) !== 0) return;
    if (u.protocol === ipv6.NH_ICMPV6 && u.len > 0 && b[u.off] === 129) add("ds-lite-echo6-replies");
    if (u.protocol !== IPV4_IN_IPV6) return;
    add("ds-lite-encapsulated");
    if ((piece & 1) !== 0) add("ds-lite-fragmented");
    if (u.len >= 28 && own4.has(u32(b, u.off + ipv4.SRC)) && isReply(u.off, u.len)) add("ds-lite-echo4-replies");
  }
  const isReply = (o: number, len: number): boolean => b[o + ipv4.PROTOCOL] === ICMP && len > ipv4.headerLength(b, o) && b[o + ipv4.headerLength(b, o)] === 0;

  function toCore(o: number, len: number): void {
    if (b[o] >>> 4 === 4) {
      if (len >= ipv4.HEADER_BYTES && ipv4.fragmentOffset(b, o) === 0 && !(b[o + ipv4.PROTOCOL] === ICMP && own4.has(u32(b, o + ipv4.SRC)))) add("ds-lite-decapsulated");
      return;
    }
    if (len < ipv6.HEADER_BYTES || own6.some((a) => isIpv6At(b, o + ipv6.SRC, a))) return;
    add("six-decapsulated");
    add("six-decapsulated-bytes", ipv6.HEADER_BYTES + u16(b, o + 4));
  }

  return {
    sent(side, o, len) {
      if (side === ACCESS) toAccess(o, len);
      else if (side === CORE) toCore(o, len);
    },
    amounts: () => counts,
  };
}
