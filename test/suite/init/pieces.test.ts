import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aftrName, sixRdOption } from "../../../src/suite/init/dhcp.js";
import { fitEmbedding, sharedPrefix6 } from "../../../src/suite/init/fit.js";
import type { Pair4, Seen } from "../../../src/suite/init/seen.js";
import { formatIpv4, formatPrefix4, formatPrefix6, parseIpv4, parseIpv6, parsePrefix4, parsePrefix6, readIpv6 } from "../../../src/wire/address.js";
import { put32 } from "../../../src/wire/bits.js";
import { writeDelegated } from "../../../src/wire/embedding.js";

const where = { file: "a.pcap", frame: 1 };
const pair = (v4: number, v6: Pair4["v6"], count = 5): Seen<Pair4> => ({ value: { v4, v6, other: 1 }, count, first: where });
function delegated(v6: string, v4: string, ce: number): Pair4["v6"] {
  const b = new Uint8Array(16);
  writeDelegated(b, 0, parsePrefix6(v6)!, parsePrefix4(v4)!, ce);
  b[15] = 1;
  return readIpv6(b, 0);
}

describe("the embedding", () => {
  it.each([
    ["2001:db8::/32", "0.0.0.0/0"], ["2002::/16", "0.0.0.0/0"], ["2a01:e30::/28", "0.0.0.0/0"], ["2001:db8:a000::/40", "10.0.0.0/8"], ["2a0d:4c88::/29", "172.16.0.0/12"], ["2001:db8:ff00::/48", "192.168.0.0/16"],
  ])("of %s with %s is found again from any CEs", (v6, v4) => {
    const p4 = parsePrefix4(v4)!;
    fc.assert(fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 2 ** (32 - p4.length) - 1 }), { minLength: 12, maxLength: 40 }), (hosts) => {
      const fit = fitEmbedding(hosts.map((h) => pair((p4.address + h) >>> 0, delegated(v6, v4, (p4.address + h) >>> 0))));
      expect([formatPrefix6(fit!.v6), formatPrefix4(fit!.v4)]).toEqual([v6, v4]);
      expect(fit!.fitting).toBe(fit!.of);
    }), { numRuns: 30 });
  });
  it("is not led astray by a tenth of spoofed packets", () => {
    const good = ["10.1.2.3", "10.77.1.9", "10.200.31.4", "10.3.255.1"].map((a) => pair(parseIpv4(a)!, delegated("2001:db8:a000::/40", "10.0.0.0/8", parseIpv4(a)!), 20));
    const fit = fitEmbedding([...good, pair(parseIpv4("10.9.9.9")!, parseIpv6("3fff::1")!, 4), pair(parseIpv4("10.9.9.8")!, parseIpv6("2001:db8:a0ff:ffff::1")!, 4)]);
    expect([formatPrefix6(fit!.v6), formatPrefix4(fit!.v4), fit!.fitting, fit!.of]).toEqual(["2001:db8:a000::/40", "10.0.0.0/8", 80, 88]);
  });
  it("is not widened by a spoofed source whose low bits are right", () => {
    const good = ["10.1.2.3", "10.77.1.9", "10.200.31.4", "10.3.255.1"].map((a) => pair(parseIpv4(a)!, delegated("2001:db8:a000::/40", "10.0.0.0/8", parseIpv4(a)!), 20));
    const fit = fitEmbedding([...good, pair(parseIpv4("192.168.7.7")!, delegated("2001:db8:a000::/40", "10.0.0.0/8", parseIpv4("10.168.7.7")!), 4)]);
    expect([formatPrefix6(fit!.v6), formatPrefix4(fit!.v4), fit!.fitting, fit!.of]).toEqual(["2001:db8:a000::/40", "10.0.0.0/8", 80, 84]);
  });
  it("is not claimed where there is none", () => {
    expect(fitEmbedding([pair(parseIpv4("192.0.2.7")!, parseIpv6("3fff:0:1::1")!)])).toBeUndefined();
    expect(fitEmbedding([])).toBeUndefined();
  });
});

describe("provisioning in DHCP", () => {
  it("reads DHCPv4 option 212, also in two parts (RFC 5969 section 7.1.1, RFC 3396)", () => {
    const message = (...options: number[]): Uint8Array => {
      const b = new Uint8Array(240 + options.length);
      put32(b, 236, 0x63825363);
      b.set(options, 240);
      return b;
    };
    const data = [8, 40, 0x20, 0x01, 0x0d, 0xb8, 0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    for (const b of [message(53, 1, 5, 0, 212, 26, ...data, 255), message(212, 10, ...data.slice(0, 10), 53, 1, 5, 212, 16, ...data.slice(10), 255)]) {
      const o = sixRdOption(b, 0, b.length);
      expect([o?.maskLength, o?.prefixLength, formatPrefix6({ address: o!.prefix, length: 40 }), o?.relays.map(formatIpv4)]).toEqual([8, 40, "2001:db8:a000::/40", ["10.0.0.1", "10.0.0.2"]]);
    }
    const short = message(212, 5, ...data.slice(0, 5), 255);
    expect(sixRdOption(short, 0, short.length)).toBeUndefined();
  });
  it("reads DHCPv6 option 64, also behind relays (RFC 6334 section 3)", () => {
    const name = [4, ...Buffer.from("aftr"), 7, ...Buffer.from("example"), 3, ...Buffer.from("com"), 0];
    const reply = [7, 1, 2, 3, 0, 14, 0, 0, 0, 64, 0, name.length, ...name];
    const relayed = [13, 0, ...Array<number>(32).fill(0), 0, 18, 0, 2, 1, 1, 0, 9, 0, reply.length, ...reply];
    for (const m of [reply, relayed]) expect(aftrName(Uint8Array.from(m), 0, m.length)).toBe("aftr.example.com");
    expect(aftrName(Uint8Array.from(reply.slice(0, -3)), 0, reply.length - 3)).toBeUndefined();
  });
  it("never throws on noise", () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 0, maxLength: 400 }), (b) => {
      aftrName(b, 0, b.length);
      if (b.length > 240) put32(b, 236, 0x63825363);
      sixRdOption(b, 0, b.length);
    }));
  });
});

describe("the prefix that B4s share", () => {
  it.each([
    [["2001:db8:b4:a::b4", "2001:db8:b4:b::b4", "2001:db8:b4:c::b4"], "2001:db8:b4::/60"], [["2a02:1230:7::1"], "2a02:1230:7::/64"], [["2a02:1230:7::1", "2a02:1230:7::2"], "2a02:1230:7::/64"],
    [["2a02:1230::1", "2a02:1238::1"], "2a02:1230::/28"], [["2a02:1200::1", "2a03:1200::1"], undefined], [[], undefined],
  ])("%j: %s", (addresses, want) => {
    const shared = sharedPrefix6(addresses.map((a) => parseIpv6(a)!));
    expect(shared === undefined ? undefined : formatPrefix6(shared)).toBe(want);
  });
});
