import type { Config } from "../../../src/config/types.js";
import { markWritten } from "../../../src/config/written.js";
import { put16 } from "../../../src/wire/bits.js";
import { finish, fold, pseudo6, sum } from "../../../src/wire/checksum.js";
import * as ip4 from "../../../src/wire/ipv4.js";
import * as B from "../build.js";
import * as S from "../six-to-four.js";
import { type Exhibit, on, under } from "./exhibit.js";

const out = B.six();
const back = B.six({ src: B.HOST, dst: B.ceAddress });
const labelled = B.six({ src: B.HOST, dst: B.ceAddress, label: 7 });
const encap = (o: B.TunnelOptions = {}, inner = back, at?: number) => [B.coreIn(inner, at === undefined ? {} : { at }), B.accessOut(B.toCe(B.hop(inner), o), at === undefined ? {} : { at: at + 0.001 })];
const decap = (tunnelled = B.tunnel(out), native = B.hop(out)) => [B.accessIn(tunnelled), B.coreOut(native)];
const sized = (n: number, hop = 64) => B.six({ src: B.HOST, dst: B.ceAddress, hop, payload: B.bytes(n - 40) });
/** As a capturing host sees it whose card fills the header checksum in. */
const offloaded = (p: Uint8Array): Uint8Array => Uint8Array.from(p, (x, i) => (i === 10 || i === 11 ? 0 : x));
/** The first fragment comes again with another byte: there is no single right datagram. */
const contradicting = (f: ReturnType<typeof inFragments>) => [f[0], B.accessIn(Uint8Array.from(f[0].packet, (x, i) => (i === 70 ? x ^ 1 : x))), ...f.slice(1)];
const tooBig = (mtu: number, inner: Uint8Array) => B.coreOut(B.error6(2, 0, mtu, inner, { dst: B.HOST }));
const inFragments = (packet: Uint8Array, size: number) => B.fragments(B.tunnel(packet, { df: false }), size).map((f) => B.accessIn(f));
const outFragments = (packet: Uint8Array, size: number, flags = 0) => B.fragments(B.toCe(packet, { df: false }), size, flags).map((f) => B.accessOut(f));
/** Each fragment has an identification of its own. */
const strangers = (steps: readonly B.Step[]): B.Step[] => steps.map((s, i) => {
  const packet = s.packet.slice();
  put16(packet, 4, 100 + i);
  ip4.seal(packet, 0);
  return { ...s, packet };
});
const needed = (mtu: number, at: number) => B.accessIn(B.error4(3, 4, mtu, B.toCe(B.hop(back)), { src: "10.3.3.3" }), { at });
const staticMode = { tunnelMtuMode: "static" } as const;
const relayed = (type: number, code: number) => [B.accessIn(B.error4(3, 1, 0, B.toCe(B.hop(back)), { src: "10.3.3.3" })), B.coreOut(B.error6(type, code, 0, B.hop(back), { dst: B.HOST }))];
const looped = B.six({ src: "::1" });
const mapped = B.six({ src: "::ffff:10.100.100.1" });
const large = B.six({ payload: B.bytes(1460) });
const medium = B.six({ payload: B.bytes(1200) });

const hopless = B.six({ hop: 1 });
const large1500 = sized(1500);
const upward = S.udp(B.HOST, B.ceAddress);
const downward = S.udp(B.ceAddress, B.HOST);
const segment = ((): Uint8Array => {
  const p = B.six({ src: B.HOST, dst: B.ceAddress, next: 6, payload: Uint8Array.from([0, 80, 4, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18, 1, 0, 0, 0, 0, 0, ...B.bytes(30)]) });
  put16(p, 56, finish(sum(p, 40, 50, pseudo6(p, 8, 50, 6))));
  return p;
})();
const unsummed = (p: Uint8Array): Uint8Array => B.changed(B.changed(p, 46, 0), 47, 0);
const halfSummed = (p: Uint8Array): Uint8Array => {
  const c = p.slice();
  put16(c, 46, fold(pseudo6(p, 8, p.length - 40, 17)));
  return c;
};
const encapAs = (before: Uint8Array, after: Uint8Array) => [B.coreIn(before), B.accessOut(B.toCe(B.hop(after)))];

