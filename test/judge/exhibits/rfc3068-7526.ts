import * as B from "../build.js";
import * as S from "../six-to-four.js";
import { type Exhibit, naming } from "./exhibit.js";

const { router, relay, under } = S;
const sent = (inner: Uint8Array, src: string, dst: string) => B.accessOut(S.tun(inner, src, dst));
const toNative = S.udp(S.PEER6, S.HOST);
const ask = (hop: number) => B.accessIn(S.tun(B.echo({ src: S.PEER6, dst: S.ANYCAST6, hop }), S.PEER, S.ANYCAST));
const reply = sent(B.echoReply({ src: "3fff:0:c::1", dst: S.PEER6 }), S.ANYCAST, S.PEER);
const large = S.big(S.HOST, S.PEER6);
const tooBig = (mtu: number) => B.coreOut(B.error6(2, 0, mtu, large, { dst: S.HOST }));
const listed = { knownRelays: [{ address: B.v4(S.THIRD), length: 32 }] };
/** A list of clients: 194.124.0.0/16. */
const members = { clients: [{ address: B.v4("194.124.0.0"), length: 16 }] };
/** The relay announces 2002::/16 by RIPng (RFC 2080). */
const announce = B.coreOut(B.six({ src: "fe80::1", dst: "ff02::9", hop: 255, payload: Uint8Array.from([2, 9, 2, 9, 0, 32, 0, 0, 2, 1, 0, 0, 0x20, 2, ...new Array<number>(16).fill(0), 16, 1]) }));
const isatap = "3fff:1::5efe:c058:6301";

