import { describe, expect, it } from "vitest";
import { ACCESS, CORE } from "../../../src/config/types.js";
import { put16, u16 } from "../../../src/wire/bits.js";
import type { Harness } from "../harness.js";
import { B4, HOST, OTHER_B4, POOL, REMOTE, aftr, port, tooBig, udp4, wrap } from "./packets.js";

const open = (h: Harness, b4: string, sec = 1000): number => port(h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE }), b4), sec).out[0].bytes, "src");
const down = (h: Harness, p: number, size: number, sec = 1001) => h.feed(CORE, udp4({ src: REMOTE, dst: POOL, sport: 5353, dport: p, size }), sec).out.map((o) => o.bytes);

describe("Packet Too Big from the softwire's path (RFC 2473 sections 6.7 and 7.1)", () => {
  it("outer packets to this B4 are cut to the path MTU; those of others are not", () => {
    const h = aftr();
    const [mine, other] = [open(h, B4), open(h, OTHER_B4)];
    const [whole] = down(h, mine, 1400);
    expect(whole.length).toBe(1468);
    expect(h.feed(ACCESS, tooBig(whole, 1300), 1002)).toEqual({ reason: "aftr-path-mtu-learnt", out: [] });
    const parts = down(h, mine, 1400);
    expect(parts.map((p) => [p.length <= 1300, p[6]])).toEqual([[true, 44], [true, 44]]);
    const inner = Uint8Array.of(...parts[0].slice(48), ...parts[1].slice(48));
    expect([inner.length, u16(inner, 2)]).toEqual([1428, 1428]);
    expect(down(h, mine, 1200)[0].length).toBe(1268);
    expect(down(h, other, 1400)[0].length).toBe(1468);
  });
  it("one below the IPv6 minimum is discarded (RFC 8201 section 4); never up, and no longer than ten minutes", () => {
    const h = aftr();
    const p = open(h, B4);
    const [whole] = down(h, p, 1400);
    // RFC 8201 section 4: less than the IPv6 minimum link MTU is discarded, not rounded up.
    expect(h.feed(ACCESS, tooBig(whole, 600), 1002).reason).toBe("aftr-tunnel-error-noted");
    expect(down(h, p, 1400)[0].length).toBe(1468);
    h.feed(ACCESS, tooBig(whole, 1280), 1002);
    expect(Math.max(...down(h, p, 1400).map((x) => x.length))).toBeLessThanOrEqual(1280);
    expect(Math.max(...down(h, p, 1400).map((x) => x.length))).toBeGreaterThan(1200);
    expect(h.feed(ACCESS, tooBig(whole, 1400), 1002).reason).toBe("aftr-tunnel-error-noted");
    for (let sec = 1200; sec <= 1600; sec += 200) open(h, B4, sec);
    expect(down(h, p, 1400, 1610)[0].length).toBe(1468);
  });
  it("a quotation that belongs to no live mapping changes nothing", () => {
    const h = aftr();
    const p = open(h, B4);
    const [whole] = down(h, p, 1400);
    put16(whole, 40 + 22, 9999);
    expect(h.feed(ACCESS, tooBig(whole, 1300), 1002).reason).toBe("aftr-tunnel-error-noted");
    expect(down(h, p, 1400)).toHaveLength(1);
  });
  it("where DF is honoured the source is told, and told the path's MTU from then on", () => {
    const h = aftr({}, { oversize: "honour-df" });
    const p = open(h, B4);
    const big = (sec: number) => h.feed(CORE, udp4({ src: REMOTE, dst: POOL, sport: 5353, dport: p, size: 1400, fragment: 0x4000 }), sec);
    const [whole] = big(1001).out;
    expect(h.feed(ACCESS, tooBig(whole.bytes, 1300), 1002).reason).toBe("aftr-tunnel-error-relayed");
    const again = big(1003);
    expect([again.reason, u16(again.out[0].bytes, 26)]).toEqual(["aftr-fragmentation-needed-core", 1260]);
  });
});
