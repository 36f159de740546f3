/** What the texts let a NAT do, and a rule might take for a deviation: no MUST is held against it. */
import { describe, expect, it } from "vitest";
import { defaultSeverity, loadClauses } from "../../../src/config/clauses.js";
import { put16 } from "../../../src/wire/bits.js";
import { finish, pseudo4, sum } from "../../../src/wire/checksum.js";
import * as ip4 from "../../../src/wire/ipv4.js";
import * as B from "./build.js";

const SYN = 2, SYN_ACK = 18, ACK = 16, RST = 4;
const EMPTY = new Uint8Array(0);
const clauses = loadClauses();
const severityOf = (c: string) => defaultSeverity(clauses.get(c)!);
/** MUST-level findings: rule and deviation. */
const broken = (steps: readonly B.Step[], over: B.Over = {}): string[] =>
  B.judge(steps, { over, options: { severityOf } }).findings.filter((f) => f.severity === "fail").map((f) => `${f.rule}: ${f.exemplars[0].message}`);

const tcp: B.Flow = { proto: 6, sport: 30000, eport: 20000 };
const seg = (flags: number, seq = 1, payload = EMPTY): B.Four => ({ flags, seq, payload, id: seq & 0xffff, df: true });
const say = (k: number): B.Four => ({ payload: B.bytes(20, k), id: k, df: true });
const lab = { nat: { parity: false } };

describe("half-open TCP", () => {
  it("SYN and SYN-ACK alone are still partially open (RFC 5382 section 5)", () => {
    const flows = [0, 1, 2].map((n): B.Flow => ({ ...tcp, sport: 30000 + n, eport: 20000 + n }));
    expect(broken([
      ...flows.flatMap((f, n) => [...B.outward(f, n, seg(SYN)), ...B.inward(f, n + 0.2, seg(SYN_ACK, 9))]),
      ...flows.map((f, n) => B.coreIn(B.outsideIn(f, seg(SYN_ACK, 9)), { at: 300 + n })),
    ], lab)).toEqual([]);
  });
  it("its port may go to another host after 240 s", () => {
    expect(broken([
      ...B.outward(tcp, 0, seg(SYN)), ...B.inward(tcp, 0.2, seg(SYN_ACK, 9)),
      ...B.outward({ ...tcp, sport: 31000, b4: B.B4B }, 400, seg(SYN, 77)),
    ], lab)).toEqual([]);
  });
  it("a declared transitory timer below 4 minutes is allowed (RFC 7857 section 2.1)", () => {
    const over = { nat: { parity: false, timers: { udp: 300, tcpEstablished: 7440, tcpTransitory: 30, icmpQuery: 60, other: 300 } } };
    expect(broken([...B.outward(tcp, 0, seg(SYN)), ...B.outward({ ...tcp, sport: 31000, b4: B.B4B }, 60, seg(SYN, 77))], over)).toEqual([]);
    expect(broken([0, 1, 2].flatMap((n) => [...B.outward({ ...tcp, sport: 30000 + n, eport: 20000 + n }, n, seg(SYN)), ...B.outward({ ...tcp, sport: 30000 + n, eport: 23000 + n, dst: B.HOST2 }, 60 + n, seg(SYN, 5))]), over)).toEqual([]);
  });
});

it("segments of a session that has timed out may be dropped (RFC 5382 section 5: left to the implementation)", () => {
  const flows = [0, 1, 2].map((n): B.Flow => ({ ...tcp, sport: 30000 + n, eport: 20000 + n }));
  expect(broken([
    ...flows.flatMap((f, n) => [...B.outward(f, n, seg(SYN)), ...B.inward(f, n + 0.2, seg(SYN_ACK, 9))]),
    ...flows.map((f, n) => B.accessIn(B.soft(B.insideOut(f, seg(ACK, 2))), { at: 9000 + n })),
  ], lab)).toEqual([]);
});

