import * as B from "../build.js";
import * as S from "../six-to-four.js";
import type { Exhibit } from "./exhibit.js";

const { router, relay, under } = S;
const sent = (inner: Uint8Array, src: string, dst: string) => B.accessOut(S.tun(inner, src, dst));
/** A tunnelled packet that the device drops, or forwards to the core, or tunnels again. */
const got = (inner: Uint8Array, from: string, to = S.OWN) => B.accessIn(S.tun(inner, from, to));
const native = (inner: Uint8Array) => B.coreOut(B.hop(inner));
const dropped = (config: ReturnType<typeof router>, inner: Uint8Array, from: string, to = S.OWN) => under(config, got(inner, from, to));
const passed = (config: ReturnType<typeof router>, inner: Uint8Array, from: string, to = S.OWN) => under(config, got(inner, from, to), native(inner));
const spoofed = S.udp(S.THIRD6, S.SITE);
const spoofedOut = S.udp(S.THIRD6, S.HOST);
const between = S.udp(S.PEER6, S.THIRD6);
const again = (inner: Uint8Array, from: string, to: string) => sent(B.hop(inner), from, to);
const foreign = S.udp(S.HOST, "3fff::81");
const linkLocal = S.udp("fe80::1", S.SITE);
/** The router is 193.0.14.129; its subnet is declared to end at 193.0.14.255. */
const withBroadcast = router({ broadcasts: [B.v4("193.0.14.255")] });
const off = { strict3964: false };

