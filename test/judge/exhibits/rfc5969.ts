import * as B from "../build.js";
import { type Exhibit, naming, on, under } from "./exhibit.js";

const out = B.six();
const back = B.six({ src: B.HOST, dst: B.ceAddress });
const peer = B.six({ dst: B.ce2Address });
const self = B.six({ dst: "2001:db8:6464:100::99" });
const encap = (o: B.TunnelOptions = {}, inner = back) => [B.coreIn(inner), B.accessOut(B.toCe(B.hop(inner), o))];
const big = B.six({ src: B.HOST, dst: B.ceAddress, payload: B.bytes(1460) });
const tooBig = (mtu: number, inner = big) => B.error6(2, 0, mtu, inner, { dst: B.HOST });
const ask = B.echo({ dst: B.brAnycast });
const answer = (src: string) => B.accessOut(B.toCe(B.echoReply({ src, dst: B.ceAddress })));
const foreign = B.six({ src: "3fff:0:99::1" });
const marked = B.six({ src: B.HOST, dst: B.ceAddress, tc: 0xb8 });
const solicit = (dst: string) => B.icmp6(135, 0, 0, B.bytes(16), { src: B.ceAddress, dst });
const relays = [{ address: B.v4("10.100.100.0"), length: 24 }];
const declaring = (...steps: B.Step[]) => ({ steps, config: naming(B.config({ knownRelays: relays })) });
const tooBigIn = B.six({ payload: B.bytes(10) });

