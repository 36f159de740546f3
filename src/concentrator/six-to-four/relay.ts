/** 6to4 relay router, unicast or anycast (RFC 3056 section 5.2, RFC 3068), with the checks of RFC 3964; and the PMT relay (RFC 6732). */
import type { SixToFour } from "../../config/types.js";
import type { Prefix4, Prefix6 } from "../../wire/address.js";
import * as ipv6 from "../../wire/ipv6.js";
import { inTable4, prefixTable, word } from "../six-in-four/addresses.js";
import * as R from "../six-in-four/reasons.js";
import { type ShortProvider, createShortProvider } from "../six-in-four/short-provider.js";
import { ACCEPTED, ANYCAST, NATIVE, OWN_PREFIX, REFUSED, TUNNEL, type TunnelPolicy, createShortRules } from "../six-in-four/tunnel.js";
import { NOT_GLOBAL, SANE, embedsOwn, is6to4, refusedV4, sanity6, v4addr } from "./addresses.js";
import { type Pmt, createPmt } from "./pmt.js";

/** 192.88.99.1, RFC 3068 section 2.4. */
const ANYCAST_RELAY = 0xc0586301 | 0;

/** 2002:V4ADDR::/48 for any V4ADDR. */
const SIX_TO_FOUR: Prefix6 = { address: [0x20020000, 0, 0, 0], length: 16 };
const ANY: Prefix4 = { address: 0, length: 0 };

export function relayPolicy(cfg: SixToFour, seed: number): TunnelPolicy {
  const refused = refusedV4(cfg);
  const own = Int32Array.from([cfg.address, ...cfg.alsoAccepts], (v) => v | 0);
  const isOwn = (v4: number): boolean => own.includes(v4);
  const pmt: Pmt | undefined = cfg.kind === "6to4-pmt" ? createPmt(cfg, seed) : undefined;
  const clients = cfg.clients === undefined ? undefined : prefixTable(cfg.clients);
  const isStranger = (v4: number): boolean => clients !== undefined && !inTable4(clients, v4);
  const bad = (sane: number): number => (sane === NOT_GLOBAL ? R.ADDRESS_NOT_GLOBAL : R.ADDRESS6_FORBIDDEN);
  const refuse = (why: number): number => {
    policy.refusal = why;
    return REFUSED;
  };
  const policy: TunnelPolicy = {
    kind: cfg.kind, onlyAddress: cfg.anycastOnly ? ANYCAST_RELAY : 0, nextHop: 0, refusal: 0,
    translate: pmt,
    ...(clients === undefined ? { short: createShortRules(SIX_TO_FOUR, ANY, refused, true, shortProvider(cfg)) } : {}),
    checkOuter: (outerSource) => (inTable4(refused, outerSource) ? R.ADDRESS_NOT_GLOBAL : isStranger(outerSource) ? R.NOT_A_CLIENT : ACCEPTED),
    /**
     * RFC 3964 section 5.2, for a relay: the source is a 6to4 address and embeds the outer source. Native sources are
     * another relay's business and would make this one an open reflector (section 4.2.2).
     */
    checkInner(b, inner, outerSource, outerDestination) {
      const src = sanity6(b, inner + ipv6.SRC, refused);
      const dst = sanity6(b, inner + ipv6.DST, refused);
      if (src !== SANE) return bad(src);
      if (dst !== SANE) return bad(dst);
      if (!is6to4(b, inner + ipv6.SRC)) return R.NATIVE_AT_RELAY;
      if (v4addr(b, inner + ipv6.SRC) !== outerSource) return R.SIX_TO_FOUR_MISMATCH;
      if (!is6to4(b, inner + ipv6.DST)) return embedsOwn(b, inner + ipv6.DST, own) && pmt?.covers(b, inner + ipv6.DST) !== true ? R.ROUTING_LOOP : ACCEPTED;
      if (!cfg.strict3964) return ACCEPTED;
      const embedded = v4addr(b, inner + ipv6.DST);
      // Anycast and equivalent unicast address are one node (RFC 3068 section 4.2): either may be embedded.
      return embedded === outerDestination || isOwn(embedded) ? ACCEPTED : R.SIX_TO_FOUR_BOTH;
    },
    /** RFC 3964 section 5.1: an embedded source must be the outer source, so only native sources enter the tunnel here. */
    checkNative(b, inner) {
      const src = sanity6(b, inner + ipv6.SRC, refused);
      if (src !== SANE) return bad(src);
      if ((cfg.strict3964 || cfg.filterNativeSource) && is6to4(b, inner + ipv6.SRC)) return R.SIX_TO_FOUR_SOURCE;
      if (embedsOwn(b, inner + ipv6.SRC, own)) return R.ROUTING_LOOP;
      return cfg.filterNativeSource && pmt?.covers(b, inner + ipv6.SRC) ? R.NATIVE_SOURCE_TUNNEL : ACCEPTED;
    },
    route(b, o) {
      if (pmt?.covers(b, o)) {
        if (!pmt.mappable(b, o)) return refuse(R.NOT_MAPPABLE);
        policy.nextHop = pmt.v4(b, o);
        if (inTable4(refused, policy.nextHop)) return refuse(R.ADDRESS_NOT_GLOBAL);
        return isOwn(policy.nextHop) ? OWN_PREFIX : isStranger(policy.nextHop) ? refuse(R.NOT_A_CLIENT) : TUNNEL;
      }
      // Only 2002::/16 leads into the tunnel (RFC 3056 section 5.3).
      if (!is6to4(b, o)) return NATIVE;
      policy.nextHop = v4addr(b, o);
      if (isOwn(policy.nextHop)) return isSubnetZeroAnycast(b, o) ? ANYCAST : OWN_PREFIX;
      if (inTable4(refused, policy.nextHop)) return refuse(R.ADDRESS_NOT_GLOBAL);
      return isStranger(policy.nextHop) ? refuse(R.NOT_A_CLIENT) : TUNNEL;
    },
  };
  return policy;
}

/** The mapping in words, where it is that of figure 3 itself. */
const shortProvider = (cfg: SixToFour): ShortProvider | undefined =>
  cfg.kind !== "6to4-pmt" || cfg.pmtMapping === "stateful" || cfg.pmtChecksum === "neutral" || cfg.providerPrefix === undefined ? undefined : createShortProvider(cfg.providerPrefix, cfg.subnetId ?? 0, cfg.optOut ?? []);

/** 2002:V4ADDR:: with all other bits zero, such as 2002:c058:6301:: (RFC 3068 section 2.5). */
const isSubnetZeroAnycast = (b: Uint8Array, o: number): boolean =>
  ((b[o + 6] << 8) | b[o + 7]) === 0 && word(b, o + 8) === 0 && word(b, o + 12) === 0;