describe("ICMP errors", () => {
  it("mapping that depends on the endpoint is no mapping ended by an error", () => {
    const steps: B.Step[] = [0, 1, 2].flatMap((n): B.Step[] => {
      const f: B.Flow = { sport: 10000, eport: 40000 + n, dport: 33434 + n };
      const g = say(n);
      return [...B.outward(f, n, g), B.coreIn(B.error(11, 0, B.outsideOut(f, g), { src: B.ROUTER, dst: B.EXT, ttl: 50 }), { at: n + 0.2 }),
        B.accessOut(B.toB4(B.error(11, 0, B.insideOut(f, g), { src: B.ROUTER, dst: "192.168.1.10", ttl: 49 })), { at: n + 0.201 })];
    });
    expect(broken(steps, lab).filter((m) => m.startsWith("RFC4787-9"))).toEqual([]);
  });
  it("an MTU may be lowered to that of the softwire: REQ-4 keeps type and code", () => {
    const f: B.Flow = { sport: 10000, eport: 40000 };
    const mtu = (p: Uint8Array, word: number) => B.four({ proto: 1, type: 3, code: 4, word, payload: p.slice(28), src: B.ROUTER, dst: word === 1492 ? B.EXT : "192.168.1.10", ttl: word === 1492 ? 50 : 49 });
    const g = say(1);
    const steps = [...B.outward(f, 0, g), B.coreIn(mtu(B.error(3, 4, B.outsideOut(f, g), {}), 1492), { at: 1 }), B.accessOut(B.toB4(mtu(B.error(3, 4, B.insideOut(f, g), {}), 1460)), { at: 1.001 })];
    expect(broken(steps, lab)).toEqual([]);
  });
  it("an outbound error without a mapping breaks no MUST", () => {
    const g = B.four({ src: B.HOST, dst: "192.168.1.10", sport: 5000, dport: 999, payload: B.bytes(9) });
    const steps = [...B.outward({ sport: 10000, eport: 40000 }, 0, say(1)), B.accessIn(B.soft(B.error(3, 3, g, { src: "192.168.1.10", dst: B.HOST })), { at: 1 }), B.coreOut(B.error(3, 3, g, { src: B.EXT, dst: B.HOST, ttl: 62 }), { at: 1.001 })];
    expect(broken(steps, lab)).toEqual([]);
  });
  it("extensions may be removed as a whole: NATs are encouraged to support them (RFC 5508 section 4.2.1)", () => {
    const f: B.Flow = { sport: 10000, eport: 40000 };
    const g: B.Four = { payload: B.bytes(20, 3), id: 3 };
    const ext = Uint8Array.of(0x20, 0, 0, 0, 0, 8, 1, 1, 0, 1, 2, 3);
    const make = (about: Uint8Array, o: B.Four, with_: boolean): Uint8Array => {
      const quote = new Uint8Array(128);
      quote.set(B.error(11, 0, about, {}, 48).slice(28));
      return B.four({ ...o, proto: 1, type: 11, code: 0, word: with_ ? 32 << 16 : 0, payload: with_ ? Uint8Array.from([...quote, ...ext]) : quote.slice(0, 48) });
    };
    const steps = [0, 1].flatMap((n): B.Step[] => [...B.outward(f, n * 3, { ...g, id: 9 + n }), B.coreIn(make(B.outsideOut(f, { ...g, id: 9 + n }), { src: B.ROUTER, dst: B.EXT, ttl: 50 }, true), { at: n * 3 + 1 }), B.accessOut(B.toB4(make(B.insideOut(f, { ...g, id: 9 + n }), { src: B.ROUTER, dst: "192.168.1.10", ttl: 49 }, false)), { at: n * 3 + 1.001 })]);
    expect(broken(steps, lab)).toEqual([]);
  });
});

