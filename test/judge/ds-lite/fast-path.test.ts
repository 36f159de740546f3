/**
 * An output that is what its input's binding says is counted where it lies, and an ordinary input is parsed at one look. `judge` compares with the long way (`bulk:
 * false`): whatever is odd about a packet, both say the same.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDsLiteJudge } from "../../../src/judge/ds-lite/judge.js";
import { createSameButNat } from "../../../src/judge/ds-lite/same-but-nat.js";
import { DS_LITE_RULES } from "../../../src/judge/rules/dslite/index.js";
import { put16 } from "../../../src/wire/bits.js";
import * as ip4 from "../../../src/wire/ipv4.js";
import { createMemory } from "../../../src/wire/memory.js";
import * as B from "./build.js";

/** Three subscribers, two of them with one inner end, over UDP and TCP. */
const flows: readonly B.Flow[] = [
  { eport: 41000 }, { eport: 45000, b4: B.B4B }, { proto: 6, eport: 2048, ext: B.EXT2 }, { sport: 40001, eport: 41003, dport: 53 }, { proto: 6, sport: 443, eport: 41004, dst: B.HOST2 },
];

const datagrams = flows.filter((f) => f.proto === undefined);

const happening = fc.record({
  what: fc.constantFrom("exchange", "exchange", "exchange", "exchange", "exchange", "answer", "input", "output", "odd input", "odd output", "moved", "fragments", "refused"),
  flow: fc.nat(flows.length - 1), wait: fc.constantFrom(0, 0, 0.001, 0.04, 3, 70, 130, 400), n: fc.nat(5), at: fc.nat(99), value: fc.constantFrom(0, 1, 4, 53, 64, 128, 255), resealed: fc.boolean(),
  o: fc.record({
    payload: fc.constantFrom(0, 1, 2, 3, 24, 1300, 1440).map((n) => B.bytes(n)), ttl: fc.constantFrom(63, 63, 63, 64, 3, 2, 1), df: fc.boolean(), id: fc.constantFrom(0, 77, 78), tos: fc.constantFrom(0, 0, 184, 1, 3),
    flags: fc.constantFrom(0x18, 0x18, 0x10, 2, 0x12, 0x11, 4), sum: fc.constantFrom(undefined, undefined, undefined, undefined, undefined, "zero" as const, "wrong" as const, "partial" as const),
    dst: fc.constantFrom(undefined, undefined, undefined, undefined, "100.64.9.1", "10.1.1.1", B.EXT, "224.0.0.1"), options: fc.constantFrom(undefined, undefined, undefined, undefined, true),
  }, { requiredKeys: ["payload"] }),
});
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** Another byte; the IPv4 header is sealed again when `resealed`. */
function odd(s: B.Step, h: Happening): B.Step {
  const packet = B.changed(s.packet, h.at % s.packet.length, h.value);
  const inner = packet[0] >>> 4 === 4 ? 0 : 40;
  if (h.resealed && packet.length >= inner + 20 && packet[inner] === 0x45) ip4.seal(packet, inner);
  return { ...s, packet };
}
const moved = (s: B.Step, port: number): B.Step => {
  const packet = s.packet.slice();
  put16(packet, ((packet[0] & 15) << 2), port);
  return { ...s, packet };
};

function stepsOf(list: readonly Happening[]): B.Step[] {
  let t = 0;
  return list.flatMap((h): B.Step[] => {
    t += h.wait;
    const f = flows[h.flow];
    const o = Object.fromEntries(Object.entries(h.o).filter(([, x]) => x !== undefined)) as B.Four;
    const [input, output] = B.outward(f, t, { ...o, ttl: o.ttl ?? 63 }).map((s, i) => ({ ...s, at: t, packet: i === 1 && (o.ttl ?? 63) > 1 ? B.outsideOut(f, { ...o, ttl: (o.ttl ?? 63) - 1, id: h.n === 0 ? 77 : 1000 + h.at }) : s.packet }));
    switch (h.what) {
      case "exchange": return [input, { ...output, cause: h.n === 5 ? 0 : -1 }];
      case "answer": return B.inward(f, t, { payload: o.payload! }).map((s) => ({ ...s, at: t }));
      case "input": return [input];
      case "output": return [output];
      case "odd input": return [odd(input, h), output];
      case "odd output": return [input, odd(output, h)];
      case "moved": return [input, moved(output, 50000 + h.n)];
      case "refused": return [{ ...B.coreIn(B.error(3, h.n, output.packet, { src: B.ROUTER, dst: f.ext ?? B.EXT })), at: t }];
      default: return B.outerFragments(input.packet, 48).map((p) => ({ ...B.accessIn(p), at: t }));
    }
  });
}
const known = (): B.Step[] => flows.flatMap((f, i) => B.outward(f, i * 0.01, { flags: 2 }).map((s) => ({ ...s, at: i * 0.01 })));

