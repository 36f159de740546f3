/** What taps do to captures (loss, copies, clocks that differ, cuts) never makes a conforming NAT break a MUST. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultSeverity, loadClauses } from "../../../src/config/clauses.js";
import type { JudgeResult } from "../../../src/judge/types.js";
import * as B from "./build.js";
import { natExhibits } from "./exhibits-nat.js";

const SYN = 2, SYN_ACK = 18, ACK = 16, FIN_ACK = 17, DATA = 24;
const EMPTY = new Uint8Array(0);
const clauses = loadClauses();
const severityOf = (c: string) => defaultSeverity(clauses.get(c)!);

/** A conforming NAT at work: TCP from handshake to close, UDP with long pauses, queries, errors, a hairpin, fragments. `n` sets ports and hosts. */
function session(n: number): B.Step[] {
  const t = n * 7;
  const tcp: B.Flow = { proto: 6, sport: 30000 + 2 * n, eport: 20000 + ((n * 7907) % 9001) * 2, b4: n % 2 === 0 ? B.B4A : B.B4B, ext: B.EXT };
  const udp: B.Flow = { sport: 10000 + 2 * n, eport: 40000 + ((n * 7907) % 9001) * 2, b4: tcp.b4!, ext: B.EXT };
  const seg = (flags: number, seq: number, payload: Uint8Array = EMPTY): B.Four => ({ flags, seq, payload, id: seq, df: true });
  const say = (k: number): B.Four => ({ payload: B.bytes(20 + (k % 9), k + n), id: (k * 31 + n) & 0xffff, df: true });
  const about = B.outsideOut(udp, say(1));
  const quoted = B.insideOut(udp, say(1));
  const big = { payload: B.bytes(1200, n) };
  return [
    ...B.outward(tcp, t, seg(SYN, 1)), ...B.inward(tcp, t + 0.2, seg(SYN_ACK, 9)), ...B.outward(tcp, t + 0.4, seg(ACK, 2)),
    ...[1, 2, 3].flatMap((k) => [...B.outward(tcp, t + k, seg(DATA, 2 + k, B.bytes(9, k))), ...B.inward(tcp, t + k + 0.3, seg(DATA, 10 + k, B.bytes(9, k)))]),
    ...B.outward(tcp, t + 5, seg(FIN_ACK, 20)), ...B.inward(tcp, t + 5.2, seg(DATA, 30, B.bytes(9, 7))), ...B.inward(tcp, t + 5.4, seg(FIN_ACK, 40)), ...B.outward(tcp, t + 5.6, seg(ACK, 21)),
    ...B.outward(udp, t, say(1)), ...B.outward({ ...udp, dst: B.HOST2 }, t + 1, say(2)), ...B.inward(udp, t + 100, say(3)), ...B.outward(udp, t + 110, say(4)), ...B.inward(udp, t + 215, say(5)),
    B.coreIn(B.error(3, 1, about, { src: B.ROUTER, dst: B.EXT, ttl: 50 }), { at: t + 2 }), B.accessOut(B.toB4(B.error(3, 1, quoted, { src: B.ROUTER, dst: "192.168.1.10", ttl: 49 }), { dst: udp.b4! }), { at: t + 2.001 }),
    ...B.fragments(B.outsideIn(udp, big), 800).map((p, i) => B.coreIn(p, { at: t + 3 + i * 0.001 })), ...B.fragments(B.insideIn(udp, big), 800).map((p, i) => B.accessOut(B.toB4(p, { dst: udp.b4! }), { at: t + 3.01 + i * 0.001 })),
  ];
}
/** Mulberry32. */
const dice = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let h = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  h = (h + Math.imul(h ^ (h >>> 7), 61 | h)) ^ h;
  return ((h ^ (h >>> 14)) >>> 0) / 4294967296;
};
const traffic = Array.from({ length: 30 }, (_, n) => session(n)).flat();
const broken = (r: JudgeResult): string[] => r.findings.filter((f) => f.severity === "fail").map((f) => `${f.fingerprint} ${f.count}: ${f.exemplars[0].message}`);
const run = (steps: readonly B.Step[]): JudgeResult => B.judge(steps, { options: { complete: false, severityOf, ringBytes: 4 << 20, ringRecords: 1 << 13 }, over: { nat: { parity: false } } });

