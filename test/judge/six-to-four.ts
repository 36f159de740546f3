/** Configurations and packets of the 6to4 family for the judge's tests. */
import { TABLES } from "../../src/config/defaults.js";
import type { Config, SixToFour } from "../../src/config/types.js";
import { parsePrefix6 } from "../../src/wire/address.js";
import { put16 } from "../../src/wire/bits.js";
import { finish, pseudo6, sum } from "../../src/wire/checksum.js";
import * as B from "./build.js";
import type { Case } from "./exhibits/exhibit.js";

export const OWN = "193.0.14.129";
export const SITE = "2002:c100:e81:1::10";
export const PEER = "194.124.246.37";
export const PEER6 = "2002:c27c:f625:1::53";
export const THIRD = "195.151.65.27";
export const THIRD6 = "2002:c397:411b:1::54";
export const ANYCAST = "192.88.99.1";
export const ANYCAST6 = "2002:c058:6301::";
export const UNICAST = "193.17.9.1";
export const OTHER_RELAY = "194.194.7.9";
/** RFC 6732 figure 3: 12.152.44.1, written there as 2002:0c98:2c01. */
export const CUSTOMER = "12.152.44.1";
export const CUSTOMER6 = "2002:c98:2c01::211:22ff:fe33:4455";
export const PROVIDER6 = "2001:db8:c98:2c01:211:22ff:fe33:4455";
export const HOST = B.HOST;

const tunnel = (over: Partial<SixToFour>): SixToFour => ({
  kind: "6to4-relay", name: "six", address: B.v4(UNICAST), alsoAccepts: [], anycast: false, tunnelMtu: 1280, tunnelMtuMode: "static", dscp: { mode: "zero" }, ttl: 64,
  reassemblySeconds: 30, flowInactivitySeconds: 60, flowLimit: 0, icmpRate: 0, icmpBurst: 0, knownRelays: [], echo: true, filterNativeSource: false,
  table: TABLES.rfc3964, strict3964: true, anycastOnly: false, ...over,
});
const configOf = (t: SixToFour): Config => ({ ...B.config(), serviceSets: [{ name: "set", concentrators: [t] }] });
export const router = (over: Partial<SixToFour> = {}): Config => configOf(tunnel({
  kind: "6to4-router", address: B.v4(OWN), defaultRelay: B.v4(ANYCAST), sitePrefix: parsePrefix6("2002:c100:e81::/48")!, ...over,
}));
/** Nobody declared its relay. */
export const routerOfAnyRelay = (): Config => configOf(tunnel({ kind: "6to4-router", address: B.v4(OWN), sitePrefix: parsePrefix6("2002:c100:e81::/48")! }));
/** An anycast relay with an equivalent unicast address. */
export const relay = (over: Partial<SixToFour> = {}): Config => configOf(tunnel({ address: B.v4(ANYCAST), alsoAccepts: [B.v4(UNICAST)], ...over }));
export const pmt = (over: Partial<SixToFour> = {}): Config => configOf(tunnel({
  kind: "6to4-pmt", address: B.v4(ANYCAST), alsoAccepts: [B.v4(UNICAST)], providerPrefix: parsePrefix6("2001:db8::/32")!, subnetId: 0, ...over,
}));
export const under = (config: Config, ...steps: B.Step[]): Case => ({ steps, config });

/** Protocol 41 with ToS 0 and DF clear, as 6to4 has it. */
export const tun = (inner: Uint8Array, src: string, dst: string, o: B.TunnelOptions = {}): Uint8Array => B.tunnel(inner, { src, dst, tos: 0, df: false, ...o });
/** A UDP packet with a right checksum. */
export function udp(src: string, dst: string, o: B.SixOptions = {}, bytes = 24): Uint8Array {
  const p = B.six({ ...o, src, dst, payload: new Uint8Array([0x30, 0x39, 0, 53, 0, 8 + bytes, 0, 0, ...B.bytes(bytes)]) });
  return sealed(p);
}
/** The packet with the transport checksum that its addresses ask for (UDP). */
export function sealed(p: Uint8Array): Uint8Array {
  const c = p.slice();
  put16(c, 46, 0);
  put16(c, 46, finish(sum(c, 40, c.length - 40, pseudo6(c, 8, c.length - 40, 17))));
  return c;
}
export const bad = (p: Uint8Array): Uint8Array => B.changed(p, 46, p[46] ^ 0x55);
export const big = (src: string, dst: string, bytes = 1400): Uint8Array => udp(src, dst, {}, bytes - 48);

/** Site to `dst` by the router, and back. */
export const routerOut = (dst = PEER6, to = PEER, o: B.TunnelOptions = {}): B.Step[] => [B.coreIn(udp(SITE, dst)), B.accessOut(tun(B.hop(udp(SITE, dst)), OWN, to, o))];
export const routerIn = (src = PEER6, from = PEER, dst = SITE): B.Step[] => [B.accessIn(tun(udp(src, dst), from, OWN)), B.coreOut(B.hop(udp(src, dst)))];
/** Customer to the Internet by a relay, and back. */
export const relayIn = (dst = HOST, to = ANYCAST, src = PEER6, from = PEER): B.Step[] => [B.accessIn(tun(udp(src, dst), from, to)), B.coreOut(B.hop(udp(src, dst)))];
export const relayOut = (to = PEER, o: B.TunnelOptions = {}, src = HOST, from = ANYCAST, dst = PEER6): B.Step[] => [B.coreIn(udp(src, dst)), B.accessOut(tun(B.hop(udp(src, dst)), from, to, o))];
/** Through a PMT relay; `source`/`dst` is what the customer's address became. */
export const pmtIn = (source = PROVIDER6, src = CUSTOMER6, from = CUSTOMER, dst = HOST): B.Step[] => [B.accessIn(tun(udp(src, dst), from, ANYCAST)), B.coreOut(B.hop(udp(source, dst)))];
export const pmtOut = (dst = CUSTOMER6, asked = PROVIDER6, to = CUSTOMER): B.Step[] => [B.coreIn(udp(HOST, asked)), B.accessOut(tun(B.hop(udp(HOST, dst)), ANYCAST, to))];
