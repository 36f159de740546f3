/** The short way through the NAT does what the ordinary functions do, with every packet and at every time. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ACCESS, CORE, type DsLite, type NatConfig, type Side } from "../../../src/config/types.js";
import { put16, u16 } from "../../../src/wire/bits.js";
import { type Harness, harness, net4, net6, v4, v6 } from "../harness.js";
import { ACK, B4, FIN, HOST, OTHER_B4, POOL, REMOTE, RST, SYN, dsLite, nat, port, tcp4, tooBig, udp4, wrap } from "./packets.js";

interface Scene { readonly name: string; readonly nat?: Partial<NatConfig>; readonly box?: Partial<DsLite>; readonly coreMtu?: number }
const oneMapping = { b4: v6(B4), inner: v4(HOST), protocol: 17, innerPort: 6000, outer: v4("203.0.113.9"), outerPort: 53 };
const scenes: Scene[] = [
  { name: "as configured mostly" },
  { name: "short timers, no hold-down: records are used again at once", nat: { holdDownSeconds: 0, timers: { udp: 20, tcpEstablished: 40, tcpTransitory: 20, icmpQuery: 5, other: 5 }, inboundRefresh: true }, box: { flowInactivitySeconds: 8 } },
  { name: "address-dependent filter", nat: { filtering: "address-dependent", mapping: "address-dependent", timers: { udp: 20, tcpEstablished: 40, tcpTransitory: 20, icmpQuery: 5, other: 5 }, holdDownSeconds: 3 } },
  { name: "address- and port-dependent, random ports", nat: { filtering: "address-and-port-dependent", mapping: "address-and-port-dependent", allocation: "random", parity: false } },
  { name: "every ALG, MSS clamp", nat: { alg: ["ftp", "tftp", "pptp"], mssClamp: 1300 } },
  { name: "limits, one port block, DSCP left alone", nat: { allocation: "port-block", portBlockSize: 4, portsPerSubscriber: 3, holdDownSeconds: 2 }, box: { flowLimit: 4, copyDscpIn: false, copyDscpOut: false, b4Prefixes: [net6("2001:db8:0:1::/64")] } },
  { name: "static mapping, addresses that bypass the NAT, small core MTU", nat: { staticMappings: [oneMapping], noTranslate: [net4("198.51.100.9/32")], unsolicitedSyn: "port-unreachable" }, coreMtu: 100 },
  { name: "overlapping", nat: { overlapping: "always" } },
  { name: "no NAT", box: { nat: undefined, innerSources: [net4("192.168.0.0/16")] } },
];

/** Mostly the first choice. */
const usually = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.oneof({ weight: 40, arbitrary: fc.constant(values[0]) }, { weight: 3, arbitrary: fc.constantFrom(...values) });
const draw = fc.record({
  core: fc.boolean(), b4: usually([B4, OTHER_B4, "2001:db8:0:1::2"]), host: usually([HOST, "192.168.1.3", "8.8.8.8"]), remote: usually([REMOTE, "198.51.100.9", POOL, "203.0.113.9", "127.0.0.1"]), to: usually([POOL, "203.0.113.9"]),
  tcp: fc.boolean(), flags: usually([ACK, SYN, SYN | ACK, FIN | ACK, RST, RST | ACK]), own: fc.constantFrom(6000, 6001), there: usually([80, 21, 69, 1723, 53]), guess: usually([-1, 1024, 6000, 53]), size: usually([32, 0, 1, 200, 1460]), sum: usually([-1, 0, 1, 0xffff]),
  tos: usually([0, 3, 2, 0xb9]), tc: usually([0, 1, 3, 0xb8]), ttl: usually([64, 1, 0, 2, 255]), id: usually([1, 0, 0xffff]), fragment: usually([0, 0x4000, 0x8000, 0x2000, 3]), options: usually([0, 4]), next: usually([4, 0, 60]), padding: usually([0, 4]), cut: usually([0, 1, 20, 50]),
  flip: fc.option(fc.tuple(fc.nat(90), fc.nat(255)), { freq: 8 }), wait: fc.constantFrom(0, 0, 0, 0, 0, 1, 2, 5, 12, 31, 90), again: fc.constantFrom(0, 1, 3),
});
type Draw = typeof draw extends fc.Arbitrary<infer T> ? T : never;

