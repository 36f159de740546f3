/** Judges what a device announces to routing neighbours (routing-rules.ts). */
import type { Config } from "../../config/types.js";
import { CORE } from "../../config/types.js";
import { formatIpv4, formatIpv6 } from "../../wire/address.js";
import { u16, u32 } from "../../wire/bits.js";
import { compileDomains } from "../domain.js";
import { ANYCAST_RELAY, SIX_TO_FOUR_PREFIX } from "../six-to-four/domain.js";
import { type Count, type Message, fieldOf } from "./message.js";
import { type Announcements, type Route, announcements, covers } from "./routing-parser.js";

/** Regular updates of RIP and RIPng come every 30 s (RFC 2453 section 3.8, RFC 2080 section 2.3) and hold the whole table: so many, over so many seconds, without a route, and it is not announced. */
const REGULAR_UPDATES = 4, REGULAR_SECONDS = 85;
/** Packets of one update follow each other. */
const ONE_UPDATE_SECONDS = 5;
/** So many packets that any relay forwards, over so many seconds, without one that came out: relaying has failed. */
const UNRELAYED = 20, UNRELAYED_SECONDS = 30;
const HEARD = 256;

const SIX_TO_FOUR = SIX_TO_FOUR_PREFIX.address;
const text = (r: Route): string => `${r.v6 ? formatIpv6([r.words[0], r.words[1], r.words[2], r.words[3]]) : formatIpv4(r.words[0])}/${r.length}`;
const inside6to4 = (r: Route): boolean => r.v6 && r.length >= 16 && r.words[0] >>> 16 === 0x2002;
const isSixteen = (r: Route): boolean => inside6to4(r) && r.length === 16;
/** 192.88.99.0/24 or a part of it that holds the relay's address: a default route leads there too, and says nothing. */
const isAnycast = (r: Route): boolean => !r.v6 && r.length >= 24 && covers(r, [ANYCAST_RELAY], 32);

/** Regular updates of one protocol on one side, without a route that is looked for. */
interface Regular { updates: number; since: number; last: number; found: boolean; told: boolean }
const regular = (): Regular => ({ updates: 0, since: 0, last: Number.NEGATIVE_INFINITY, found: false, told: false });
/** Counts a packet of an update; true when enough updates have passed without the route. */
function missing(r: Regular, time: number): boolean {
  if (time - r.last > ONE_UPDATE_SECONDS) {
    if (r.updates++ === 0) r.since = time;
    r.last = time;
  }
  if (r.found || r.told || r.updates < REGULAR_UPDATES || time - r.since < REGULAR_SECONDS) return false;
  r.told = true;
  return true;
}

export interface RoutingJudge {
  /** A routing message. `source`: the sender's IPv4 address, 0 for IPv6. */
  message(m: Message, source: number): void;
  /** A tunnel packet that the device received, at `m.at`; and any IPv6 packet that it sent to the native side. */
  tunnelIn(m: Message): void;
  /** Does `tunnelIn` look at anything? */
  watches(): boolean;
  nativeOut(): void;
}

