import { describe, expect, it } from "vitest";
import { ACCESS, CORE } from "../../../src/config/types.js";
import { put16, u16 } from "../../../src/wire/bits.js";
import { type Harness, dst4, dst6, net4, net6, src4, v4, v6 } from "../harness.js";
import { ACK, B4, FIN, HOST, OTHER_B4, POOL, REMOTE, RST, SYN, aftr, echo4, isRight, port, tcp4, udp4, unwrap, wrap } from "../ds-lite/packets.js";

const OUT = "aftr-translated-out";
const IN = "aftr-translated-in";
const send = (h: Harness, p: Uint8Array, b4 = B4, sec?: number) => h.feed(ACCESS, wrap(p, b4), sec);
const external = (h: Harness, p: Uint8Array, b4 = B4, sec?: number): number => port(send(h, p, b4, sec).out[0].bytes, "src");
const udp = (more: Partial<Parameters<typeof udp4>[0]> = {}) => udp4({ src: HOST, dst: REMOTE, ...more });
const back = (dport: number, more: Partial<Parameters<typeof udp4>[0]> = {}) => udp4({ src: REMOTE, dst: POOL, sport: 5353, dport, ...more });
const tcp = (flags: number, more: Partial<Parameters<typeof tcp4>[0]> = {}) => tcp4({ src: HOST, dst: REMOTE, flags, ...more });
const tcpIn = (dport: number, flags: number, more: Partial<Parameters<typeof tcp4>[0]> = {}) => tcp4({ src: REMOTE, dst: POOL, sport: 80, dport, flags, ...more });

