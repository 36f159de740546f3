/** The short way for ordinary packets does what the ordinary functions do, with every packet. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ACCESS, CORE, type Side, type SixToFour, type SoftwireConcentrator } from "../../src/config/types.js";
import { put16, u16 } from "../../src/wire/bits.js";
import * as ipv4 from "../../src/wire/ipv4.js";
import { harness, net4, net6, packet4, packet6, sixRd, sixToFour, udpPayload, v4 } from "./harness.js";

interface Scene { readonly name: string; readonly conc: SoftwireConcentrator | SoftwireConcentrator[]; readonly outer: string[]; readonly br: string[]; readonly six: string[]; readonly native: string[]; readonly own6?: string[];
  /** Where packets from the core go; without it to `six`. */
  readonly provider?: string[];
}
const NATIVE = ["2620:fe::fe", "2620:fe::1", "2001:db7::5efe:a64:6401", "fe80::1", "::1", "ff02::1", "2001:db8:ffff::1", "fd00::1", "3fff::200:5efe:c000:201", "2002:c000:201::1", "2002:c633:6409:1::7"];
const rd = { outer: ["10.100.100.1", "10.100.100.2", "10.0.0.1", "10.0.0.9", "127.0.0.1", "224.1.1.1"], br: ["10.0.0.1", "10.0.0.9", "10.0.0.2"], six: ["2001:db8:6464:100::10", "2001:db8:6464:200::10", "2001:db8:0:100::", "2001:db8:0:100::1", "2001:db8:0:900::1"], native: NATIVE, own6: ["2001:db8:ffff::1"] };
const to4 = { outer: ["198.51.100.9", "198.51.100.10", "192.0.2.1", "192.88.99.1", "10.1.2.3", "203.0.113.50"], br: ["192.0.2.1", "192.88.99.1"], six: ["2002:c633:6409:1::7", "2002:c633:640a:1::7", "2002:c000:201::1", "2002:a01:203::1", "2002:c633:6409:1:0:5efe:c000:201"], native: NATIVE };
const customers = { ...to4, six: ["2002:c633:6409:0::7", "2002:c633:640a::7", "2002:c633:6409:1::7", "2002:c000:201::1", "2001:db8:c633:6409::7"], native: [...NATIVE, "2001:db8:c633:640a::7", "2001:db8:a01:203::7"] };
const pmt = (more: Partial<SixToFour> = {}): SixToFour => sixToFour("6to4-pmt", { providerPrefix: net6("2001:db8::/32"), subnetId: 0, alsoAccepts: [v4("192.88.99.1")], ...more });
const scenes: Scene[] = [
  { name: "PMT relay", conc: pmt(), ...customers, provider: ["2001:db8:c633:6409::7", "2001:db8:c633:640a::7", "2002:c633:6409:0::7", "2001:db8:c000:201::1", "2001:db8:a01:203::7"] },
  { name: "PMT relay, /20, Subnet-ID 1, opt-out", conc: pmt({ providerPrefix: net6("3ff0::/20"), subnetId: 1, optOut: [net4("198.51.100.10/32")], filterNativeSource: true }), ...customers, six: ["2002:c633:6409:1::7", "2002:c633:640a:1::7", "2002:c633:6409::7"], native: ["2620:fe::fe", "3ff0:c63:3640:9000::7", "2620:fe::1"], provider: ["3ff0:0c63:3640:9000::7", "3ff0:0c63:3640:a000::7", "3ff0:0c63:3640:9001::7", "2002:c633:6409:1::7"] },
  { name: "PMT relay, neutral", conc: pmt({ pmtChecksum: "neutral" }), ...customers, provider: ["2001:db8:c633:6409::7"] },
  { name: "PMT relay, stateful", conc: pmt({ pmtMapping: "stateful", pmtMappingSeconds: 60 }), ...customers, provider: ["2001:db8:0:1::7", "2001:db8:0:2::7"] },
  { name: "6rd", conc: sixRd(), ...rd },
  { name: "6rd, anycast, two addresses, limits", conc: sixRd({ anycast: true, alsoAccepts: [v4("10.0.0.9")], flowLimit: 2, filterNativeSource: true, dscp: { mode: "fixed", dscp: 10 } }), ...rd },
  { name: "6rd, dynamic MTU, known relays", conc: sixRd({ tunnelMtuMode: "dynamic", knownRelays: [net4("10.100.100.2/32")], dscp: { mode: "zero" } }), ...rd },
  { name: "6rd, /48 and 16 bits", conc: sixRd({ v6rdPrefix: net6("2001:db8:64::/48"), ipv4Prefix: net4("10.100.0.0/16") }), ...rd, six: ["2001:db8:64:6401::1", "2001:db8:64:6402::1", "2001:db8:64:1::1"] },
  { name: "6rd, two domains", conc: [sixRd(), sixRd({ name: "other", v6rdPrefix: net6("2620:fe::/32"), ipv4Prefix: net4("10.0.0.0/8") })], ...rd },
  { name: "6to4 relay", conc: sixToFour("6to4-relay", { alsoAccepts: [v4("192.88.99.1")] }), ...to4 },
  { name: "6to4 relay, anycast only", conc: sixToFour("6to4-relay", { address: v4("192.88.99.1"), alsoAccepts: [v4("192.0.2.1")], anycastOnly: true, strict3964: false }), ...to4 },
  { name: "6to4 relay, clients", conc: sixToFour("6to4-relay", { clients: [net4("198.51.100.9/32")], filterNativeSource: true }), ...to4 },
];