describe("an output where it lies", () => {
  it("gives what the long way gives, whatever comes", () => {
    fc.assert(fc.property(fc.array(happening, { maxLength: 30 }), fc.boolean(), fc.constantFrom(128, 56), (list, complete, bits) => {
      B.judge([...known(), ...stepsOf(list).map((s) => ({ ...s, at: s.at! + 1 }))], { options: { complete }, over: { cfg: { subscriberPrefixLength: bits } } });
    }), { numRuns: 250 });
  });

  it("is told by every byte of it", () => {
    const [input, output] = B.outward(flows[0], 1).map((s) => ({ ...s, at: 1 }));
    for (let at = 0; at < output.packet.length; at++) B.judge([...known(), input, { ...output, packet: B.changed(output.packet, at, output.packet[at] ^ 64) }, ...B.outward(flows[1], 2)]);
    for (let at = 0; at < input.packet.length; at++) B.judge([...known(), { ...input, packet: B.changed(input.packet, at, input.packet[at] ^ 1) }, output, ...B.outward(flows[1], 2)]);
  });

  it("is not copied once its binding is known", () => {
    const memory = createMemory(8 << 20);
    const j = createDsLiteJudge(DS_LITE_RULES, { config: B.config(), memory, files: ["access.pcap", "core.pcap"], severityOf: () => "fail", complete: true, ringBytes: 1 << 20, ringRecords: 1 << 12 });
    const at = memory.alloc(2000) + 2;
    const copies = (p: Uint8Array): number => {
      let n = 0;
      for (let i = Buffer.from(memory.u8.buffer).indexOf(p); i >= 0; i = Buffer.from(memory.u8.buffer).indexOf(p, i + 1)) n++;
      return n;
    };
    for (const f of datagrams) {
      for (let n = 0; n < 2; n++) {
        const steps = B.outward(f, 0, { payload: B.bytes(100, f.eport! + n) });
        for (const s of steps) {
          memory.u8.set(s.packet, at);
          j.packet(s.side, s.direction, at, s.packet.length, s.packet.length, 1700000000, 0, s.side, 1, -1);
        }
        expect(copies(steps[1].packet), `${f.eport} ${n}`).toBe(n === 0 ? 2 : 1);
        memory.u8.fill(0, at, at + 2000);
      }
    }
    j.end();
    expect(j.result().summary).toMatchObject({ inputs: 6, outputs: 6, paired: 6 });
    expect(j.result().findings).toEqual([]);
  });
});

describe("a datagram that is another one but for the NAT", () => {
  const memory = createMemory(1 << 16);
  const same = createSameButNat(memory.u8);
  const check = (input: Uint8Array, output: Uint8Array, shift: number): boolean => {
    memory.u8.set(input, 4096);
    memory.u8.set(output, 8192 + shift);
    return same.outward(8192 + shift, 4096, output.length);
  };
  it.each([0, 1, 2, 3])("is found at an offset of %i bytes, and with no bit that the NAT leaves alone changed", (shift) => {
    for (const f of datagrams) {
      const input = B.insideOut(f);
      const output = B.outsideOut(f);
      expect(check(input, output, shift)).toBe(true);
      expect([same.source, same.sourcePort]).toEqual([B.v4(f.ext ?? B.EXT), f.eport]);
      for (let at = 0; at < output.length; at++) for (let bit = 0; bit < 8; bit++) expect(check(input, B.changed(output, at, output[at] ^ (1 << bit)), shift), `${at}.${bit}`).toBe(false);
      const other = B.outsideOut(f, { id: 99 });
      expect(check(input, other, shift)).toBe(true);
      expect(check(B.insideOut(f, { ttl: 2 }), B.outsideOut(f, { ttl: 1 }), shift)).toBe(false);
    }
  });
});