describe("mapping (RFC 4787 section 4.1, RFC 6333 section 6.6)", () => {
  it("endpoint-independent: one external port whatever the destination; hosts and B4s apart", () => {
    const h = aftr();
    const p = external(h, udp());
    expect(external(h, udp({ dst: "198.51.100.8", dport: 9 }))).toBe(p);
    const others = [external(h, udp(), OTHER_B4), external(h, udp({ src: "192.168.1.3" })), external(h, udp({ sport: 6002 }))];
    expect(new Set([p, ...others]).size).toBe(4);
    expect(dst6(h.feed(CORE, back(others[0])).out[0].bytes)).toBe(OTHER_B4);
  });
  it("address-dependent and address-and-port-dependent mapping split by destination", () => {
    const h = aftr({ mapping: "address-dependent" });
    const p = external(h, udp());
    expect(external(h, udp({ dport: 9 }))).toBe(p);
    expect(external(h, udp({ dst: "198.51.100.8" }))).not.toBe(p);
    expect(h.feed(CORE, back(p, { src: "198.51.100.8" })).reason).toBe("aftr-filtered");
    const g = aftr({ mapping: "address-and-port-dependent" });
    expect(external(g, udp())).not.toBe(external(g, udp({ dport: 9 })));
  });
  it("parity and the range below 1024 are preserved where the pool has it (RFC 4787 REQ-3a, REQ-4)", () => {
    const h = aftr({ pool: { ranges: [{ from: v4(POOL), to: v4(POOL) }], portFrom: 512, portTo: 65535 } });
    for (const sport of [6001, 7000, 8001, 53, 500]) {
      const p = external(h, udp({ sport }));
      expect([p & 1, p < 1024]).toEqual([sport & 1, sport < 1024]);
    }
  });
  it("ports are per protocol; no port is given twice, the other parity serves when one is used up", () => {
    const h = aftr({ pool: { ranges: [{ from: v4(POOL), to: v4(POOL) }], portFrom: 5000, portTo: 5003 } });
    const ports = [2, 4, 6, 8].map((sport) => external(h, udp({ sport })));
    expect([...ports].sort()).toEqual([5000, 5001, 5002, 5003]);
    expect(external(h, tcp(SYN))).toBe(5000);
    const r = send(h, udp({ sport: 10 }));
    const b = unwrap(r.out[0].bytes);
    expect([r.reason, b[20], b[21], dst4(b), src4(b)]).toEqual(["aftr-no-binding-possible", 3, 1, HOST, "192.0.0.1"]);
    expect(send(h, udp({ sport: 4 })).reason).toBe(OUT);
  });
  it("pooling is paired (RFC 4787 REQ-2); addresses are shared out among subscribers", () => {
    const h = aftr({ pool: { ranges: [{ from: v4("203.0.113.1"), to: v4("203.0.113.3") }], portFrom: 1024, portTo: 65535 } });
    const seen = [B4, OTHER_B4, "2001:db8:0:3::1"].map((b4) => [1, 2, 3].map((sport) => src4(send(h, udp({ sport }), b4).out[0].bytes)));
    for (const addresses of seen) expect(new Set(addresses).size).toBe(1);
    expect(new Set(seen.flat()).size).toBe(3);
  });
  it("random allocation depends on the seed alone and stays in the range", () => {
    const run = (): number[] => {
      const h = aftr({ allocation: "random", parity: false, pool: { ranges: [{ from: v4(POOL), to: v4(POOL) }], portFrom: 2000, portTo: 2999 } });
      return Array.from({ length: 200 }, (_, i) => external(h, udp({ sport: 3000 + i })));
    };
    const ports = run();
    expect(run()).toEqual(ports);
    expect(new Set(ports).size).toBe(200);
    for (const p of ports) expect(p >= 2000 && p <= 2999).toBe(true);
    expect(ports.slice(1).every((p, i) => p > ports[i])).toBe(false);
  });
  it("port blocks: a subscriber fills its block before it gets another; blocks are not shared", () => {
    const h = aftr({ allocation: "port-block", portBlockSize: 8, parity: false, pool: { ranges: [{ from: v4(POOL), to: v4(POOL) }], portFrom: 1024, portTo: 1055 } });
    const block = (p: number): number => (p - 1024) >> 3;
    const a = Array.from({ length: 8 }, (_, i) => block(external(h, udp({ sport: i + 1 }))));
    expect(new Set(a).size).toBe(1);
    const b = block(external(h, udp(), OTHER_B4));
    const c = block(external(h, udp({ sport: 99 })));
    expect(new Set([a[0], b, c]).size).toBe(3);
    expect(["2001:db8::8", "2001:db8::9"].map((b4) => send(h, udp(), b4).reason)).toEqual([OUT, "aftr-no-binding-possible"]);
    // Timer 300 s and hold-down 120 s later all blocks are free again.
    expect(["2001:db8::a", "2001:db8::b", "2001:db8::c", "2001:db8::d"].map((b4) => send(h, udp(), b4, 1500).reason)).toEqual([OUT, OUT, OUT, OUT]);
  });
  it("deterministic NAPT: the B4 prefix decides address and ports, whatever the order", () => {
    const pool = { ranges: [{ from: v4("203.0.113.1"), to: v4("203.0.113.2") }], portFrom: 1024, portTo: 1039 };
    const box = { b4Prefixes: [net6("2001:db8:0:100::/62")], subscriberPrefixLength: 64 };
    const where = (order: number[]): string[] => {
      const h = aftr({ allocation: "deterministic", portBlockSize: 8, parity: false, pool }, box);
      return order.map((i) => {
        const b = send(h, udp(), `2001:db8:0:10${i}::1`).out[0].bytes;
        return `${i} ${src4(b)} ${port(b, "src") >> 3}`;
      });
    };
    expect(where([0, 1, 2, 3])).toEqual(["0 203.0.113.1 128", "1 203.0.113.1 129", "2 203.0.113.2 128", "3 203.0.113.2 129"]);
    expect(where([3, 2, 1, 0]).sort()).toEqual(where([0, 1, 2, 3]));
  });
  it("static mappings exist before any packet, and never end", () => {
    const h = aftr({ staticMappings: [{ b4: v6(B4), inner: v4("192.168.1.9"), protocol: 6, innerPort: 22, outer: v4(POOL), outerPort: 2222 }] });
    const r = h.feed(CORE, tcpIn(2222, SYN), 100000);
    expect([r.reason, dst6(r.out[0].bytes), dst4(unwrap(r.out[0].bytes)), port(unwrap(r.out[0].bytes), "dst")]).toEqual([IN, B4, "192.168.1.9", 22]);
    expect(external(h, tcp(SYN | ACK, { src: "192.168.1.9", sport: 22 }))).toBe(2222);
    expect(h.feed(CORE, tcpIn(2222, SYN), 900000).reason).toBe(IN);
    const twice = { b4: v6(B4), inner: 1, protocol: 6, innerPort: 1, outer: v4(POOL), outerPort: 7 };
    expect(() => aftr({ staticMappings: [twice, { ...twice, inner: 2 }] })).toThrow(/two static mappings claim 203.0.113.1 port 7/);
  });
  it("configured destinations are not translated (RFC 6888 REQ-6)", () => {
    const r = send(aftr({ noTranslate: [net4("198.51.100.0/24")] }), udp());
    expect([r.reason, src4(r.out[0].bytes), r.out[0].bytes[8]]).toEqual(["aftr-not-translated", HOST, 63]);
  });
  it("the port limit counts live mappings of the subscriber and spares existing ones (RFC 6888 REQ-4)", () => {
    const h = aftr({ portsPerSubscriber: 2 });
    expect([1, 2, 3, 1].map((sport) => send(h, udp({ sport })).reason)).toEqual([OUT, OUT, "aftr-port-limit", OUT]);
    expect(send(h, udp({ sport: 3 }), B4, 1300).reason).toBe("aftr-port-limit");
    expect(send(h, udp({ sport: 3 }), B4, 1303).reason).toBe(OUT);
  });
});