/** A configuration whose file names the outer TTL. */
function withTtl(ttl: number, c: Config = B.config({ ttl })): Config {
  for (const t of c.serviceSets[0].concentrators) markWritten(t, ["ttl"]);
  return c;
}

const owned = [32, 1, 13, 184, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1];
/** An unsolicited neighbour advertisement (RFC 4861 section 4.4) or a redirect (section 4.5) about an address. */
const claims = (about: string, type = 136): Uint8Array => {
  const address = B.six({ dst: about }).slice(24, 40);
  return B.icmp6(type, 0, type === 136 ? 0x20000000 : 0, type === 136 ? address : Uint8Array.of(...B.six({ dst: B.ce2Address }).slice(24, 40), ...address), { src: B.ceAddress, dst: B.brAnycast, hop: 255 });
};
const solicit = (options: number[] = [], o: B.SixOptions = {}) => B.icmp6(135, 0, 0, Uint8Array.from([...owned, ...options]), { src: B.ceAddress, dst: "2001:db8:0:100::1", ...o });
const advert = (options: number[] = [], hop = 255) => B.icmp6(136, 0, 0x60000000, Uint8Array.from([...owned, ...options]), { src: "2001:db8:0:100::1", dst: B.ceAddress, hop });
const unused = B.tunnel(B.bytes(20), { proto: 253, tos: 0, id: 21 });
const refused = B.tunnel(out, { src: "11.1.1.1", id: 22 });

const fromOther = S.relayOut(S.PEER, {}, S.HOST, S.UNICAST);
/** The device has one more IPv4 address on its access side. */
const alsoHas = (address: string, c: Config): Config => ({ ...c, access: { ...c.access, ipv4: [...c.access.ipv4, B.v4(address)] } });

/** An echo request that is known by its data. */
const told = (o: B.SixOptions): Uint8Array => B.icmp6(128, 0, 0x00070001, new TextEncoder().encode("data of this one only"), { src: B.ceAddress, dst: B.HOST, ...o });