export const rfc3964: readonly Exhibit[] = [
  {
    rule: "RFC3964-3.1-1",
    conforming: [dropped(router(), S.udp(S.HOST, S.SITE), "10.0.0.1"), dropped(router(), S.udp("2002:f000:1::1", S.SITE), "240.0.0.1"), under(router(), B.coreIn(S.udp(S.SITE, "2002:1:203::1")))],
    violating: [passed(router(), S.udp(S.HOST, S.SITE), "10.0.0.1"), passed(router(), S.udp("2002:f000:1::1", S.SITE), "240.0.0.1")],
    near: [passed(router(), S.udp(S.PEER6, S.SITE), S.PEER), passed(router(), S.udp(S.HOST, S.SITE), "198.51.100.1")],
  },
  { rule: "RFC3964-3.1-2", conforming: [dropped(router(), spoofed, S.PEER)], violating: [passed(router(), spoofed, S.PEER)], near: [passed(router(), S.udp(S.HOST, S.SITE), S.PEER)] },
  { rule: "RFC3964-3.1-3", conforming: [under(router(), ...S.routerOut())], violating: [under(relay(), sent(between, S.ANYCAST, S.THIRD))], near: [under(relay(), sent(B.echoReply({ src: S.ANYCAST6, dst: S.PEER6 }), S.UNICAST, S.PEER))] },
  { rule: "RFC3964-3.1-4", conforming: [dropped(relay(), S.udp(S.PEER6, "fec0::1"), S.PEER, S.ANYCAST)], violating: [passed(relay(), S.udp(S.PEER6, "fec0::1"), S.PEER, S.ANYCAST), passed(relay(), S.udp(S.PEER6, "::ffff:193.9.9.9"), S.PEER, S.ANYCAST)] },
  { rule: "RFC3964-3.1-5", conforming: [dropped(router(), spoofed, S.ANYCAST)], violating: [passed(router(), spoofed, S.ANYCAST)], near: [passed(router(), spoofed, S.PEER)] },
  {
    rule: "RFC3964-3.1-6",
    conforming: [dropped(router(), between, S.PEER), dropped(router(), S.udp(S.PEER6, S.HOST), S.PEER)],
    violating: [under(router(), got(S.udp(S.PEER6, S.HOST), S.PEER), again(S.udp(S.PEER6, S.HOST), S.OWN, S.ANYCAST)), passed(router(), between, S.PEER)],
  },
  {
    rule: "RFC3964-3.2-1",
    conforming: [dropped(relay(), between, S.PEER, S.ANYCAST)],
    violating: [under(relay(), got(between, S.PEER, S.ANYCAST), again(between, S.ANYCAST, S.THIRD))],
    near: [under(relay(), ...S.relayIn())],
  },
  { rule: "RFC3964-3.2-2", conforming: [dropped(relay(), spoofedOut, S.PEER, S.ANYCAST)], violating: [passed(relay(), spoofedOut, S.PEER, S.ANYCAST)] },
  { rule: "RFC3964-4.1.1-1", conforming: [passed(router(), linkLocal, S.PEER)], observed: [dropped(router(), linkLocal, S.PEER)] },
  { rule: "RFC3964-4.1.2-1", conforming: [under(relay(), B.coreIn(S.udp(S.THIRD6, S.PEER6)))], violating: [under(relay(), ...S.relayOut(S.PEER, {}, S.THIRD6))] },
  { rule: "RFC3964-4.1.4-1", conforming: [under(relay(), ...S.relayOut())], violating: [under(relay(), sent(S.udp(S.HOST, "2002:ffff:ffff::1"), S.ANYCAST, "255.255.255.255"))] },
  { rule: "RFC3964-4.2-1", conforming: [dropped(relay(), spoofedOut, S.PEER, S.ANYCAST)], violating: [passed(relay(), spoofedOut, S.PEER, S.ANYCAST)] },
  { rule: "RFC3964-4.2-2", conforming: [dropped(relay(), between, S.PEER, S.ANYCAST)], violating: [under(relay(), ...S.relayOut(S.PEER, {}, S.THIRD6))] },
  { rule: "RFC3964-4.2.2-1", conforming: [dropped(relay(), foreign, S.PEER, S.ANYCAST)], violating: [passed(relay(), foreign, S.PEER, S.ANYCAST)] },
  {
    rule: "RFC3964-4.2.5-1",
    conforming: [dropped(relay({ anycastOnly: true }), S.udp(S.PEER6, S.HOST), S.PEER, S.UNICAST)],
    violating: [under(relay({ anycastOnly: true }), ...S.relayIn(S.HOST, S.UNICAST))],
    near: [under(relay(), ...S.relayIn(S.HOST, S.UNICAST))],
  },
  { rule: "RFC3964-4.2.6-1", conforming: [under(relay(), ...S.relayOut(S.PEER, {}, S.HOST, S.UNICAST))], observed: [under(relay(), ...S.relayOut())] },
  {
    rule: "RFC3964-5.1-1",
    conforming: [under(relay(), B.coreIn(S.udp("fec0::1", S.PEER6)))],
    violating: [under(relay(), ...S.relayOut(S.PEER, {}, "fec0::1")), under(router(), ...S.routerOut("2002:a9fe:101::1", "169.254.1.1"))],
  },
  { rule: "RFC3964-5.1-2", conforming: [under(router(), ...S.routerOut())], violating: [under(relay(), sent(between, S.ANYCAST, S.THIRD))] },
  { rule: "RFC3964-5.1-3", conforming: [under(relay(), ...S.relayOut())], violating: [under(relay(), sent(S.udp(S.HOST, "2002:c111:901:1::5"), S.ANYCAST, S.UNICAST))] },
  { rule: "RFC3964-5.1-4", conforming: [under(relay(), ...S.relayOut())], violating: [under(relay(), sent(foreign, S.ANYCAST, S.PEER))] },
  { rule: "RFC3964-5.2-1", conforming: [dropped(router(), S.udp(S.HOST, S.SITE), "10.0.0.1")], violating: [passed(router(), S.udp(S.HOST, S.SITE), "10.0.0.1")] },
  { rule: "RFC3964-5.2-2", conforming: [dropped(router(), S.udp("fec0::1", S.SITE), S.PEER)], violating: [passed(router(), S.udp("fec0::1", S.SITE), S.PEER), passed(router(), S.udp("2002:7f00:1::1", S.SITE), "127.0.0.1")] },
  {
    rule: "RFC3964-5.2-3",
    conforming: [dropped(relay(), between, S.PEER, S.ANYCAST)],
    violating: [under(relay(), got(between, S.PEER, S.ANYCAST), again(between, S.ANYCAST, S.THIRD)), passed(router(), between, S.PEER)],
  },
  { rule: "RFC3964-5.2-4", conforming: [dropped(router(), spoofed, S.PEER)], violating: [passed(router(), spoofed, S.PEER), passed(relay(off), spoofedOut, S.PEER, S.ANYCAST)] },
  { rule: "RFC3964-5.2-5", conforming: [dropped(router(), S.udp(S.PEER6, S.SITE), S.PEER, "224.0.0.9")], violating: [passed(router(), S.udp(S.PEER6, S.SITE), S.PEER, "255.255.255.255")] },
  { rule: "RFC3964-5.2-6", conforming: [dropped(relay(), foreign, S.PEER, S.ANYCAST)], violating: [passed(relay(), foreign, S.PEER, S.ANYCAST), under(router(), got(foreign, S.PEER), again(foreign, S.OWN, S.ANYCAST))] },
  { rule: "RFC3964-5.3.1-1", conforming: [dropped(router(), S.udp("2002:7f00:1::1", S.SITE), "127.0.0.1")], violating: [passed(router(), S.udp("2002:7f00:1::1", S.SITE), "127.0.0.1")] },
  {
    rule: "RFC3964-5.3.1-2",
    conforming: [dropped(withBroadcast, S.udp("2002:c100:eff::1", S.SITE), "193.0.14.255"), under(withBroadcast, B.coreIn(S.udp(S.SITE, "2002:c100:eff::1")))],
    violating: [passed(withBroadcast, S.udp(S.HOST, S.SITE), "193.0.14.255"), under(withBroadcast, B.coreIn(S.udp(S.SITE, "2002:c100:eff::1")), again(S.udp(S.SITE, "2002:c100:eff::1"), S.OWN, "193.0.14.255"))],
    near: [passed(router(), S.udp(S.HOST, S.SITE), "193.0.14.255"), passed(withBroadcast, S.udp(S.HOST, S.SITE), "193.0.14.254")],
  },
  { rule: "RFC3964-5.3.2-1", conforming: [dropped(router(), linkLocal, S.PEER)], violating: [passed(router(), linkLocal, S.PEER)] },
  { rule: "RFC3964-5.3.2-2", conforming: [dropped(router(), S.udp("2002:a9fe:101::1", S.SITE), "169.254.1.1")], violating: [passed(router(), S.udp("2002:a9fe:101::1", S.SITE), "169.254.1.1")] },
  { rule: "RFC3964-5.3.3-1", conforming: [passed(router(), S.udp("2002:c100:e81:2::1", S.SITE), S.PEER)], observed: [dropped(router(), S.udp("2002:c100:e81:2::1", S.SITE), S.PEER)] },
];

/** RFC 3964 section 5.2 as a policy that is off: nothing is asked of the relay (decisions D9). */
export const withoutPolicy = [under(relay(off), got(between, S.PEER, S.ANYCAST), again(between, S.ANYCAST, S.THIRD)), under(relay(off), ...S.relayOut(S.PEER, {}, S.THIRD6))];
