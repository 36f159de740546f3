/** Which side a frame of a file with both sides is of, when neither interface nor MAC address tells: tunnelled traffic is on the access side. */
import { type LinkPlace, TYPE_IPV4 } from "../../capture/link.js";
import { ACCESS, type Config, CORE, type Side } from "../../config/types.js";
import * as ipv4 from "../../wire/ipv4.js";
import * as ipv6 from "../../wire/ipv6.js";

const PROTOCOL_41 = 41;
const IPV4_IN_IPV6 = 4;

export function sideByContent(config: Config): (u8: Uint8Array, link: LinkPlace) => Side {
  const kinds = new Set(config.serviceSets.flatMap((s) => s.concentrators).map((c) => c.kind));
  const dsLite = kinds.delete("ds-lite");
  const six = kinds.size > 0;
  return (u8, link) => {
    const o = link.l3;
    if (link.etherType === TYPE_IPV4) {
      if (!six) return CORE;
      if (!dsLite) return ACCESS;
      if (link.l3Len < ipv4.HEADER_BYTES) return CORE;
      // An error belongs to the side of the packet that it quotes.
      const at = o + ipv4.headerLength(u8, o) + 8;
      const protocol = ipv4.protocol(u8, o);
      return protocol === PROTOCOL_41 || (protocol === 1 && at + ipv4.HEADER_BYTES <= o + link.l3Len && u8[at] >>> 4 === 4 && ipv4.protocol(u8, at) === PROTOCOL_41) ? ACCESS : CORE;
    }
    if (!dsLite) return CORE;
    if (!six) return ACCESS;
    if (link.l3Len < ipv6.HEADER_BYTES) return CORE;
    const next = ipv6.nextHeader(u8, o);
    const carries = (header: number, at: number): boolean => header === IPV4_IN_IPV6 || ((header === ipv6.NH_DEST_OPTIONS || header === ipv6.NH_FRAGMENT) && at < o + link.l3Len && u8[at] === IPV4_IN_IPV6);
    const at = o + ipv6.HEADER_BYTES;
    if (carries(next, at)) return ACCESS;
    const quoted = at + 8;
    return next === ipv6.NH_ICMPV6 && quoted + ipv6.HEADER_BYTES <= o + link.l3Len && u8[at] < 128 && carries(ipv6.nextHeader(u8, quoted), quoted + ipv6.HEADER_BYTES) ? ACCESS : CORE;
  };
}
