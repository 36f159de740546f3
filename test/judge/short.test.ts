/**
 * In a replay an ordinary exchange is counted without ring, parse and tables (src/judge/short.ts). `judge` compares with the long way (`bulk: false`): whatever is
 * changed in an exchange, wherever it stands, both say the same; and what is ordinary does take the short way.
 */
import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Config } from "../../src/config/types.js";
import { put16 } from "../../src/wire/bits.js";
import { finish, pseudo6, sum } from "../../src/wire/checksum.js";
import type { JudgeResult } from "../../src/judge/types.js";
import * as ip4 from "../../src/wire/ipv4.js";
import * as B from "./build.js";
import * as S from "./six-to-four.js";

/** How many exchanges went the short way. */
const taken = vi.hoisted(() => ({ count: 0 }));
vi.mock("../../src/judge/short.js", async (original) => {
  const { createShort } = await original<typeof import("../../src/judge/short.js")>();
  return {
    createShort(...args: Parameters<typeof createShort>) {
      const short = createShort(...args);
      if (short === undefined) return undefined;
      const { completes } = short;
      short.completes = (...packet) => {
        const done = completes(...packet);
        if (done) taken.count++;
        return done;
      };
      return short;
    },
  };
});
beforeEach(() => {
  taken.count = 0;
});

interface Kind { readonly next: number; readonly bytes: number; readonly tc: number; readonly hop: number; readonly ports: number }
const PORTS = [[4660, 443], [520, 521], [179, 4660], [4660, 179]] as const;
/** TCP or UDP with a right checksum between these addresses. */
function carried(src: string, dst: string, k: Kind): Uint8Array {
  const p = B.six({ src, dst, next: k.next, tc: k.tc, hop: k.hop, payload: B.bytes(k.bytes + (k.next === 6 ? 20 : 8), k.bytes) });
  put16(p, 40, PORTS[k.ports][0]);
  put16(p, 42, PORTS[k.ports][1]);
  if (k.next === 6) p[52] = 0x50;
  return sealed(p);
}
function sealed(p: Uint8Array): Uint8Array {
  const at = p[6] === 17 ? 46 : p[6] === 6 ? 56 : 0;
  const c = p.slice();
  if (at === 0 || c.length < at + 2) return c;
  put16(c, at, 0);
  put16(c, at, finish(sum(c, 40, c.length - 40, pseudo6(c, 8, c.length - 40, p[6]))));
  return c;
}

/** An input and what comes of it; `id` is that of the outer header. */
type Way = (k: Kind, id: number, to: boolean) => [B.Step, B.Step];
const decap = (src: string, dst: string, from: string, at: string, became = src): Way => (k, id) =>
  [B.accessIn(B.tunnel(carried(src, dst, k), { src: from, dst: at, id })), B.coreOut(B.hop(carried(became, dst, k)))];
const encap = (src: string, dst: string, from: string, to: string, tos: "copy" | "zero", became = dst): Way => (k, id, df) => [
  B.coreIn(carried(src, dst, k)),
  B.accessOut(B.tunnel(B.hop(carried(src, became, k)), { src: from, dst: to, id, df, ...(tos === "zero" ? { tos: k.tc & 3 } : {}) })),
];
const networks: readonly (readonly [string, Config, readonly Way[]])[] = [
  ["6rd", B.config(), [decap(B.ceAddress, B.HOST, B.CE, B.BR), encap(B.HOST, B.ceAddress, B.BR, B.CE, "copy")]],
  ["6to4 relay", S.relay(), [decap(S.PEER6, B.HOST, S.PEER, S.ANYCAST), decap(S.THIRD6, B.HOST, S.THIRD, S.UNICAST), encap(B.HOST, S.PEER6, S.ANYCAST, S.PEER, "zero")]],
  ["PMT relay", S.pmt(), [decap(S.CUSTOMER6, B.HOST, S.CUSTOMER, S.ANYCAST, S.PROVIDER6), encap(B.HOST, S.PROVIDER6, S.ANYCAST, S.CUSTOMER, "zero", S.CUSTOMER6)]],
];
const ORDINARY: Kind = { next: 17, bytes: 41, tc: 0, hop: 64, ports: 0 };

