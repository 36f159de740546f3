import { describe, expect, it } from "vitest";
import { ACCESS, CORE, type NatConfig } from "../../../src/config/types.js";
import { type Harness, dst4, dst6, icmp4, v4 } from "../harness.js";
import { B4, HOST, OTHER_B4, POOL, REMOTE, SYN, aftr, echo4, isRight, port, tcp4, udp4, unwrap, wrap } from "../ds-lite/packets.js";

const OTHER = "198.51.100.8";
/** One address with `n` ports from 5000 up. */
const few = (n: number, more: Partial<NatConfig>): Harness => aftr({ pool: { ranges: [{ from: v4(POOL), to: v4(POOL) }], portFrom: 5000, portTo: 5000 + n - 1 }, parity: false, ...more });
const out = (h: Harness, sport: number, dst: string, b4 = B4, sec?: number) => h.feed(ACCESS, wrap(udp4({ src: HOST, dst, sport }), b4), sec);
const external = (h: Harness, sport: number, dst: string, b4 = B4, sec?: number): number => port(out(h, sport, dst, b4, sec).out[0].bytes, "src");
const back = (h: Harness, src: string, dport: number, sport = 5353) => h.feed(CORE, udp4({ src, dst: POOL, sport, dport }));
const innerPort = (h: Harness, src: string, dport: number): number => port(unwrap(back(h, src, dport).out[0].bytes), "dst");

describe("port overlapping (RFC 7857 section 3)", () => {
  it("never, unless it is declared (RFC 4787 REQ-3)", () => {
    const h = few(1, {});
    expect(external(h, 6000, REMOTE)).toBe(5000);
    expect(out(h, 6001, OTHER).reason).toBe("aftr-no-binding-possible");
  });

  it("exhausted: ports of their own while there are any, then one that nobody uses towards the same remote end", () => {
    const h = few(2, { overlapping: "exhausted" });
    expect([external(h, 6000, REMOTE), external(h, 6001, REMOTE)]).toEqual([5000, 5001]);
    expect(external(h, 6002, OTHER)).toBe(5000);
    expect(external(h, 6002, OTHER, OTHER_B4)).toBe(5001);
    expect(out(h, 6003, OTHER).reason).toBe("aftr-no-binding-possible");
    expect(out(h, 6003, REMOTE).reason).toBe("aftr-no-binding-possible");
    // A packet from the Internet is led by its 5-tuple.
    expect([innerPort(h, REMOTE, 5000), innerPort(h, REMOTE, 5001), innerPort(h, OTHER, 5000), innerPort(h, OTHER, 5001)]).toEqual([6000, 6001, 6002, 6002]);
    expect([dst6(back(h, OTHER, 5000).out[0].bytes), dst6(back(h, OTHER, 5001).out[0].bytes)]).toEqual([B4, OTHER_B4]);
    // Endpoint-independent filtering holds for the mapping that serves any remote end: another port of OTHER is no end of the overlapping one.
    expect(port(unwrap(back(h, OTHER, 5000, 99).out[0].bytes), "dst")).toBe(6000);
  });

  it("exhausted: the older mapping keeps its port, but not towards a remote end that the port is used for", () => {
    const h = few(2, { overlapping: "exhausted" });
    external(h, 6000, REMOTE);
    external(h, 6001, REMOTE);
    expect(external(h, 6002, OTHER)).toBe(5000);
    expect(external(h, 6000, "198.51.100.9")).toBe(5000);
    expect(external(h, 6000, OTHER)).toBe(5001);
    expect([innerPort(h, OTHER, 5000), innerPort(h, OTHER, 5001)]).toEqual([6002, 6000]);
    expect(external(h, 6000, REMOTE)).toBe(5000);
  });

  it("always: every mapping has one remote end and shares ports from the start", () => {
    const h = few(100, { overlapping: "always" });
    const ports = [6000, 6001, 6002].map((p, i) => external(h, p, `198.51.100.${10 + i}`));
    expect(new Set(ports).size).toBe(1);
    expect([0, 1, 2].map((i) => innerPort(h, `198.51.100.${10 + i}`, ports[i]))).toEqual([6000, 6001, 6002]);
    expect(back(h, "198.51.100.99", ports[0]).reason).toBe("aftr-filtered");
    expect(external(h, 6001, "198.51.100.10")).not.toBe(ports[0]);
  });

  it("TCP likewise; ICMP queries have identifiers of their own", () => {
    const h = few(1, { overlapping: "exhausted" });
    const syn = (sport: number, dst: string) => h.feed(ACCESS, wrap(tcp4({ src: HOST, dst, sport, flags: SYN })));
    expect([syn(6000, REMOTE), syn(6001, OTHER)].map((r) => port(r.out[0].bytes, "src"))).toEqual([5000, 5000]);
    expect(port(unwrap(h.feed(CORE, tcp4({ src: OTHER, dst: POOL, sport: 80, dport: 5000, flags: SYN | 16 })).out[0].bytes), "dst")).toBe(6001);
    const query = (id: number) => h.feed(ACCESS, wrap(echo4({ src: HOST, dst: REMOTE, id })));
    expect(query(1).out[0].bytes.slice(24, 26)).not.toEqual(query(2).out[0].bytes.slice(24, 26));
  });

  it("errors find the inner end by the quoted remote end, both ways", () => {
    const h = few(1, { overlapping: "exhausted" });
    external(h, 6000, REMOTE);
    const sent = out(h, 6001, OTHER).out[0].bytes;
    const into = h.feed(CORE, icmp4("198.51.100.1", POOL, 3, 1, 0, sent));
    expect(into.reason).toBe("aftr-icmp-error-in");
    const told = unwrap(into.out[0].bytes);
    expect([isRight(told), port(told.slice(28), "src")]).toEqual([true, 6001]);
    const got = unwrap(back(h, OTHER, 5000).out[0].bytes);
    const outward = h.feed(ACCESS, wrap(icmp4(HOST, OTHER, 3, 3, 0, got)));
    expect([outward.reason, dst4(outward.out[0].bytes), port(outward.out[0].bytes.slice(28), "dst")]).toEqual(["aftr-icmp-error-out", OTHER, 5000]);
  });

  it("a port is free again when the last inner end behind it has gone", () => {
    const h = few(1, { overlapping: "exhausted", holdDownSeconds: 0 });
    out(h, 6000, REMOTE, B4, 0);
    out(h, 6001, OTHER, B4, 200);
    // At 400 s the first has ended, the second still has the port.
    expect(out(h, 6002, OTHER, B4, 400).reason).toBe("aftr-no-binding-possible");
    expect(external(h, 6002, "198.51.100.9", B4, 401)).toBe(5000);
    expect(external(h, 6003, OTHER, B4, 1000)).toBe(5000);
    expect(h.device.natUse?.(10)).toBeDefined();
  });

  it("what rests in hold-down is not shared", () => {
    const h = few(1, { overlapping: "exhausted" });
    out(h, 6000, REMOTE, B4, 0);
    expect(out(h, 6001, OTHER, B4, 350).reason).toBe("aftr-no-binding-possible");
    expect(external(h, 6001, OTHER, B4, 430)).toBe(5000);
  });
});