describe("filtering (RFC 4787 section 5)", () => {
  it.each([
    ["endpoint-independent", IN, IN, IN],
    ["address-dependent", IN, IN, "aftr-filtered"],
    ["address-and-port-dependent", IN, "aftr-filtered", "aftr-filtered"],
  ] as const)("%s", (filtering, same, port2, host2) => {
    const h = aftr({ filtering });
    const p = external(h, udp());
    expect([h.feed(CORE, back(p)).reason, h.feed(CORE, back(p, { sport: 9 })).reason, h.feed(CORE, back(p, { src: "198.51.100.9" })).reason]).toEqual([same, port2, host2]);
  });
  it("the address-dependent filter closes with the last flow to the address, and outlives the flows of others", () => {
    const h = aftr({ filtering: "address-dependent" });
    const p = external(h, udp({ dport: 1 }), B4, 1000);
    send(h, udp({ dport: 2 }), B4, 1200);
    expect(h.feed(CORE, back(p, { sport: 3 }), 1400).reason).toBe(IN);
    send(h, udp({ dst: "198.51.100.8" }), B4, 1450);
    expect(h.feed(CORE, back(p, { sport: 4 }), 1745).reason).toBe("aftr-filtered");
  });
  it("no mapping, no entry", () => {
    expect(aftr().feed(CORE, back(5000))).toEqual({ reason: "aftr-no-mapping", out: [] });
  });
});