it("a SYN for the device's own address, though it is in the pool, may be answered (RFC 5382 section 4.3)", () => {
  const syn = B.four({ proto: 6, src: B.HOST, dst: B.EXT, sport: 5, dport: 22, flags: SYN, payload: EMPTY, ttl: 50 });
  const steps = [...B.outward(tcp, 0, seg(SYN)), B.coreIn(syn, { at: 1 }), B.coreOut(B.error(3, 13, syn, { src: B.EXT, dst: B.HOST, ttl: 64 }), { at: 1.01 })];
  expect(broken(steps, { ...lab, core: { ipv4: [B.v4(B.CORE), B.v4(B.EXT)] } })).toEqual([]);
});

it("an RST outside of the window may be dropped (RFC 7857 section 2.2, notes)", () => {
  const steps = [0, 1, 2].flatMap((n): B.Step[] => {
    const f: B.Flow = { ...tcp, sport: 30000 + n, eport: 20000 + n };
    return [...B.outward(f, n, seg(SYN)), ...B.inward(f, n + 0.2, { ...seg(SYN_ACK, 9), ack: 2 }), ...B.outward(f, n + 0.4, { ...seg(ACK, 2), ack: 10 }), B.coreIn(B.outsideIn(f, seg(RST, 0x70000000)), { at: n + 0.6 })];
  });
  expect(broken(steps, lab)).toEqual([]);
});

describe("congestion", () => {
  const f: B.Flow = { sport: 10000, eport: 40000 };
  it("a router marks ECT packets CE (RFC 3168 section 5)", () => {
    expect(broken([B.accessIn(B.soft(B.insideOut(f, { tos: 2 }))), B.coreOut(B.outsideOut(f, { tos: 3 }))], lab)).toEqual([]);
    expect(broken([...B.outward(f, 0), B.coreIn(B.outsideIn(f, { tos: 2 }), { at: 1 }), B.accessOut(B.toB4(B.insideIn(f, { tos: 3 })), { at: 1.001 })], lab)).toEqual([]);
    expect(broken([...B.outward(f, 0), B.coreIn(B.outsideIn(f, { tos: 2 }), { at: 1 }), B.accessOut(B.toB4(B.insideIn(f, { tos: 2 }), { tc: 3 }), { at: 1.001 })], lab)).toEqual([]);
  });
});

describe("filters by session", () => {
  it("a filter towards one remote end may close while the mapping lives by another", () => {
    const f: B.Flow = { sport: 10000, eport: 40000 };
    const g = { ...f, dst: B.HOST2 };
    const steps = [...B.outward(f, 0, say(0)), ...Array.from({ length: 60 }, (_, n) => B.outward(g, 10 * n + 1, say(n + 1))).flat(), ...[0, 1, 2].map((n) => B.coreIn(B.outsideIn(f, say(90 + n)), { at: 500 + 10 * n + 5.5 }))];
    expect(broken(steps, { nat: { parity: false, filtering: "address-and-port-dependent" } })).toEqual([]);
  });
  it("a late segment of a closed connection is not of the one that its port serves now", () => {
    const FIN_ACK = 17;
    const steps = [0, 1, 2].flatMap((n): B.Step[] => {
      const f: B.Flow = { ...tcp, sport: 30000 + n, eport: 20000 + n };
      const g = { ...f, dst: B.HOST2 };
      const t = n * 20;
      const open = (x: B.Flow, at: number): B.Step[] => [...B.outward(x, at, seg(SYN)), ...B.inward(x, at + 0.2, seg(SYN_ACK, 9)), ...B.outward(x, at + 0.4, seg(ACK, 2))];
      return [...open(f, t), ...B.outward(f, t + 1, seg(FIN_ACK, 3)), ...B.inward(f, t + 1.2, seg(FIN_ACK, 10)), ...B.outward(f, t + 1.4, seg(ACK, 4)), ...open(g, t + 3), B.coreIn(B.outsideIn(f, seg(FIN_ACK, 10)), { at: t + 5 })];
    });
    expect(broken(steps, lab)).toEqual([]);
  });
});