/** Mostly the first choice. */
const usually = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.oneof({ weight: 7, arbitrary: fc.constant(values[0]) }, { weight: 2, arbitrary: fc.constantFrom(...values) });
const packet = (s: Scene): fc.Arbitrary<{ side: Side; bytes: Uint8Array }> =>
  fc.record({
    decap: fc.boolean(), outer: usually(s.outer), br: usually(s.br), six: usually(s.six), provider: usually(s.provider ?? s.six), sum: usually([0x1234, 0, 0xffff, 1]), native: usually(s.native), hop: usually([64, 1, 0, 2]), tc: usually([0, 3, 2, 0xb9]), tos: usually([0, 3, 1, 0xb8]),
    ports: fc.tuple(fc.nat(3), fc.nat(3)), next: usually([17, 6, 58, 44, 0, 132]), size: usually([30, 0, 1, 1300, 1440, 1460]), short: usually([0, 8, 40]), padding: usually([0, 4]), cut: usually([0, 1, 20, 50]), fragment: usually([0, 0x4000, 0x2000, 3]), options: usually([0, 4]),
    flip: fc.option(fc.tuple(fc.nat(67), fc.nat(255)), { freq: 5 }), sealed: fc.boolean(),
  }).map((p) => {
    const payload = udpPayload(p.ports[0], p.ports[1], p.size);
    const at = p.next === 6 ? 16 : 6;
    if (payload.length >= at + 2) put16(payload, at, p.sum);
    const inner = packet6({ src: p.decap ? p.six : p.native, dst: p.decap ? p.native : p.provider, hop: p.hop, tc: p.tc, label: 5, next: p.next, payload: payload.subarray(0, p.short === 0 ? payload.length : p.short - 4) });
    let bytes = p.decap ? packet4({ src: p.outer, dst: p.br, tos: p.tos, fragment: p.fragment, options: new Uint8Array(p.options).fill(1), payload: inner }) : inner;
    if (p.flip !== null && p.flip[0] < bytes.length) {
      bytes[p.flip[0]] ^= p.flip[1];
      if (p.sealed && p.decap && (bytes[0] & 15) << 2 <= bytes.length) ipv4.seal(bytes, 0);
    }
    if (p.padding > 0) bytes = Uint8Array.from([...bytes, ...new Uint8Array(p.padding)]);
    return { side: p.decap ? ACCESS : CORE, bytes: bytes.subarray(0, bytes.length - Math.min(p.cut, bytes.length)) };
  });

describe.each(scenes)("$name", (s) => {
  it("same reason, same packets, same counts", { timeout: 60_000 }, () => {
    let forwarded = 0;
    fc.assert(
      fc.property(fc.array(packet(s), { minLength: 1, maxLength: 30 }), (packets) => {
        const more = { core6: s.own6 ?? [], accessMtu: 1480 };
        const [a, b] = [harness(s.conc, more), harness(s.conc, { ...more, short: false })];
        packets.forEach(({ side, bytes }, i) => {
          const got = a.feed(side, bytes, 1000 + i * 7, i);
          expect(got).toEqual(b.feed(side, bytes, 1000 + i * 7, i));
          if (got.reason === "decapsulated" || got.reason === "encapsulated") forwarded++;
        });
        expect(a.device.statistics()).toEqual(b.device.statistics());
        expect(a.device.counters()).toEqual(b.device.counters());
      }),
      { numRuns: 30 },
    );
    expect(forwarded).toBeGreaterThan(10); // else nothing was compared
  });
});

describe("a PMT relay's translation in words", () => {
  const conc = pmt({ optOut: [net4("198.51.100.10/32")] });
  const [a, b] = [harness(conc), harness(conc, { short: false })];
  const same = (side: Side, bytes: Uint8Array): string => {
    const got = a.feed(side, bytes, 1000);
    expect(got).toEqual(b.feed(side, bytes, 1000));
    return got.reason;
  };
  const out = (payload: Uint8Array, next = 17, customer = 9): Uint8Array => packet4({ src: `198.51.100.${customer}`, dst: "192.0.2.1", payload: packet6({ src: `2002:c633:640${customer.toString(16)}::7`, dst: "2620:fe::fe", next, payload }) });
  const back = (payload: Uint8Array, next = 17, customer = 9): Uint8Array => packet6({ src: "2620:fe::fe", dst: `2001:db8:c633:640${customer.toString(16)}::7`, next, payload });

  it("gives every checksum what the ordinary functions give it", () => {
    for (const [side, packet] of [[ACCESS, out], [CORE, back]] as const) {
      const became = (check: number): number => {
        const payload = udpPayload(1, 2, 4);
        put16(payload, 6, check);
        expect(same(side, packet(payload))).toBe(side === ACCESS ? "decapsulated" : "encapsulated");
        const sent = a.out[a.out.length - 1].bytes;
        return u16(sent, sent.length - 6);
      };
      for (let check = 0; check < 0x10000; check += check < 0x100 || check > 0xff00 ? 1 : 37) became(check);
      // The one that would become zero: UDP writes all ones (RFC 8200 section 8.1).
      const more = (became(0x1234) - 0x1234 + 0xffff) % 0xffff;
      expect(became(0xffff - more)).toBe(0xffff);
    }
  });
  it.each([6, 17])("does so with headers that end too early for a checksum (protocol %i)", (next) => {
    for (let n = 0; n < 24; n++) for (const bytes of [out(new Uint8Array(n).fill(7), next), back(new Uint8Array(n).fill(7), next)]) same(bytes[0] >>> 4 === 4 ? ACCESS : CORE, bytes);
  });
  it("leaves customers alone who stay with ordinary 6to4", () => {
    expect(same(ACCESS, out(udpPayload(1, 2, 4), 17, 10))).toBe("decapsulated");
    expect(same(CORE, back(udpPayload(1, 2, 4), 17, 10))).toBe("pmt-not-mappable");
  });
});
