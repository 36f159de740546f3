/** Lab generators send the same inner packet behind every B4. What a tap loses of such twins makes the judge pair one with the other's output: that never breaks a MUST of a conforming NAT. */
import { describe, expect, it } from "vitest";
import { defaultSeverity, loadClauses } from "../../../src/config/clauses.js";
import * as B from "./build.js";

const SYN = 2, SYN_ACK = 18, ACK = 16, FIN_ACK = 17, DATA = 24;
const clauses = loadClauses();
const severityOf = (c: string) => defaultSeverity(clauses.get(c)!);
const B4S = [B.B4A, B.B4B, "2001:db8:b4:c::b4"];

type Talk = (eport: number, t: number, b4: string) => B.Step[];
const tcp: Talk = (eport, t, b4) => {
  const f: B.Flow = { proto: 6, eport, b4 };
  const seg = (flags: number, seq: number, size = 0): B.Four => ({ flags, seq, ack: seq * 2, payload: B.bytes(size, seq), id: seq, df: true });
  return [
    ...B.outward(f, t, seg(SYN, 1)), ...B.inward(f, t + 0.2, seg(SYN_ACK, 9)), ...B.outward(f, t + 0.4, seg(ACK, 2)),
    ...[1, 2, 3].flatMap((k) => [...B.outward(f, t + k, seg(DATA, 2 + k, 9)), ...B.inward(f, t + k + 0.3, seg(DATA, 10 + k, 9))]),
    ...B.outward(f, t + 5, seg(FIN_ACK, 20)), ...B.inward(f, t + 5.2, seg(FIN_ACK, 40)), ...B.outward(f, t + 5.4, seg(ACK, 21)),
  ];
};
const udp: Talk = (eport, t, b4) => {
  const f: B.Flow = { eport, b4 };
  return [1, 2, 3, 4].flatMap((k) => [...B.outward(f, t + k, { payload: B.bytes(20, k), id: k }), ...B.inward(f, t + k + 0.3, { payload: B.bytes(21, k), id: k })]);
};
const ping: Talk = (eport, t, b4) => [1, 2, 3, 4].flatMap((k) => {
  const e = B.echo({ eport }, 7, k);
  return [B.accessIn(B.soft(e.inside, { src: b4 }), { at: t + k }), B.coreOut(e.outside, { at: t + k + 0.001 }), B.coreIn(e.reply, { at: t + k + 0.3 }), B.accessOut(B.toB4(e.delivered, { dst: b4 }), { at: t + k + 0.301 })];
});
/** Only the first packet is the same behind every B4. */
const syn: Talk = (eport, t, b4) => {
  const f: B.Flow = { proto: 6, eport, b4 };
  const seg = (flags: number, seq: number): B.Four => ({ flags, seq: seq * 1000 + eport, ack: seq * 7 + eport, payload: B.bytes(9, seq + eport), id: seq, df: true });
  return [
    ...B.outward(f, t, { flags: SYN, seq: 1, payload: B.bytes(0), df: true }), ...B.inward(f, t + 0.02, seg(SYN_ACK, 1)), ...B.outward(f, t + 0.4, seg(ACK, 2)),
    ...[3, 4, 5].flatMap((k) => [...B.outward(f, t + k, seg(DATA, k)), ...B.inward(f, t + k + 0.3, seg(DATA, k))]),
  ];
};
const TALKS = { tcp, syn, udp, ping };
/** A flow that no one has the twin of: no restart of the NAT explains anything while it is there. */
const witness: readonly B.Step[] = Array.from({ length: 80 }, (_, k) => B.outward({ sport: 9000, dst: B.HOST2, eport: 50_000 }, 0.05 + k * 0.25, { payload: B.bytes(30, k + 1), id: k })).flat();
const PORTS = [30_000, 40_002, 20_004];

