/** The door of a check without MAC addresses: direction and side by addresses, by what passed before, and copies of a capture of all interfaces. */
import { describe, expect, it } from "vitest";
import { createLinkPlace, LINUX_SLL, locate, RAW } from "../../../src/capture/link.js";
import type { FrameSource } from "../../../src/capture/types.js";
import { parseConfig } from "../../../src/config/load.js";
import { ACCESS, type Config, CORE } from "../../../src/config/types.js";
import { createDoor, type InputSide } from "../../../src/suite/direction/door.js";
import { compileText } from "../../../src/suite/notation/index.js";

const concentrators = (text: string, sides = ""): Config => parseConfig(`softproof: 1\n${sides}service-sets:\n  - softwire-concentrators:\n${text}`, "test");
const sixRd = concentrators('      - v6rd: { softwire-address: 10.0.0.1, ipv4-prefix: 10.0.0.0/8, v6rd-prefix: "2001:db8::/32" }\n');
const router = concentrators("      - 6to4-router: { softwire-address: 203.0.113.20 }\n");
const relay = concentrators("      - 6to4-relay: { softwire-address: 192.88.99.1 }\n");
const dsLite = concentrators('      - ds-lite: { softwire-address: "2001:db8:af::1", nat: { pool: { addresses: [192.0.2.0/28] } } }\n');
const two = concentrators('      - ds-lite: { softwire-address: "2001:db8:af::1", nat: { pool: { addresses: [192.0.2.0/28] } } }\n      - v6rd: { softwire-address: 10.0.0.1, ipv4-prefix: 10.0.0.0/8, v6rd-prefix: "2001:db8::/32" }\n');

interface Frame { readonly packet: string; readonly file?: number; readonly cooked?: number }
const [INTO, OUT_OF, NEITHER] = [0, 1, -1];

/** The door's word on each frame: side and direction. `cooked`: the packet type of a Linux cooked frame. */
function through(config: Config, sides: readonly InputSide[], frames: readonly Frame[], mode: "check" | "replay" = "check"): { ways: (readonly [number, number])[]; notes: string[] } {
  const u8 = new Uint8Array(8192);
  const door = createDoor(config, sides, u8, mode);
  const link = createLinkPlace();
  const ways = frames.map(({ packet, file = 0, cooked }) => {
    const ip = compileText(packet).bytes;
    const header = cooked === undefined ? [] : [0, cooked, 3, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...(ip[0] >>> 4 === 6 ? [0x86, 0xdd] : [8, 0])];
    u8.fill(0);
    u8.set([...header, ...ip], 64);
    const source = {
      name: "t", next: () => false, off: 64, capLen: header.length + ip.length, wireLen: header.length + ip.length, sec: 0, nsec: 0, linkType: cooked === undefined ? RAW : LINUX_SLL,
      interfaceName: "", hint: cooked === undefined || cooked === 3 ? 0 : cooked === 4 ? 2 : 1, frame: 1, file, faults: [], position: 0, size: 0, close: () => undefined,
    } satisfies FrameSource;
    expect(locate(u8, 64, source.capLen, source.linkType, link)).toBe(true);
    const d = door.enter(source, link);
    return [door.side, d] as const;
  });
  return { ways, notes: door.notes() };
}
const core = (config: Config, ...packets: string[]): number[] => through(config, [CORE], packets.map((packet) => ({ packet }))).ways.map((w) => w[1]);
const access = (config: Config, ...packets: string[]): number[] => through(config, [ACCESS], packets.map((packet) => ({ packet }))).ways.map((w) => w[1]);