export const rfc3068to7526: readonly Exhibit[] = [
  {
    rule: "RFC3068-2.4-1",
    conforming: [under(relay(), ...S.relayOut()), under(router(), ...S.routerOut(S.HOST, S.ANYCAST))],
    violating: [under(relay({ address: B.v4("192.88.99.2") }), ...S.relayOut(S.PEER, {}, S.HOST, "192.88.99.2")), under(router(), ...S.routerOut(S.HOST, "192.88.99.2"))],
    near: [under(relay(), ...S.relayOut(S.PEER, {}, S.HOST, S.UNICAST))],
  },
  { rule: "RFC3068-2.6-1", conforming: [under(relay(), ...S.relayIn(S.HOST, S.UNICAST))], violating: [under(relay(), B.accessIn(S.tun(toNative, S.PEER, S.UNICAST)))], near: [under(relay({ anycastOnly: true }), B.accessIn(S.tun(toNative, S.PEER, S.UNICAST)))] },
  { rule: "RFC3068-4.1-1", conforming: [under(router(), ...S.routerOut(S.HOST, S.ANYCAST))], violating: [under(router(), ...S.routerOut(S.HOST, S.OTHER_RELAY))], near: [router({ defaultRelay: B.v4(S.OTHER_RELAY) }), S.routerOfAnyRelay()].map((c) => under(c, ...S.routerOut(S.HOST, S.OTHER_RELAY))) },
  { rule: "RFC3068-4.2-2", conforming: [under(relay(), ...S.relayIn())], violating: [under(relay(), B.accessIn(S.tun(toNative, S.PEER, S.ANYCAST)))], near: [under(relay(), B.accessIn(S.tun(toNative, S.THIRD, S.ANYCAST)))] },
  { rule: "RFC3068-4.2-3", conforming: [under(relay(), ...S.relayIn(S.HOST, S.UNICAST))], violating: [under(relay(), B.accessIn(S.tun(toNative, S.PEER, S.UNICAST)))], near: [under(relay({ anycastOnly: true }), B.accessIn(S.tun(toNative, S.PEER, S.UNICAST)))] },
  { rule: "RFC3068-4.4-2", conforming: [under(relay(), ...S.relayIn())], observed: [under(relay(), ...S.relayIn(S.HOST, S.UNICAST))] },
  { rule: "RFC6343-4.1-2", conforming: [under(relay(), B.coreIn(large), tooBig(1280))], violating: [under(relay(), B.coreIn(large), tooBig(1400))] },
  {
    rule: "RFC6343-4.4-1",
    conforming: [under(relay(), ...S.relayOut()), under(relay({ strict3964: false }), ...S.relayOut(S.PEER, {}, S.THIRD6))],
    violating: [under(relay(), B.coreIn(S.udp(S.HOST, S.PEER6)), B.coreIn(S.udp(S.HOST, S.THIRD6))), under(relay({ strict3964: false }), B.coreIn(S.udp(S.THIRD6, S.PEER6)), B.coreIn(S.udp(S.PEER6, S.THIRD6)))],
    // What RFC 3964 refuses; one site alone, which may be out of reach in IPv4.
    near: [under(relay(), B.coreIn(S.udp(S.THIRD6, S.PEER6)), B.coreIn(S.udp(S.PEER6, S.THIRD6))), under(relay(), B.coreIn(S.udp(S.HOST, S.PEER6)), B.coreIn(S.udp(S.HOST, S.PEER6)))],
  },
  { rule: "RFC6343-4.4-2", conforming: [under(relay(), ...S.relayOut())], violating: [under(relay(), ...S.relayOut(S.PEER, {}, S.HOST, S.UNICAST))], near: [under(relay({ address: B.v4(S.UNICAST), alsoAccepts: [B.v4(S.ANYCAST)] }), ...S.relayOut(S.PEER, {}, S.HOST, S.UNICAST))] },
  { rule: "RFC6343-4.4-3", conforming: [under(relay(), ask(64), reply), under(relay(), ask(1), reply)], violating: [under(relay(), ask(64))], near: [under(relay(), B.accessIn(S.tun(B.echo({ src: S.PEER6, dst: S.HOST }), S.PEER, S.ANYCAST)))] },
  {
    rule: "RFC6343-4.4-6",
    conforming: [under(relay(), ...S.relayOut())],
    violating: [under(relay(), B.coreIn(S.udp(S.HOST, S.PEER6)))],
    near: [under(relay(), ...S.relayIn(), B.coreIn(S.udp(S.HOST, S.PEER6)))],
  },
  { rule: "RFC7526-6-1", conforming: [under(router(), ...S.routerIn(S.HOST, S.ANYCAST))], violating: [under(router(), B.accessIn(S.tun(S.udp(S.HOST, S.SITE), S.ANYCAST, S.OWN)))] },
  {
    rule: "RFC7526-4-2", conforming: [under(router(), ...S.routerIn(S.PEER6, S.PEER))], violating: [under(router(), B.accessIn(S.tun(S.udp(S.PEER6, S.SITE), S.PEER, S.OWN)))],
    near: [under(router(), B.accessIn(S.tun(S.udp(S.HOST, S.SITE), S.OTHER_RELAY, S.OWN))), under(router(), B.accessIn(S.tun(S.udp(S.PEER6, S.SITE), S.THIRD, S.OWN)))],
  },
  {
    rule: "RFC6343-4.4-4", conforming: [under(router(), ...S.routerIn(S.PEER6, S.PEER)), under(relay(), ...S.relayIn(S.HOST, S.ANYCAST, S.THIRD6, S.THIRD))],
    violating: [under(router(), B.accessIn(S.tun(S.udp(S.PEER6, S.SITE), S.PEER, S.OWN))), under(relay(), B.accessIn(S.tun(S.udp(S.THIRD6, S.HOST), S.THIRD, S.ANYCAST)))],
    near: [under(relay(), B.accessIn(S.tun(S.udp(S.THIRD6, S.HOST), S.PEER, S.ANYCAST))), under(relay(), B.coreIn(S.udp(S.HOST, S.PEER6)))],
  },
  { rule: "RFC7526-6-4", conforming: [under(router(), ...S.routerIn(S.HOST, S.OTHER_RELAY))], violating: [under(router(), B.accessIn(S.tun(S.udp(S.HOST, S.SITE), S.OTHER_RELAY, S.OWN)))], near: [under(router(), B.accessIn(S.tun(S.udp(S.HOST, S.SITE), S.ANYCAST, S.OWN)))] },
  {
    rule: "RFC7526-6-3",
    conforming: [under(relay(), announce, ...S.relayOut())],
    violating: [under(relay(), announce, B.coreIn(S.udp(S.HOST, S.PEER6)))],
    near: [under(relay(), B.coreIn(S.udp(S.HOST, S.PEER6))), { ...under(relay(), announce, B.coreIn(S.udp(S.HOST, S.PEER6))), options: { complete: false } }],
  },
  {
    rule: "RFC6324-3.1.2-1",
    conforming: [under(relay(members), ...S.relayIn(S.HOST, S.ANYCAST, S.THIRD6, S.THIRD)), under(relay(members), ...S.relayOut(S.THIRD, {}, S.HOST, S.ANYCAST, S.THIRD6))],
    observed: [under(relay(members), B.accessIn(S.tun(S.udp(S.THIRD6, S.HOST), S.THIRD, S.ANYCAST))), under(relay(members), B.coreIn(S.udp(S.HOST, S.THIRD6)))],
    near: [under(relay(), B.coreIn(S.udp(S.HOST, S.THIRD6))), under(relay(members), B.coreIn(S.udp(S.HOST, S.PEER6)))],
  },
  {
    rule: "RFC6324-3.2.3-1",
    conforming: [under(relay(listed), ...S.relayIn(S.HOST, S.ANYCAST, S.THIRD6, S.THIRD))],
    observed: [under(relay(listed), B.accessIn(S.tun(S.udp(S.THIRD6, S.HOST), S.THIRD, S.ANYCAST))), under(relay(listed), B.coreIn(S.udp(S.HOST, S.THIRD6)))],
    near: [under(relay(), B.accessIn(S.tun(S.udp(S.THIRD6, S.HOST), S.THIRD, S.ANYCAST)))],
  },
  {
    rule: "RFC6324-3.2.3-1.declared",
    conforming: [under(naming(relay(listed)), B.accessIn(S.tun(S.udp(S.THIRD6, S.HOST), S.THIRD, S.ANYCAST))), under(naming(relay(listed)), B.coreIn(S.udp(S.HOST, S.THIRD6)))],
    violating: [
      under(naming(relay(listed)), ...S.relayIn(S.HOST, S.ANYCAST, S.THIRD6, S.THIRD)),
      under(naming(relay(listed)), ...S.relayOut(S.THIRD, {}, S.HOST, S.ANYCAST, S.THIRD6)),
    ],
    near: [under(relay(listed), ...S.relayIn(S.HOST, S.ANYCAST, S.THIRD6, S.THIRD)), under(naming(relay(listed)), ...S.relayIn())],
  },
  { rule: "RFC6324-3.3-1", conforming: [under(relay(), ...S.relayOut(S.PEER, {}, isatap))], observed: [under(relay(), B.coreIn(S.udp(isatap, S.PEER6)))], near: [under(relay(), B.coreIn(S.udp("3fff:1::5efe:c058:6399", S.PEER6)))] },
  { rule: "RFC6324-3.3-2", conforming: [under(relay(), ...S.relayIn(isatap))], observed: [under(relay(), B.accessIn(S.tun(S.udp(S.PEER6, isatap), S.PEER, S.ANYCAST)))], near: [under(relay(), B.accessIn(S.tun(toNative, S.PEER, S.ANYCAST)))] },
];
