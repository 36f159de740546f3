import { parseIpv6, parsePrefix6, writeIpv6 } from "../../../src/wire/address.js";
import * as B from "../build.js";
import * as S from "../six-to-four.js";
import type { Exhibit } from "./exhibit.js";

const { router, relay, under } = S;
const sent = (inner: Uint8Array, src: string, dst: string, o: B.TunnelOptions = {}) => B.accessOut(S.tun(inner, src, dst, o));
/** 194.200.1.1 */
const CLIENT = "194.200.1.1", CLIENT6 = "2002:c2c8:101:1::9";
const toPeer = S.udp(S.SITE, S.PEER6);
const large = S.big(S.SITE, S.PEER6);
const tooBig = (mtu: number) => B.coreOut(B.error6(2, 0, mtu, large, { src: S.SITE, dst: S.SITE }));
const linkLocal = (src: string) => S.udp(src, S.PEER6);
const quoted = S.tun(B.hop(toPeer), S.OWN, S.PEER);
const unreachable = B.accessIn(B.error4(3, 1, 0, quoted, { src: "194.0.0.1", dst: S.OWN }));
const answer = (dst: string) => B.coreOut(B.error6(1, 3, 0, B.hop(toPeer), { src: "2002:c100:e81::1", dst }));
const privateSource = S.tun(S.udp("2002:a00:1::7", S.SITE), "10.0.0.1", S.OWN);
const error = (quoting: Uint8Array, dst: string, to: string) => B.accessOut(S.tun(B.error6(1, 5, 0, quoting, { src: "2002:c100:e81::1", dst }), S.OWN, to));

const prefix = (text: string, length: number, metric = 1): Uint8Array => {
  const rte = new Uint8Array(20);
  writeIpv6(rte, 0, parseIpv6(text)!);
  rte[18] = length;
  rte[19] = metric;
  return rte;
};
/** RIPng: UDP port 521, command 2 (response), version 1, then entries of 20 bytes (RFC 2080 section 2.1). */
const ripng = (src: string, ...entries: Uint8Array[]) => {
  const body = entries.flatMap((e) => [...e]);
  return B.six({ src, dst: "ff02::9", hop: 255, payload: Uint8Array.from([2, 9, 2, 9, 0, 12 + body.length, 0, 0, 2, 1, 0, 0, ...body]) });
};
/** BGP over IPv6: TCP port 179, an UPDATE with MP_REACH_NLRI (AFI 2, SAFI 1) and one prefix. */
const bgp = (src: string, length: number, bytes: number[]) => {
  const attribute = [0x80, 14, 21 + 1 + bytes.length, 0, 2, 1, 16, ...new Array<number>(16).fill(1), 0, length, ...bytes];
  const size = 19 + 4 + attribute.length;
  return B.six({ src, dst: S.HOST, next: 6, payload: Uint8Array.from([0, 179, 0xc0, 1, ...new Array<number>(8).fill(0), 0x50, 0x18, ...new Array<number>(6).fill(0), ...new Array<number>(16).fill(255), 0, size, 2, 0, 0, 0, attribute.length, ...attribute]) });
};
/** IPv6 fragments of a packet: a Fragment header (RFC 8200 section 4.5) before each part of `size` bytes. */
const innerFragments = (p: Uint8Array, size: number): Uint8Array[] => {
  const out: Uint8Array[] = [];
  for (let at = 0; at < p.length - 40; at += size) {
    const more = 40 + at + size < p.length;
    const word = at | (more ? 1 : 0);
    const f = Uint8Array.from([...p.subarray(0, 40), p[6], 0, word >> 8, word & 255, 0, 0, 0, 9, ...p.subarray(40 + at, 40 + at + size)]);
    f[6] = 44;
    f[4] = (f.length - 40) >> 8;
    f[5] = (f.length - 40) & 255;
    out.push(f);
  }
  return out;
};
const announces = (packet: Uint8Array) => under(relay(), B.coreOut(packet));
const SIXTEEN = prefix("2002::", 16);
/** RFC 4861 section 4.2, with prefix information options of /64 (section 4.6.2) valid for so many seconds. */
const advertisement = (src: string, seconds: number, ...prefixes: string[]): Uint8Array => {
  const options = prefixes.flatMap((text) => {
    const o = new Uint8Array(32);
    o.set([3, 4, 64, 0xc0, 0, 0, seconds >> 8, seconds & 255, 0, 0, seconds >> 8, seconds & 255]);
    writeIpv6(o, 16, parseIpv6(text)!);
    return [...o];
  });
  return B.six({ src, dst: "ff02::1", hop: 255, next: 58, payload: Uint8Array.from([134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, ...options]) });
};
const advertises = (...prefixes: string[]) => under(router(), B.coreOut(advertisement("fe80::1", 1800, ...prefixes)));
/** A relay for the clients of 194.124.0.0/16. */
const members = relay({ clients: [{ address: B.v4("194.124.0.0"), length: 16 }] });
const strange = S.tun(S.udp(S.THIRD6, S.HOST), S.THIRD, S.ANYCAST);

