/** How `init` tells a packet's two halves, also of fragments and of packets that go from one softwire into another. */
import { describe, expect, it } from "vitest";
import { createCrossings } from "../../../src/suite/init/crossings.js";
import type { Crossing } from "../../../src/suite/init/seen.js";
import { formatIpv4, type Ipv6, parseIpv4, parseIpv6 } from "../../../src/wire/address.js";
import { put16, put32 } from "../../../src/wire/bits.js";

const AFTR = parseIpv6("2001:db8:ffff::1")!;
const B4 = parseIpv6("2001:db8:100:100::1")!;
const OTHER = parseIpv6("2001:db8:100:200::1")!;
const ACCESS = ["02:00:00:00:00:02", "02:00:00:00:00:01"] as const;

/** UDP in IPv4: `place` is flags and offset, `total` what the header says of the length. */
function ipv4(from: string, to: string, ttl: number, { place = 0, id = 1, bytes = 160, total = 0, port = 4000 } = {}): Uint8Array {
  const b = new Uint8Array(bytes).map((_, i) => (i * 7) & 255);
  b[0] = 0x45;
  put16(b, 2, total === 0 ? bytes : total);
  put16(b, 4, id);
  put16(b, 6, place);
  b[8] = ttl;
  b[9] = 17;
  put32(b, 12, parseIpv4(from)!);
  put32(b, 16, parseIpv4(to)!);
  if ((place & 0x1fff) === 0) put16(b, 20, port);
  return b;
}
const see = (...halves: [Uint8Array, [Ipv6, Ipv6]?][]): readonly Crossing[] => {
  const c = createCrossings();
  return halves.flatMap(([b, outer]) => c.see(b, 0, b.length, outer === undefined ? ["02:00:00:00:00:03", "02:00:00:00:00:04"] : ACCESS, outer, 1, 0));
};
const pool = (seen: readonly Crossing[]): string[] => seen.map((c) => `${formatIpv4(c.inner as number)} ${formatIpv4(c.outside as number)} ${c.toCore} ${c.hairpin ?? false}`);

describe("crossings", () => {
  it("are seen of IPv4 fragments, whose identification NAT changes", () => {
    for (const place of [0x2000, 185]) {
      expect(pool(see([ipv4("192.168.1.12", "192.0.2.32", 64, { place }), [B4, AFTR]], [ipv4("198.51.100.4", "192.0.2.32", 63, { place, id: 77, port: 9000 })]))).toEqual(["192.168.1.12 198.51.100.4 true false"]);
    }
    // Another place in the datagram is another packet; a few bytes may be those of any.
    expect(see([ipv4("192.168.1.12", "192.0.2.32", 64, { place: 185 }), [B4, AFTR]], [ipv4("198.51.100.4", "192.0.2.32", 63, { place: 186 })])).toEqual([]);
    expect(see([ipv4("192.168.1.12", "192.0.2.32", 64, { place: 185, bytes: 28 }), [B4, AFTR]], [ipv4("198.51.100.4", "192.0.2.32", 63, { place: 185, bytes: 28 })])).toEqual([]);
  });
  it("are seen of a first fragment of the tunnel, which holds the start of the packet", () => {
    expect(pool(see([ipv4("192.168.1.12", "192.0.2.32", 64, { bytes: 150, total: 1500 }), [B4, AFTR]], [ipv4("198.51.100.4", "192.0.2.32", 63, { bytes: 1500 })]))).toEqual(["192.168.1.12 198.51.100.4 true false"]);
    expect(see([ipv4("192.168.1.12", "192.0.2.32", 64, { bytes: 60, total: 1500 }), [B4, AFTR]], [ipv4("198.51.100.4", "192.0.2.32", 63, { bytes: 1500 })])).toEqual([]);
  });
  it("are seen of IPv6 fragments, which keep their identification", () => {
    const fragment = (hops: number, id: number): Uint8Array => {
      const b = new Uint8Array(90).fill(7, 48);
      b[0] = 0x60;
      put16(b, 4, 50);
      b[6] = 44;
      b[7] = hops;
      b.set([17, 0, 1, 0], 40);
      put32(b, 44, id);
      return b;
    };
    expect(see([fragment(64, 5), [AFTR, B4]], [fragment(63, 5)])).toMatchObject([{ kind: "v6", toCore: true }]);
    expect(see([fragment(64, 5), [AFTR, B4]], [fragment(63, 6)])).toEqual([]);
  });
  it("from one softwire into another name both external addresses", () => {
    const [a, z] = [ipv4("192.168.1.11", "198.51.100.4", 64), ipv4("198.51.100.1", "192.168.1.10", 63, { port: 9000 })];
    expect(pool(see([a, [B4, AFTR]], [z, [AFTR, OTHER]]))).toEqual(["192.168.1.11 198.51.100.1 true true", "192.168.1.10 198.51.100.4 false true"]);
    // Probes of a trace differ by a hop, too, and have one source.
    expect(see([a, [B4, AFTR]], [ipv4("192.168.1.11", "198.51.100.4", 63), [B4, AFTR]])).toEqual([]);
  });
});
