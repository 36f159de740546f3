/**
 * An output that follows its own input is paired without the tables, rules that ask for nothing but that are settled at once, and in a replay the two leave the
 * ring. `judge` compares with the long way through the tables (`bulk: false`): whatever comes in whatever order, both say the same.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Config } from "../../src/config/types.js";
import * as B from "./build.js";
import * as S from "./six-to-four.js";

/** What goes in, what comes out of it, and how the device's own messages quote it. */
interface Way { readonly input: (hop: number, n: number) => B.Step; readonly output: (hop: number, n: number) => B.Step; readonly quoted: (hop: number, n: number) => Uint8Array; readonly tunnelled: boolean }

const sixRd = (tunnelled: boolean): Way => {
  const p = (hop: number, n: number) => B.six({ ...(tunnelled ? {} : { src: B.HOST, dst: B.ceAddress }), hop, next: n % 2 === 0 ? 17 : 6, payload: B.bytes(40 + (n >> 1), n >> 1) });
  return tunnelled
    ? { tunnelled, quoted: p, input: (hop, n) => B.accessIn(B.tunnel(p(hop, n), { id: n })), output: (hop, n) => B.coreOut(p(hop, n)) }
    : { tunnelled, quoted: p, input: (hop, n) => B.coreIn(p(hop, n)), output: (hop, n) => B.accessOut(B.toCe(p(hop, n), { id: 7 })) };
};
const six4 = (steps: readonly B.Step[], at: (step: B.Step) => number): Way => {
  const with_ = (s: B.Step, hop: number, n: number): B.Step => {
    const packet = s.packet.slice();
    packet[at(s) + 7] = hop;
    packet[packet.length - 1] = n;
    return { ...s, packet };
  };
  const [input, output] = steps;
  return { tunnelled: input.side === 0, input: (hop, n) => with_(input, hop, n), output: (hop, n) => with_(output, hop, n), quoted: (hop, n) => with_(input, hop, n).packet.subarray(at(input)) };
};
const inner = (s: B.Step): number => (s.packet[0] >>> 4 === 4 ? 20 : 0);

const networks: readonly (readonly [string, Config, readonly Way[]])[] = [
  ["6rd", B.config(), [sixRd(true), sixRd(false)]],
  ["6to4 relay", S.relay(), [six4(S.relayIn(), inner), six4(S.relayOut(), inner)]],
  ["6to4 router", S.router(), [six4(S.routerIn(), inner), six4(S.routerOut(), inner)]],
  ["PMT relay", S.pmt(), [six4(S.pmtIn(), inner), six4(S.pmtOut(), inner), six4(S.pmtIn(S.CUSTOMER6, S.CUSTOMER6, S.CUSTOMER, S.PEER6), inner)]],
];

/** One thing that happens: few different packets, so that equal and nearly equal ones are under way at the same time. */
const happening = fc.record({
  what: fc.constantFrom("exchange", "exchange", "exchange", "input", "input", "output", "output", "altered", "error6", "error4", "echo", "fragments"),
  way: fc.nat(2), hop: fc.constantFrom(64, 64, 63), lost: fc.constantFrom(1, 1, 1, 0, 2), n: fc.nat(3), at: fc.nat(99), cut: fc.constantFrom(undefined, undefined, undefined, undefined, 50, 70, 90),
  wait: fc.constantFrom(0, 0.001, 0.001, 0.03, 0.3, 2.5), cause: fc.integer({ min: -1, max: 3 }),
});
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** An ICMPv6 error of the device about what went in, to its sender. */
function errorTo(way: Way, h: Happening): B.Step {
  const about = way.quoted(h.hop, h.n);
  const error = B.error6(1 + (h.n % 3), 0, 1280, about, {}, 35 + 15 * h.n);
  error.set(about.subarray(8, 24), 24);
  return way.tunnelled ? B.accessOut(B.toCe(error)) : B.coreOut(error);
}

function stepsOf(ways: readonly Way[], list: readonly Happening[]): B.Step[] {
  let t = 0;
  return list.flatMap((h): B.Step[] => {
    const way = ways[h.way % ways.length];
    const input = way.input(h.hop, h.n);
    const output = way.output(h.hop - h.lost, h.n);
    t += h.wait;
    const more = { at: t, cause: h.cause, ...(h.cut === undefined ? {} : { cut: h.cut }) };
    const cut = (s: B.Step): B.Step => ({ ...s, ...more, ...(h.cut === undefined ? {} : { cut: Math.min(h.cut, s.packet.length) }) });
    switch (h.what) {
      case "exchange": return [cut(input), cut(output)];
      case "input": return [cut(input)];
      case "output": return [cut(output)];
      case "altered": return [cut({ ...output, packet: B.changed(output.packet, h.at % output.packet.length, h.n) })];
      case "error6": return [{ ...errorTo(way, h), at: t, cause: h.cause }];
      case "error4": return way.tunnelled ? [{ ...B.accessOut(B.error4(3, 2, 0, input.packet, { src: B.BR, dst: B.CE }, 28 + 20 * h.n)), at: t }] : [{ ...B.accessIn(B.error4(3, 1, 0, output.packet, {}, 28 + 20 * h.n)), at: t }];
      case "echo": return [{ ...B.accessIn(B.tunnel(B.echo({ dst: B.brAnycast }, h.n))), at: t }, { ...B.accessOut(B.toCe(B.echoReply({ src: B.brAnycast }, h.n))), at: t }];
      default: return way.tunnelled ? B.fragments(B.changed(input.packet, 6, 0), 48).map((f) => ({ ...B.accessIn(f), at: t })) : [];
    }
  });
}

describe("pairs at once and pairs through the tables", () => {
  it.each(networks)("are the same, with the same findings: %s", (_name, config, ways) => {
    fc.assert(fc.property(fc.array(happening, { maxLength: 40 }), fc.boolean(), (list, complete) => {
      B.judge(stepsOf(ways, list), { config, options: { complete } });
    }), { numRuns: 250 });
  });

  it("leave the ring in a replay, so that one fuller than the window forgets nothing", () => {
    const exchange = (n: number): B.Step[] => [sixRd(true).input(64, n), sixRd(true).output(63, n)].map((s) => ({ ...s, at: n / 1e6 }));
    const waiting = B.coreIn(B.six({ src: B.HOST, dst: B.ceAddress, payload: B.bytes(300) }));
    const steps = [{ ...waiting, at: 0 }, ...Array.from({ length: 200 }, (_, n) => exchange(n % 50)).flat(), { ...B.accessOut(B.toCe(B.hop(waiting.packet))), at: 0.001 }];
    const options = { ringRecords: 16, ringBytes: 4096 };
    expect(B.judgeOnce(steps, { options }).summary).toMatchObject({ inputs: 201, outputs: 201, paired: 201, evicted: 0, unansweredInputs: 0, orphanOutputs: 0 });
    expect(B.judgeOnce(steps, { options: { ...options, complete: false } }).summary).toMatchObject({ inputs: 201, paired: 200 });
  });
});