export const rfc3056: readonly Exhibit[] = [
  {
    rule: "RFC3056-2-1",
    conforming: [under(router(), ...S.routerOut())],
    violating: [under(relay({ address: B.v4("10.0.0.1") }), ...S.relayOut(S.PEER, {}, S.HOST, "10.0.0.1")), under(router(), sent(S.udp("2002:c0a8:101::1", S.PEER6), S.OWN, S.PEER))],
    // A private V4ADDR at the other end is that site's breach of section 2; the device's is of section 9.
    near: [under(relay(), sent(S.udp(S.HOST, "2002:a01:203::1"), S.ANYCAST, "10.1.2.3")), under(router({ table: { name: "custom", refuse: [] } }), sent(S.udp(S.SITE, "2002:a01:203::1"), S.OWN, "10.1.2.3")), under(relay(), sent(S.udp(S.HOST, "3fff::81"), S.ANYCAST, "10.1.2.3"))],
  },
  { rule: "RFC3056-2-2", conforming: [under(router(), ...S.routerOut())], violating: [under(router(), B.coreIn(toPeer), sent(B.hop(toPeer), "193.0.14.130", S.PEER))] },
  { rule: "RFC3056-3-1", conforming: [under(router(), ...S.routerOut())], violating: [under(router({ alsoAccepts: [B.v4("193.0.14.130")] }), B.coreIn(toPeer), sent(B.hop(toPeer), "193.0.14.130", S.PEER))] },
  {
    rule: "RFC3056-3-2",
    conforming: [under(router(), ...S.routerOut())],
    violating: [under(router(), ...S.routerOut(S.PEER6, S.PEER, { trailing: 4 })), under(router(), sent(B.bytes(60), S.OWN, S.PEER))],
  },
  {
    rule: "RFC3056-3-3",
    conforming: [under(router(), ...S.routerOut()), under(router(), ...S.routerOut(S.HOST, S.ANYCAST)), under(relay(), ...S.relayOut())],
    violating: [under(relay(), ...S.relayOut(S.THIRD)), under(router({ alsoAccepts: [B.v4(S.UNICAST)] }), sent(toPeer, S.UNICAST, S.THIRD))],
    near: [under(relay(), sent(S.udp(S.HOST, "3fff::81"), S.ANYCAST, S.THIRD))],
  },
  {
    rule: "RFC3056-3-4",
    conforming: [under(router(), ...S.routerOut()), under(router(), ...S.routerIn())],
    violating: [under(router(), B.coreIn(toPeer), sent(toPeer, S.OWN, S.PEER)), under(relay(), ...S.relayOut(S.PEER, { ttl: 0 })), under(relay(), S.relayIn()[0], B.coreOut(B.hop(S.udp(S.PEER6, S.HOST), 2)))],
    // RFC 6732 figure 1: relay and translator may be two routers.
    near: [under(S.pmt(), S.pmtIn()[0], B.coreOut(B.hop(S.udp(S.PROVIDER6, S.HOST), 2)))],
  },
  {
    rule: "RFC3056-3.1-1",
    conforming: [under(router(), ...S.routerOut()), under(router(), sent(linkLocal("fe80::c100:e81"), S.OWN, S.PEER))],
    violating: [under(router(), sent(linkLocal("fe80::1"), S.OWN, S.PEER))],
  },
  { rule: "RFC3056-6-1", conforming: [under(relay(), ...S.relayOut())], violating: [under(relay(), sent(S.udp(S.HOST, "2002:e000:1::1"), S.ANYCAST, "224.0.0.1"))] },
  {
    rule: "RFC3056-4-1",
    conforming: [under(router(), ...S.routerOut())],
    violating: [under(router(), ...S.routerOut(S.PEER6, S.PEER, { df: true }))],
    near: [under(router({ tunnelMtuMode: "dynamic" }), ...S.routerOut(S.PEER6, S.PEER, { df: true }))],
  },
  { rule: "RFC3056-4-2", conforming: [under(router(), B.coreIn(large), tooBig(1280))], violating: [under(router(), B.coreIn(large), tooBig(1400)), under(router(), B.coreIn(large), sent(B.hop(large), S.OWN, S.PEER))] },
  {
    rule: "RFC3056-4-3",
    conforming: [under(router(), B.coreIn(S.big(S.SITE, S.PEER6, 1280)), ...B.fragments(S.tun(B.hop(S.big(S.SITE, S.PEER6, 1280)), S.OWN, S.PEER), 1000).map((f) => B.accessOut(f)))],
    violating: [under(router(), B.coreIn(large), ...innerFragments(B.hop(large), 1000).map((f) => sent(f, S.OWN, S.PEER)))],
    near: [under(router(), ...innerFragments(large, 1000).flatMap((f) => [B.coreIn(f), sent(B.hop(f), S.OWN, S.PEER)])), under(router(), B.coreIn(large), tooBig(1280)),
      under(router(), B.coreIn(large), ...innerFragments(large, 1000).flatMap((f) => [B.coreIn(f), sent(B.hop(f), S.OWN, S.PEER)]))],
  },
  {
    rule: "RFC3056-5.1-1",
    conforming: [under(router(), ...S.routerOut(), ...S.routerOut())],
    violating: [under(router(), ...S.routerOut(), B.coreIn(S.udp(S.SITE, S.THIRD6)), sent(B.hop(S.udp(S.SITE, S.THIRD6)), "193.0.14.130", S.THIRD))],
  },
  {
    rule: "RFC3056-5.2.2-2",
    conforming: [under(relay(), ...S.relayOut())],
    violating: [under(relay(), B.coreIn(S.udp(S.HOST, S.PEER6)))],
    near: [{ ...under(relay(), B.coreIn(S.udp(S.HOST, S.PEER6))), options: { complete: false } }, under(relay(), B.coreIn(S.udp(S.THIRD6, S.PEER6)))],
  },
  {
    rule: "RFC3056-5.2.2-2.unheard",
    conforming: [under(relay(), ...S.relayOut())],
    // Others are served, two sites that never sent anything are not.
    violating: [under(relay(), ...S.relayIn(S.HOST, S.ANYCAST, CLIENT6, CLIENT), ...S.relayOut(CLIENT, {}, S.HOST, S.ANYCAST, CLIENT6), B.coreIn(S.udp(S.HOST, S.PEER6)), B.coreIn(S.udp(S.HOST, S.THIRD6)))],
    // One site may be out of reach; a site that was heard is no case of this rule; silence at the end of a capture.
    near: [
      under(relay(), B.coreIn(S.udp(S.HOST, S.PEER6)), B.coreIn(S.udp(S.HOST, S.PEER6))),
      under(relay(), B.coreIn(S.udp(S.HOST, S.PEER6)), ...S.relayIn(S.HOST, S.ANYCAST, CLIENT6, CLIENT), B.coreIn(S.udp(S.HOST, CLIENT6))),
      { ...under(relay(), B.coreIn(S.udp(S.HOST, S.PEER6)), B.coreIn(S.udp(S.HOST, S.THIRD6))), options: { complete: false } },
    ],
  },
  {
    rule: "RFC3056-5.2.2-1",
    conforming: [announces(ripng("fe80::1", SIXTEEN)), announces(bgp("3fff:0:c::1", 16, [0x20, 0x02]))],
    violating: [
      announces(ripng("fe80::1", SIXTEEN, prefix("2002:c27c:f625::", 48))), announces(bgp("3fff:0:c::1", 48, [0x20, 0x02, 0xc2, 0x7c, 0xf6, 0x25])),
    ],
    near: [announces(ripng("fe80::1", prefix("2002:c27c:f625::", 48, 16), prefix("2003::", 24))), announces(bgp("3fff:9::1", 48, [0x20, 0x02, 0xc2, 0x7c, 0xf6, 0x25]))],
  },
  {
    rule: "RFC3056-5.1-2",
    conforming: [advertises("2002:c100:e81:1::"), advertises("2002:c27c:f625:1::", "2002:c100:e81:1::")],
    violating: [advertises("2002:c27c:f625:1::"), advertises("2002:c27c:f625:1::", "3fff:9::")],
    near: [advertises("3fff:9::"), under(router(), B.coreIn(advertisement("fe80::2", 1800, "2002:c27c:f625:1::"))), under(router(), B.coreOut(advertisement("fe80::1", 0, "2002:c27c:f625:1::")))],
  },
  {
    rule: "RFC3056-5.2-1",
    conforming: [under(members, B.accessIn(strange), B.coreOut(B.hop(S.udp(S.THIRD6, S.HOST))))],
    observed: [under(members, B.accessIn(strange))],
    near: [under(members, ...S.relayIn()), under(relay(), B.accessIn(strange))],
  },
  {
    rule: "RFC3056-5.2.2.1-1",
    conforming: [under(members, B.accessIn(strange))],
    violating: [under(members, B.accessIn(strange), B.coreOut(B.hop(S.udp(S.THIRD6, S.HOST))))],
    near: [under(members, ...S.relayIn()), under(relay(), B.accessIn(strange), B.coreOut(B.hop(S.udp(S.THIRD6, S.HOST))))],
  },
  {
    rule: "RFC3056-5.11-1",
    conforming: [under(relay(), sent(ripng("fe80::c058:6301", prefix("3fff::", 20)), S.ANYCAST, S.PEER))],
    violating: [under(relay(), sent(ripng("fe80::c058:6301", SIXTEEN), S.ANYCAST, S.PEER))],
    near: [under(relay(), sent(ripng(S.HOST, SIXTEEN), S.ANYCAST, S.PEER))],
  },
  {
    rule: "RFC3056-5.3-1",
    conforming: [under(router(), ...S.routerOut()), under(router(), ...S.routerOut(S.HOST, S.ANYCAST)), under(relay(), ...S.relayOut())],
    violating: [under(relay(), ...S.relayOut(S.THIRD)), under(router(), ...S.routerOut(S.HOST, S.OTHER_RELAY))],
    near: [under(S.routerOfAnyRelay(), ...S.routerOut(S.HOST, S.OTHER_RELAY))],
  },
  { rule: "RFC3056-5.3-2", conforming: [under(router(), ...S.routerIn())], violating: [under(router(), B.accessIn(S.tun(S.udp(S.PEER6, S.SITE), S.PEER, S.OWN)), B.coreOut(B.changed(B.hop(S.udp(S.PEER6, S.SITE)), 70, 0)))] },
  { rule: "RFC3056-5.3-3", conforming: [under(router(), ...S.routerOut())], violating: [under(router(), ...S.routerOut(S.PEER6, S.ANYCAST))], near: [under(router(), ...S.routerOut(S.HOST, S.ANYCAST))] },
  {
    rule: "RFC3056-5.6-1",
    conforming: [under(router({ alsoAccepts: [B.v4(S.UNICAST)] }), ...S.routerOut())],
    observed: [under(router({ alsoAccepts: [B.v4(S.UNICAST)] }), B.coreIn(S.udp("2002:c111:901:1::5", S.PEER6)), sent(B.hop(S.udp("2002:c111:901:1::5", S.PEER6)), S.UNICAST, S.PEER))],
  },
  {
    rule: "RFC3056-5.8-1", conforming: [under(router(), ...S.routerOut())], violating: [under(router(), sent(S.udp("2002:a00:1:1::5", S.PEER6), S.OWN, S.PEER))],
    near: [under(router(), sent(S.udp("2002:c397:411b:1::54", S.PEER6), S.OWN, S.PEER)), under(router(), sent(S.udp(S.HOST, S.PEER6), S.OWN, S.PEER))],
  },
  { rule: "RFC3056-5.9-1", conforming: [under(router(), ...S.routerOut())], violating: [under(router({ address: B.v4("10.0.0.1"), sitePrefix: parsePrefix6("2002:a00:1::/48")! }), sent(S.udp("2002:a00:1:1::5", S.PEER6), "10.0.0.1", S.PEER))] },
  { rule: "RFC3056-7-1", conforming: [under(router(), ...S.routerOut(), unreachable, answer(S.SITE))], violating: [under(router(), ...S.routerOut(), unreachable, answer("2002:c100:e81:1::99"))] },
  {
    rule: "RFC3056-9-1",
    conforming: [under(router(), B.accessIn(privateSource)), under(relay(), B.coreIn(S.udp(S.HOST, "2002:7f00:1::1"))), under(router(), B.coreIn(S.udp(S.SITE, "2002:a9fe:101::1")))],
    violating: [
      under(router(), B.accessIn(privateSource), B.coreOut(B.hop(S.udp("2002:a00:1::7", S.SITE)))),
      under(relay(), B.coreIn(S.udp(S.HOST, "2002:7f00:1::1")), sent(B.hop(S.udp(S.HOST, "2002:7f00:1::1")), S.ANYCAST, "127.0.0.1")),
      under(router(), B.accessIn(privateSource), error(S.udp("2002:a00:1::7", S.SITE), "2002:a00:1::7", "10.0.0.1")),
    ],
    near: [
      under(router({ table: { name: "custom", refuse: [] } }), B.accessIn(privateSource), B.coreOut(B.hop(S.udp("2002:a00:1::7", S.SITE)))),
      under(router(), B.coreIn(S.udp(S.SITE, "2002:6440:1::1")), sent(B.hop(S.udp(S.SITE, "2002:6440:1::1")), S.OWN, "100.64.0.1")),
    ],
  },
  {
    rule: "RFC3056-9-2",
    conforming: [under(router(), B.accessIn(privateSource))],
    violating: [under(router(), B.accessIn(privateSource), B.coreOut(B.hop(S.udp("2002:a00:1::7", S.SITE))))],
    near: [under(router(), B.coreIn(S.udp(S.SITE, "2002:a9fe:101::1")), sent(B.hop(S.udp(S.SITE, "2002:a9fe:101::1")), S.OWN, "169.254.1.1"))],
  },
  {
    rule: "RFC3056-9-3",
    conforming: [under(router(), ...S.routerIn()), under(router(), ...S.routerIn(S.HOST, S.OTHER_RELAY)), under(relay(), ...S.relayIn())],
    violating: [under(router(), B.accessIn(S.tun(S.udp(S.HOST, S.SITE), S.OTHER_RELAY, S.OWN)))],
    near: [under(relay(), B.accessIn(S.tun(S.udp(S.HOST, "3fff::81"), S.OTHER_RELAY, S.ANYCAST)))],
  },
  {
    rule: "RFC3056-9-4",
    conforming: [under(router(), ...S.routerIn(S.HOST, S.ANYCAST))],
    violating: [under(router(), B.accessIn(S.tun(S.udp(S.HOST, S.SITE), S.ANYCAST, S.OWN)))],
    near: [under(router(), B.accessIn(S.tun(S.udp(S.PEER6, S.SITE), S.PEER, S.OWN)))],
  },
  {
    rule: "RFC4213-3.5-2",
    conforming: [under(router(), ...S.routerOut()), under(router({ dscp: { mode: "fixed", dscp: 10 } }), ...S.routerOut(S.PEER6, S.PEER, { tos: 40 }))],
    violating: [under(router(), ...S.routerOut(S.PEER6, S.PEER, { tos: 40 }))],
    near: [under(router(), ...S.routerOut(S.PEER6, S.PEER, { tos: 2 }))],
  },
];