describe("a conforming NAT under taps", () => {
  it("breaks nothing as it is", () => {
    const r = run(traffic);
    expect(r.findings.filter((f) => f.rule === "RFC4787-4.3-1.outbound").map((f) => f.fingerprint)).toEqual([]);
    expect(r.rules.filter((t) => t.exercised > 0).length).toBeGreaterThan(40);
  });
  it.each([0.001, 0.01, 0.05, 0.2])("loses %f of all packets", (loss) => {
    for (let seed = 1; seed <= 4; seed++) {
      const random = dice(seed);
      expect(broken(run(traffic.filter(() => random() >= loss))), `seed ${seed}`).toEqual([]);
    }
  });
  it("loses bursts", () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(traffic.length), fc.nat(40)), { maxLength: 8 }), (bursts) => {
      expect(broken(run(traffic.filter((_, i) => !bursts.some(([from, n]) => i >= from && i < from + n))))).toEqual([]);
    }), { numRuns: 15, seed: 42 });
  });
  it("sees packets twice, a little later", () => {
    expect(broken(run(traffic.flatMap((s, i) => (i % 3 === 0 ? [s, { ...s, at: s.at! + 0.0002 }] : [s]))))).toEqual([]);
  });
  it.each([-0.045, 0.045])("has clocks that differ by %f s", (skew) => {
    expect(broken(run(traffic.map((s) => (s.side === 1 ? { ...s, at: Math.max(0, s.at! + skew) } : s))))).toEqual([]);
  });
  it("begins in the middle of everything", () => {
    for (const from of [1, 4, 50, 120, 200]) expect(broken(run(traffic.filter((s) => s.at! >= from)))).toEqual([]);
  });
});

describe.each(natExhibits.filter((e) => e.conforming.length > 0))("$rule: what conforms, by taps", (e) => {
  it("with a clock that is 0.3 s ahead says that the captures do not fit", () => {
    expect(run(traffic).summary.clockSuspect).toBeUndefined();
    expect(run(traffic.map((x) => (x.side === 1 ? { ...x, at: x.at! + 0.3 } : x))).summary.clockSuspect).toBe(true);
    expect(run(traffic.filter((_, i) => i % 5 !== 0)).summary.clockSuspect).toBeUndefined();
  });
  it("with clocks that differ and copies of packets gives no MUST", () => {
    for (const [i, c] of e.conforming.entries()) {
      for (const skew of [-0.045, 0, 0.045]) {
        const base = c.steps.map((s, k) => ({ ...s, at: s.at ?? k * 0.03 }));
        const steps = base.flatMap((s) => (skew === 0 ? [s, { ...s, at: s.at + 0.0002 }] : [s.side === 1 ? { ...s, at: Math.max(0, s.at + skew) } : s]));
        const r = B.judge(steps, { ...c, options: { ...c.options, complete: false, severityOf } });
        expect(r.findings.filter((f) => f.severity === "fail" && f.rule === e.rule).map((f) => f.fingerprint), `${i} at ${skew}`).toEqual([]);
      }
    }
  });
});

