/** What the device says by ICMPv4 among the tunnels. */
import type { Config } from "../../../src/config/types.js";
import { parsePrefix4, parsePrefix6 } from "../../../src/wire/address.js";
import { put16 } from "../../../src/wire/bits.js";
import { checksum } from "../../../src/wire/checksum.js";
import * as B from "../build.js";
import * as S from "../six-to-four.js";
import { type Exhibit, on, under } from "./exhibit.js";

const ALSO = "10.0.0.77";
const alsoHas = (address: string, c: Config = B.config()): Config => ({ ...c, access: { ...c.access, ipv4: [...c.access.ipv4, B.v4(address)] } });
const TOLD = new TextEncoder().encode("data of this one only");
/** ICMPv4 echo: 8 request, 0 reply. */
function echo4(type: number, o: B.TunnelOptions, data: Uint8Array = TOLD, word = 0x00070001): Uint8Array {
  const m = new Uint8Array(8 + data.length);
  m[0] = type;
  put16(m, 4, word >>> 16);
  put16(m, 6, word & 0xffff);
  m.set(data, 8);
  put16(m, 2, checksum(m, 0, m.length));
  return B.tunnel(m, { tos: 0, ...o, proto: 1 });
}
const ask = (o: B.TunnelOptions = {}, data?: Uint8Array, word?: number) => B.accessIn(echo4(8, { src: B.CE, dst: B.BR, ...o }, data, word));
const reply = (o: B.TunnelOptions = {}, data?: Uint8Array, word?: number) => B.accessOut(echo4(0, { src: B.BR, dst: B.CE, ...o }, data, word));
const other = TOLD.map((c, i) => (i === 20 ? c ^ 1 : c));
const of = (c: Config, ...steps: B.Step[]) => ({ config: c, steps });
/** The window of the request is over. */
const later = (at: number): B.Step => B.coreIn(B.six({ src: B.HOST, dst: B.ceAddress }), { at });
const end = (at: number): B.Step[] => [later(at), B.accessOut(B.toCe(B.hop(B.six({ src: B.HOST, dst: B.ceAddress }))), { at: at + 0.001 })];

const out = B.six();
const inFragments = B.fragments(B.tunnel(out, { df: false, id: 12 }), 64);
const udp4 = (n: number, o: B.TunnelOptions = {}) => B.tunnel(B.bytes(n), { ...o, proto: 17 });
const foreign = (quoted: Uint8Array, most?: number, src = B.BR, dst = B.CE, type = 3, word = 0) => B.accessOut(B.error4(type, type === 3 ? 3 : 0, word, quoted, { src, dst }, most));
const errorIn = B.error4(3, 1, 0, B.tunnel(B.bytes(60), { src: B.BR, dst: "10.9.9.9", proto: 17 }));

/** A 6rd domain that embeds whole IPv4 addresses: 3fff:a00::/24. */
const whole = { v6rdPrefix: parsePrefix6("3fff:a00::/24")!, ipv4Prefix: parsePrefix4("0.0.0.0/0")! };
const to = (v4: string) => B.six({ src: B.HOST, dst: `3fff:a${B.v4(v4).toString(16).padStart(8, "0").replace(/^(..)(....)(..)$/, "$1:$2:$300")}::1` });
const sentTo = (v4: string, outer = v4) => under(whole, B.coreIn(to(v4)), B.accessOut(B.toCe(B.hop(to(v4)), { dst: outer })));