it("the mapping of ICMP queries may depend on the host: a SHOULD of RFC 5508, no matter of RFC 4787 REQ-11", () => {
  const ping = (f: B.Flow, id: number, seq: number, at: number): B.Step[] => {
    const e = B.echo(f, id, seq);
    return [B.accessIn(B.soft(e.inside), { at }), B.coreOut(e.outside, { at: at + 0.001 })];
  };
  const steps = [...ping({ eport: 500 }, 500, 1, 0), ...ping({ eport: 500, dst: B.HOST2 }, 500, 2, 1), ...ping({ eport: 600 }, 600, 3, 2), ...ping({ eport: 601, dst: B.HOST2 }, 600, 4, 3), ...ping({ eport: 700 }, 700, 5, 4), ...ping({ eport: 701, dst: B.HOST2 }, 700, 6, 5), ...ping({ eport: 800 }, 800, 7, 6), ...ping({ eport: 801, dst: B.HOST2 }, 800, 8, 7)];
  expect(broken(steps, lab)).toEqual([]);
});

it("a second external address when the first is full breaks a SHOULD (RFC 7857 section 4)", () => {
  const pool = { ranges: [{ from: B.v4(B.EXT), to: B.v4(B.EXT2) }], portFrom: 1024, portTo: 1027 };
  const steps = [0, 1, 2, 3].flatMap((n) => B.outward({ sport: 10000 + n, eport: 1024 + n }, n, say(n))).concat(B.outward({ sport: 10009, ext: B.EXT2, eport: 1025 }, 5, say(9)));
  expect(broken(steps, { nat: { parity: false, pool } })).toEqual([]);
});

it("TTL may be lowered by more than one where a packet leaves the softwire (RFC 1812 section 5.3.1: at least one)", () => {
  const f: B.Flow = { sport: 10000, eport: 40000 };
  expect(broken([B.accessIn(B.soft(B.insideOut(f))), B.coreOut(B.outsideOut(f, { ttl: 61 }))], lab)).toEqual([]);
});

it("a NAT that forwards fragment by fragment cuts each of them for itself (RFC 1812 sections 4.2.2.7 and 5.2.6: transit routers do not reassemble)", () => {
  const f: B.Flow = { sport: 10000, eport: 40000 };
  const g = { payload: B.bytes(2000), id: 7 };
  const over = { nat: { parity: false }, core: { mtu: 1400 }, written: ["core.mtu"] };
  const came = B.fragments(B.insideOut(f, g), 1480).map((p, i) => B.accessIn(B.soft(p), { at: 1 + i * 0.0001 }));
  /** Cut at 1376 bytes of payload for the first fragment; the second fits. */
  const cut = (sizes: readonly number[]): B.Step[] => {
    const p = B.outsideOut(f, g);
    let from = 0;
    return sizes.map((n, i) => {
      const q = p.slice(0, 20 + n);
      q.set(p.subarray(20 + from, 20 + from + n), 20);
      put16(q, 2, q.length);
      put16(q, 6, (from >>> 3) | (i < sizes.length - 1 ? 0x2000 : 0));
      ip4.seal(q, 0);
      from += n;
      return B.coreOut(q, { at: 1.001 + i * 0.0001 });
    });
  };
  const found = (sizes: readonly number[]) => B.judge([...B.outward(f, 0), ...came, ...cut(sizes)], { over }).findings.filter((x) => x.rule.startsWith("RFC1812-4.2.2.7")).map((x) => x.count);
  expect(found([1376, 104, 528])).toEqual([]);
  expect(found([1376, 632])).toEqual([]);
  expect(found([800, 680, 264, 264])).toEqual([1]);
});

