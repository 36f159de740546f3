import { put16, u16 } from "../../../src/wire/bits.js";
import { fold, sum } from "../../../src/wire/checksum.js";
import * as B from "../build.js";
import * as S from "../six-to-four.js";
import type { Exhibit } from "./exhibit.js";

const { pmt, under } = S;
const inside = S.udp(S.CUSTOMER6, S.HOST);
const outside = S.udp(S.PROVIDER6, S.HOST);
const asked = S.udp(S.HOST, S.PROVIDER6);
const got = B.accessIn(S.tun(inside, S.CUSTOMER, S.ANYCAST));
const through = (output: Uint8Array) => under(pmt(), got, B.coreOut(B.hop(output)));
const backTo = (inner: Uint8Array) => under(pmt(), B.coreIn(asked), B.accessOut(S.tun(B.hop(inner), S.ANYCAST, S.CUSTOMER)));
/** The translated packet with the checksum of the untranslated one: neutral when word `at` (bytes from the address) takes the adjustment, RFC 6296 section 3. */
function neutral(from: Uint8Array, to: Uint8Array, address: number, at: number, by = 0): Uint8Array {
  const p = to.slice();
  put16(p, 46, u16(from, 46));
  // In ones' complement: word + (sum of the old address - sum of the new one).
  put16(p, address + at, (fold(u16(p, address + at) + fold(sum(from, address, 16)) + (~fold(sum(p, address, 16)) & 0xffff)) + by) & 0xffff);
  return p;
}
const shared6 = "2002:6440:1::211:22ff:fe33:4455";
const sharedProvider6 = "2001:db8:6440:1:211:22ff:fe33:4455";
const large = S.big(S.HOST, S.PROVIDER6);
const tooBig = (mtu: number, quoted = large) => B.coreOut(B.error6(2, 0, mtu, quoted, { dst: S.HOST }));
const other6 = "2002:c98:2c01:1:211:22ff:fe33:4455";
const other = S.udp(other6, S.HOST);
const otherIn = B.accessIn(S.tun(other, S.CUSTOMER, S.ANYCAST));
const mismatch = S.tun(inside, S.THIRD, S.ANYCAST);

/** A stateful relay that gave 2001:db8:0:5::/64 to the customer, and packets to that prefix which it delivers to `dst`. */
const given = pmt({ pmtMapping: "stateful", pmtMappingSeconds: 60 });
const given6 = "2001:db8:0:5:211:22ff:fe33:4455";
const toGiven = [got, B.coreOut(B.hop(S.udp(given6, S.HOST)))];
const fromGiven = (dst: string, to: string): B.Step[] => [B.coreIn(S.udp(S.HOST, given6)), B.accessOut(S.tun(B.hop(S.udp(S.HOST, dst)), S.ANYCAST, to))];
const opted = pmt({ optOut: [{ address: B.v4(S.CUSTOMER), length: 32 }] });
const noneOpted = pmt({ optOut: [] });
/** A later fragment of the customer's packet, as it is from `src`. */
const later = (src: string, next = 17): Uint8Array => B.six({ src, dst: S.HOST, next: 44, payload: Uint8Array.from([next, 0, 0, 0xa8, 0, 0, 0, 7, ...B.bytes(40)]) });
const laterIn = (after: Uint8Array, next = 17): B.Step[] => [B.accessIn(S.tun(later(S.CUSTOMER6, next), S.CUSTOMER, S.ANYCAST)), B.coreOut(B.hop(after))];
const labelled = (p: Uint8Array): Uint8Array => B.changed(p, 3, 7);
const declared = (...steps: B.Step[]) => under(pmt({ pmtChecksum: "neutral" }), ...steps);
const neutralOut = (by = 0) => declared(got, B.coreOut(B.hop(neutral(inside, outside, 8, 8, by))));
const backNeutral = (at: number, by = 0) => declared(B.coreIn(asked), B.accessOut(S.tun(B.hop(neutral(asked, S.udp(S.HOST, S.CUSTOMER6), 24, at, by)), S.ANYCAST, S.CUSTOMER)));

