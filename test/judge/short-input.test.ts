/** What is told by words to be ordinary is what the parser calls so: it states nothing of a tunnelled packet, and of a native one that it is for a CE. */
import { describe, expect, it } from "vitest";
import type { Config } from "../../src/config/types.js";
import { compileDomains } from "../../src/judge/domain.js";
import { F_TO_CE, K_NATIVE, K_TUNNEL } from "../../src/judge/facts.js";
import { createParser } from "../../src/judge/parse.js";
import { createShortInput } from "../../src/judge/short-input.js";
import { createRecords, enter } from "../../src/judge/transcript.js";
import { parsePrefix4, parsePrefix6 } from "../../src/wire/address.js";
import * as B from "./build.js";
import * as S from "./six-to-four.js";

/** Own addresses, those of CEs, and of every kind that is refused somewhere. */
const SIX = [
  B.HOST, "3fff:0:c::1", "2001:4860::1", "fc00::1", "fe80::1", "fec0::1", "ff02::1", "::", "::1", "::ffff:10.0.0.1", "2002:808:808::1", "2002:c058:6301::", "2002:c058:6301::1", "2002:c0a8:1::1", "2002:e000:1::1",
  B.ceAddress, B.ce2Address, B.brAnycast, "2001:db8:0:100::5", "2001:db8:0:1::1", "2001:db8:ffff:ff00::1", S.PEER6, S.CUSTOMER6, S.PROVIDER6, "2001:db8:c0a8:1::1", "2001:db8:7f00:1::1", "2002:c98:2c01:1::5", "3fff::5efe:c000:201", "3fff::5efe:c058:6301",
];
const FOUR = [B.BR, B.CE, B.CE2, "10.0.0.2", "11.0.0.1", "127.0.0.1", "224.0.0.1", "255.255.255.255", "0.0.0.1", "192.88.99.1", "192.88.99.7", "192.168.0.1", "10.255.255.255", "8.8.8.8", S.PEER, S.CUSTOMER, S.UNICAST, "193.17.9.255", "100.64.0.1"];

const configs: readonly (readonly [string, Config])[] = [
  ["6rd", B.config()],
  ["6rd with /40, 16 bits and known relays", B.config({ v6rdPrefix: parsePrefix6("2001:db8::/40")!, ipv4Prefix: parsePrefix4("10.100.0.0/16")!, knownRelays: [parsePrefix4("10.100.100.0/24")!] })],
  ["6rd with /24 and all bits", B.config({ v6rdPrefix: parsePrefix6("2001:d00::/24")!, ipv4Prefix: parsePrefix4("0.0.0.0/0")! })],
  ["6rd, anycast from elsewhere", B.config({ address: B.v4("192.88.99.1"), anycast: true })],
  ["6to4 relay", S.relay()], ["6to4 relay, lenient", S.relay({ strict3964: false, knownRelays: [parsePrefix4("8.8.8.0/24")!] })], ["PMT relay", S.pmt()],
];

/** Shows a packet to parser and short way. */
function watcher(config: Config) {
  const b = new Uint8Array(8192);
  const domains = compileDomains(config);
  const own = [...config.access.ipv6, ...config.core.ipv6];
  const r = createRecords(1);
  const parser = createParser(b, r, domains, own, [...config.access.ipv4, ...config.core.ipv4]);
  const input = createShortInput(b, domains[0], own)!;
  return (packet: Uint8Array, side: 0 | 1, pad = 0) => {
    b.set(packet, 64);
    r.off[0] = 64;
    r.len[0] = packet.length + pad;
    enter(r, 0, side, 0, packet.length + pad, 0, 0, 0, 0, 1);
    parser.parse(0, true);
    return { short: input.looks(64, packet.length + pad, side), input, kind: r.kind[0], facts: r.facts[0], domain: r.domain[0], inner: r.inner[0], innerLen: r.innerLen[0], tos: r.tos[0] };
  };
}
type Seen = ReturnType<ReturnType<typeof watcher>>;
function agrees(x: Seen, side: 0 | 1): void {
  expect(x).toMatchObject({ kind: side === 0 ? K_TUNNEL : K_NATIVE, facts: side === 0 ? 0 : F_TO_CE, domain: 0, inner: x.input.inner, innerLen: x.input.bytes, ...(side === 0 ? { tos: x.input.tos } : {}) });
}

describe.each(configs)("%s", (_name, config) => {
  const both = watcher(config);

  it("calls no packet ordinary of which the parser states more, whatever its addresses", () => {
    let ordinary = 0;
    for (const src of SIX) {
      for (const dst of SIX) {
        const six = B.six({ src, dst });
        const native = both(six, 1);
        if (native.short) agrees(native, 1);
        ordinary += native.short ? 1 : 0;
      }
    }
    for (const src of [...SIX]) {
      for (const from of FOUR) {
        for (const to of ["192.88.99.1", S.UNICAST, B.BR]) {
          for (const dst of [B.HOST, B.ceAddress, S.PEER6, "3fff:0:c::1", "fe80::1"]) {
            const x = both(B.tunnel(B.six({ src, dst }), { src: from, dst: to }), 0);
            if (x.short) agrees(x, 0);
            ordinary += x.short ? 1 : 0;
          }
        }
      }
    }
    expect(ordinary).toBeGreaterThan(0);
  });

  it("nor whatever its lengths, protocols, hop limits and ToS", () => {
    const at6to4 = config.serviceSets[0].concentrators[0].kind !== "6rd";
    const [src, from] = at6to4 ? [S.PEER6, S.PEER] : [B.ceAddress, B.CE];
    for (const next of [0, 6, 17, 41, 44, 58, 59, 60]) {
      for (const hop of [0, 1, 2, 3, 255]) {
        for (const size of [0, 7, 8, 19, 20, 41, 1239, 1240, 1241, 1440, 1441]) {
          for (const o of [{}, { tos: 3 }, { trailing: 4 }, { options: true }, { badChecksum: true }, { fragment: 0x2000 }, { fragment: 1 }, { proto: 4 }]) {
            const six = B.six({ src, dst: B.HOST, next, hop, payload: B.bytes(size) });
            const x = both(B.tunnel(six, { src: from, dst: at6to4 ? S.UNICAST : B.BR, ...o }), 0, size & 3);
            if (x.short) agrees(x, 0);
          }
          const native = both(B.six({ src: B.HOST, dst: src, next, hop, payload: B.bytes(size) }), 1, size & 3);
          if (native.short) agrees(native, 1);
        }
      }
    }
  });
});

it("leaves routing messages, and what is too short for its checksum, to the parser", () => {
  const both = watcher(B.config());
  const ports = (from: number, to: number): Uint8Array => Uint8Array.from([from >>> 8, from & 255, to >>> 8, to & 255, ...B.bytes(40)]);
  const looks = (next: number, payload: Uint8Array): boolean => both(B.six({ src: B.HOST, dst: B.ceAddress, next, payload }), 1).short;
  expect([looks(17, ports(1, 2)), looks(6, ports(1, 2)), looks(17, ports(179, 179)), looks(17, ports(521, 1))]).toEqual([true, true, true, true]);
  expect([looks(17, ports(1, 521)), looks(6, ports(1, 179)), looks(6, ports(179, 1)), looks(6, B.bytes(19)), looks(58, ports(1, 2))]).toEqual([false, false, false, false, false]);
});
