import { describe, expect, it } from "vitest";
import { put16, put32 } from "../../src/wire/bits.js";
import { finish, pseudo6, sum } from "../../src/wire/checksum.js";
import * as B from "./build.js";
import * as S from "./six-to-four.js";

/** A TCP segment with MSS, two NOPs and SACK permitted. */
function segment(src: string, dst: string, mss: number, hop = 64, flags = 2): Uint8Array {
  const t = new Uint8Array(28);
  put16(t, 0, 40000);
  put16(t, 2, 443);
  put32(t, 4, 0x12345678);
  t.set([0x70, flags, 0xff, 0xff], 12);
  t.set([2, 4, mss >>> 8, mss & 255, 1, 1, 4, 2], 20);
  const p = B.six({ src, dst, next: 6, payload: t, hop });
  put16(p, 56, finish(sum(p, 40, 28, pseudo6(p, 8, 28, 6))));
  return p;
}
const other = { options: { complete: false } };

describe("a SYN whose MSS the device lowers (RFC 4459 section 3.2: neither asked for nor forbidden)", () => {
  it.each([
    ["6rd, into the tunnel", [B.coreIn(segment(B.HOST, B.ceAddress, 1440)), B.accessOut(B.toCe(segment(B.HOST, B.ceAddress, 1220, 63)))], B.config()],
    ["6rd, out of it", [B.accessIn(B.tunnel(segment(B.ceAddress, B.HOST, 1440))), B.coreOut(segment(B.ceAddress, B.HOST, 1220, 63))], B.config()],
    ["6rd, SYN and ACK", [B.coreIn(segment(B.HOST, B.ceAddress, 1440, 64, 18)), B.accessOut(B.toCe(segment(B.HOST, B.ceAddress, 1220, 63, 18)))], B.config()],
    ["6to4 relay", [B.accessIn(S.tun(segment(S.PEER6, S.HOST, 1440), S.PEER, S.ANYCAST)), B.coreOut(segment(S.PEER6, S.HOST, 1220, 63))], S.relay()],
    ["PMT relay", [B.accessIn(S.tun(segment(S.CUSTOMER6, S.HOST, 1440), S.CUSTOMER, S.ANYCAST)), B.coreOut(segment(S.PROVIDER6, S.HOST, 1220, 63))], S.pmt()],
    ["cut by the capture", [B.coreIn(segment(B.HOST, B.ceAddress, 1440), { cut: 64 }), B.accessOut(B.toCe(segment(B.HOST, B.ceAddress, 1220, 63)), { cut: 84 })], B.config()],
  ] as const)("is the packet that came: %s", (_, steps, config) => {
    for (const run of [{ config }, { config, ...other }]) {
      const r = B.judge(steps, run);
      expect(r.summary).toMatchObject({ paired: 1, orphanOutputs: 0, unansweredInputs: 0 });
      expect(r.findings.filter((f) => !f.fingerprint.endsWith(":configuration"))).toEqual([]);
    }
  });

  it("is altered when its checksum is wrong or anything else differs, and another packet when it is no SYN", () => {
    const input = B.coreIn(segment(B.HOST, B.ceAddress, 1440));
    const left = segment(B.HOST, B.ceAddress, 1220, 63);
    for (const packet of [B.changed(left, 57, left[57] ^ 1), B.changed(left, 67, 1), B.changed(left, 55, 0)]) {
      expect(B.judge([input, B.accessOut(B.toCe(packet))]).findings.map((f) => f.fingerprint)).toContain("RFC4213-3-1:altered");
    }
    const ack = (mss: number, hop: number) => segment(B.HOST, B.ceAddress, mss, hop, 16);
    expect(B.judge([B.coreIn(ack(1440, 64)), B.accessOut(B.toCe(ack(1220, 63)))]).summary.paired).toBe(0);
  });
});