export const rfc6732: readonly Exhibit[] = [
  { rule: "RFC6732-3.1-1", conforming: [under(pmt(), B.accessIn(mismatch))], violating: [under(pmt(), B.accessIn(mismatch), B.coreOut(B.hop(outside)))], near: [through(outside)] },
  {
    rule: "RFC6732-3.1-2",
    conforming: [through(outside), under(pmt(), ...S.pmtOut())],
    violating: [through(S.udp("2001:db9:c98:2c01:211:22ff:fe33:4455", S.HOST)), backTo(asked), under(given, ...toGiven, ...fromGiven(other6, S.CUSTOMER))],
    near: [through(inside), under(given, ...toGiven, ...fromGiven(S.CUSTOMER6, S.CUSTOMER)), under(given, ...fromGiven(other6, S.CUSTOMER)), under(given, ...toGiven, { ...fromGiven(other6, S.CUSTOMER)[0], at: 40 }, { ...fromGiven(other6, S.CUSTOMER)[1], at: 40 })],
  },
  { rule: "RFC6732-3.1-2.lost", conforming: [under(pmt(), ...S.pmtOut())], violating: [under(pmt(), B.coreIn(asked))], near: [{ ...under(pmt(), B.coreIn(asked)), options: { complete: false } }] },
  {
    rule: "RFC6732-3.2-1",
    conforming: [under(pmt({ strict3964: false }), B.accessIn(S.tun(S.udp(S.CUSTOMER6, S.THIRD6), S.CUSTOMER, S.ANYCAST)), B.accessOut(S.tun(B.hop(S.udp(S.CUSTOMER6, S.THIRD6)), S.ANYCAST, S.THIRD)))],
    violating: [under(pmt({ strict3964: false }), B.accessIn(S.tun(S.udp(S.CUSTOMER6, `${S.ANYCAST6}5`), S.CUSTOMER, S.ANYCAST)), B.coreOut(B.hop(S.udp(S.PROVIDER6, `${S.ANYCAST6}5`))))],
  },
  { rule: "RFC6732-3.2-2", conforming: [through(outside)], observed: [through(inside)] },
  {
    rule: "RFC6732-3.3-1",
    conforming: [through(outside), under(pmt(), ...S.pmtOut())],
    violating: [
      through(S.udp("2001:db8:c98:2c01:11:22ff:fe33:4455", S.HOST)), through(S.udp("2001:db8:0:c98:211:22ff:fe33:4455", S.HOST)),
      backTo(S.udp(S.HOST, "2002:c98:2c01:7:211:22ff:fe33:4455")), backTo(S.udp(S.HOST, "2002:c98:2c02::211:22ff:fe33:4455")),
    ],
    near: [through(inside), through(neutral(inside, outside, 8, 8))],
  },
  {
    rule: "RFC6732-3.3-2",
    conforming: [under(pmt(), otherIn, B.coreOut(B.hop(other)))],
    violating: [under(pmt(), otherIn, B.coreOut(B.hop(outside)))],
    near: [through(outside), under(opted, got, B.coreOut(B.hop(outside)))],
  },
  { rule: "RFC6732-4.1-1", conforming: [under(opted, got, B.coreOut(B.hop(inside)))], violating: [under(opted, got, B.coreOut(B.hop(outside)))], near: [through(outside), through(inside)] },
  { rule: "RFC6732-3.4-1", conforming: [under(pmt(), ...S.pmtOut())], violating: [under(pmt(), B.coreIn(asked))], near: [under(pmt(), ...S.pmtIn(), B.coreIn(asked))] },
  { rule: "RFC6732-4.2-1", conforming: [under(pmt(), ...S.pmtIn(sharedProvider6, shared6, "100.64.0.1"))], violating: [under(pmt(), ...S.pmtIn(shared6, shared6, "100.64.0.1"))], near: [through(inside)] },
  { rule: "RFC6732-4.2-1.lost", conforming: [under(pmt(), ...S.pmtIn(sharedProvider6, shared6, "100.64.0.1"))], violating: [under(pmt(), B.accessIn(S.tun(S.udp(shared6, S.HOST), "100.64.0.1", S.ANYCAST)))] },
  {
    rule: "RFC6732-4.4-1",
    conforming: [under(pmt(), B.coreIn(large), tooBig(1280))],
    violating: [under(pmt(), B.coreIn(large), tooBig(1400)), under(pmt(), B.coreIn(large), tooBig(1280, S.big(S.HOST, S.CUSTOMER6)))],
  },
  {
    rule: "RFC6732-4.5-1",
    conforming: [through(outside), under(pmt(), ...S.pmtOut()), through(neutral(inside, outside, 8, 8))],
    violating: [through(S.bad(outside)), backTo(S.bad(S.udp(S.HOST, S.CUSTOMER6)))],
    near: [under(pmt(), B.accessIn(S.tun(S.bad(inside), S.CUSTOMER, S.ANYCAST)), B.coreOut(B.hop(S.bad(outside))))],
  },
  {
    rule: "RFC6732-4.5-1.fragments",
    conforming: [under(pmt(), ...laterIn(later(S.PROVIDER6)))],
    violating: [under(pmt(), ...laterIn(B.changed(later(S.PROVIDER6), 54, 0x99))), under(pmt(), ...laterIn(B.changed(later(S.PROVIDER6, 6), 64, 0x99), 6))],
    near: [through(outside), under(pmt(), ...laterIn(B.changed(B.changed(later(S.PROVIDER6, 6), 64, 0x99), 70, 1), 6))],
  },
  {
    rule: "RFC4213-3.6-8.pmt",
    conforming: [through(outside), under(pmt(), otherIn, B.coreOut(B.hop(other)))],
    violating: [under(pmt(), B.accessIn(S.tun(labelled(inside), S.CUSTOMER, S.ANYCAST)), B.coreOut(B.hop(outside))), under(pmt(), otherIn, B.coreOut(B.hop(B.changed(other, 68, 0x77))))],
    // A label may be given to a packet without one; what is translated may be an ALG's.
    near: [through(labelled(outside)), through(S.sealed(B.changed(outside, 68, 0x77)))],
  },
  {
    rule: "RFC4213-3-1.pmt",
    conforming: [under(pmt(), ...S.pmtOut())],
    violating: [under(pmt(), B.coreIn(labelled(asked)), B.accessOut(S.tun(B.hop(S.udp(S.HOST, S.CUSTOMER6)), S.ANYCAST, S.CUSTOMER))),
      under(pmt(), B.coreIn(S.udp(S.HOST, S.PEER6)), B.accessOut(S.tun(B.hop(B.changed(S.udp(S.HOST, S.PEER6), 68, 0x77)), S.ANYCAST, S.PEER)))],
    near: [backTo(labelled(S.udp(S.HOST, S.CUSTOMER6)))],
  },
  {
    rule: "RFC6732-3.1-2.declared",
    conforming: [under(noneOpted, got, B.coreOut(B.hop(outside)))],
    violating: [under(noneOpted, got, B.coreOut(B.hop(inside)))],
    near: [through(inside), under(opted, got, B.coreOut(B.hop(inside))), under(noneOpted, otherIn, B.coreOut(B.hop(other))), under(noneOpted, ...S.pmtIn(S.CUSTOMER6, S.CUSTOMER6, S.CUSTOMER, "ff0e::5"))],
  },
  { rule: "RFC8200-8.1-1", conforming: [through(outside)], violating: [through(S.bad(outside))] },
  { rule: "RFC6732-4.5-2", conforming: [through(outside)], observed: [through(neutral(inside, outside, 8, 8))] },
  { rule: "RFC6732-4.6-1", conforming: [through(outside)], observed: [through(S.sealed(B.changed(outside, 68, 0x77)))] },
  { rule: "RFC6296-3.1-1", conforming: [neutralOut(), backNeutral(8)], violating: [neutralOut(3), backNeutral(8, 3)], near: [through(neutral(inside, outside, 8, 8)), through(outside)] },
  {
    rule: "RFC6296-3.2-2", conforming: [through(neutral(inside, outside, 8, 8)), neutralOut()],
    violating: [through(neutral(inside, outside, 8, 8, 3)), neutralOut(3), declared(got, B.coreOut(B.hop(outside)))], near: [through(outside)],
  },
  { rule: "RFC6296-3.3-1", conforming: [backTo(neutral(asked, S.udp(S.HOST, S.CUSTOMER6), 24, 8))], violating: [backTo(neutral(asked, S.udp(S.HOST, S.CUSTOMER6), 24, 8, 3)), backNeutral(8, 3)] },
  { rule: "RFC6296-3.5-1", conforming: [through(neutral(inside, outside, 8, 8)), neutralOut(), backNeutral(8)], violating: [through(neutral(inside, outside, 8, 12)), backNeutral(12)] },
];