describe("raw IP on the core side", () => {
  it("goes by the 6rd prefix", () => {
    expect(core(sixRd, "ipv6(2001:db8:101::1 > 3fff::1) / udp(1 > 2)", "ipv6(3fff::1 > 2001:db8:101::1) / udp(1 > 2)")).toEqual([OUT_OF, INTO]);
  });
  it("goes by 2002::/16 at a relay, by the own site at a router, of which both ends may be 6to4", () => {
    expect(core(relay, "ipv6(2002:c633:6401::1 > 3fff::1) / udp(1 > 2)", "ipv6(3fff::1 > 2002:c633:6401::1) / udp(1 > 2)")).toEqual([OUT_OF, INTO]);
    expect(core(router, "ipv6(2002:cb00:7114::1 > 2002:c633:6401::1) / udp(1 > 2)", "ipv6(2002:c633:6401::1 > 2002:cb00:7114:9::1) / udp(1 > 2)", "ipv6(3fff::1 > 2002:cb00:7114::1) / udp(1 > 2)")).toEqual([INTO, OUT_OF, OUT_OF]);
  });
  it("goes by the NAT pool, and by private addresses where no pool address stands", () => {
    expect(core(dsLite, "ipv4(192.0.2.3 > 198.51.100.1) / udp(1 > 2)", "ipv4(198.51.100.1 > 192.0.2.3) / udp(1 > 2)", "ipv4(10.9.9.9 > 192.0.2.3) / udp(1 > 2)", "ipv4(192.168.1.2 > 198.51.100.1) / udp(1 > 2)"))
      .toEqual([OUT_OF, INTO, INTO, OUT_OF]);
  });
  it("takes an error for what goes against the packet that it quotes", () => {
    expect(core(sixRd,
      "ipv6(3fff:9::1 > 3fff::1) / icmp6(type=2 code=0) / ipv6(3fff::1 > 2001:db8:101::1) / udp(1 > 2)",
      "ipv6(3fff:9::1 > 2001:db8:101::1) / icmp6(type=3 code=0) / ipv6(2001:db8:101::1 > 3fff::1) / udp(1 > 2)")).toEqual([OUT_OF, INTO]);
  });
  it("takes for sent what came in through a tunnel, though its source is spoofed; a retransmission and what nothing tells is received, and told", () => {
    const tunnel = (hop: number): string => `ipv4(10.1.1.1 > 10.0.0.1) / ipv6(3fff:7::7 > 3fff::1 hop=${hop}) / udp(1 > 2) / "spoofed"`;
    const r = through(sixRd, [ACCESS, CORE], [
      { packet: tunnel(64) }, { packet: 'ipv6(3fff:7::7 > 3fff::1 hop=63) / udp(1 > 2) / "spoofed"', file: 1 },
      { packet: 'ipv6(3fff:7::7 > 3fff::1 hop=64) / udp(1 > 2) / "spoofed"', file: 1 }, { packet: 'ipv6(3fff:8::8 > 3fff::1) / udp(1 > 2) / "strange"', file: 1 },
      { packet: 'ipv6(3fff:8::8 > ff02::9) / udp(1 > 2) / "multicast"', file: 1 },
    ]);
    expect(r.ways).toEqual([[ACCESS, INTO], [CORE, OUT_OF], [CORE, INTO], [CORE, INTO], [CORE, INTO]]);
    expect(r.notes).toEqual([expect.stringContaining("of 2 packets on the core side neither MAC address, direction flag nor address tells")]);
  });
});

describe("raw IP on the access side", () => {
  it("goes by the concentrator's addresses", () => {
    expect(access(sixRd, "ipv4(10.0.0.1 > 10.1.1.1) / icmp4(unreachable code=1) / ipv4(10.1.1.1 > 10.0.0.1) / udp(1 > 2)", "ipv4(10.1.1.1 > 10.0.0.1) / udp(1 > 2)")).toEqual([OUT_OF, INTO]);
    expect(access(dsLite, "ipv6(2001:db8:af::1 > 2001:db8:b4::1) / ipv4(198.51.100.1 > 10.0.0.2) / udp(1 > 2)", "ipv6(2001:db8:b4::1 > 2001:db8:af::1) / ipv4(10.0.0.2 > 198.51.100.1) / udp(1 > 2)")).toEqual([OUT_OF, INTO]);
  });
  it("goes by the packet in the tunnel where the outer source is not the concentrator's: a wrong source is the device's fault, and to be found", () => {
    expect(access(sixRd, "ipv4(10.0.0.99 > 10.1.1.1) / ipv6(3fff::1 > 2001:db8:101:100::1) / udp(1 > 2)", "ipv4(10.1.1.1 > 10.0.0.99) / ipv6(2001:db8:101:100::1 > 3fff::1) / udp(1 > 2)")).toEqual([OUT_OF, INTO]);
    expect(access(dsLite, "ipv6(2001:db8:af::9 > 2001:db8:b4::1) / ipv4(198.51.100.1 > 10.0.0.2) / udp(1 > 2)", "ipv6(2001:db8:b4::1 > 2001:db8:af::9) / ipv4(10.0.0.2 > 198.51.100.1) / udp(1 > 2)")).toEqual([OUT_OF, INTO]);
  });
  it("believes an error of another router by its quotation", () => {
    expect(access(sixRd, "ipv4(10.7.7.7 > 10.0.0.1) / icmp4(unreachable code=1) / ipv4(10.0.0.1 > 10.1.1.1) / udp(1 > 2)", "ipv4(10.0.0.98 > 10.1.1.1) / icmp4(unreachable code=1) / ipv4(10.1.1.1 > 10.0.0.1) / udp(1 > 2)")).toEqual([INTO, OUT_OF]);
  });
  it("does not let a spoofed own source pass for the device's", () => {
    expect(access(sixRd, "ipv4(10.0.0.1 > 10.0.0.1) / ipv6(2001:db8:101:100::1 > 3fff::1) / udp(1 > 2)")).toEqual([INTO]);
  });
});

