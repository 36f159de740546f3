import { describe, expect, it } from "vitest";
import { createDirection, type FrameDirection } from "../../src/capture/direction.js";
import { createLinkPlace, type LinkPlace, locate } from "../../src/capture/link.js";
import type { FrameSource } from "../../src/capture/types.js";
import type { SideConfig } from "../../src/config/types.js";
import { parseIpv4, parseIpv6 } from "../../src/wire/address.js";
import { concat, hex } from "./helpers.js";

const DEVICE = "02:00:00:00:00:01";
const side = (part: Partial<SideConfig> = {}): SideConfig => ({ macs: [], interfaces: [], ipv4: [], ipv6: [], mtu: 1500, ...part });
const v4 = (from: string, to: string): Uint8Array => concat(hex("45000014000000004029 0000"), hex(word(from)), hex(word(to)));
const word = (a: string): string => (parseIpv4(a) ?? 0).toString(16).padStart(8, "0");
const v6 = (from: string, to: string): Uint8Array => concat(hex("6000000000003b40"), ...[from, to].map((a) => hex((parseIpv6(a) ?? []).map((w) => w.toString(16).padStart(8, "0")).join(""))));
const ethernet = (to: string, from: string, packet: Uint8Array): Uint8Array => concat(hex(to.replaceAll(":", "")), hex(from.replaceAll(":", "")), hex(packet[0] >>> 4 === 4 ? "0800" : "86dd"), packet);

function decide(config: SideConfig, frame: Uint8Array, about: { linkType?: number; hint?: 0 | 1 | 2; interfaceName?: string; byAddress?: (link: LinkPlace) => FrameDirection; learned?: readonly string[] } = {}): number {
  const u8 = concat(new Uint8Array(64), frame);
  const link = createLinkPlace();
  locate(u8, 64, frame.length, about.linkType ?? 1, link);
  const source: FrameSource = {
    name: "t", next: () => false, off: 64, capLen: frame.length, wireLen: frame.length, sec: 0, nsec: 0, linkType: about.linkType ?? 1,
    interfaceName: about.interfaceName ?? "", hint: about.hint ?? 0, frame: 1, file: 0, faults: [], position: 0, size: 0, close: () => undefined,
  };
  return createDirection(config, 0, u8, about.byAddress, about.learned)(source, link);
}
const packet = v4("192.0.2.1", "192.0.2.2");
const INTO = 0;
const OUT_OF = 1;
const NEITHER = -1;

describe("direction", () => {
  it("goes by the device's MAC addresses first, whatever hint and addresses say", () => {
    const config = side({ macs: ["02:00:00:00:00:99", DEVICE], ipv4: [parseIpv4("192.0.2.2") ?? 0] });
    expect(decide(config, ethernet("02:00:00:00:00:02", DEVICE, packet), { hint: 1 })).toBe(OUT_OF);
    expect(decide(config, ethernet(DEVICE, "02:00:00:00:00:02", packet), { hint: 2 })).toBe(INTO);
    expect(decide(config, ethernet("02:00:00:00:00:03", "02:00:00:00:00:02", packet))).toBe(NEITHER);
    expect(decide(config, ethernet("ff:ff:ff:ff:ff:ff", "02:00:00:00:00:02", packet))).toBe(NEITHER);
    expect(decide(config, ethernet("33:33:00:00:00:01", DEVICE, packet))).toBe(OUT_OF);
  });
  it("takes a cooked frame's sender, and its packet type as the hint when that is someone else", () => {
    const config = side({ macs: [DEVICE] });
    const cooked = (mac: string): Uint8Array => concat(hex("0000 0001 0006"), hex(mac.replaceAll(":", "")), hex("0000 0800"), packet);
    expect(decide(config, cooked(DEVICE), { linkType: 113, hint: 1 })).toBe(OUT_OF);
    expect(decide(config, cooked("02:00:00:00:00:02"), { linkType: 113, hint: 1 })).toBe(INTO);
    expect(decide(config, packet, { linkType: 101, hint: 2 })).toBe(OUT_OF);
  });
  it("goes by learned MAC addresses where none are configured, and leaves the rest to what follows", () => {
    const learned = [DEVICE];
    expect(decide(side(), ethernet("02:00:00:00:00:02", DEVICE, packet), { learned, hint: 1 })).toBe(OUT_OF);
    expect(decide(side(), ethernet(DEVICE, "02:00:00:00:00:02", packet), { learned, hint: 2 })).toBe(INTO);
    expect(decide(side(), ethernet("02:00:00:00:00:03", "02:00:00:00:00:02", packet), { learned, hint: 2 })).toBe(OUT_OF);
    expect(decide(side({ macs: ["02:00:00:00:00:02"] }), ethernet(DEVICE, "02:00:00:00:00:02", packet), { learned })).toBe(OUT_OF);
  });
  it("leaves out the frames of other interfaces", () => {
    const config = side({ interfaces: ["ge-0/0/0"] });
    expect(decide(config, packet, { linkType: 101, interfaceName: "ge-0/0/0", hint: 2 })).toBe(OUT_OF);
    expect(decide(config, packet, { linkType: 101, interfaceName: "ge-0/0/0", hint: 1 })).toBe(INTO);
    expect(decide(config, packet, { linkType: 101, interfaceName: "ge-0/0/1", hint: 1 })).toBe(NEITHER);
    expect(decide(config, packet, { linkType: 101, hint: 2 })).toBe(OUT_OF); // the file names no interfaces
  });
  it("goes by the outer addresses when nothing else is known", () => {
    const config = side({ ipv4: [parseIpv4("192.0.2.1") ?? 0], ipv6: [parseIpv6("2001:db8::1") ?? [0, 0, 0, 0]] });
    const raw = (p: Uint8Array): number => decide(config, p, { linkType: 101 });
    expect(raw(v4("192.0.2.1", "198.51.100.1"))).toBe(OUT_OF);
    expect(raw(v4("198.51.100.1", "192.0.2.1"))).toBe(INTO);
    expect(raw(v6("2001:db8::1", "2001:db8::2"))).toBe(OUT_OF);
    expect(raw(v6("2001:db8::2", "2001:db8::1"))).toBe(INTO);
    expect(raw(v4("198.51.100.1", "198.51.100.2"))).toBe(INTO);
    expect(decide(side(), v4("198.51.100.1", "198.51.100.2"), { linkType: 101 })).toBe(INTO);
    expect(decide(config, hex("45"), { linkType: 101 })).toBe(INTO); // too short for addresses
  });
  it("asks the caller, who knows more addresses, where MAC addresses and hints tell nothing", () => {
    const config = side({ macs: [DEVICE], ipv4: [parseIpv4("192.0.2.1") ?? 0] });
    expect(decide(config, packet, { linkType: 101, byAddress: () => INTO })).toBe(INTO);
    expect(decide(config, packet, { linkType: 101, byAddress: () => OUT_OF, hint: 1 })).toBe(INTO);
    expect(decide(config, ethernet(DEVICE, "02:00:00:00:00:02", packet), { byAddress: () => OUT_OF })).toBe(INTO);
    expect(decide(config, hex("45"), { linkType: 101, byAddress: () => OUT_OF })).toBe(INTO); // too short for addresses
  });
});