describe("timers (RFC 4787 REQ-5 and REQ-6, RFC 5382 REQ-5, RFC 5508 REQ-2, RFC 6888 REQ-8)", () => {
  it.each([[1300, IN], [1303, "aftr-no-mapping"]])("UDP mapping idle since 1000, packet at %i: %s", (sec, reason) => {
    const h = aftr();
    expect(h.feed(CORE, back(external(h, udp(), B4, 1000)), sec).reason).toBe(reason);
  });
  it.each([[false, "aftr-no-mapping"], [true, IN]])("inbound refresh %s: after 290 + 290 s of inbound traffic %s", (inboundRefresh, reason) => {
    const h = aftr({ inboundRefresh });
    const p = external(h, udp(), B4, 1000);
    h.feed(CORE, back(p), 1290);
    expect(h.feed(CORE, back(p), 1580).reason).toBe(reason);
  });
  it("a freed port rests 120 s; its own inner endpoint gets it back at once", () => {
    const one = { pool: { ranges: [{ from: v4(POOL), to: v4(POOL) }], portFrom: 5000, portTo: 5000 } };
    const h = aftr(one);
    external(h, udp(), B4, 1000);
    expect(send(h, udp(), OTHER_B4, 1310).reason).toBe("aftr-no-binding-possible");
    expect(send(h, udp(), OTHER_B4, 1424).reason).toBe(OUT);
    const g = aftr(one);
    external(g, udp(), B4, 1000);
    expect(external(g, udp(), B4, 1310)).toBe(5000);
  });
  it.each([
    ["half open", [], 240, true], ["half open", [], 243, false],
    ["established", ["in SYNACK", "out ACK"], 7440, true], ["established", ["in SYNACK", "out ACK"], 7443, false],
    ["closed", ["in SYNACK", "out FIN", "in FIN"], 240, true], ["closed", ["in SYNACK", "out FIN", "in FIN"], 243, false],
    ["half closed", ["in SYNACK", "out FIN"], 7000, true],
    ["reset", ["in SYNACK", "in RST"], 240, true], ["reset", ["in SYNACK", "in RST"], 243, false],
    ["reset but alive", ["in SYNACK", "in RST", "out ACK"], 7000, true],
    ["simultaneous open", ["in SYN", "out SYNACK"], 7000, true],
    ["reopened", ["in SYNACK", "out FIN", "in FIN", "out SYN"], 243, false],
  ] as [string, string[], number, boolean][])("TCP %s %j, idle %i s: alive %s", (_what, steps, idle, alive) => {
    const h = aftr();
    const p = external(h, tcp(SYN), B4, 1000);
    const flags: Record<string, number> = { SYN, SYNACK: SYN | ACK, ACK, FIN: FIN | ACK, RST };
    for (const step of steps) {
      const [side, name] = step.split(" ");
      const r = side === "in" ? h.feed(CORE, tcpIn(p, flags[name]), 1000) : send(h, tcp(flags[name]), B4, 1000);
      expect(r.reason).toBe(side === "in" ? IN : OUT);
    }
    expect(h.feed(CORE, tcpIn(p, ACK), 1000 + idle).reason).toBe(alive ? IN : "aftr-no-mapping");
  });
  it("ICMP query mapping lives 60 s", () => {
    const h = aftr();
    const b = send(h, echo4({ src: HOST, dst: REMOTE, id: 77 }), B4, 1000).out[0].bytes;
    const reply = echo4({ src: REMOTE, dst: POOL, id: u16(b, 24), type: 0 });
    const r = h.feed(CORE, reply, 1060);
    expect([r.reason, u16(unwrap(r.out[0].bytes), 24), isRight(unwrap(r.out[0].bytes))]).toEqual([IN, 77, true]);
    expect(h.feed(CORE, reply, 1063).reason).toBe("aftr-no-mapping");
  });
});

