import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Config } from "../../src/config/types.js";
import { formatIpv4, formatIpv6 } from "../../src/wire/address.js";
import * as B from "./build.js";
import * as S from "./six-to-four.js";

/** Figure 3 of RFC 6732, written once more: 2002, V4ADDR, Subnet-ID, identifier <-> 2001:db8, V4ADDR, identifier. */
const sixOf = (v4: number, subnet: number, id: readonly [number, number]): string => formatIpv6([(0x20020000 | (v4 >>> 16)) >>> 0, ((v4 << 16) | subnet) >>> 0, id[0], id[1]]);
const providerOf = (v4: number, id: readonly [number, number]): string => formatIpv6([0x20010db8, v4, id[0], id[1]]);
const word = fc.integer({ min: 0, max: 0xffffffff });
/** 11/8 to 99/8: global, and none of the addresses of the relay. */
const customer = fc.record({ v4: fc.integer({ min: 0x0b000000, max: 0x63ffffff }), id: fc.tuple(word, word), bytes: fc.integer({ min: 0, max: 200 }), out: fc.boolean(), translated: fc.boolean() });

describe("pairing through a PMT relay", () => {
  it("finds every packet's cause, in any order, and nothing to say", () => {
    fc.assert(fc.property(fc.array(customer, { minLength: 1, maxLength: 20 }), fc.integer({ min: 0, max: 0xffff }), (list, shuffle) => {
      const inputs: B.Step[] = [];
      const outputs: B.Step[] = [];
      for (const [i, c] of list.entries()) {
        const six = sixOf(c.v4, c.translated ? 0 : 5, c.id);
        const provider = c.translated ? providerOf(c.v4, c.id) : six;
        const native = `3fff::${(i + 1).toString(16)}`;
        const v4 = formatIpv4(c.v4);
        if (c.out) {
          inputs.push(B.accessIn(S.tun(S.udp(six, native, {}, c.bytes), v4, S.ANYCAST)));
          outputs.push(B.coreOut(B.hop(S.udp(provider, native, {}, c.bytes)), { cause: i }));
        } else {
          inputs.push(B.coreIn(S.udp(native, provider, {}, c.bytes)));
          outputs.push(B.accessOut(S.tun(B.hop(S.udp(native, six, {}, c.bytes)), S.ANYCAST, v4), { cause: i }));
        }
      }
      const start = shuffle % outputs.length;
      const r = B.judge([...inputs, ...outputs.slice(start), ...outputs.slice(0, start)], { config: S.pmt() });
      expect(r.summary).toMatchObject({ paired: list.length, orphanOutputs: 0, unansweredInputs: 0, pairingAgreed: list.length, pairingDisagreed: 0 });
      expect(r.findings.filter((f) => !f.fingerprint.endsWith(":configuration"))).toEqual([]);
    }), { numRuns: 60 });
  });

  it("finds the packet that an error quotes, translated or not", () => {
    const big = S.big(S.HOST, S.PROVIDER6);
    for (const quoted of [big, S.big(S.HOST, S.CUSTOMER6)]) {
      const r = B.judge([B.coreIn(big), B.coreOut(B.error6(2, 0, 1280, quoted, { dst: S.HOST }), { cause: 0 })], { config: S.pmt() });
      expect(r.summary).toMatchObject({ paired: 1, orphanOutputs: 0, pairingAgreed: 1 });
    }
  });

  it("carries ICMPv6 errors of a customer whether or not what they quote is translated", () => {
    const asked = S.udp(S.HOST, S.CUSTOMER6);
    const error = (src: string, quoted: Uint8Array) => B.error6(1, 4, 0, quoted, { src, dst: S.HOST });
    for (const quoted of [asked, S.udp(S.HOST, S.PROVIDER6)]) {
      const r = B.judge([B.accessIn(S.tun(error(S.CUSTOMER6, asked), S.CUSTOMER, S.ANYCAST)), B.coreOut(B.hop(error(S.PROVIDER6, quoted)))], { config: S.pmt() });
      expect(r.summary).toMatchObject({ paired: 1, orphanOutputs: 0 });
      expect(r.findings.filter((f) => !f.fingerprint.endsWith(":configuration"))).toEqual([]);
    }
  });

  it("finds the ICMPv4 error behind the ICMPv6 error about a translated packet", () => {
    const quoted = S.tun(B.hop(S.udp(S.HOST, S.CUSTOMER6)), S.ANYCAST, S.CUSTOMER);
    for (const told of [S.udp(S.HOST, S.PROVIDER6), S.udp(S.HOST, S.CUSTOMER6)]) {
      const r = B.judge([B.accessIn(B.error4(3, 1, 0, quoted, { src: "194.0.0.1", dst: S.ANYCAST })), B.coreOut(B.error6(1, 3, 0, B.hop(told), { dst: S.HOST }), { cause: 0 })], { config: S.pmt() });
      expect(r.summary).toMatchObject({ paired: 1, orphanOutputs: 0, pairingAgreed: 1 });
      expect(r.findings.filter((f) => f.severity === "fail")).toEqual([]);
    }
  });

  it("knows that a wrong checksum in an error is the relay's", () => {
    const asked = S.udp(S.HOST, S.CUSTOMER6);
    const error = B.error6(1, 4, 0, asked, { src: S.PROVIDER6, dst: S.HOST });
    const r = B.judge([B.accessIn(S.tun(B.error6(1, 4, 0, asked, { src: S.CUSTOMER6, dst: S.HOST }), S.CUSTOMER, S.ANYCAST)), B.coreOut(B.hop(B.changed(error, 42, error[42] ^ 1)))], { config: S.pmt() });
    expect(r.findings.map((f) => f.rule)).toContain("RFC6732-4.5-1");
  });
});

describe("domains of several kinds in one configuration", () => {
  const mixed: Config = { ...B.config(), serviceSets: [{ name: "set", concentrators: [B.domain(), ...S.relay().serviceSets[0].concentrators] }] };
  it("judges each packet by its own domain's documents only", () => {
    const rd = B.six({ src: B.HOST, dst: B.ceAddress });
    const r = B.judge([B.coreIn(rd), B.accessOut(B.toCe(B.hop(rd))), ...S.relayIn(), ...S.relayOut()], { config: mixed });
    expect(r.findings.filter((f) => !f.fingerprint.endsWith(":configuration"))).toEqual([]);
    expect(r.summary).toMatchObject({ paired: 3, orphanOutputs: 0 });
    const count = (id: string) => r.rules.find((t) => t.rule === id)?.exercised;
    expect([count("RFC5969-4-2"), count("RFC3056-5.3-1"), count("RFC4213-3.5-1")]).toEqual([1, 1, 2]);
  });
});

it("does not hold an ICMPv6 error against the packet it quotes when an ICMPv4 error about it has come", () => {
  // A native packet to a private V4ADDR is silently discarded; what the IPv4 cloud says of such a packet, forged or not, may be passed on.
  const native = S.udp(S.HOST, "2002:a01:203::1");
  const quoted = S.tun(B.hop(native), S.ANYCAST, "10.1.2.3");
  const steps = [B.coreIn(native), B.accessIn(B.error4(3, 1, 0, quoted, { src: "194.0.0.1", dst: S.ANYCAST })), B.coreOut(B.error6(1, 3, 0, B.hop(native), { dst: S.HOST }), { cause: 1 })];
  const r = B.judge(steps, { config: S.relay() });
  expect(r.findings.filter((f) => f.severity === "fail")).toEqual([]);
  expect(r.summary).toMatchObject({ pairingAgreed: 1, pairingDisagreed: 0 });
});