it("the tunnel MTU is less the size of all tunnel headers (RFC 2473 section 6.7), also of the encapsulation limit that the device adds", () => {
  const f: B.Flow = { sport: 10000, eport: 40000 };
  const large = B.outsideIn(f, { payload: B.bytes(1472), df: true, id: 3 });
  const refusal = (mtu: number) => B.coreOut(B.error(3, 4, large, { src: B.CORE, dst: B.HOST, word: mtu, ttl: 64 }), { at: 2.001 });
  const small = (ext: boolean): B.Step[] => [B.coreIn(B.outsideIn(f), { at: 1 }), B.accessOut(B.toB4(B.insideIn(f), ext ? { ext: B.LIMIT } : {}), { at: 1.001 })];
  const found = (ext: boolean, mtu: number) =>
    B.judge([...B.outward(f, 0), ...small(ext), B.coreIn(large, { at: 2 }), refusal(mtu)], { over: { nat: { parity: false }, cfg: { oversize: "honour-df" } } }).findings.filter((x) => x.rule === "RFC2473-7.2-1").length;
  expect([found(false, 1460), found(true, 1452), found(true, 1460), found(false, 1452)]).toEqual([0, 0, 0, 1]);
});

it("hairpinned packets may meet a filter, too: what nobody declared may be address-dependent (RFC 4787 REQ-8, RFC 6888 REQ-7)", () => {
  const callers = [0, 1, 2, 3].map((n): B.Flow => ({ sport: 10000 + n, eport: 40000 + n }));
  const called: B.Flow = { b4: B.B4B, src: "10.0.0.5", sport: 42000, eport: 43000 };
  const steps = [...B.outward(called, 0, say(1)), ...callers.flatMap((f, n) => [...B.outward(f, 1 + n, say(2 + n)), B.accessIn(B.soft(B.four({ ...f, dst: B.EXT, dport: 43000, payload: B.bytes(30, n) })), { at: 1.5 + n })])];
  expect(broken(steps, { ...lab, cfg: { undeclared: ["filtering"] } })).toEqual([]);
  expect(broken(steps, lab).map((m) => m.split(":")[0])).toEqual(["RFC4787-6-1"]);
  // What the called one had sent to the callers opened its filter, though it was lost, too.
  const both = [...steps, ...callers.flatMap((f, n) => [B.accessIn(B.soft(B.four({ ...called, dst: B.EXT, dport: f.eport!, payload: B.bytes(31, n) }), { src: B.B4B }), { at: 10 + n }), B.accessIn(B.soft(B.four({ ...f, dst: B.EXT, dport: 43000, payload: B.bytes(32, n) })), { at: 10.5 + n })])];
  expect(broken(both, { ...lab, cfg: { undeclared: ["filtering"] } }).map((m) => m.split(":")[0])).toEqual(["RFC4787-6-1"]);
});

it("an echo reply of the AFTR is the right one, however many others went into softwires meanwhile", () => {
  const asked = B.four({ proto: 1, type: 8, dst: "192.0.0.1", word: (7 << 16) | 1 });
  const reply = B.four({ proto: 1, type: 0, src: "192.0.0.1", dst: "192.168.1.10", word: (7 << 16) | 1, ttl: 64 });
  const others = Array.from({ length: 1500 }, (_, n): B.Step[] => {
    const e = B.echo({ eport: 900, src: "192.168.1.11" }, 5, n);
    return [B.coreIn(e.reply, { at: 1.01 + n * 0.0005 }), B.accessOut(B.toB4(e.delivered), { at: 1.0101 + n * 0.0005 })];
  }).flat();
  const ping = B.echo({ eport: 900, src: "192.168.1.11" }, 5, 9999);
  const steps = [B.accessIn(B.soft(ping.inside), { at: 0.5 }), B.coreOut(ping.outside, { at: 0.501 }), B.accessIn(B.soft(asked), { at: 1 }), B.accessOut(B.toB4(reply), { at: 1.001 }), ...others];
  expect(broken(steps, lab)).toEqual([]);
});

