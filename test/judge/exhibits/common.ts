import { parsePrefix6 } from "../../../src/wire/address.js";
import { put16 } from "../../../src/wire/bits.js";
import { checksum } from "../../../src/wire/checksum.js";
import * as ip4 from "../../../src/wire/ipv4.js";
import { config } from "../build.js";
import * as B from "../build.js";
import * as S from "../six-to-four.js";
import { type Exhibit, on, under } from "./exhibit.js";

const out = B.six();
const back = B.six({ src: B.HOST, dst: B.ceAddress });
const encap = (tc: number, tos: number, o: B.TunnelOptions = {}) => [B.coreIn(B.withTc(back, tc)), B.accessOut(B.toCe(B.hop(B.withTc(back, tc)), { ...o, tos }))];
const decap = (innerEcn: number, outer: number, left: number) => [B.accessIn(B.tunnel(B.withTc(out, innerEcn), { tos: outer })), B.coreOut(B.hop(B.withTc(out, left)))];
const big = B.six({ src: B.HOST, dst: B.ceAddress, payload: B.bytes(1460) });
const expired = B.six({ hop: 1 });
const expiredNative = B.six({ src: B.HOST, dst: B.ceAddress, hop: 1 });
const exceeded = (quoted = expired, o: B.SixOptions = {}, code = 0) => B.accessOut(B.toCe(B.error6(3, code, 0, quoted, o)));
const elsewhere = B.six({ src: B.HOST, dst: "2001:db9:6464:100::10", hop: 1 });
const twoDomains = { ...config(), serviceSets: [{ name: "set", concentrators: [B.domain(), B.domain({ name: "other", address: B.v4("10.0.0.2"), v6rdPrefix: parsePrefix6("2001:db9::/32")! })] }] };
const longExpired = B.six({ hop: 1, payload: B.bytes(1300) });
/** Time Exceeded with `n` bytes of the packet, padded with zeros, and an extension structure of one MPLS object (RFC 4884 section 4, RFC 4950). */
function extended(quoted: Uint8Array, n: number): B.Step {
  const body = new Uint8Array(n + 12);
  body.set(quoted.subarray(0, n));
  body.set([0x20, 0, 0, 0, 0, 8, 1, 1, 0, 1, 1, 1], n);
  put16(body, n + 2, checksum(body, n, 12));
  return B.accessOut(B.toCe(B.icmp6(3, 0, (n >>> 3) << 24, body)));
}
const ask = B.echo({ dst: "3fff:0:c::1" });
const askAnycast = B.echo({ dst: B.brAnycast });
const reply = (o: B.SixOptions, id?: number) => B.accessOut(B.toCe(B.echoReply({ dst: B.ceAddress, ...o }, id)));
const bad = B.tunnel(out, { badChecksum: true, id: 3 });
const fromSite = S.udp(S.PEER6, S.HOST);
const transit = B.tunnel(out, { dst: "10.200.0.1", ttl: 1, id: 9 });
const grouped = B.tunnel(out, { dst: "224.0.0.1", id: 10 });
/** Less than its total length says. */
const short = B.tunnel(out, { id: 4 });
put16(short, 2, short.length + 30);
ip4.seal(short, 0);
const outFragments = (packet: Uint8Array) => B.fragments(B.toCe(packet, { df: false, id: 11 }), 64).map((f) => B.accessOut(f));

const wrongSum = (p: Uint8Array) => B.changed(p, 42, p[42] ^ 0x55);

/** RFC 6040 figure 4 as it is printed: rows inner Not-ECT, ECT(0), ECT(1), CE; columns outer Not-ECT, ECT(0), ECT(1), CE. */
const PRINTED: readonly (readonly [number, number, number])[] = [
  [0, 0, 0], [0, 2, 0], [0, 1, 0], [2, 0, 2], [2, 2, 2], [2, 1, 1], [2, 3, 3], [1, 0, 1], [1, 2, 1], [1, 1, 1], [1, 3, 3], [3, 0, 3], [3, 2, 3], [3, 1, 3], [3, 3, 3],
];

