/** 6to4 border router: its site is on the core side, the IPv4 Internet on the access side (RFC 3056 section 5). */
import type { SixToFour } from "../../config/types.js";
import { inPrefix6At } from "../../wire/address.js";
import * as ipv6 from "../../wire/ipv6.js";
import { inTable4 } from "../six-in-four/addresses.js";
import * as R from "../six-in-four/reasons.js";
import { ACCEPTED, NATIVE, REFUSED, TUNNEL, type TunnelPolicy } from "../six-in-four/tunnel.js";
import { NOT_GLOBAL, SANE, embedsOwn, is6to4, isLinkScoped, refusedV4, sanity6, v4addr } from "./addresses.js";

/** 192.88.99.1 (RFC 3068 section 2.4): the way to the native Internet when no relay is configured. */
const ANYCAST_RELAY = 0xc0586301 | 0;

export function routerPolicy(cfg: SixToFour): TunnelPolicy {
  const refused = refusedV4(cfg);
  const own = cfg.address | 0;
  const addresses = Int32Array.from([cfg.address, ...cfg.alsoAccepts], (v) => v | 0);
  const relay = cfg.defaultRelay === undefined ? ANYCAST_RELAY : cfg.defaultRelay | 0;
  const site = cfg.sitePrefix;
  /** The own 2002:V4ADDR::/48, and the configured site prefix within or beside it. */
  const inSite = (b: Uint8Array, o: number): boolean => (is6to4(b, o) && v4addr(b, o) === own) || (site !== undefined && inPrefix6At(b, o, site));
  const policy: TunnelPolicy = {
    kind: "6to4-router", onlyAddress: 0, nextHop: 0, refusal: 0, translate: undefined,
    /** RFC 3964 section 5.3.1; needed here because native inner sources come from any relay (RFC 3056 section 9). */
    checkOuter: (outerSource) => (inTable4(refused, outerSource) ? R.ADDRESS_NOT_GLOBAL : ACCEPTED),
    /** RFC 3964 section 5.2, for a router: the destination is the own site; a 6to4 source must match the outer source. */
    checkInner(b, inner, outerSource) {
      const src = sanity6(b, inner + ipv6.SRC, refused);
      const dst = sanity6(b, inner + ipv6.DST, refused);
      if (src !== SANE || dst !== SANE) return src === NOT_GLOBAL || dst === NOT_GLOBAL ? R.ADDRESS_NOT_GLOBAL : R.ADDRESS6_FORBIDDEN;
      if (is6to4(b, inner + ipv6.SRC) && v4addr(b, inner + ipv6.SRC) !== outerSource) return R.SIX_TO_FOUR_MISMATCH;
      return inSite(b, inner + ipv6.DST) ? ACCEPTED : R.DESTINATION_MISMATCH;
    },
    /** RFC 3964 section 5.1: a 6to4 source must be the own one; a native source may only go to a 6to4 destination. */
    checkNative(b, inner) {
      const src = sanity6(b, inner + ipv6.SRC, refused);
      if (src !== SANE) return src === NOT_GLOBAL ? R.ADDRESS_NOT_GLOBAL : R.ADDRESS6_FORBIDDEN;
      if (inSite(b, inner + ipv6.SRC)) return ACCEPTED;
      if (is6to4(b, inner + ipv6.SRC)) return R.SIX_TO_FOUR_MISMATCH;
      if (!is6to4(b, inner + ipv6.DST)) return R.NATIVE_NATIVE;
      return embedsOwn(b, inner + ipv6.SRC, addresses) ? R.ROUTING_LOOP : ACCEPTED;
    },
    route(b, o) {
      if (inSite(b, o) || isLinkScoped(b, o)) return NATIVE;
      const sane = sanity6(b, o, refused);
      if (sane !== SANE) {
        policy.refusal = sane === NOT_GLOBAL ? R.ADDRESS_NOT_GLOBAL : R.ADDRESS6_FORBIDDEN;
        return REFUSED;
      }
      policy.nextHop = is6to4(b, o) ? v4addr(b, o) : relay;
      return TUNNEL;
    },
  };
  return policy;
}