it("a SYN at the start of a capture may be a second one: nobody knows for how long the first has waited (RFC 5382 REQ-4)", () => {
  const syn = (k: number, at: number): B.Step => B.coreIn(B.four({ proto: 6, src: B.HOST, dst: B.EXT, sport: 5000, dport: 23000 + k, flags: SYN, seq: 70 + k, ttl: 50, payload: EMPTY }), { at });
  const answer = (k: number, at: number): B.Step => B.coreOut(B.error(3, 3, syn(k, 0).packet, { src: B.CORE, dst: B.HOST, ttl: 64 }), { at });
  const f: B.Flow = { sport: 10000, eport: 40000 };
  const early = (start: number) => B.judge([...B.outward(f, 0, say(1)), ...B.inward(f, 0.1, say(2)), ...[0, 1, 2, 3].flatMap((k) => [syn(k, start + k), answer(k, start + k + 0.15)]), ...B.outward(f, 60, say(3)), ...B.inward(f, 60.1, say(4))], { options: { severityOf, complete: false }, over: lab })
    .findings.filter((g) => g.rule.startsWith("RFC5382-4.3")).map((g) => `${g.severity} ${g.rule} ${g.count}`);
  expect(early(1)).toEqual([]);
  expect(early(20)).toEqual(["fail RFC5382-4.3-3 4"]);
});

it("a TCP port may be used again at once after a connection of milliseconds whose SYN the device clamped (RFC 6888 REQ-8a; RFC 6333 section 6.3 leaves MSS rewriting free)", () => {
  /** A SYN with an MSS option. */
  const withMss = (p: Uint8Array, mss: number): Uint8Array => {
    const q = p.slice();
    q[20 + 12] = 0x60;
    put16(q, 20 + 22, mss);
    put16(q, 20 + 16, 0);
    put16(q, 20 + 16, finish(sum(q, 20, q.length - 20, pseudo4(q, 12, q.length - 20, 6))));
    return q;
  };
  const opening = { flags: SYN, payload: Uint8Array.of(2, 4, 5, 180), df: true };
  const short = (f: B.Flow, at: number, seq: number): B.Step[] => [
    B.accessIn(B.soft(withMss(B.insideOut(f, { ...opening, seq }), 1460), { src: f.b4 ?? B.B4A }), { at }), B.coreOut(withMss(B.outsideOut(f, { ...opening, seq }), 1400), { at: at + 0.0001 }),
    ...B.inward(f, at + 0.004, seg(SYN_ACK, 9)), ...B.outward(f, at + 0.008, seg(ACK, seq + 1)), ...B.outward(f, at + 0.012, seg(17, seq + 2)), ...B.inward(f, at + 0.016, seg(17, 10)), ...B.outward(f, at + 0.02, seg(ACK, seq + 3)),
  ];
  const one: B.Flow = { ...tcp, src: "192.168.1.20" };
  const steps = [...short(one, 1, 100), ...short({ ...one, dst: B.HOST2 }, 2, 300), ...short({ ...one, dst: B.HOST2, b4: B.B4B }, 2.2, 500)];
  expect(B.judge(steps, { options: { severityOf, complete: false }, over: lab }).findings.map((g) => `${g.severity} ${g.rule}`)).toEqual([]);
});

it("an answer within milliseconds goes through the mapping of its own protocol, though one of the other has the same ports (RFC 7857 sections 5 and 6)", () => {
  const f: B.Flow = { sport: 10000, eport: 12346 };
  const steps = [0, 1, 2].flatMap((n): B.Step[] => {
    const g = { ...f, sport: 10000 + n, eport: 12346 + 2 * n };
    return [...B.outward(g, n, say(n)), ...B.outward({ ...g, proto: 6 }, n + 0.5, seg(SYN, 100)), ...B.inward({ ...g, proto: 6 }, n + 0.51, seg(SYN_ACK, 9))];
  });
  expect(B.judge([...steps, ...B.outward({ sport: 9000, eport: 9000 }, 20, say(9)), ...B.inward({ sport: 9000, eport: 9000 }, 20.1, say(8))], { options: { severityOf, complete: false }, over: lab }).findings.map((g) => `${g.severity} ${g.rule}`)).not.toContain("warn RFC7857-6-1");
});