/** `last`: external port that the device chose last, where answers mostly go. */
function packet(d: Draw, last: number): Uint8Array {
  const ends = d.core ? { src: d.remote, dst: d.to, sport: d.there, dport: d.guess < 0 ? last : d.guess } : { src: d.host, dst: d.remote, sport: d.own, dport: d.there };
  const rest = { tos: d.tos, ttl: d.ttl, id: d.id, fragment: d.fragment, options: new Uint8Array(d.options).fill(1), size: d.size };
  const p = d.tcp ? tcp4({ ...ends, ...rest, flags: d.flags }) : udp4({ ...ends, ...rest });
  if (d.sum >= 0) put16(p, (p[0] & 15) * 4 + (d.tcp ? 16 : 6), d.sum);
  let bytes = d.core ? p : wrap(p, d.b4, { tc: d.tc, next: d.next });
  if (d.flip !== null && d.flip[0] < bytes.length) bytes[d.flip[0]] ^= d.flip[1];
  if (d.padding > 0) bytes = Uint8Array.of(...bytes, ...new Uint8Array(d.padding));
  return bytes.subarray(0, bytes.length - Math.min(d.cut, bytes.length));
}

type Fed = ReturnType<Harness["feed"]>;
const isSame = (a: Fed, b: Fed): boolean =>
  a.reason === b.reason && a.out.length === b.out.length &&
  a.out.every((x, i) => x.side === b.out[i].side && x.reason === b.out[i].reason && x.sec === b.out[i].sec && x.nsec === b.out[i].nsec && Buffer.compare(x.bytes, b.out[i].bytes) === 0);

interface Twins { readonly short: Harness; readonly long: Harness; feed(side: Side, bytes: Uint8Array, sec: number): Fed }
function twins(s: Scene): Twins {
  const box = dsLite({ nat: nat(s.nat), ...s.box });
  const more = s.coreMtu === undefined ? {} : { coreMtu: s.coreMtu };
  const [short, long] = [harness(box, more), harness(box, { ...more, short: false })];
  return {
    short, long,
    feed(side, bytes, sec) {
      const got = short.feed(side, bytes, sec);
      const wanted = long.feed(side, bytes, sec);
      if (!isSame(got, wanted)) expect(got).toEqual(wanted); // which tells the difference, but takes its time
      return got;
    },
  };
}

describe.each(scenes)("$name", (s) => {
  it("same reason, same packets, same counts, same mappings", { timeout: 60_000 }, () => {
    let translated = 0;
    fc.assert(
      fc.property(fc.array(draw, { minLength: 40, maxLength: 80 }), (draws) => {
        const t = twins(s);
        let sec = 1000;
        let last = 1024;
        for (const d of draws) {
          sec += d.wait;
          for (let i = 0; i <= d.again; i++) {
            const got = t.feed(d.core ? CORE : ACCESS, packet(d, last), sec);
            if (got.reason === "aftr-translated-out") last = port(got.out[0].bytes, "src");
            if (got.reason.startsWith("aftr-translated")) translated++;
          }
        }
        expect(t.short.device.natUse(8)).toEqual(t.long.device.natUse(8));
        t.short.device.drain(sec, 0);
        t.long.device.drain(sec, 0);
        expect(t.short.device.statistics()).toEqual(t.long.device.statistics());
        expect(t.short.device.counters()).toEqual(t.long.device.counters());
      }),
      { numRuns: 15 },
    );
    if (s.name !== "no NAT") expect(translated).toBeGreaterThan(300); // else nothing was compared
  });
});