/** What is done to the two packets of an exchange; a header or transport checksum is made right again where `seal` says so. */
const change = fc.record({ which: fc.constantFrom("input", "output", "both"), layer: fc.constantFrom("outer", "inner", "any"), at: fc.nat(119), flip: fc.integer({ min: 1, max: 255 }), seal: fc.boolean() });
/** Mostly the first. */
const mostly = <T,>(usual: T, ...rare: T[]): fc.Arbitrary<T> => fc.oneof({ weight: 19, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...rare) });
const exchange = fc.record({
  way: fc.nat(2), id: mostly(0, 1, 2, 3), df: mostly(false, true), wait: mostly(0.001, 0, 0.5, 3, 130, 4000, -1), late: mostly(0, 0.001),
  kind: fc.record({ next: mostly(17, 6, 58), bytes: fc.nat(70), tc: mostly(0, 1, 2, 3, 0xb8), hop: mostly(64, 9, 3, 2), ports: mostly(0, 1, 2, 3) }),
  came: mostly("both", "input", "output", "twice", "swapped"), cause: mostly(0, -1, -2), pad: mostly(0, 3), cut: mostly(0, 9),
  changes: fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(change, { minLength: 1, maxLength: 2 }) }),
});
type Exchange = typeof exchange extends fc.Arbitrary<infer T> ? T : never;
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function altered(packet: Uint8Array, c: Change): Uint8Array {
  const tunnelled = packet[0] >>> 4 === 4;
  const from = c.layer === "inner" && tunnelled ? 20 : 0;
  const at = from + (c.at % (c.layer === "any" ? packet.length : c.layer === "outer" ? 20 : Math.min(60, packet.length - from)));
  let p = B.changed(packet, at, packet[at] ^ c.flip);
  if (!c.seal) return p;
  if (tunnelled) {
    const inner = sealed(p.subarray(20));
    p = p.slice();
    p.set(inner, 20);
    if (p[0] === 0x45) ip4.seal(p, 0);
    return p;
  }
  return sealed(p);
}

function stepsOf(ways: readonly Way[], list: readonly Exchange[]): B.Step[] {
  let t = 0;
  let inputs = 0;
  return list.flatMap((e): B.Step[] => {
    t = Math.max(0, t + e.wait);
    let [input, output] = ways[e.way % ways.length](e.kind, e.id === 0 ? 1000 + inputs : e.id, e.df);
    for (const c of e.changes) {
      if (c.which !== "output") input = { ...input, packet: altered(input.packet, c) };
      if (c.which !== "input") output = { ...output, packet: altered(output.packet, c) };
    }
    if (e.pad > 0) input = { ...input, packet: Uint8Array.from([...input.packet, ...B.bytes(e.pad)]) };
    if (e.cut > 0) input = { ...input, cut: input.packet.length - e.cut };
    const came: B.Step = { ...input, at: t };
    const went: B.Step = { ...output, at: t + e.late, cause: e.cause === -1 ? -1 : inputs + e.cause };
    const steps = e.came === "both" ? [came, went] : e.came === "input" ? [came] : e.came === "output" ? [went] : e.came === "twice" ? [came, went, went] : [went, came];
    if (e.came !== "output") inputs++;
    return steps;
  });
}

/** What no input is said to have caused goes the long way. */
const long = (steps: readonly B.Step[], run: B.Run): JudgeResult => B.judgeOnce(steps.map((s) => ({ ...s, cause: -1 })), run);
const withoutCauses = (r: JudgeResult): JudgeResult => ({ ...r, summary: { ...r.summary, pairingAgreed: 0, pairingDisagreed: 0 } });

