/** 6rd border relay: the address rules of RFC 5969. */
import type { SixRdDomain } from "../../config/types.js";
import { type Ipv6, inPrefix4, inPrefix6At, readIpv6 } from "../../wire/address.js";
import { embeddedIpv4, writeDelegated } from "../../wire/embedding.js";
import * as ipv6 from "../../wire/ipv6.js";
import { word } from "../six-in-four/addresses.js";
import * as R from "../six-in-four/reasons.js";
import { ACCEPTED, ANYCAST, FOREIGN, NATIVE, OWN_PREFIX, TUNNEL, type Tunnel, type TunnelParts, type TunnelPolicy, createShortRules, createTunnel } from "../six-in-four/tunnel.js";

export function createSixRd(domain: SixRdDomain, parts: TunnelParts): Tunnel {
  return createTunnel(domain, sixRdPolicy(domain), fallbackSource(domain), inPrefix4(domain.address, domain.ipv4Prefix), parts);
}

/** `<delegated prefix of the BR>::1`: a unicast address for ICMPv6 errors when the core side has none configured. */
function fallbackSource(domain: SixRdDomain): Ipv6 {
  const b = new Uint8Array(24);
  // A BR address outside the common IPv4 prefix has no delegated prefix; that of the domain's network address stands in,
  // as a source only: packets to it are routed like any other.
  const v4 = inPrefix4(domain.address, domain.ipv4Prefix) ? domain.address : domain.ipv4Prefix.address;
  writeDelegated(b, 0, domain.v6rdPrefix, domain.ipv4Prefix, v4);
  b[15] |= 1;
  return readIpv6(b, 0);
}

function sixRdPolicy(domain: SixRdDomain): TunnelPolicy {
  const { v6rdPrefix, ipv4Prefix } = domain;
  const own = Int32Array.from([domain.address, ...domain.alsoAccepts], (v) => v | 0);
  const hostBits = v6rdPrefix.length + 32 - ipv4Prefix.length;
  const policy: TunnelPolicy = {
    kind: "6rd", onlyAddress: 0, nextHop: 0, refusal: 0, translate: undefined, short: createShortRules(v6rdPrefix, ipv4Prefix, new Int32Array(0), false),
    checkOuter: () => ACCEPTED,
    /** RFC 5969 section 9.2: all 32 bits of the embedded address against the outer source (decisions.md D12 a, b). */
    checkInner(b, inner, outerSource) {
      const o = inner + ipv6.SRC;
      if (!inPrefix6At(b, o, v6rdPrefix)) return FOREIGN;
      return (embeddedIpv4(b, o, v6rdPrefix, ipv4Prefix) | 0) === outerSource ? ACCEPTED : R.SOURCE_MISMATCH;
    },
    checkNative(b, inner) {
      return domain.filterNativeSource && inPrefix6At(b, inner + ipv6.SRC, v6rdPrefix) ? R.NATIVE_SOURCE_TUNNEL : ACCEPTED;
    },
    route(b, o) {
      if (!inPrefix6At(b, o, v6rdPrefix)) return NATIVE;
      const v4 = embeddedIpv4(b, o, v6rdPrefix, ipv4Prefix) | 0;
      policy.nextHop = v4;
      for (let i = 0; i < own.length; i++) if (own[i] === v4) return isSubnetRouterAnycast(b, o, hostBits) ? ANYCAST : OWN_PREFIX;
      return TUNNEL;
    },
  };
  return policy;
}

/** RFC 4291 section 2.6.1: all bits after the prefix of `length` bits are zero. */
function isSubnetRouterAnycast(b: Uint8Array, o: number, length: number): boolean {
  for (let i = 0, left = length; i < 4; i++, left -= 32) {
    const host = left >= 32 ? 0 : left <= 0 ? -1 : -1 >>> left;
    if ((word(b, o + 4 * i) & host) !== 0) return false;
  }
  return true;
}