/** 400 packets with an exceeded hop limit, one every `apart` ms; every `each`-th is answered. */
const storm = (each: number, apart = 0.4): B.Step[] => Array.from({ length: 400 }, (_, i) => B.six({ hop: 1, payload: B.bytes(40, i) })).flatMap((p, i) => [
  B.accessIn(B.tunnel(p), { at: (i * apart) / 1000 }), ...(i % each === 0 ? [{ ...exceeded(p), at: (i * apart + 0.1) / 1000 }] : []),
]);

const ofSize = (n: number) => B.six({ src: B.HOST, dst: B.ceAddress, payload: B.bytes(n - 40) });
const sent = (n: number, at: number, o: B.TunnelOptions = {}) => [B.coreIn(ofSize(n), { at }), B.accessOut(B.toCe(B.hop(ofSize(n)), o), { at: at + 0.001 })];
const needed = (mtu: number, at: number) => B.accessIn(B.error4(3, 4, mtu, B.toCe(B.hop(ofSize(200))), { src: "10.3.3.3" }), { at });

export const common: readonly Exhibit[] = [
  {
    rule: "RFC6040-4.1-1",
    conforming: [0, 1, 2, 3].flatMap((e) => [on(...encap(e, e)), on(...encap(e, 0))]),
    violating: [on(...encap(3, 2)), on(...encap(0, 1)), on(...encap(1, 2))],
    near: [on(...encap(1, 3)), on(...encap(2, 3))],
  },
  {
    rule: "RFC6040-4.1-2",
    conforming: [on(...encap(3, 3))],
    violating: [on(B.coreIn(B.withTc(back, 3)), B.accessOut(B.toCe(B.hop(B.withTc(back, 2)))))],
  },
  {
    rule: "RFC6040-4.2-1",
    conforming: PRINTED.map(([i, o, seen]) => on(...decap(i, o, seen))),
    violating: PRINTED.map(([i, o, seen]) => on(...decap(i, o, seen === 2 ? 0 : (seen + 1) & 3))),
    // A congested router marks what is ECN-capable (RFC 3168 section 5).
    near: [...PRINTED.filter(([, , seen]) => seen === 1 || seen === 2).map(([i, o]) => on(...decap(i, o, 3))), on(B.accessIn(B.tunnel(out, { tos: 3 })))],
  },
  {
    rule: "RFC6040-4.2-2",
    conforming: [on(B.accessIn(B.tunnel(out, { tos: 3 })))],
    violating: [on(...decap(0, 3, 0)), on(...decap(0, 3, 3))],
    near: [on(...decap(2, 3, 3))],
  },
  {
    rule: "RFC6040-4.2-3",
    conforming: [on(...decap(0, 0, 0)), on(...decap(0, 1, 0)), on(...decap(0, 2, 0))],
    violating: [on(...decap(0, 2, 2)), on(...decap(0, 1, 1))],
    near: [on(...decap(2, 0, 2))],
  },
  {
    rule: "RFC4443-2.2-1",
    conforming: [on(B.accessIn(B.tunnel(expired)), exceeded())],
    violating: [on(B.accessIn(B.tunnel(expired)), exceeded(expired, { src: B.brAnycast })), on(B.accessIn(B.tunnel(expired)), exceeded(expired, { src: B.HOST })), on(B.coreIn(big), B.coreOut(B.error6(2, 0, 1280, big, { src: B.ceAddress, dst: B.HOST })))],
    // What the destination itself says of a packet that has reached it passes through, and its own arrival may have been lost at the tap.
    near: [on(B.accessIn(B.tunnel(out)), B.coreOut(B.hop(out)), B.coreIn(B.error6(1, 4, 0, B.hop(out), { src: B.HOST, dst: B.ceAddress })), B.accessOut(B.toCe(B.hop(B.error6(1, 4, 0, B.hop(out), { src: B.HOST, dst: B.ceAddress }))))),
      on(B.accessIn(B.tunnel(out)), B.coreOut(B.hop(out)), B.accessOut(B.toCe(B.error6(3, 0, 0, B.hop(out), { src: B.HOST, dst: B.ceAddress })))),
      on(B.accessIn(B.tunnel(out)), B.accessOut(B.toCe(B.error6(1, 4, 0, B.hop(out), { src: B.HOST, dst: B.ceAddress }))))],
  },
  {
    rule: "RFC4443-2.3-1",
    conforming: [on(B.accessIn(B.tunnel(expired)), exceeded()), on(B.accessIn(B.tunnel(ask)), reply({ src: "3fff:0:c::1" }))],
    violating: [on(B.accessIn(B.tunnel(expired)), B.accessOut(B.toCe(wrongSum(B.error6(3, 0, 0, expired))))), on(B.accessIn(B.tunnel(ask)), B.accessOut(B.toCe(wrongSum(B.echoReply({ src: "3fff:0:c::1", dst: B.ceAddress })))))],
    // Forwarded errors keep the checksum of their sender; of a cut one nothing is known.
    near: [on(B.accessIn(B.tunnel(wrongSum(B.error6(1, 0, 0, back, { src: B.ceAddress, dst: B.HOST })))), B.coreOut(B.hop(wrongSum(B.error6(1, 0, 0, back, { src: B.ceAddress, dst: B.HOST }))))),
      on(B.accessIn(B.tunnel(expired)), { ...B.accessOut(B.toCe(wrongSum(B.error6(3, 0, 0, expired)))), cut: 130 })],
  },
  {
    rule: "RFC4443-3-1",
    conforming: [on(B.accessIn(B.tunnel(expired)), exceeded(expired, { dst: B.ceAddress })), on(B.coreIn(big), B.coreOut(B.error6(2, 0, 1480, big, { dst: B.HOST })))],
    violating: [on(B.accessIn(B.tunnel(expired)), exceeded(expired, { dst: B.ce2Address })), on(B.coreIn(big), B.coreOut(B.error6(2, 0, 1480, big, { dst: "3fff::81" })))],
  },
  {
    rule: "RFC4443-2.4-1",
    conforming: [on(B.accessIn(B.tunnel(expired)), exceeded()), on(B.coreIn(big), B.coreOut(B.error6(2, 0, 1480, big, { dst: B.HOST })))],
    violating: [on(B.accessIn(B.tunnel(expired)), B.accessOut(B.toCe(B.error6(3, 0, 0, expired, {}, 56)))), on(B.coreIn(big), B.coreOut(B.error6(2, 0, 1480, big, { dst: B.HOST }, 500))), on(B.coreIn(big), B.coreOut(B.error6(2, 0, 1480, big, { dst: B.HOST }, 1300))), on(B.accessIn(B.tunnel(expired)), extended(expired, 1400)),
      on(B.coreIn(back), B.coreOut(B.error6(1, 0, 0, back, { src: "3fff:0:c::1", dst: B.HOST }, 48)))],
    // An extension structure follows what is quoted (RFC 4884).
    near: [on(B.accessIn(B.tunnel(expired)), extended(expired, 128)), on(B.accessIn(B.tunnel(longExpired)), extended(longExpired, 1216)),
      on(B.accessIn(B.tunnel(expired, { trailing: 12 })), exceeded(Uint8Array.from([...expired, ...Array<number>(12).fill(0xa5)]))),
      // Made of an ICMPv4 error (RFC 4213 section 3.4) that the capture shows cut or not at all: it has no more to quote.
      on(...encap(0, 0), B.coreOut(B.error6(1, 3, 0, B.hop(back), { src: "3fff:0:c::1", dst: B.HOST }, 48))),
      on(...encap(0, 0), B.accessIn(B.error4(3, 1, 0, B.toCe(B.hop(back)), { src: "10.3.3.3" }), { cut: 60 }), B.coreOut(B.error6(1, 3, 0, B.hop(back), { src: "3fff:0:c::1", dst: B.HOST }, 48))),
      on(B.coreIn(back), B.coreOut(B.error6(1, 3, 0, B.hop(back), { src: "3fff:0:c::1", dst: B.HOST }, 48)))],
  },
  {
    rule: "RFC4443-2.4-2",
    conforming: [on(B.accessIn(B.tunnel(expired)), exceeded())],
    violating: [
      on(B.accessIn(B.tunnel(B.error6(1, 0, 0, out, { src: B.ceAddress, dst: B.HOST, hop: 1 }))), exceeded(B.error6(1, 0, 0, out, { src: B.ceAddress, dst: B.HOST, hop: 1 }))),
      on(B.accessIn(B.tunnel(B.six({ dst: "ff0e::1" }))), B.accessOut(B.toCe(B.error6(1, 0, 0, B.six({ dst: "ff0e::1" }))))),
    ],
  },
  {
    rule: "RFC4443-2.4-3",
    conforming: [{ steps: storm(20) }],
    violating: [{ steps: storm(1) }],
    near: [{ steps: storm(1, 2) }, { steps: storm(1).slice(0, 300) }],
  },
  {
    rule: "RFC4443-3.2-1",
    conforming: [on(B.coreIn(big), B.coreOut(B.error6(2, 0, 1480, big, { dst: B.HOST }))), on(B.coreIn(big), B.coreOut(B.error6(2, 0, 1400, big, { dst: B.HOST })))],
    violating: [on(B.coreIn(big)), under({ tunnelMtuMode: "static" }, B.coreIn(big), B.coreOut(B.error6(2, 0, 1400, big, { dst: B.HOST }))), on(B.coreIn(big), B.coreOut(B.error6(2, 1, 1480, big, { dst: B.HOST })))],
    near: [{ ...on(B.coreIn(big)), options: { complete: false } }, on(B.coreIn(B.error6(1, 0, 0, B.bytes(1450), { src: B.HOST }, 1450)))],
  },
  {
    rule: "RFC4443-3.3-1",
    conforming: [on(B.accessIn(B.tunnel(expired)), exceeded()), on(B.coreIn(expiredNative), B.coreOut(B.error6(3, 0, 0, expiredNative, { dst: B.HOST })))],
    violating: [on(B.accessIn(B.tunnel(expired))), on(B.coreIn(expiredNative)), on(B.accessIn(B.tunnel(expired)), exceeded(expired, {}, 1))],
    near: [on(B.accessIn(B.tunnel(longExpired)), extended(longExpired, 1216)), on(B.accessIn(B.tunnel(B.six({ hop: 1, dst: B.ce2Address })))), on(B.accessIn(B.tunnel(B.six({ hop: 1, dst: "3fff:0:c::1" })))),
      // The limit is the node's (section 2.4 f), so an error of another domain may have used it up.
      { steps: [B.coreIn(elsewhere, { at: 5 }), B.coreOut(B.error6(3, 0, 0, elsewhere, { dst: B.HOST }), { at: 5.001 }), B.coreIn(expiredNative, { at: 5.5 })], config: twoDomains }],
  },
  {
    rule: "RFC4443-4.2-1",
    conforming: [on(B.accessIn(B.tunnel(ask)), reply({ src: "3fff:0:c::1" }))],
    violating: [on(B.accessIn(B.tunnel(ask)), reply({ src: "3fff:0:c::2" })), on(B.accessIn(B.tunnel(ask)), B.accessOut(B.toCe(B.changed(B.echoReply({ src: "3fff:0:c::1", dst: B.ceAddress }), 60, 0))))],
    near: [on(B.accessIn(B.tunnel(ask)), reply({ src: "3fff:0:c::1" }, 0x99990001))],
  },
  {
    rule: "RFC4443-4.2-2",
    conforming: [on(B.accessIn(B.tunnel(askAnycast)), reply({ src: "3fff:0:c::1" }))],
    violating: [on(B.accessIn(B.tunnel(askAnycast)), reply({ src: B.brAnycast }))],
    near: [{ steps: [B.accessIn(B.tunnel(askAnycast)), reply({ src: B.brAnycast })], config: config({}, []) }],
  },
  {
    rule: "RFC8200-3-1",
    conforming: [on(B.accessIn(B.tunnel(expired)), exceeded()), on(B.accessIn(B.tunnel(expired)))],
    violating: [on(B.accessIn(B.tunnel(expired)), B.coreOut(B.hop(expired))), on(B.accessIn(B.tunnel(B.six({ hop: 0 }))), B.coreOut(B.six({ hop: 255 })))],
    near: [on(B.accessIn(B.tunnel(B.six({ hop: 2 }))), B.coreOut(B.six({ hop: 1 })))],
  },
  {
    rule: "RFC8200-5-1",
    conforming: [on(B.coreIn(big), B.coreOut(B.error6(2, 0, 1280, big, { dst: B.HOST })))],
    violating: [on(B.coreIn(big), B.coreOut(B.error6(2, 0, 1180, big, { dst: B.HOST }))), on(B.coreIn(back), B.coreOut(B.error6(2, 0, 1280, back, { dst: B.HOST })))],
  },
  { rule: "RFC1812-4.2.2.9-1", conforming: [on(...encap(0, 0))], violating: [on(...encap(0, 0, { ttl: 0 }))] },
  {
    rule: "RFC1812-4.2.2.9-2",
    conforming: [0, 1].flatMap((ttl) => [on(B.accessIn(B.tunnel(out, { ttl })), B.coreOut(B.hop(out))), { steps: [B.accessIn(S.tun(fromSite, S.PEER, S.ANYCAST, { ttl })), B.coreOut(B.hop(fromSite))], config: S.relay() }]),
    violating: [on(B.accessIn(B.tunnel(out, { ttl: 1 }))), { steps: [B.accessIn(S.tun(fromSite, S.PEER, S.ANYCAST, { ttl: 0 }))], config: S.relay() },
      on(B.accessIn(B.tunnel(out, { ttl: 1, id: 6 })), B.accessOut(B.error4(11, 0, 0, B.tunnel(out, { ttl: 1, id: 6 }), { src: B.BR, dst: B.CE })))],
    near: [on(B.accessIn(B.tunnel(out, { ttl: 2 }))), on(B.accessIn(B.tunnel(B.six({ dst: B.ce2Address }), { ttl: 1 }))), on(B.accessIn(B.tunnel(out, { ttl: 1, src: "11.1.1.1" }))), { ...on(B.accessIn(B.tunnel(out, { ttl: 1 }))), options: { complete: false } },
      on(B.accessIn(B.tunnel(B.six({ payload: B.bytes(2028, 3) }), { ttl: 1 }))), { steps: [B.accessIn(S.tun(fromSite, S.PEER, S.ANYCAST))], config: S.relay() }],
  },
  {
    rule: "RFC1812-5.2.2-1",
    conforming: [on(B.accessIn(bad))],
    violating: [on(B.accessIn(bad), B.coreOut(B.hop(out)))],
    near: [on(B.accessIn(Uint8Array.from(B.tunnel(out), (x, i) => (i === 10 || i === 11 ? 0 : x))), B.coreOut(B.hop(out))), { steps: [B.accessIn(B.tunnel(out), { cut: 70 }), B.coreOut(B.hop(out))] }],
  },
  {
    rule: "RFC792-destination-unreachable-1.6in4",
    conforming: [on(B.accessIn(B.tunnel(out, { src: "11.1.1.1", id: 9 })), B.accessOut(B.error4(3, 2, 0, B.tunnel(out, { src: "11.1.1.1", id: 9 }), { src: B.BR, dst: "11.1.1.1" })))],
    violating: [on(B.accessIn(B.tunnel(out, { src: "11.1.1.1", id: 9 })), B.accessOut(B.error4(3, 2, 0, B.tunnel(out, { src: "11.1.1.1", id: 9 }), { src: B.BR, dst: "11.1.1.2" })))],
  },
  {
    rule: "RFC1191-3-1",
    conforming: [on(...sent(200, 0), needed(1400, 1), ...sent(1380, 2))], violating: [on(...sent(200, 0), needed(1400, 1), ...sent(1381, 2))],
    near: [on(...sent(200, 0), needed(1400, 1), ...sent(1400, 1.01)), on(...sent(200, 0), needed(1400, 1), ...sent(1400, 400)), on(...sent(200, 0), needed(1400, 1), ...sent(1400, 2, { df: false })), on(...sent(200, 0), needed(40, 1), ...sent(1400, 2))],
  },
  { rule: "RFC2983-3.1-2.6in4", conforming: [on(B.accessIn(B.tunnel(B.withTc(out, 0x28), { tos: 0xb8 })), B.coreOut(B.hop(B.withTc(out, 0x28))))], violating: [on(B.accessIn(B.tunnel(B.withTc(out, 0x28), { tos: 0xb8 })), B.coreOut(B.hop(B.withTc(out, 0xb8))))] },
  { rule: "RFC4459-3.1-1", conforming: [on(...sent(200, 0, { df: false, id: 5 }), ...sent(201, 1, { df: false, id: 6 }))], violating: [on(...sent(200, 0, { df: false, id: 5 }), ...sent(201, 1, { df: false, id: 5 }))], near: [on(...sent(200, 0, { df: false, id: 5 }), ...sent(201, 40, { df: false, id: 5 })), on(...sent(200, 0, { id: 5 }), ...sent(201, 1, { id: 5 }))] },
  { rule: "RFC4459-3.2-1", conforming: [on(...sent(200, 0, { df: false }))], observed: [on(...sent(200, 0, { df: true }))] },
  {
    rule: "RFC1812-4.3.2.7-1",
    conforming: [on(B.accessIn(B.tunnel(out, { src: "11.1.1.1", id: 9 })), B.accessOut(B.error4(3, 2, 0, B.tunnel(out, { src: "11.1.1.1", id: 9 }), { src: B.BR, dst: "11.1.1.1" })))],
    violating: [on(B.accessIn(bad), B.accessOut(B.error4(3, 2, 0, bad, { src: B.BR, dst: B.CE }))), on(B.accessIn(bad), B.accessOut(B.error4(12, 0, 0, bad, { src: B.BR, dst: B.CE }))), on(B.accessIn(short), B.accessOut(B.error4(3, 2, 0, short, { src: B.BR, dst: B.CE }))),
      on(B.accessIn(grouped), B.accessOut(B.error4(3, 2, 0, grouped, { src: B.BR, dst: B.CE })))],
    // RFC 1812 section 5.2.2 asks for Parameter Problem about a packet that is shorter than its total length.
    // Protocol 41 that the device routes, or that goes to another of its addresses, is no broadcast.
    near: [on(B.accessIn(short), B.accessOut(B.error4(12, 0, 2 << 24, short, { src: B.BR, dst: B.CE }))),
      on(B.accessIn(transit), B.accessOut(B.error4(11, 0, 0, transit, { src: B.BR, dst: B.CE }))), on(B.accessIn(transit), B.accessOut(B.error4(3, 2, 0, transit, { src: "10.200.0.1", dst: B.CE })))],
  },
  {
    rule: "RFC6864-4.3-1",
    conforming: [on(...encap(0, 0, { df: false, id: 1 }), ...encap(0, 0, { df: false, id: 2 })), on(B.coreIn(back), ...outFragments(B.hop(back)))],
    violating: [on(...encap(0, 0, { df: false, id: 1 }), B.coreIn(big), B.accessOut(B.toCe(B.hop(big), { df: false, id: 1 })))],
    // A mirrored copy of a packet is no second use of its identification.
    near: [on(...encap(0, 0, { df: false, id: 1 }), ...encap(0, 0, { df: false, id: 1 })), on(...encap(0, 0, { id: 1 }), ...encap(0, 0, { id: 1 }))],
  },
];
