import { describe, expect, it } from "vitest";
import { createJudge } from "../../src/judge/index.js";
import { STACK_RULES } from "../../src/judge/rules/rfc3032/stack.js";
import { type Direction, INTO, OUT_OF } from "../../src/judge/types.js";
import { createMemory } from "../../src/wire/memory.js";
import { put32 } from "../../src/wire/bits.js";
import * as D from "./ds-lite/build.js";

const six = D.toB4(D.insideIn({}));
const four = D.outsideOut({});
/** A label stack in front of a packet; the last entry has the bottom bit unless `open`. */
function stack(labels: readonly (readonly [label: number, ttl: number])[], packet: Uint8Array, open = false): Uint8Array {
  const f = new Uint8Array(labels.length * 4 + packet.length);
  labels.forEach(([label, ttl], i) => {
    put32(f, i * 4, ((label << 12) | (!open && i === labels.length - 1 ? 0x100 : 0) | ttl) >>> 0);
  });
  f.set(packet, labels.length * 4);
  return f;
}
function judged(frame: Uint8Array, direction: Direction = OUT_OF, wireLen = frame.length) {
  const memory = createMemory(8 << 20);
  const j = createJudge({ config: D.config(), memory, files: ["a.pcap"], severityOf: () => "fail", ringBytes: 1 << 20, ringRecords: 1 << 10 });
  const at = memory.alloc(4096);
  memory.u8.set(frame, at);
  j.labels?.(0, direction, at, frame.length, wireLen, 1, 0, 0, 1);
  j.end();
  return j.result();
}
const of = (frame: Uint8Array, rule: string, direction?: Direction, wireLen?: number) => judged(frame, direction, wireLen).rules.find((r) => r.rule === rule);

/** Nothing that a stack could end at: all entries lack the bottom bit. */
const endless = stack([[100, 64], [101, 64]], new Uint8Array(0), true);
const exhibits: Record<string, { keep: Uint8Array[]; broken?: Uint8Array[]; used?: Uint8Array[] }> = {
  "RFC3032-2.1-1": { keep: [stack([[100, 64]], six), stack([[100, 64], [101, 64], [2, 64]], six)], broken: [endless] },
  "RFC3032-2.1-2": { keep: [stack([[0, 62]], four), stack([[2, 64]], six), stack([[0, 64], [100, 64]], six)], broken: [stack([[3, 64]], six), stack([[0, 64]], six), stack([[2, 62]], four)] },
  "RFC3032-2.4.2-1": { keep: [stack([[100, 1]], six)], broken: [stack([[100, 0]], six)] },
  "RFC3032-2.4.3-1": { keep: [stack([[100, 255], [101, 64]], six), stack([[100, 62]], four)], used: [stack([[100, 255]], six)] },
  "RFC4798-3-2": { keep: [stack([[100, 64], [101, 64]], six)], used: [stack([[100, 64], [2, 64]], six)] },
};

describe.each(STACK_RULES.map((r) => r.id))("%s", (id) => {
  it("passes what keeps it and sees what does not", () => {
    const e = exhibits[id];
    expect((e.broken ?? e.used)?.length).toBeGreaterThan(0);
    for (const f of e.keep) expect(of(f, id)).toMatchObject({ exercised: 1, violated: 0, observed: 0 });
    for (const f of e.broken ?? []) {
      expect(of(f, id)).toMatchObject({ exercised: 1, violated: 1 });
      const [group] = judged(f).findings.filter((g) => g.rule === id);
      const [field] = group.exemplars[0].fields;
      expect(field.expected).not.toBe(field.seen);
      expect((field.offset + field.length) * 2).toBeLessThanOrEqual(group.exemplars[0].packets[0].hex.length);
    }
    for (const f of e.used ?? []) expect(of(f, id)).toMatchObject({ exercised: 1, violated: 0, observed: 1 });
  });
});

it("hands the label stack on as evidence, marked as one", () => {
  const [packet] = judged(stack([[3, 64], [2, 64]], six)).findings[0].exemplars[0].packets;
  expect(packet).toMatchObject({ labels: true, direction: "sent", side: "access" });
  expect(packet.hex.startsWith("00003040")).toBe(true);
});

it("says nothing of what the device received, and of what the capture cut", () => {
  expect(judged(stack([[3, 0]], six), INTO).findings).toEqual([]);
  expect(of(endless, "RFC3032-2.1-1", OUT_OF, 200)).toMatchObject({ exercised: 0 });
  expect(of(stack([[100, 255]], six.subarray(0, 4)), "RFC3032-2.4.3-1", OUT_OF, 200)).toMatchObject({ exercised: 0 });
  expect(judged(stack([[0, 9]], Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9))).findings).toEqual([]);
});