it("a subscriber at a limit that nobody declared: the device says so, as often as its rate limit lets it (RFC 6888 REQ-4 and REQ-11)", () => {
  const f: B.Flow = { sport: 10000, eport: 40000 };
  const pings = [0, 1, 2, 3, 4, 5].map((n) => B.echo({ eport: 900 + n }, 50 + n, n).inside);
  const prohibited = B.accessOut(B.toB4(B.error(3, 13, pings[0], { src: "192.0.0.1", dst: "192.168.1.10", ttl: 64 })), { at: 1.001 });
  const found = (told: boolean) => broken([...B.outward(f, 0, say(1)), ...B.inward(f, 0.1, say(2)), ...pings.map((p, n) => B.accessIn(B.soft(p), { at: 1 + n })), ...(told ? [prohibited] : [])], { ...lab, cfg: { undeclared: ["ports-per-subscriber"] } });
  expect(found(true)).toEqual([]);
  expect(found(false).map((m) => m.split(":")[0])).toEqual(["RFC5508-3.1-1"]);
});

it("a closed connection holds its port for no time at all, neither for the milliseconds by which the core tap's clock is ahead", () => {
  const open = (f: B.Flow, at: number, seq: number): B.Step[] => [...B.outward(f, at, seg(SYN, seq)), ...B.inward(f, at + 0.008, seg(SYN_ACK, 8 + seq)), ...B.outward(f, at + 0.01, seg(ACK, seq + 1))];
  const one: B.Flow = { ...tcp, src: "192.168.1.20" };
  const steps = [
    ...open(one, 1, 100), ...B.outward(one, 1.02, seg(17, 102)), ...B.inward(one, 1.03, seg(17, 110)), ...B.outward(one, 1.032, seg(ACK, 103)),
    ...open({ ...one, b4: B.B4B }, 1.04, 500), ...B.inward({ ...one, b4: B.B4B }, 1.06, seg(ACK, 510)), ...B.outward({ ...one, b4: B.B4B }, 9, seg(ACK, 502)), ...B.inward({ ...one, b4: B.B4B }, 9.1, seg(ACK, 511)),
  ];
  for (const ahead of [0, 0.02, 0.045]) {
    const r = B.judge(steps.map((x) => (x.side === 1 ? { ...x, at: x.at! + ahead } : x)), { options: { severityOf, complete: false }, over: lab });
    expect(r.findings.map((g) => `${ahead} ${g.severity} ${g.rule}`)).toEqual([]);
  }
});

it("other errors of the device may have used up its rate limit when a TTL runs out (RFC 1812 section 4.3.2.8)", () => {
  const f: B.Flow = { sport: 10000, eport: 40000 };
  const expiring = (k: number, at: number) => B.accessIn(B.soft(B.insideOut(f, { ttl: 1, payload: B.bytes(20, k), id: k })), { at });
  const refused = (k: number, at: number): B.Step[] => {
    const p = B.insideOut({ sport: 20000 + k }, { payload: B.bytes(20, k), id: 900 + k });
    return [B.accessIn(B.soft(p), { at }), B.accessOut(B.toB4(B.error(3, 13, p, { src: "192.0.0.1", dst: "192.168.1.10", ttl: 64 })), { at: at + 0.001 })];
  };
  const long = (k: number, at: number) => B.accessIn(B.soft(B.insideOut(f, { payload: B.bytes(1440, k), df: true, id: 50 + k })), { at });
  const found = (busy: boolean, what = expiring, over: B.Over = {}) => broken([...B.outward(f, 0, say(1)), ...B.inward(f, 0.1, say(2)), ...[1, 2, 3, 4].flatMap((k) => [what(k, 10 * k), ...(busy ? refused(k, 10 * k - 0.3) : [])])], { ...lab, cfg: { undeclared: ["ports-per-subscriber"] }, ...over });
  expect(found(true)).toEqual([]);
  expect(found(false).map((m) => m.split(":")[0])).toEqual(["RFC5508-7.2-1"]);
  // The same of packets with DF that the core link cannot take.
  expect(found(true, long, { core: { mtu: 1400 } })).toEqual([]);
  expect(found(false, long, { core: { mtu: 1400 } }).map((m) => m.split(":")[0])).toEqual(["RFC4787-10-1", "RFC5508-7.1.1-1"]);
});