describe("the short way through the judge", () => {
  it.each(networks)("says what the long way says: %s", (_name, config, ways) => {
    fc.assert(fc.property(fc.array(exchange, { minLength: 1, maxLength: 40, size: "max" }), (list) => {
      const steps = stepsOf(ways, list);
      expect(withoutCauses(B.judge(steps, { config }))).toEqual(withoutCauses(long(steps, { config })));
    }), { numRuns: 80 });
    expect(taken.count).toBeGreaterThan(300);
  });

  it.each(networks.flatMap(([name, config, ways]) => ways.map((way, i) => [name, i, config, way] as const)))("is that of ordinary exchanges: %s, way %i", (_name, _i, config, way) => {
    const kinds = [ORDINARY, { ...ORDINARY, bytes: 0 }, { ...ORDINARY, next: 6 }, { ...ORDINARY, hop: 30 }, { ...ORDINARY, bytes: 1200 }, { ...ORDINARY, next: 6, bytes: 1 }, { ...ORDINARY, bytes: 2 }, { ...ORDINARY, bytes: 3 }];
    const steps = kinds.flatMap((k, i) => way(k, i, false).map((s) => ({ ...s, at: i / 1000, cause: i })));
    const result = B.judge(steps, { config });
    expect(result.summary).toMatchObject({ inputs: kinds.length, outputs: kinds.length, paired: kinds.length, pairingAgreed: kinds.length, pairingDisagreed: 0, unansweredInputs: 0, orphanOutputs: 0 });
    // The first packet into a tunnel shows its TTL and DF.
    expect(taken.count).toBeGreaterThanOrEqual(kinds.length - 1);
  });

  it("is not that of an input of which an equal one still waits", () => {
    const [input, output] = networks[0][2][0](ORDINARY, 1, true);
    const ce2 = B.tunnel(carried(B.ceAddress, B.HOST, ORDINARY), { src: B.CE, dst: B.BR, id: 9, tos: 4 });
    const result = B.judge([{ ...input, packet: ce2, at: 0 }, { ...input, at: 0.001 }, { ...output, at: 0.001, cause: 1 }], {});
    expect(result.summary).toMatchObject({ paired: 1, ambiguous: 1 });
    expect(taken.count).toBe(0);
  });

  it("forgets nothing that an output in the ring would not make it forget", () => {
    const way = networks[0][2][0];
    const lost = Array.from({ length: 40 }, (_, i) => ({ ...B.accessIn(B.tunnel(B.six({ src: B.ceAddress, dst: B.HOST, payload: B.bytes(60, i) }))), at: i / 1e4 }));
    const steps = lost.flatMap((s, i) => [s, ...way({ ...ORDINARY, bytes: 30 + i }, i, true).map((x) => ({ ...x, at: s.at, cause: 2 * i + 1 }))]);
    for (const options of [{ ringRecords: 16 }, { ringRecords: 32 }, { ringBytes: 1024 }, { ringBytes: 1100 }, { ringBytes: 4000 }]) {
      expect(withoutCauses(B.judgeOnce(steps, { options }))).toEqual(withoutCauses(long(steps, { options })));
    }
    expect(taken.count).toBeGreaterThan(0);
  });

  it("compares every byte", () => {
    for (const [, config, ways] of networks) {
      for (const way of ways) {
        for (const bytes of [40, 41, 42, 43]) {
          const exchange = (n: number): B.Step[] => way({ ...ORDINARY, bytes }, n, false).map((s) => ({ ...s, at: n / 1000, cause: n }));
          const [input, output] = exchange(2);
          const last = output.packet.length - 1;
          for (const at of [last, last - 1, last - 2, last - 40]) B.judge([...exchange(0), ...exchange(1), input, { ...output, packet: B.changed(output.packet, at, output.packet[at] ^ 1) }], { config });
          expect(taken.count).toBeGreaterThan(0);
        }
      }
    }
  });

  it("counts as many packets as the long way: after a thousand, what is missing never comes", () => {
    const way = networks[0][2][0];
    const lost = (i: number): B.Step => ({ ...B.coreIn(B.six({ src: B.HOST, dst: B.ceAddress, payload: B.bytes(60, i) })), at: 0 });
    const steps = [lost(1), ...Array.from({ length: 600 }, (_, i) => way({ ...ORDINARY, bytes: 30 + (i % 8) }, i, true).map((x) => ({ ...x, at: 0, cause: i + 1 }))).flat(), ...Array.from({ length: 20 }, (_, i) => lost(i + 2))];
    const options = { ringRecords: 16 };
    const result = withoutCauses(B.judgeOnce(steps, { options }));
    expect(taken.count).toBeGreaterThan(500);
    expect(result).toEqual(withoutCauses(long(steps, { options })));
    expect(result.findings.map((f) => [f.rule, f.count])).toContainEqual(["RFC5969-7.2-3", 1]);
  });
});