describe("one file with both sides", () => {
  it("tells the side by what a packet carries, an error by what it quotes", () => {
    const r = through(two, ["both"], [
      "ipv4(10.1.1.1 > 10.0.0.1) / ipv6(2001:db8:101:100::1 > 3fff::1) / udp(1 > 2)", "ipv6(2001:db8:101:100::1 > 3fff::1) / udp(1 > 2)",
      "ipv6(2001:db8:b4::1 > 2001:db8:af::1) / ipv4(10.0.0.2 > 198.51.100.1) / udp(1 > 2)", "ipv4(192.0.2.3 > 198.51.100.1) / udp(1 > 2)",
      "ipv4(10.7.7.7 > 10.0.0.1) / icmp4(unreachable code=1) / ipv4(10.0.0.1 > 10.1.1.1) / ipv6(3fff::1 > 2001:db8:101:100::1) / udp(1 > 2)",
      "ipv6(2001:db8:9::9 > 2001:db8:af::1) / icmp6(type=1 code=0) / ipv6(2001:db8:af::1 > 2001:db8:b4::1) / ipv4(198.51.100.1 > 10.0.0.2) / udp(1 > 2)",
    ].map((packet) => ({ packet })));
    expect(r.ways).toEqual([[ACCESS, INTO], [CORE, OUT_OF], [ACCESS, INTO], [CORE, OUT_OF], [ACCESS, INTO], [ACCESS, INTO]]);
  });
  it("leaves out the copies of a tunnel interface in a capture of all interfaces", () => {
    const inner = (hop: number, text: string): string => `ipv6(2001:db8:101:100::1 > 3fff::1 hop=${hop}) / udp(1 > 2) / "${text}"`;
    const back = (hop: number): string => `ipv6(3fff::1 > 2001:db8:101:100::1 hop=${hop}) / udp(2 > 1) / "back"`;
    const r = through(sixRd, ["both"], [
      { packet: `ipv4(10.1.1.1 > 10.0.0.1) / ${inner(64, "a")}`, cooked: 0 }, { packet: inner(64, "a"), cooked: 0 }, { packet: inner(63, "a"), cooked: 4 },
      { packet: back(64), cooked: 0 }, { packet: back(63), cooked: 4 }, { packet: `ipv4(10.0.0.1 > 10.1.1.1) / ${back(63)}`, cooked: 4 },
      { packet: inner(64, "spoofed on the core side"), cooked: 0 },
    ]);
    expect(r.ways.map((w) => w[1])).toEqual([INTO, NEITHER, OUT_OF, INTO, NEITHER, OUT_OF, INTO]);
    expect(r.notes).toEqual([expect.stringContaining("2 packets are copies of the inner packet")]);
  });
});

it("replay feeds what a plain file holds, whatever its sources are", () => {
  expect(through(sixRd, [CORE], [{ packet: "ipv6(2001:db8:101::1 > 3fff::1) / udp(1 > 2)" }], "replay").ways).toEqual([[CORE, INTO]]);
});