/** `hosts` B4s that say the same, one `apart` seconds after the other; `restart`: the second talk gets other external ends. */
const twins = (talk: Talk, hosts: number, apart: number, restart = false): B.Step[] =>
  [...(restart ? [] : witness), ...[0, 10].flatMap((from, turn) => B4S.slice(0, hosts).flatMap((b4, n) => talk(PORTS[n] + (restart ? 600 * turn : 0), from + n * apart, b4)))];
/** The packets of the first seconds from `from` on that may have twins. */
const losses = (all: readonly B.Step[], from = 0): number[] => all.flatMap((s, i) => (witness.includes(s) || s.at! < from || s.at! > from + 2.5 ? [] : [i]));

const broken = (steps: readonly B.Step[]): string[] =>
  B.judge(steps, { options: { complete: false, severityOf }, over: { nat: { parity: false } } }).findings.filter((f) => f.severity === "fail").map((f) => `${f.fingerprint} ${f.count}: ${f.exemplars[0].message}`);
/** Mulberry32. */
const dice = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let h = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  h = (h + Math.imul(h ^ (h >>> 7), 61 | h)) ^ h;
  return ((h ^ (h >>> 14)) >>> 0) / 4294967296;
};

describe.each(Object.entries(TALKS))("equal %s packets of several B4s", (_, talk) => {
  it.each([[2, 0.0003], [2, 0.1], [3, 0.01]])("%i B4s, %f s apart: any one packet is lost", (hosts, apart) => {
    for (const restart of [false, true]) {
      const all = twins(talk, hosts, apart, restart);
      expect(broken(all)).toEqual([]);
      for (const i of losses(all, restart ? 10 : 0)) expect(broken(all.filter((_s, k) => k !== i)), `${restart ? "restart, " : ""}packet ${i} at ${all[i].at}`).toEqual([]);
    }
  });
  it.each([0.02, 0.1, 0.3])("%f of all packets are lost", (loss) => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = dice(seed);
      const all = twins(talk, 2 + (seed & 1), [0.0003, 0.01, 0.1][seed % 3], seed % 4 === 0);
      expect(broken(all.filter(() => random() >= loss)), `seed ${seed}`).toEqual([]);
    }
  });
  it("one tap misses all that one B4 sends, or all that comes for it", () => {
    for (const side of [0, 1] as const) {
      for (const n of [0, 1]) {
        const mine = new Set(talk(PORTS[n], n * 0.01, B4S[n]).filter((s) => s.side === side && s.direction === 0).map((s) => `${s.at}`));
        expect(broken(twins(talk, 2, 0.01).filter((s) => !(s.side === side && s.direction === 0 && mine.has(`${s.at}`)))), `side ${side} B4 ${n}`).toEqual([]);
      }
    }
  });
  it("an AFTR that leaves the B4 out of its bindings is caught all the same", () => {
    const all = [0, 10, 20].flatMap((from) => [0, 1].flatMap((n) => talk(PORTS[0], from + n * 0.1, B4S[n])));
    expect(broken([...witness, ...all]).join()).toContain("RFC6333-6.6-1:b4-not-in-key");
  });
  it("an AFTR that sends what comes back to another B4 is caught all the same", () => {
    const all = [0, 10, 20].flatMap((from) => [0, 1].flatMap((n) => talk(PORTS[n], from + n * 0.1, B4S[n]).map((s, i) => (s.side === 0 && s.direction === 1 ? talk(PORTS[n], from + n * 0.1, B4S[1 - n])[i] : s))));
    expect(broken([...witness, ...all]).join()).toContain("RFC6333-6.6-2:other-subscriber");
  });
  it.each([-2, 0.5])("the core clock steps by %f s after a loss", (by) => {
    const all = twins(talk, 2, 0.01).map((s) => (s.side === 1 && s.at! > 3 ? { ...s, at: s.at! + by } : s));
    for (const i of losses(all)) expect(broken(all.filter((_s, k) => k !== i)), `packet ${i} at ${all[i].at}`).toEqual([]);
  });
});