export function createRoutingJudge(config: Config, count: Count): RoutingJudge {
  const domains = compileDomains(config);
  const relay = domains.find((d) => d.mechanism === "6to4-relay" || d.mechanism === "6to4-pmt");
  const router = domains.some((d) => d.mechanism === "6to4-router");
  const pmt = domains.find((d) => d.mechanism === "6to4-pmt");
  const anycast = relay?.addresses.includes(ANYCAST_RELAY) === true;
  const border = domains.find((d) => d.mechanism === "6rd" && d.tunnel.anycast);
  const native = regular(), prefix = regular(), br = regular();
  const heard = new Set<string>();
  let asked = 0, askedSince = 0, relayed = false;
  let exteriorNative = false;

  /** Some route, in words with the place of the message. */
  const about = (m: Message, expected: string, r: Route) => [fieldOf(m, "routing", "prefix", expected, text(r), m.l4, Math.min(8, m.end - m.l4))];

  function onNative(m: Message, a: Announcements): void {
    const routes = a.routes.filter((r) => r.v6);
    if (a.protocol === "BGP" && routes.length > 0) exteriorNative = true;
    if (relay !== undefined) {
      if (routes.some((r) => covers(r, SIX_TO_FOUR, 16))) native.found = true;
      if (routes.some(isSixteen)) count("RFC3056-5.2-2");
      else if (a.protocol === "RIPng" && missing(native, m.time) && !exteriorNative) {
        count("RFC3056-5.2-2", `${native.updates} regular updates over ${Math.round(m.time - native.since)} s have no route to 2002::/16`, 0, [fieldOf(m, "RIPng", "routes", "2002::/16 among them", "others", m.l4, 8)]);
      }
      const again = routes.find((r) => heard.has(text(r)));
      if (again !== undefined) count("RFC3056-5.2-4", `${text(again)}, heard from a neighbour, was passed on`, 0, about(m, "nothing longer than 2002::/16", again));
      else if (heard.size > 0 && routes.length > 0) count("RFC3056-5.2-4");
    }
    if (router && a.protocol === "BGP" && a.external && routes.length > 0) {
      const own = routes.find((r) => inside6to4(r) && r.length > 16);
      count("RFC3056-5.2-3", own && `${text(own)} was announced to another autonomous system`, 0, own && about(m, "no prefix inside 2002::/16", own));
      const any = routes.find(inside6to4);
      count("RFC3056-5.2.3-1", any && `${text(any)} was announced into the native domain`, 1, any && about(m, "no prefix inside 2002::/16", any));
    }
    if (pmt?.sixToFour?.config.providerPrefix !== undefined && a.protocol === "BGP") {
      const { address, length } = pmt.sixToFour.config.providerPrefix;
      if (routes.some((r) => covers(r, address, length))) count("RFC6732-4.7-1");
    }
  }

  /** IPv4 routes, whichever side they are sent on. */
  function onIpv4(m: Message, a: Announcements): void {
    const routes = a.routes.filter((r) => !r.v6);
    const inner = a.protocol !== "BGP" || !a.external;
    const route = routes.find(isAnycast);
    if (anycast && inner) {
      if (route !== undefined) {
        prefix.found = true;
        count("RFC3068-4.2-1");
      } else if (a.protocol === "RIP" && missing(prefix, m.time)) {
        count("RFC3068-4.2-1", `${prefix.updates} regular updates over ${Math.round(m.time - prefix.since)} s have no route to 192.88.99.0/24`, 0, [fieldOf(m, "RIP", "routes", "192.88.99.0/24 among them", "others", m.l4, 8)]);
      }
    }
    if (border !== undefined && inner) {
      if (routes.some((r) => r.length > 0 && covers(r, [border.tunnel.address], 32))) {
        br.found = true;
        count("RFC5969-7.2-4");
      } else if (a.protocol === "RIP" && missing(br, m.time)) {
        count("RFC5969-7.2-4", `${br.updates} regular updates over ${Math.round(m.time - br.since)} s have no route to ${formatIpv4(border.tunnel.address)}`, 0, [fieldOf(m, "RIP", "routes", `a route to ${formatIpv4(border.tunnel.address)}`, "others", m.l4, 8)]);
      }
    }
    if (route === undefined) return;
    if (a.protocol === "BGP" && a.external) {
      if (anycast) count("RFC3068-4.3-1", a.hops > 0 ? undefined : "192.88.99.0/24 was announced to another autonomous system with an empty path", 0, a.hops > 0 ? undefined : about(m, "an autonomous system on the path", route));
      if (pmt !== undefined) count("RFC6732-4.7-1", `${text(route)} was announced to another autonomous system`, 0, about(m, "kept inside", route));
    }
    if (anycast) {
      if (asked >= UNRELAYED && m.time - askedSince >= UNRELAYED_SECONDS) {
        count("RFC3068-4.4-1", `192.88.99.0/24 is announced, and none of the last ${asked} packets to 192.88.99.1 came out`, 0, about(m, "withdrawn", route));
      } else if (relayed) count("RFC3068-4.4-1");
    }
    const begins = a.protocol === "RIP" ? route.metric === 1 : a.originated && !(a.protocol === "BGP" && a.external);
    if (!begins) return;
    if (!anycast) count("RFC7526-6-2", `a route to 192.88.99.1 begins at a device that is no anycast relay`, 0, about(m, "none", route));
    else if (relayed) count("RFC7526-6-2");
  }

  return {
    message(m, source) {
      for (const a of announcements(m.b, m.protocol, m.l4, m.end, m.v6, source)) {
        if (!m.sent) {
          if (m.tunnelled || m.side !== CORE || heard.size >= HEARD) continue;
          for (const r of a.routes) if (inside6to4(r) && r.length > 16) heard.add(text(r));
        } else if (!m.tunnelled) {
          if (m.side === CORE) onNative(m, a);
          onIpv4(m, a);
        } else if (router && a.routes.some((r) => r.v6)) {
          const across = a.routes.find((r) => r.v6 && !inside6to4(r));
          count("RFC3056-5.2.3-1", across && `${text(across)} was announced into the 6to4 domain`, 2, across && about(m, "prefixes inside 2002::/16 alone", across));
        }
      }
    },
    watches: () => anycast,
    tunnelIn(m) {
      const { b, at } = m;
      const inner = at + ((b[at] & 15) << 2);
      if (!anycast || u32(b, at + 16) !== ANYCAST_RELAY || inner + 40 > m.end) return;
      // What any relay forwards: a 6to4 source that embeds the outer one, to a native address, with hops left.
      if (u16(b, inner + 8) !== 0x2002 || u32(b, inner + 10) !== u32(b, at + 12) || u32(b, inner + 24) >>> 29 !== 1 || u16(b, inner + 24) === 0x2002 || b[inner + 7] < 2) return;
      if (asked++ === 0) askedSince = m.time;
    },
    nativeOut() {
      if (asked > 0) relayed = true;
      asked = 0;
    },
  };
}