describe("a finding that would fail, and only warns, says why", () => {
  const flows = Array.from({ length: 6 }, (_, n): B.Flow => ({ sport: 20000 + 2 * n, eport: 30000 + 2 * n, b4: n % 2 === 0 ? B.B4A : B.B4B }));
  const talk = (from: number, port: number): B.Step[] => flows.flatMap((f, n) => B.outward({ ...f, eport: f.eport! + port }, from + n * 0.4, { payload: B.bytes(30, from + n), id: n }));
  const moved = (r: JudgeResult) => r.findings.filter((f) => f.rule === "RFC4787-4.3-1.outbound").map((f) => `${f.severity} ${f.lowered} ${f.count}`);
  it("one restart of the NAT explains every mapping that was lost", () => {
    expect(moved(run([...talk(0, 0), ...talk(10, 0), ...talk(20, 1000), ...talk(30, 1000)]))).toEqual(["warn restart 6"]);
  });
  it("what came while most outputs had no input, or the delay had jumped, may be paired wrong", () => {
    const twice = [...talk(0, 0), ...talk(10, 0), ...talk(20, 1000), ...talk(24, 2000)];
    // The tap of the access side lost a stretch: packets of other customers leave without having come.
    const lone = Array.from({ length: 40 }, (_, i) => B.coreOut(B.outsideOut({ sport: 1, eport: 50_000 + i, dst: B.HOST2 }, { payload: B.bytes(25, i) }), { at: 19 + 0.3 * i }));
    // Enough ordinary traffic before and after, or nothing that is missing would be judged at all.
    const calm = Array.from({ length: 200 }, (_, i) => B.outward({ sport: 9000 + i, eport: 9000 + i, dst: B.HOST2 }, 40 + i * 0.05, { payload: B.bytes(26, i) })).flat();
    expect(moved(run([...twice, ...calm]))).toEqual(["fail undefined 12"]);
    expect(moved(run([...twice, ...lone, ...calm]))).toEqual(["warn clocks 12"]);
    // One of them outside of the storm is enough to be sure.
    expect(moved(run([...twice, ...lone, ...talk(60, 3000), ...calm]))).toEqual(["fail undefined 18"]);
  });
  it("where all stamps are equal there is no clock, and a port that is used again may be one that was free again", () => {
    const one: B.Flow = { sport: 1000, eport: 30_000 };
    const steps = [0, 1, 2, 3].flatMap((k) => [...B.outward(one, k, { id: k, payload: B.bytes(20, k) }), ...B.outward({ ...one, sport: 1001, b4: B.B4B }, 1000 + k, { id: k, payload: B.bytes(20, 50 + k) })]);
    const inOrder = [...steps].sort((x, y) => x.at! - y.at!);
    const found = (r: JudgeResult) => r.findings.filter((f) => f.rule === "RFC4787-4.2.1-1").map((f) => `${f.severity} ${f.lowered}`);
    expect(found(run(inOrder))).toEqual([]);
    expect(found(run(inOrder.map((x) => ({ ...x, at: 5 }))))).toEqual(["warn no-clock"]);
    expect(found(run(inOrder.map((x, k) => ({ ...x, at: 5 + k * 0.001 }))))).toEqual(["warn restart"]);
    // As text2pcap stamps packets of which it knows no time; few packets; and a clock that has gone on once.
    expect(found(run(inOrder.map((x, k) => ({ ...x, at: 5 + k * 1e-6 }))))).toEqual(["warn no-clock"]);
    expect(found(run([...inOrder.slice(0, 2), ...inOrder.slice(-2)].map((x) => ({ ...x, at: 5 }))))).toEqual(["warn no-clock"]);
    const many = Array.from({ length: 40 }, (_, k) => B.outward({ sport: 2000, eport: 40_000, dst: B.HOST2 }, 5, { payload: B.bytes(30, k), id: k })).flat();
    expect(found(run([...many, ...inOrder.map((x, k) => ({ ...x, at: k < 5 ? 5 : 5.01 }))]))).toEqual(["warn no-clock"]);
  });
  it("an answer that should have waited 6 s is surely early only where the capture's clock shows that long a time", () => {
    const syn = B.coreIn(B.outsideIn({ proto: 6, eport: 50_123 }, { flags: 2, payload: B.bytes(0) }), { at: 1 });
    const answered = [syn, B.coreOut(B.error(3, 3, syn.packet, { src: B.CORE, dst: B.HOST, ttl: 64 }), { at: 1.01 })];
    const talkUntil = (end: number): B.Step[] => Array.from({ length: 12 }, (_, i) => B.outward({ sport: 9000, eport: 9000 }, (i * end) / 12, { payload: B.bytes(26, i), id: i })).flat();
    const found = (r: JudgeResult) => r.findings.filter((f) => f.rule === "RFC5382-4.3-3").map((f) => `${f.severity} ${f.lowered}`);
    expect(found(run([...answered, ...talkUntil(3)]))).toEqual(["warn no-clock"]);
    expect(found(run([...answered, ...talkUntil(9)]))).toEqual(["fail undefined"]);
  });
  it("mappings that change again and again are no restart", () => {
    expect(moved(run([0, 1, 2, 3, 4].flatMap((k) => talk(10 * k, 1000 * k))))).toEqual(["fail undefined 24"]);
  });
});