describe("TCP connections (RFC 5382, RFC 7857 section 2)", () => {
  it("an unsolicited SYN finds silence; one to an EIF mapping opens a connection", () => {
    const h = aftr();
    expect(h.feed(CORE, tcpIn(4000, SYN))).toEqual({ reason: "aftr-no-mapping", out: [] });
    const p = external(h, tcp(SYN));
    expect(h.feed(CORE, tcpIn(p, SYN, { src: "198.51.100.8" })).reason).toBe(IN);
    expect(h.feed(CORE, tcpIn(p, ACK, { src: "198.51.100.9" })).reason).toBe("aftr-tcp-no-connection");
  });
  it("a reset without a mapping makes none; with a mapping it is translated", () => {
    const h = aftr();
    expect(send(h, tcp(RST)).reason).toBe("aftr-tcp-no-connection");
    external(h, tcp(SYN));
    expect(send(h, tcp(RST, { dst: "198.51.100.8" })).reason).toBe(OUT);
    expect(h.device.statistics()[0].flowsActive).toBe(1);
  });
  it.each([[[2, 4, 5, 180], 1360], [[1, 2, 4, 5, 180, 0, 0, 0], 1360], [[2, 4, 4, 0], 1024]])("MSS option %j is clamped to at most 1360", (tcpOptions, mss) => {
    const h = aftr({ mssClamp: 1360 });
    const b = send(h, tcp(SYN, { tcpOptions })).out[0].bytes;
    const at = 40 + tcpOptions.indexOf(2) + 2;
    expect([u16(b, at), isRight(b)]).toEqual([mss, true]);
  });
});

describe("hairpinning (RFC 4787 REQ-9, RFC 5382 REQ-8)", () => {
  it("goes from softwire to softwire with the external source and one TTL decrement, never to the core", () => {
    const h = aftr();
    const a = external(h, udp());
    const b = external(h, udp(), OTHER_B4);
    const r = send(h, udp({ dst: POOL, dport: b }));
    const p = unwrap(r.out[0].bytes);
    expect([r.reason, r.out.length, r.out[0].side, dst6(r.out[0].bytes)]).toEqual(["aftr-hairpinned", 1, ACCESS, OTHER_B4]);
    expect([src4(p), port(p, "src"), dst4(p), port(p, "dst"), p[8], isRight(p)]).toEqual([POOL, a, HOST, 6000, 63, true]);
    expect(h.device.statistics()[0].hairpinnedPackets).toBe(1);
  });
  it("to a port without mapping, or switched off: dropped", () => {
    expect(send(aftr(), udp({ dst: POOL, dport: 9 }))).toEqual({ reason: "aftr-no-mapping", out: [] });
    expect(send(aftr({ hairpinning: false }), udp({ dst: POOL, dport: 9 }))).toEqual({ reason: "aftr-hairpinning-off", out: [] });
  });
});

describe("checksums and protocols", () => {
  it("UDP checksum 0 stays 0 both ways", () => {
    const h = aftr();
    const p = udp();
    put16(p, 26, 0);
    const b = send(h, p).out[0].bytes;
    expect(u16(b, 26)).toBe(0);
    const reply = back(port(b, "src"));
    put16(reply, 26, 0);
    expect(u16(unwrap(h.feed(CORE, reply).out[0].bytes), 26)).toBe(0);
  });
  it("protocols without ports: one inner host per external address", () => {
    const h = aftr();
    const gre = (src: string) => Uint8Array.from(udp({ src }), (x, i) => (i === 9 ? 47 : x));
    const fix = (b: Uint8Array): Uint8Array => {
      put16(b, 10, 0);
      let s = 0;
      for (let i = 0; i < 20; i += 2) s += u16(b, i);
      put16(b, 10, ~((s & 0xffff) + (s >> 16)) & 0xffff);
      return b;
    };
    expect(send(h, fix(gre(HOST))).reason).toBe(OUT);
    expect(send(h, fix(gre("192.168.1.3"))).reason).toBe("aftr-no-binding-possible");
    const reply = fix(Uint8Array.from(back(1), (x, i) => (i === 9 ? 47 : x)));
    expect(dst4(unwrap(h.feed(CORE, reply).out[0].bytes))).toBe(HOST);
  });
  it("identifications of two B4s with the same one do not collide outside (RFC 6864 section 5.3.1)", () => {
    const h = aftr();
    const ids = [B4, OTHER_B4].map((b4) => u16(send(h, udp({ id: 9 }), b4).out[0].bytes, 4));
    expect(ids[0]).not.toBe(ids[1]);
  });
});