export const rfc4213: readonly Exhibit[] = [
  {
    rule: "RFC4213-3-1",
    conforming: [on(...encap()), on(...encap({}, back))],
    violating: [on(B.coreIn(back), B.accessOut(B.toCe(B.changed(B.hop(back), 75, 0)))), on(B.coreIn(labelled), B.accessOut(B.toCe(B.changed(B.hop(labelled), 3, 9)))), on(B.coreIn(labelled), B.accessOut(B.toCe(B.changed(B.hop(labelled), 3, 0)))),
      on(B.coreIn(back), B.accessOut(B.toCe(B.changed(B.changed(B.hop(back), 3, 9), 75, 0))))],
    // A flow label that was zero may be set (RFC 6437 section 3).
    near: [on(B.coreIn(back), B.accessOut(B.toCe(B.changed(B.hop(back), 3, 9))))],
  },
  {
    rule: "RFC4213-3.2-1",
    conforming: [on(B.coreIn(sized(1500)), tooBig(1480, sized(1500)))],
    violating: [on(B.coreIn(sized(1500)), ...outFragments(B.hop(sized(1500)), 1400))],
    near: [on(B.coreIn(sized(1480)), ...outFragments(B.hop(sized(1480)), 1400)), under({ tunnelMtu: 1280 }, B.coreIn(sized(1400)), ...outFragments(B.hop(sized(1400)), 1000))],
  },
  {
    rule: "RFC4213-3.2-2",
    conforming: [under(staticMode, ...encap({ df: false }), ...encap({ df: false }))],
    violating: [under(staticMode, ...encap({ df: false }), ...encap())],
    near: [on(...encap({ df: false }), ...encap()), under(staticMode, ...encap(), ...encap({ df: false }), ...encap({ df: false }))],
  },
  {
    rule: "RFC4213-3.2.1-1",
    conforming: [under(staticMode, ...encap({ df: false }, sized(1480)))],
    violating: [under({ tunnelMtuMode: "static", tunnelMtu: 1280 }, ...encap({ df: false }, sized(1481)))],
    near: [on(...encap({}, sized(1481))), under({ tunnelMtuMode: "static", tunnelMtu: 1500 }, ...encap({ df: false }, sized(1481)))],
  },
  {
    rule: "RFC4213-3.2.1-2",
    conforming: [under({ tunnelMtuMode: "static", tunnelMtu: 1280 }, B.coreIn(sized(1281)), tooBig(1280, sized(1281)))],
    violating: [under({ tunnelMtuMode: "static", tunnelMtu: 1280 }, B.coreIn(sized(1281)), tooBig(1480, sized(1281))), under({ tunnelMtuMode: "static", tunnelMtu: 1280 }, ...encap({ df: false }, sized(1281)))],
    near: [under({ tunnelMtuMode: "static", tunnelMtu: 1280 }, ...encap({ df: false }, sized(1280)))],
  },
  {
    rule: "RFC4213-3.2.1-5",
    conforming: [under(staticMode, ...encap({ df: false }))],
    violating: [under(staticMode, ...encap())],
    near: [on(...encap()), under({ tunnelMtuMode: "anycast-df", anycast: true }, ...encap())],
  },
  {
    rule: "RFC4213-3.2.2-1",
    conforming: [on(...encap(), needed(1290, 1), ...encap({ df: false }, sized(1280), 2)), on(...encap(), needed(1290, 1), B.coreIn(sized(1281), { at: 2 }), { ...tooBig(1280, sized(1281)), at: 2.001 }, ...encap({ df: false }, sized(100), 2.1))],
    violating: [on(...encap(), needed(1290, 1), ...encap({}, sized(1280), 2)), on(...encap(), needed(1290, 1), ...encap({ df: false }, sized(1281), 2))],
    near: [on(...encap(), needed(1290, 1), ...encap({}, sized(1281), 1.01)), on(...encap(), needed(1290, 1), ...encap({}, sized(1400), 1000))],
  },
  {
    rule: "RFC4213-3.2.2-2",
    conforming: [on(...encap(), needed(1400, 1), ...encap({}, sized(1380), 2))],
    violating: [on(...encap(), needed(1400, 1), ...encap({ df: false }, sized(1380), 2)), on(...encap(), needed(1400, 1), ...encap({}, sized(1381), 2))],
    near: [under(staticMode, ...encap({ df: false }), needed(1400, 1), ...encap({ df: false }, sized(1400), 2))],
  },
  {
    rule: "RFC4213-3.3-1",
    conforming: [on(...decap()), on(...encap()), on(...encap({}, sized(100, 2)))],
    violating: [on(...decap(B.tunnel(out), out)), on(...decap(B.tunnel(out), B.hop(out, 2))), on(B.coreIn(back), B.accessOut(B.toCe(B.hop(back, 12))))],
    // RFC 6732 figure 1: relay and translator may be two routers.
    near: [on(...decap(B.tunnel(B.six({ hop: 1 })), B.six({ hop: 0 }))), { steps: [S.pmtIn()[0], B.coreOut(B.hop(S.udp(S.PROVIDER6, S.HOST), 2))], config: S.pmt() }],
  },
  {
    rule: "RFC4213-3.3-2",
    conforming: [on(...encap({}, sized(100, 64)), ...encap({}, sized(101, 30)))],
    violating: [on(...encap({ ttl: 63 }, sized(100, 64)), ...encap({ ttl: 29 }, sized(101, 30)))],
    near: [on(...encap({ ttl: 64 }, sized(100, 64)), ...encap({ ttl: 64 }, sized(101, 64)))],
  },
  {
    rule: "RFC4213-3.3-2.declared",
    conforming: [{ steps: encap(), config: withTtl(64) }],
    violating: [{ steps: encap({ ttl: 1 }), config: withTtl(64) }, { steps: S.relayOut(S.PEER, { ttl: 63 }), config: withTtl(64, S.relay()) }],
    near: [on(...encap({ ttl: 255 })), { steps: decap(), config: withTtl(17) }],
  },
  {
    rule: "RFC4213-3.4-1",
    conforming: [on(...encap(), needed(1400, 1), ...encap({}, sized(1380), 2))],
    violating: [on(...encap(), needed(1400, 1), ...encap({}, sized(1480), 2))],
    near: [on(...encap(), ...encap({}, sized(1480), 2)), on(...encap(), B.accessIn(B.error4(3, 4, 1400, B.tunnel(out), { src: "10.3.3.3" }), { at: 1 }), ...encap({}, sized(1480), 2))],
  },
  {
    rule: "RFC4213-3.4-2",
    conforming: [on(...encap(), B.accessIn(B.error4(3, 1, 0, B.toCe(B.hop(back)), { src: "10.3.3.3" })))],
    observed: [on(...encap(), ...relayed(1, 3))],
    near: [on(...encap(), B.accessIn(B.error4(3, 1, 0, B.toCe(B.hop(back)), { src: "10.3.3.3" }, 28)))],
  },
  {
    rule: "RFC4213-3.4-3",
    conforming: [on(...encap(), ...relayed(1, 3))],
    observed: [on(...encap(), ...relayed(1, 3))],
    violating: [on(...encap(), ...relayed(3, 0))],
    near: [on(...encap(), needed(1400, 1), { ...tooBig(1380, B.hop(back)), at: 1.001 })],
  },
  { rule: "RFC4213-3.5-1", conforming: [on(...encap())], violating: [on(...encap({ options: true }))] },
  {
    rule: "RFC4213-3.5-3",
    conforming: [on(...encap()), on(B.coreIn(sized(1400)), ...outFragments(B.hop(sized(1400)), 1400))],
    violating: [on(...encap({ trailing: 4 }))],
  },
  {
    rule: "RFC4213-3.5-4",
    conforming: [on(...encap({ df: false, id: 7 }), ...encap({ df: false, id: 8 })), on(...encap({ df: false, id: 7 }), ...encap({ df: false, id: 7 }, back, 200))],
    violating: [on(...encap({ df: false, id: 7 }), ...encap({ df: false, id: 7 }, sized(1200)))],
    near: [on(...encap({ df: false, id: 7 }), ...encap({ df: false, id: 7 })), on(...encap({ id: 0 }), ...encap({ id: 0 }))],
  },
  {
    rule: "RFC4213-3.5-5",
    conforming: [on(B.coreIn(sized(1480)), ...outFragments(B.hop(sized(1480)), 1400))],
    violating: [on(B.coreIn(sized(1480)), ...outFragments(B.hop(sized(1480)), 1400, 0x4000))],
  },
  {
    rule: "RFC4213-3.5-5.whole",
    conforming: [on(B.coreIn(sized(1400)), ...outFragments(B.hop(sized(1400)), 1000))],
    violating: [on(B.coreIn(sized(1400)), ...strangers(outFragments(B.hop(sized(1400)), 1000))), on(B.coreIn(sized(1400)), ...outFragments(B.hop(sized(1400)), 1000).slice(0, 1))],
    near: [on(B.coreIn(sized(1400)), ...outFragments(B.hop(upward), 50).slice(0, 1)), on(...encap()), { steps: [B.coreIn(sized(1400)), ...outFragments(B.hop(sized(1400)), 1000).slice(0, 1)], options: { complete: false } }],
  },
  { rule: "RFC4213-3.5-6", conforming: [on(...encap())], violating: [on(...encap({ badChecksum: true })), on(...encap({ proto: 4 }))],
    near: [on(B.coreIn(back), B.accessOut(offloaded(B.toCe(B.hop(back)))))] },
  {
    rule: "RFC4213-3.5-7",
    // A relay may send from the address of the outgoing interface (section 3.5); the CEs of 6rd know one address of the BR.
    conforming: [on(...encap()), under({ alsoAccepts: [B.v4("10.0.0.9")] }, ...encap({ src: "10.0.0.9" })), { steps: fromOther, config: alsoHas(S.UNICAST, S.relay({ alsoAccepts: [] })) }],
    violating: [on(...encap({ src: "10.0.0.9" })), { steps: encap({ src: "10.0.0.9" }), config: alsoHas("10.0.0.9", B.config()) }, { steps: fromOther, config: S.relay({ alsoAccepts: [] }) },
      // Behind a relay that translates, such a packet is known by its other address.
      { steps: [B.coreIn(S.udp(S.HOST, S.PROVIDER6)), B.accessOut(S.tun(B.hop(S.udp(S.HOST, S.CUSTOMER6)), "192.0.2.77", S.CUSTOMER))], config: S.pmt() },
      { steps: [B.coreIn(S.udp(S.HOST, S.PEER6)), B.accessOut(S.tun(B.hop(S.udp(S.HOST, S.PEER6)), "192.0.2.77", S.PEER))], config: S.pmt() }],
  },
  {
    rule: "RFC4213-3.5-7.own",
    conforming: [on(B.accessIn(B.tunnel(hopless)), B.accessOut(B.toCe(B.error6(3, 0, 0, hopless)))), { steps: [B.accessIn(S.tun(S.udp(S.PEER6, S.HOST, { hop: 1 }), S.PEER, S.ANYCAST)), B.accessOut(S.tun(B.error6(3, 0, 0, S.udp(S.PEER6, S.HOST, { hop: 1 }), { dst: S.PEER6 }), S.UNICAST, S.PEER))], config: alsoHas(S.UNICAST, S.relay({ alsoAccepts: [] })) }],
    violating: [on(B.accessIn(B.tunnel(hopless)), B.accessOut(B.toCe(B.error6(3, 0, 0, hopless), { src: "10.0.0.99" }))), on(B.accessIn(B.tunnel(B.echo({ dst: "3fff:0:c::1" }))), B.accessOut(B.toCe(B.echoReply({ src: "3fff:0:c::1", dst: B.ceAddress }), { src: "10.0.0.99" }))),
      { steps: [B.accessIn(S.tun(S.udp(S.CUSTOMER6, S.HOST, { hop: 1 }), S.CUSTOMER, S.ANYCAST)), B.accessOut(S.tun(B.error6(3, 0, 0, S.udp(S.CUSTOMER6, S.HOST, { hop: 1 }), { dst: S.CUSTOMER6 }), "192.0.2.77", S.CUSTOMER))], config: S.pmt() }],
    near: [on(B.coreIn(large1500), B.coreOut(B.error6(2, 0, 1480, large1500, { dst: B.HOST })))],
  },
  {
    rule: "RFC4213-3.6-1",
    conforming: [on(B.accessIn(B.tunnel(out, { src: "11.1.1.1" })))],
    violating: [on(...decap(B.tunnel(out, { src: "11.1.1.1" })))],
    near: [on(...decap())],
  },
  {
    rule: "RFC4213-3.6-2",
    conforming: [on(B.accessIn(B.tunnel(out, { src: "11.1.1.1" })))],
    violating: [on(...decap(B.tunnel(out, { src: "11.1.1.1" }))), on(...decap(B.tunnel(out, { src: "10.1.1.1" })))],
    near: [on(...decap())],
  },
  {
    rule: "RFC4213-3.6-2.icmp",
    conforming: [on(B.accessIn(B.tunnel(out, { src: "11.1.1.1" })))],
    violating: [on(B.accessIn(B.tunnel(out, { src: "11.1.1.1", id: 9 })), B.accessOut(B.error4(3, 13, 0, B.tunnel(out, { src: "11.1.1.1", id: 9 }), { src: B.BR, dst: "11.1.1.1" })))],
    near: [on(B.accessIn(B.tunnel(out, { src: "11.1.1.1", id: 9 })), B.accessOut(B.error4(3, 2, 0, B.tunnel(out, { src: "11.1.1.1", id: 9 }), { src: B.BR, dst: "11.1.1.1" }, 28)))],
  },
  {
    rule: "RFC4213-3.6-4",
    conforming: [on(...decap(B.tunnel(large), B.hop(large)))],
    violating: [on(B.accessIn(B.tunnel(large)))],
    near: [on(B.accessIn(B.tunnel(B.six({ payload: B.bytes(1461) })))), { ...on(B.accessIn(B.tunnel(large))), options: { complete: false } }],
  },
  {
    rule: "RFC4213-3.6-4.joined",
    conforming: [on(...inFragments(large, 800), B.coreOut(B.hop(large)))],
    violating: [on(...inFragments(large, 800))],
    near: [on(B.accessIn(B.tunnel(large)))],
  },
  {
    rule: "RFC4213-3.6-5",
    conforming: [on(...inFragments(medium, 400), B.coreOut(B.hop(medium))), on(...inFragments(medium, 400).reverse(), B.coreOut(B.hop(medium)))],
    violating: [on(...inFragments(medium, 400))],
    near: [under({ flowLimit: 1 }, ...inFragments(medium, 400)), on(...contradicting(inFragments(medium, 400))), on(...inFragments(medium, 400).slice(1)), on(...inFragments(large, 800))],
  },
  {
    rule: "RFC4213-3.6-7",
    conforming: [on(...inFragments(medium, 640), B.coreOut(B.hop(medium)))],
    violating: [on({ ...inFragments(medium, 640)[0], at: 0 }, B.coreOut(B.hop(medium), { at: 0.01 }), { ...inFragments(medium, 640)[1], packet: B.fragments(B.tunnel(medium, { df: false, id: 77 }), 640)[1], at: 0.5 })].map((c) => ({
      ...c, steps: [{ ...c.steps[0], packet: B.fragments(B.tunnel(medium, { df: false, id: 77 }), 640)[0] }, ...c.steps.slice(1)],
    })),
    near: [on(...decap())],
  },
  {
    rule: "RFC4213-3.6-8",
    conforming: [on(...decap())],
    violating: [on(...decap(B.tunnel(out), B.changed(B.hop(out), 70, 0))), on(...decap(B.tunnel(out), B.changed(B.hop(out), 6, 6)))],
    near: [on(...decap(B.tunnel(out), B.changed(B.hop(out), 3, 9))), on(...decap(B.tunnel(out), B.changed(B.hop(out), 45, 0)))],
  },
  {
    rule: "RFC4213-3-1.sum",
    conforming: [on(...encap())],
    violating: [on(...encapAs(upward, S.bad(upward))), on(...encapAs(segment, B.changed(segment, 56, segment[56] ^ 3)))],
    // A card may leave no sum, or that of the pseudo-header; a wrong one came so; the sum of an altered packet is another matter.
    near: [on(...encapAs(upward, unsummed(upward))), on(...encapAs(unsummed(upward), upward)), on(...encapAs(upward, halfSummed(upward))), on(...encapAs(S.bad(upward), upward)), on(...encapAs(upward, B.changed(S.bad(upward), 60, 1)))],
  },
  {
    rule: "RFC4213-3.6-8.sum",
    conforming: [on(...decap())],
    violating: [on(...decap(B.tunnel(downward), S.bad(B.hop(downward))))],
    near: [on(...decap(B.tunnel(downward), unsummed(B.hop(downward)))), on(...decap(B.tunnel(unsummed(downward)), B.hop(downward)))],
  },
  {
    rule: "RFC4213-3.6-8.addresses",
    conforming: [on(...decap(B.tunnel(out)))],
    violating: [on(...decap(B.tunnel(told({})), told({ src: "2001:db8:6464:100::77", hop: 63 }))), on(B.coreIn(told({ src: B.HOST, dst: B.ceAddress })), B.accessOut(B.toCe(told({ src: "3fff::81", dst: B.ceAddress, hop: 63 }))))],
    near: [on(...decap(B.tunnel(told({})), told({ src: "2001:db8:6464:100::77", dst: "3fff::81", hop: 63 })))],
  },
  {
    rule: "RFC4213-3.6-8.dscp",
    conforming: [on(...decap(B.tunnel(B.withTc(out, 0xb8), { tos: 0 }), B.hop(B.withTc(out, 0xb8))))],
    violating: [on(...decap(B.tunnel(out, { tos: 0xb8 }), B.hop(B.withTc(out, 0xb8))))],
  },
  {
    rule: "RFC4213-3.6-9",
    conforming: [on(...decap(B.tunnel(out, { trailing: 12 }))), on(...decap(B.tunnel(out, { trailing: 2 }), Uint8Array.from([...B.hop(out), 0, 0, 0, 0])))],
    violating: [on(...decap(B.tunnel(out, { trailing: 12 }), Uint8Array.from([...B.hop(out), ...Array<number>(12).fill(0xa5)]))), on(...decap(B.tunnel(B.six({ payloadLength: 60 })), B.hop(B.six({ payloadLength: 60 }))))],
    near: [on(...decap(B.tunnel(out), Uint8Array.from([...B.hop(out), 0, 0, 0, 0])))],
  },
  {
    rule: "RFC4213-3.6-10",
    conforming: [looped, B.six({ src: "ff02::1" })].map((p) => on(B.accessIn(B.tunnel(p)))),
    violating: [on(...decap(B.tunnel(looped), B.hop(looped))), on(B.accessIn(B.tunnel(looped)), B.accessOut(B.toCe(B.error6(1, 5, 0, looped))))],
    near: [on(B.accessIn(B.tunnel(B.six({ src: "::" })))), on(...decap(B.tunnel(mapped), B.hop(mapped)))],
  },
  {
    rule: "RFC4213-3.6-10.ipv4",
    conforming: [mapped, B.six({ src: "::10.100.100.1" })].map((p) => on(B.accessIn(B.tunnel(p)))),
    violating: [on(...decap(B.tunnel(mapped), B.hop(mapped))), on(B.accessIn(B.tunnel(mapped)), B.accessOut(B.toCe(B.error6(1, 5, 0, mapped))))],
    near: [on(B.accessIn(B.tunnel(B.six({ src: "::" })))), on(...decap(B.tunnel(looped), B.hop(looped)))],
  },
  {
    rule: "RFC4213-3.6-11",
    conforming: [on(B.accessIn(B.tunnel(B.six({ src: "3fff:9::1" }))))],
    violating: [on(...decap(B.tunnel(B.six({ src: "3fff:9::1" })), B.hop(B.six({ src: "3fff:9::1" }))))],
    near: [on(...decap())],
  },
  {
    rule: "RFC4213-3.6-12",
    conforming: [on(B.accessIn(B.tunnel(out, { dst: "224.0.0.1" }))), on(B.accessIn(B.tunnel(out, { dst: "255.255.255.255" })))],
    violating: [on(...decap(B.tunnel(out, { dst: "224.0.0.1" }))), on(B.accessIn(B.tunnel(out, { dst: "224.0.0.1", id: 5 })), B.accessOut(B.error4(3, 2, 0, B.tunnel(out, { dst: "224.0.0.1", id: 5 }), { src: B.BR, dst: B.CE })))],
    near: [on(B.accessIn(B.tunnel(out, { dst: "10.200.0.1" })), B.accessOut(B.tunnel(out, { dst: "10.200.0.1", ttl: 63 })))],
  },
  {
    rule: "RFC4213-3.7-1",
    conforming: [on(B.accessOut(B.toCe(B.six({ src: "fe80::a00:1", dst: "fe80::a64:6401" }))))],
    violating: [on(B.accessOut(B.toCe(B.six({ src: "fe80::a00:2", dst: "fe80::a64:6401" }))))],
    near: ["fe80::200:5eff:fe00:1", "fe80::1", "fe80::2:1"].map((src) => on(B.accessOut(B.toCe(B.six({ src, dst: "fe80::a64:6401" }))))),
  },
  {
    rule: "RFC4213-3.8-1",
    conforming: [on(B.accessIn(B.tunnel(solicit())), B.accessOut(B.toCe(advert())))],
    violating: [on(B.accessIn(B.tunnel(solicit())))],
    near: [on(B.accessIn(B.tunnel(solicit([], { dst: "2001:db8:6464:100::99" })))), { ...on(B.accessIn(B.tunnel(solicit()))), options: { complete: false } }],
  },
  {
    rule: "RFC4213-3.8-2",
    conforming: [on(B.accessOut(B.toCe(advert())))],
    violating: [on(B.accessOut(B.toCe(advert([2, 1, 2, 0, 0, 0, 0, 1]))))],
    near: [on(...encap()), on(B.accessOut(B.toCe(advert([2, 1, 2, 0, 0, 0, 0, 1], 254))))], // forwarded for a CE, not the device's own
  },
  {
    rule: "RFC4213-3.8-3",
    conforming: [on(B.accessIn(B.tunnel(solicit([1, 1, 2, 0, 0, 0, 0, 1]))), B.accessOut(B.toCe(advert())))],
    violating: [on(B.accessIn(B.tunnel(solicit([1, 1, 2, 0, 0, 0, 0, 1]))))],
    near: [on(B.accessIn(B.tunnel(solicit())))],
  },
  {
    rule: "RFC4213-5-1",
    conforming: [on(B.accessIn(B.tunnel(claims(B.HOST))), ...decap()), on(B.accessIn(B.tunnel(claims(B.HOST, 137))), ...decap())],
    violating: [
      on(B.accessIn(B.tunnel(claims(B.HOST), { src: B.CE2 })), B.accessIn(B.tunnel(out)), B.accessOut(B.toCe(B.hop(out), { dst: B.CE2 }))),
      on(B.accessIn(B.tunnel(claims(B.HOST, 137), { src: B.CE2 })), B.accessIn(B.tunnel(out)), B.accessOut(B.toCe(B.hop(out), { dst: B.CE2 }))),
    ],
    near: [
      on(B.accessIn(B.tunnel(claims("3fff::81"), { src: B.CE2 })), B.accessIn(B.tunnel(out)), B.accessOut(B.toCe(B.hop(out), { dst: B.CE2 }))),
      on(B.accessIn(B.tunnel(claims(B.ce2Address))), B.accessIn(B.tunnel(B.six({ dst: B.ce2Address }))), B.accessOut(B.toCe(B.hop(B.six({ dst: B.ce2Address })), { dst: B.CE2 }))),
    ],
  },
  {
    rule: "RFC4213-5-2",
    conforming: [
      on(B.accessIn(unused), B.accessIn(refused, { at: 2 })),
      on(B.accessIn(unused), B.accessOut(B.error4(3, 2, 0, unused, { src: B.BR, dst: B.CE })), B.accessIn(refused, { at: 2 }), B.accessOut(B.error4(3, 2, 0, refused, { src: B.BR, dst: "11.1.1.1" }), { at: 2.001 })),
    ],
    violating: [
      on(B.accessIn(unused), B.accessIn(refused, { at: 2 }), B.accessOut(B.error4(3, 2, 0, refused, { src: B.BR, dst: "11.1.1.1" }), { at: 2.001 })),
      on(B.accessIn(unused), B.accessOut(B.error4(3, 2, 0, unused, { src: B.BR, dst: B.CE })), B.accessIn(refused, { at: 2 })),
    ],
    near: [on(B.accessIn(refused), B.accessOut(B.error4(3, 2, 0, refused, { src: B.BR, dst: "11.1.1.1" })))],
  },
];