describe("known flows", () => {
  const out = (check: number, tcp: boolean, host = HOST): Uint8Array => {
    const p = (tcp ? tcp4 : udp4)({ src: host, dst: REMOTE, sport: 6000, dport: 80, size: 4, flags: ACK });
    put16(p, 20 + (tcp ? 16 : 6), check);
    return wrap(p);
  };
  const back = (check: number, tcp: boolean, to: number): Uint8Array => {
    const p = (tcp ? tcp4 : udp4)({ src: REMOTE, dst: POOL, sport: 80, dport: to, size: 4, flags: ACK });
    put16(p, 20 + (tcp ? 16 : 6), check);
    return p;
  };
  it.each([false, true])("every checksum becomes what the ordinary functions make of it (TCP: %s)", (tcp) => {
    const t = twins({ name: "" });
    if (tcp) t.feed(ACCESS, wrap(tcp4({ src: HOST, dst: REMOTE, sport: 6000, dport: 80, flags: SYN })), 1000);
    const first = t.feed(ACCESS, out(0x1234, tcp), 1000).out[0].bytes;
    const to = port(first, "src");
    for (const inwards of [false, true]) {
      const seen = new Set<number>();
      for (let check = 0; check < 0x10000; check += check < 0x100 || check > 0xff00 ? 1 : 61) {
        const got = inwards ? t.feed(CORE, back(check, tcp, to), 1000) : t.feed(ACCESS, out(check, tcp), 1000);
        expect(got.reason).toBe(inwards ? "aftr-translated-in" : "aftr-translated-out");
        seen.add(u16(got.out[0].bytes, (inwards ? 40 : 0) + 20 + (tcp ? 16 : 6)));
      }
      expect(seen.size).toBeGreaterThan(1000);
      // The one that would become zero: UDP writes all ones (RFC 768).
      const became = (check: number): number => {
        const { bytes } = (inwards ? t.feed(CORE, back(check, tcp, to), 1000) : t.feed(ACCESS, out(check, tcp), 1000)).out[0];
        return u16(bytes, (inwards ? 40 : 0) + 20 + (tcp ? 16 : 6));
      };
      const more = (became(0x1234) - 0x1234 + 0xffff) % 0xffff;
      expect(became(0xffff - more)).toBe(tcp ? 0 : 0xffff);
    }
  });
  it("keeps many flows apart while its table grows", () => {
    const t = twins({ name: "" });
    const ports: number[] = [];
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 1200; i++) {
        // Every B4 has the same inner ends.
        const host = { src: HOST, dst: REMOTE, sport: 5000 + Math.floor(i / 40), dport: 80 };
        const got = t.feed(ACCESS, wrap(udp4({ ...host, size: 4 }), `2001:db8:0:${(i % 40) + 1}::1`), 1000 + (round >> 1));
        ports[i] ??= port(got.out[0].bytes, "src");
        expect(port(got.out[0].bytes, "src")).toBe(ports[i]);
        expect(port(t.feed(CORE, back(0x1234, false, ports[i]), 1000 + (round >> 1)).out[0].bytes.slice(40), "dst")).toBe(host.sport);
      }
    }
  });
  it("opens a new flow when the old one is over and its mapping is not", () => {
    const t = twins({ name: "" });
    // The first flow's record is free when that of the second becomes so: a free record names the one that was free before, 1 as the mapping's.
    for (const [remote, sec] of [["198.51.100.8", 1000], [REMOTE, 1000], [REMOTE, 1001], [REMOTE, 1005], [REMOTE, 1060]] as const) {
      t.feed(CORE, back(1, false, 9), sec); // the first packet of a second goes the long way
      t.feed(ACCESS, wrap(udp4({ src: HOST, dst: remote, sport: 6000, dport: 80 })), sec);
    }
    expect(t.short.device.statistics()).toEqual(t.long.device.statistics());
    expect(t.short.device.statistics()[0]).toMatchObject({ flowsCreated: 3, flowsActive: 1 });
  });
  it("closes a connection whose end comes within a second of other segments", () => {
    const t = twins({ name: "" });
    const to = port(t.feed(ACCESS, wrap(tcp4({ src: HOST, dst: REMOTE, flags: SYN })), 1000).out[0].bytes, "src");
    const segment = { src: REMOTE, dst: POOL, sport: 80, dport: to };
    t.feed(CORE, tcp4({ ...segment, flags: SYN | ACK }), 1000);
    for (const flags of [ACK, ACK, ACK, FIN | ACK]) {
      t.feed(ACCESS, wrap(tcp4({ src: HOST, dst: REMOTE, flags })), 1000);
      t.feed(CORE, tcp4({ ...segment, flags }), 1000);
    }
    // Closed: RFC 5382 REQ-5, four minutes; established it would be two hours.
    expect(t.feed(CORE, tcp4({ ...segment, flags: ACK }), 1300).reason).toBe("aftr-no-mapping");
  });
  it("clamps the MSS of every SYN", () => {
    const t = twins({ name: "", nat: { mssClamp: 1300 } });
    for (const flags of [SYN, SYN, ACK, SYN, SYN]) {
      const [{ bytes }] = t.feed(ACCESS, wrap(tcp4({ src: HOST, dst: REMOTE, flags, tcpOptions: [2, 4, 1460 >> 8, 1460 & 255] })), 1000).out;
      expect(u16(bytes, 42)).toBe(flags === SYN ? 1300 : 1460);
    }
  });
  it("is not taken for another one that got its records and its external end", () => {
    const only = { ranges: [{ from: v4(POOL), to: v4(POOL) }], portFrom: 2000, portTo: 2000 };
    const t = twins({ name: "", nat: { pool: only, parity: false, holdDownSeconds: 0, timers: { udp: 5, tcpEstablished: 5, tcpTransitory: 5, icmpQuery: 5, other: 5 } } });
    // Each differs from the one before in one thing.
    const from = [[HOST, 6000, B4], [HOST, 6000, OTHER_B4], ["192.168.1.9", 6000, OTHER_B4], ["192.168.1.9", 6001, OTHER_B4]] as const;
    const send = (i: number, sec: number): string => t.feed(ACCESS, wrap(udp4({ src: from[i][0], dst: REMOTE, sport: from[i][1], dport: 80 }), from[i][2]), sec).reason;
    for (let i = 0; i < from.length; i++) {
      const sec = 1000 + 20 * i;
      expect(t.feed(CORE, back(1, false, 2000), sec).reason).toBe("aftr-no-mapping");
      for (let k = 0; k < 3; k++) {
        expect(send(i, sec + k)).toBe("aftr-translated-out");
        if (i > 0) expect(send(i - 1, sec + k)).toBe("aftr-no-binding-possible");
        expect(t.feed(CORE, back(1, false, 2000), sec + k).reason).toBe("aftr-translated-in");
      }
    }
  });
  it.each([false, true])("keep their mapping by what they send, by what they receive only where configured (%s)", (inboundRefresh) => {
    const t = twins({ name: "", nat: { inboundRefresh } });
    // UDP mappings live 300 s; the first packet of a second goes the long way.
    const at = (sec: number, side: Side, bytes: Uint8Array): string => {
      t.feed(CORE, back(1, false, 9), sec);
      return t.feed(side, bytes, sec).reason;
    };
    at(1000, ACCESS, out(1, false));
    const to = port(t.short.out[0].bytes, "src");
    for (let sec = 1000; sec <= 1500; sec += 20) expect(at(sec, ACCESS, out(1, false))).toBe("aftr-translated-out");
    for (let sec = 1500; sec <= 1780; sec += 20) expect(at(sec, CORE, back(1, false, to))).toBe("aftr-translated-in");
    expect(at(1900, CORE, back(1, false, to))).toBe(inboundRefresh ? "aftr-translated-in" : "aftr-no-mapping");
  });
  it("are cut to the core's MTU", () => {
    const t = twins({ name: "", coreMtu: 600 });
    const sized = (size: number): number => t.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE, size })), 1000).out.length;
    for (let i = 0; i < 3; i++) expect([sized(572), sized(573)]).toEqual([1, 2]);
  });
  it("heeds a path MTU that was told", () => {
    const t = twins({ name: "", box: { oversize: "honour-df" } });
    const big = (): Uint8Array => udp4({ src: REMOTE, dst: POOL, sport: 80, dport: port(t.short.out[0].bytes, "src"), size: 1350, fragment: 0x4000 });
    t.feed(ACCESS, out(1, false), 1000);
    for (let i = 0; i < 3; i++) expect(t.feed(CORE, big(), 1000 + i).reason).toBe("aftr-translated-in");
    const sent = t.short.out[t.short.out.length - 1].bytes;
    t.feed(ACCESS, tooBig(sent, 1300), 1003);
    expect(t.feed(CORE, big(), 1003).reason).not.toBe("aftr-translated-in");
  });
  it("does not outgrow the softwire's MTU, and ends with its mapping", () => {
    const t = twins({ name: "", box: { oversize: "honour-df" } });
    t.feed(ACCESS, out(1, false), 1000);
    const to = port(t.short.out[0].bytes, "src");
    const sized = (size: number): string => t.feed(CORE, udp4({ src: REMOTE, dst: POOL, sport: 80, dport: to, size, fragment: 0x4000 }), 1000).reason;
    for (let i = 0; i < 3; i++) expect([sized(1472), sized(1473)]).toEqual(["aftr-translated-in", "aftr-fragmentation-needed-core"]);
    expect(t.feed(ACCESS, out(1, false), 1299).reason).toBe("aftr-translated-out");
    expect(t.feed(CORE, back(1, false, to), 1700).reason).toBe("aftr-no-mapping");
  });
});
