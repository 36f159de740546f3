import { describe, expect, it } from "vitest";
import { createLinkPlace, locate } from "../../src/capture/link.js";
import { bytes, concat, hex } from "./helpers.js";

const V4 = concat(hex("45000014"), bytes(16));
const V6 = concat(hex("60000000"), bytes(36));
const MACS = hex("02aabbccddee 02f102030405");
const out = createLinkPlace();

/** Locates in a frame that begins at offset 64 of a larger memory, so that a mix-up of offsets shows. */
function find(linkType: number, ...parts: readonly Uint8Array[]) {
  const frame = concat(...parts);
  const u8 = concat(new Uint8Array(64).fill(0x45), frame, new Uint8Array(32).fill(0x66));
  const found = locate(u8, 64, frame.length, linkType, out);
  expect(found).toBe(out.l3 !== 0);
  return { header: out.l3 === 0 ? undefined : out.l3 - 64, len: out.l3Len, type: out.etherType, vlan: out.vlan, labels: out.labels, label: out.mplsLabel, cooked: out.cookedType };
}
const plain = { vlan: -1, labels: 0, label: -1, cooked: -1 };

describe("locate", () => {
  it("finds IP below Ethernet, and its addresses", () => {
    expect(find(1, MACS, hex("0800"), V4)).toEqual({ ...plain, header: 14, len: 20, type: 0x0800 });
    expect([out.hasMac, out.dstMacHi, out.dstMacLo, out.srcMacHi, out.srcMacLo]).toEqual([true, 0x02aa, 0xbbccddee, 0x02f1, 0x02030405]);
    expect(find(1, MACS, hex("86dd"), V6)).toMatchObject({ header: 14, len: 40, type: 0x86dd });
  });
  it("goes through 802.1Q and 802.1ad stacks", () => {
    expect(find(1, MACS, hex("8100 6064 0800"), V4)).toMatchObject({ header: 18, vlan: 100 });
    expect(find(1, MACS, hex("88a8 0007 8100 0064 86dd"), V6)).toMatchObject({ header: 22, vlan: 7 });
    expect(find(1, MACS, hex("9100 0007 9100 0008 8100 0064 0800"), V4)).toMatchObject({ header: 26, vlan: 7 });
  });
  it("goes through MPLS stacks: by the version below, and by explicit null", () => {
    expect(find(1, MACS, hex("8847 000121ff"), V6)).toMatchObject({ header: 18, labels: 1, label: 0x12, type: 0x86dd });
    expect(find(1, MACS, hex("8847 000100ff 000021ff"), V6)).toMatchObject({ header: 22, labels: 2, label: 2, type: 0x86dd });
    expect(find(1, MACS, hex("8100 0005 8848 000001ff"), V4)).toMatchObject({ header: 22, vlan: 5, labels: 1, label: 0, type: 0x0800 });
    expect(find(1, MACS, hex("8847 000121ff 00000000"), V4)).toMatchObject({ header: undefined, labels: 1 }); // a pseudowire
  });
  it("goes through PPPoE sessions and SNAP", () => {
    expect(find(1, MACS, hex("8864 11000001 0016 0021"), V4)).toMatchObject({ header: 22, type: 0x0800 });
    expect(find(1, MACS, hex("8100 0005 8864 11000001 002a 0057"), V6)).toMatchObject({ header: 26, type: 0x86dd, vlan: 5 });
    expect(find(1, MACS, hex("8864 11090001 0016 0021"), V4).header).toBeUndefined(); // discovery, not data
    expect(find(1, MACS, hex("8864 11000001 0016 c021"), V4).header).toBeUndefined(); // LCP
    expect(find(1, MACS, hex("001c aaaa03 000000 0800"), V4)).toMatchObject({ header: 22, type: 0x0800 });
  });
  it("knows raw IP, whatever its number", () => {
    for (const linkType of [12, 14, 101]) {
      expect(find(linkType, V4)).toMatchObject({ header: 0, type: 0x0800 });
      expect(find(linkType, V6)).toMatchObject({ header: 0, type: 0x86dd });
      expect(find(linkType, bytes(20)).header).toBeUndefined();
    }
    expect(find(228, V4)).toMatchObject({ header: 0, len: 20 });
    expect(find(229, V6)).toMatchObject({ header: 0, len: 40 });
    expect(find(228, V6).header).toBeUndefined();
  });
  it("knows Linux cooked v1 and v2", () => {
    expect(find(113, hex("0004 0001 0006 02f102030405 0000 0800"), V4)).toMatchObject({ header: 16, cooked: 4, type: 0x0800 });
    expect([out.hasMac, out.srcMacHi, out.srcMacLo, out.dstMacHi, out.dstMacLo]).toEqual([true, 0x02f1, 0x02030405, 0, 0]);
    expect(find(113, hex("0000 0001 0006 02f102030405 0000 8100 0064 86dd"), V6)).toMatchObject({ header: 20, cooked: 0, vlan: 100 });
    expect(find(276, hex("86dd 0000 00000003 0001 04 06 02f102030405 0000"), V6)).toMatchObject({ header: 20, cooked: 4, type: 0x86dd });
  });
  it("knows NULL in both byte orders and LOOP", () => {
    expect(find(0, hex("02000000"), V4)).toMatchObject({ header: 4, type: 0x0800 });
    expect(find(0, hex("1e000000"), V6)).toMatchObject({ header: 4, type: 0x86dd });
    expect(find(0, hex("0000001c"), V6)).toMatchObject({ header: 4, type: 0x86dd });
    expect(find(108, hex("00000018"), V6)).toMatchObject({ header: 4, type: 0x86dd });
    expect(find(108, hex("00000007"), V4).header).toBeUndefined();
  });
  it("knows Juniper Ethernet: with and without extensions, with layer 2 stripped", () => {
    expect(find(178, hex("4d4743 01"), MACS, hex("0800"), V4)).toMatchObject({ header: 18 });
    expect(find(178, hex("4d4743 80 0006 010203040506"), MACS, hex("8100 0009 86dd"), V6)).toMatchObject({ header: 30, vlan: 9 });
    expect(find(178, hex("4d4743 82 0004 01020304 02000000"), V4)).toMatchObject({ header: 14, type: 0x0800 });
    expect(find(178, hex("4d4744 01"), MACS, hex("0800"), V4).header).toBeUndefined();
  });
  it("finds nothing in a frame of another protocol, of an unknown link type, or with the other IP version below its type", () => {
    expect(find(1, MACS, hex("0806"), bytes(28))).toMatchObject({ header: undefined, type: 0x0806 });
    expect(find(105, MACS, hex("0800"), V4).header).toBeUndefined();
    expect(find(1, MACS, hex("0800"), V6).header).toBeUndefined();
    expect(find(1, MACS, hex("86dd"), V4).header).toBeUndefined();
    expect(find(1, MACS, hex("0800"), hex("55000014")).header).toBe(14); // a wrong version is the device's to find
  });
  it("never looks beyond a cut frame: every frame above at every length", () => {
    const frames: readonly (readonly [number, Uint8Array])[] = [
      [1, concat(MACS, hex("88a8 0007 8100 0064 8847 000100ff 000021ff"), V6)], [1, concat(MACS, hex("8864 11000001 0016 0021"), V4)],
      [113, concat(hex("0000 0001 0006 02f102030405 0000 8100 0064 86dd"), V6)], [276, concat(hex("86dd 0000 00000003 0001 04 06 02f102030405 0000"), V6)],
      [178, concat(hex("4d4743 80 0006 010203040506"), MACS, hex("0800"), V4)], [178, concat(hex("4d4743 82 0004 01020304 02000000"), V4)], [0, concat(hex("02000000"), V4)],
      [1, concat(MACS, hex("001c aaaa03 000000 0800"), V4)], [101, V4],
    ];
    for (const [linkType, frame] of frames) {
      const whole = find(linkType, frame).header ?? -1;
      expect(whole).toBeGreaterThanOrEqual(0);
      for (let n = 0; n < frame.length; n++) {
        const cut = find(linkType, frame.slice(0, n));
        expect(cut.header, `link type ${linkType} cut at ${n}`).toBe(n > whole ? whole : undefined);
        if (cut.header !== undefined) expect(cut.len).toBe(n - whole);
      }
    }
  });
});