export const icmp4: readonly Exhibit[] = [
  {
    rule: "RFC1812-5.3.7-1.6rd",
    conforming: [under(whole, B.coreIn(to("127.0.0.1")))],
    violating: [sentTo("127.0.0.1"), sentTo("0.1.2.3"), sentTo("240.0.0.1")],
    near: [sentTo("224.0.0.5"), sentTo("255.255.255.255"), sentTo("198.51.100.7"), under(whole, B.coreIn(to("224.0.0.5"))), sentTo("127.0.0.1", "198.51.100.7")],
  },
  {
    rule: "RFC1812-4.3.2.3-1.6in4",
    conforming: [on(B.accessIn(udp4(60)), foreign(udp4(60))), on(B.accessIn(udp4(900)), foreign(udp4(900))), on(B.accessIn(B.tunnel(out, { src: "11.1.1.1", id: 9 })), foreign(B.tunnel(out, { src: "11.1.1.1", id: 9 }), undefined, B.BR, "11.1.1.1"))],
    violating: [on(B.accessIn(udp4(60)), foreign(udp4(60), 28)), on(B.accessIn(udp4(900)), foreign(udp4(900), 547)), on(B.accessIn(udp4(900)), foreign(udp4(900), 549)), on(B.accessIn(udp4(60)), foreign(udp4(60), 20)),
      of(alsoHas(ALSO), B.accessIn(udp4(60, { dst: ALSO })), foreign(udp4(60, { dst: ALSO }), 28, ALSO))],
    near: [on(foreign(udp4(60), 28, "10.200.0.1")), on(B.accessIn(udp4(900)), foreign(udp4(900), 128, B.BR, B.CE, 3, 32 << 16)), on(B.accessIn(udp4(60)), foreign(udp4(60), 28, B.BR, B.CE, 12))],
  },
  {
    rule: "RFC1812-4.3.2.7-1.fragment",
    conforming: [on(B.accessIn(B.tunnel(out, { src: "11.1.1.1", id: 9 })), B.accessOut(B.error4(3, 2, 0, B.tunnel(out, { src: "11.1.1.1", id: 9 }), { src: B.BR, dst: "11.1.1.1" })))],
    violating: [on(...inFragments.map((f) => B.accessIn(f)), B.accessOut(B.error4(3, 2, 0, inFragments[1], { src: B.BR, dst: B.CE }))), on(foreign(udp4(60, { fragment: 8 })))],
    near: [on(...inFragments.map((f) => B.accessIn(f)), B.accessOut(B.error4(11, 1, 0, inFragments[0], { src: B.BR, dst: B.CE }))), on(B.accessOut(B.error4(11, 0, 0, inFragments[1], { src: "10.200.0.1", dst: B.CE })))],
  },
  {
    rule: "RFC1812-4.3.2.7-1.quoted",
    conforming: [on(B.accessIn(udp4(60)), foreign(udp4(60))), on(ask(), foreign(echo4(8, { src: B.CE, dst: B.BR })))],
    violating: [on(B.accessIn(errorIn), foreign(errorIn)), on(B.accessIn(udp4(60, { dst: "224.0.0.5" })), foreign(udp4(60, { dst: "224.0.0.5" }))), on(B.accessIn(udp4(60, { dst: "255.255.255.255" })), foreign(udp4(60, { dst: "255.255.255.255" }))),
      on(B.accessIn(udp4(60, { src: "127.0.0.1" })), foreign(udp4(60, { src: "127.0.0.1" }), undefined, B.BR, "127.0.0.1")), { steps: [foreign(errorIn, undefined, S.UNICAST)], config: S.relay() }],
    near: [on(B.accessIn(errorIn), foreign(errorIn, undefined, "10.200.0.1")), on(foreign(udp4(60, { fragment: 8 })))],
  },
  {
    rule: "RFC1812-4.3.3.6-1.6in4",
    conforming: [on(ask(), reply()), on(B.accessIn(echo4(8, { src: B.CE, dst: B.BR }), { at: 0.01 }), { ...reply(), at: 0 }), of(alsoHas(ALSO), ask({ dst: ALSO }), reply({ src: ALSO })), on(ask({}, TOLD), ask({}, other), reply({}, other), reply({}, TOLD)), on(ask(), reply({}, TOLD), ...end(5)),
      { steps: [B.accessIn(echo4(8, { src: S.CUSTOMER, dst: S.ANYCAST })), B.accessOut(echo4(0, { src: S.ANYCAST, dst: S.CUSTOMER }))], config: S.relay() }],
    violating: [on(ask(), reply({}, other)), on(ask(), reply({}, TOLD.subarray(0, 12))), of(alsoHas(ALSO), ask(), reply({ src: ALSO }), ...end(5)), on(ask(), reply({}, TOLD, 0x00080001), ...end(5)), on(ask(), reply({ dst: B.CE2 }), ...end(5)), on(ask(), reply({ src: "10.0.0.99" }), ...end(5))],
    near: [
      // Not the device's affair: others are asked; it says nothing; fragments; replies that pass through, to others and to the same one.
      on(ask({ dst: "10.200.0.1" }), reply({ src: "10.200.0.1" }, other)), on(ask(), ...end(5)), on(ask({ fragment: 0x2000 }), reply({}, other)), on(ask(), reply({ src: "10.200.0.1" }, other), ...end(5)), on(ask(), ask({ dst: "10.200.0.1" }), reply({ src: "10.200.0.1" }), ...end(5)),
      // The second copy of a reply, by a mirror, when identifier and sequence number never change.
      on(ask({}, TOLD), ask({}, other), reply({}, TOLD), reply({}, TOLD), ...end(5)),
      // An anycast address that answers from another one of the device; padding that no request can be told by.
      { steps: [B.accessIn(echo4(8, { src: S.CUSTOMER, dst: S.ANYCAST })), B.accessOut(echo4(0, { src: S.UNICAST, dst: S.CUSTOMER })), { ...B.coreIn(S.udp(S.HOST, S.CUSTOMER6)), at: 5 }], config: S.relay() },
      of(alsoHas(ALSO), ask({}, new Uint8Array(32)), reply({ src: ALSO }, new Uint8Array(32)), ...end(5)),
    ],
  },
];