export const rfc5969: readonly Exhibit[] = [
  {
    rule: "RFC5969-4-2",
    conforming: [on(...encap()), on(B.accessIn(B.tunnel(peer)), B.accessOut(B.toCe(B.hop(peer), { dst: B.CE2 })))],
    violating: [on(...encap({ dst: "10.100.100.2" })), on(...encap({ dst: "100.100.1.1" }))],
  },
  {
    rule: "RFC5969-4-6",
    conforming: [on(B.accessIn(B.tunnel(out)), B.coreOut(B.hop(out)), B.accessIn(B.tunnel(out, { src: "10.7.7.7" })))],
    violating: [on(B.accessIn(B.tunnel(out)), B.coreOut(B.hop(out)), B.accessIn(B.tunnel(out, { src: "10.7.7.7" })), B.coreOut(B.hop(out)))],
    near: [on(B.accessIn(B.tunnel(out, { src: "10.7.7.7" })))],
  },
  {
    rule: "RFC5969-5-1",
    conforming: [on(B.accessIn(B.tunnel(ask)), answer("3fff:0:c::1"))],
    violating: [on(B.accessIn(B.tunnel(ask))), on(B.accessIn(B.tunnel(ask)), B.coreOut(B.hop(ask)))],
    near: [on(B.accessIn(B.tunnel(B.six({ dst: B.brAnycast })))), { ...on(B.accessIn(B.tunnel(ask))), options: { complete: false } }],
  },
  {
    rule: "RFC5969-7.2-2",
    conforming: [under({ anycast: true, tunnelMtuMode: "anycast-df" }, ...encap())],
    violating: [under({ anycast: true, tunnelMtuMode: "anycast-df", alsoAccepts: [B.v4("10.0.0.9")] }, ...encap({ src: "10.0.0.9" }))],
    near: [under({ alsoAccepts: [B.v4("10.0.0.9")] }, ...encap({ src: "10.0.0.9" }))],
  },
  {
    rule: "RFC5969-7.2-3",
    conforming: [on(...encap())],
    violating: [on(B.coreIn(back))],
    near: [on(B.coreIn(B.six({ src: B.HOST, dst: B.ceAddress, hop: 1 }))), on(B.accessIn(B.tunnel(out)), B.coreOut(B.hop(out)), B.coreIn(back))],
  },
  {
    rule: "RFC5969-8-1",
    conforming: [on(B.accessIn(B.tunnel(peer)), B.accessOut(B.toCe(B.hop(peer), { dst: B.CE2 })))],
    violating: [on(B.accessIn(B.tunnel(solicit(B.ce2Address))))],
  },
  {
    rule: "RFC5969-8-2",
    conforming: [on(B.accessIn(B.tunnel(self)), B.accessOut(B.toCe(B.hop(self)))), on(B.accessIn(B.tunnel(solicit("2001:db8:6464:100::99"))))],
    violating: [on(B.accessIn(B.tunnel(solicit("2001:db8:0:100::1")))), on(B.accessIn(B.tunnel(solicit(B.brAnycast))))],
    near: [on(B.accessIn(B.tunnel(ask)))],
  },
  {
    rule: "RFC5969-8-3",
    conforming: [on(B.accessIn(B.tunnel(self)), B.accessOut(B.toCe(B.hop(self)))), on(B.accessIn(B.tunnel(self)), B.accessIn(B.tunnel(self)), B.accessOut(B.toCe(B.hop(self))), B.accessOut(B.toCe(B.hop(self))))],
    violating: [
      on(B.accessIn(B.tunnel(self))), on(B.accessIn(B.tunnel(self)), B.coreOut(B.hop(self))),
      on(B.accessIn(B.tunnel(self)), B.accessOut(B.toCe(B.error6(1, 0, 0, self)))),
    ],
    near: [
      on(B.accessIn(B.tunnel(self, { src: B.CE2 }))), { ...on(B.accessIn(B.tunnel(self))), options: { complete: false } },
      on(B.accessIn(B.tunnel(B.six({ dst: "2001:db8:6464:100::99", hop: 1 })))),
    ],
  },
  {
    rule: "RFC5969-8-3.ce-to-ce",
    conforming: [on(B.accessIn(B.tunnel(peer)), B.accessOut(B.toCe(B.hop(peer), { dst: B.CE2 })))],
    violating: [on(B.accessIn(B.tunnel(peer)))],
    near: [on(B.accessIn(B.tunnel(peer)), B.accessOut(B.toCe(B.error6(1, 1, 0, peer))))],
  },
  {
    rule: "RFC5969-9-1",
    conforming: [on(...encap())],
    violating: [on(...encap({ options: true })), on(...encap({ badChecksum: true })), on(...encap({ trailing: 8 }))],
  },
  {
    rule: "RFC5969-9-2",
    conforming: [on(...encap(), B.accessIn(B.error4(3, 1, 0, B.toCe(B.hop(back)), { src: "10.3.3.3" })), B.coreOut(B.error6(1, 3, 0, B.hop(back), { dst: B.HOST })))],
    violating: [on(...encap(), B.accessIn(B.error4(3, 1, 0, B.toCe(B.hop(back)), { src: "10.3.3.3" })), B.coreOut(B.error6(1, 3, 0, B.hop(back), { dst: "3fff::81" })))],
  },
  {
    rule: "RFC5969-9-3",
    conforming: [on(...encap()), on(...encap({}, marked))],
    violating: [on(...encap({ tos: 0 }, marked)), on(...encap({ tos: 0x10 }))],
    near: [under({ dscp: { mode: "zero" } }, ...encap({ tos: 0 }, marked))],
  },
  {
    rule: "RFC5969-9-4.seen",
    conforming: [under({ dscp: { mode: "fixed", dscp: 10 } }, ...encap({ tos: 40 }, marked))],
    observed: [under({ dscp: { mode: "zero" } }, ...encap({ tos: 0 }, marked))],
    near: [on(...encap()), under({ dscp: { mode: "zero" } }, ...encap({ tos: 0xb8 }, marked))],
  },
  {
    rule: "RFC5969-9-4.declared",
    conforming: [under({ dscp: { mode: "fixed", dscp: 10 } }, ...encap({ tos: 40 }, marked)), under({ dscp: { mode: "zero" } }, ...encap({ tos: 0 }, marked))],
    violating: [under({ dscp: { mode: "zero" } }, ...encap({ tos: 0xb8 }, marked))],
    near: [on(...encap())],
  },
  {
    rule: "RFC5969-9-6",
    conforming: [on(...encap())],
    violating: [on(B.accessOut(B.toCe(B.six({ src: "fe80::1", dst: B.ceAddress })))), on(B.accessOut(B.toCe(B.six({ src: B.HOST, dst: "fe80::2" }))))],
  },
  {
    rule: "RFC5969-9-6.taken",
    conforming: [on(B.accessIn(B.tunnel(B.six({ dst: "fe80::9" }))))],
    violating: [on(B.accessIn(B.tunnel(B.six({ dst: "fe80::9" }))), B.coreOut(B.hop(B.six({ dst: "fe80::9" }))))],
    near: [on(B.accessIn(B.tunnel(B.six({ dst: "ff0e::9" }))), B.coreOut(B.hop(B.six({ dst: "ff0e::9" })))), on(B.accessIn(B.tunnel(B.six())), B.coreOut(B.hop(B.six())))],
  },
  {
    rule: "RFC5969-9.1-2",
    conforming: [under({ anycast: true, tunnelMtuMode: "anycast-df" }, ...encap())],
    violating: [
      under({ anycast: true, tunnelMtuMode: "anycast-df" }, ...encap({ df: false })),
      under({ anycast: true, tunnelMtuMode: "anycast-df" }, B.coreIn(back), ...B.fragments(B.toCe(B.hop(back), { df: false }), 48).map((f) => B.accessOut(f))),
    ],
    near: [on(...encap({ df: false }))],
  },
  {
    rule: "RFC5969-9.1-3",
    conforming: [on(B.coreIn(big), B.coreOut(tooBig(1480)))],
    violating: [under({ tunnelMtuMode: "static" }, B.coreIn(big), B.coreOut(tooBig(1400))), on(B.coreIn(big), B.accessOut(B.toCe(B.hop(big))))],
    near: [on(B.coreIn(B.six({ src: B.HOST, dst: B.ceAddress, payload: B.bytes(1440) })), B.accessOut(B.toCe(B.hop(B.six({ src: B.HOST, dst: B.ceAddress, payload: B.bytes(1440) })))))],
  },
  {
    rule: "RFC5969-9.1-4",
    conforming: [under({ tunnelMtu: 1280 }, B.coreIn(big), B.coreOut(tooBig(1280)))],
    violating: [under({ tunnelMtu: 1280 }, B.coreIn(big), B.coreOut(tooBig(1480))), under({ tunnelMtu: 1280 }, B.coreIn(big), B.accessOut(B.toCe(B.hop(big))))],
    near: [on(B.coreIn(big), B.coreOut(tooBig(1480)))],
  },
  {
    rule: "RFC5969-9.1-6",
    conforming: [under({ anycast: true }, ...encap({ df: false, id: 1 }), ...encap({ df: false, id: 2 }))],
    violating: [under({ anycast: true }, ...encap({ df: false, id: 1 }), ...encap({ df: false, id: 1 }, marked))],
    near: [under({ anycast: true }, ...encap({ df: false, id: 1 }), ...encap({ df: false, id: 1 })), under({ anycast: true }, ...encap({ id: 1 }), ...encap({ id: 1 }))],
  },
  {
    rule: "RFC5969-9.2-1",
    conforming: [on(B.accessIn(B.tunnel(out, { src: "10.7.7.7" }))), on(B.accessIn(B.tunnel(foreign)))],
    violating: [on(B.accessIn(B.tunnel(out, { src: "10.7.7.7" })), B.coreOut(B.hop(out))), on(B.accessIn(B.tunnel(foreign)), B.coreOut(B.hop(foreign)))],
    near: [on(B.accessIn(B.tunnel(out)), B.coreOut(B.hop(out))), { ...on(B.accessIn(B.tunnel(foreign))), options: { complete: false } }],
  },
  {
    rule: "RFC5969-9.2-2",
    conforming: [on(B.accessIn(B.tunnel(out, { src: "10.7.7.7" })))],
    // The common IPv4 bits count too (decisions D12): 11.100.100.1 has the same embedded bits as the CE.
    violating: [on(B.accessIn(B.tunnel(out, { src: "11.100.100.1" })), B.coreOut(B.hop(out)))],
    near: [on(B.accessIn(B.tunnel(tooBigIn)), B.coreOut(B.hop(tooBigIn)))],
  },
  {
    rule: "RFC5969-12-2",
    conforming: [on(B.accessIn(B.tunnel(out, { src: "192.88.99.1" }))), under({ knownRelays: relays }, B.coreIn(back))],
    violating: [on(B.accessIn(B.tunnel(out, { src: "192.88.99.1" })), B.coreOut(B.hop(out))), under({ knownRelays: relays }, ...encap())],
    near: [on(...encap()), declaring(...encap())],
  },
  {
    rule: "RFC5969-12-2.declared",
    conforming: [declaring(B.coreIn(back)), declaring(B.accessIn(B.tunnel(out, { src: "10.100.100.9" })))],
    violating: [declaring(...encap()), declaring(B.accessIn(B.tunnel(out)), B.coreOut(B.hop(out)))],
    near: [on(...encap()), under({ knownRelays: relays }, ...encap())],
  },
  {
    rule: "RFC5969-12-3",
    conforming: [on(B.coreIn(B.six({ src: B.HOST, dst: "2001:db8:0:100::1" }))), on(B.accessIn(B.tunnel(B.six({ dst: "2001:db8:0:100::1" }))))],
    violating: [
      on(B.coreIn(B.six({ src: B.HOST, dst: "2001:db8:0:100::1" })), B.accessOut(B.toCe(B.hop(B.six({ src: B.HOST, dst: "2001:db8:0:100::1" })), { dst: B.BR }))),
      on(B.accessIn(B.tunnel(B.six({ dst: "2001:db8:0:100::1" }))), B.accessOut(B.toCe(B.hop(B.six({ dst: "2001:db8:0:100::1" })), { dst: B.BR }))),
    ],
    near: [on(B.accessIn(B.tunnel(ask)), answer("3fff:0:c::1")), on(B.accessIn(B.tunnel(B.six({ dst: "2001:db8:0:105::1" }))), B.coreOut(B.hop(B.six({ dst: "2001:db8:0:105::1" }))))],
  },
  {
    rule: "RFC5969-12-4",
    conforming: [on(B.accessIn(B.tunnel(out, { src: "11.100.100.1" })), B.coreOut(B.hop(out)))],
    observed: [on(B.accessIn(B.tunnel(out, { src: "11.100.100.1" })))],
    near: [on(B.accessIn(B.tunnel(out)), B.coreOut(B.hop(out)))],
  },
  {
    rule: "RFC5969-7.1.1-8",
    conforming: [on(B.accessIn(B.tunnel(self)), B.accessOut(B.toCe(B.hop(self))))],
    observed: [on(B.accessIn(B.tunnel(peer)), B.accessOut(B.toCe(B.hop(peer), { dst: B.CE2 })))],
    near: [on(B.accessIn(B.tunnel(peer, { src: "10.7.7.7" })))],
  },
  {
    rule: "RFC5969-9-5",
    conforming: [on(B.accessIn(B.tunnel(self)), B.accessOut(B.toCe(B.hop(self))))],
    violating: [on(B.accessIn(B.tunnel(out, { src: "10.7.7.7" })))],
    near: [on(B.accessIn(B.tunnel(foreign)))],
  },
];
