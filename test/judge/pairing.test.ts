import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePrefix4, parsePrefix6 } from "../../src/wire/address.js";
import * as B from "./build.js";

const decap = (n: number, t: number): B.Step[] => {
  const p = B.six({ payload: B.bytes(60, n) });
  return [B.accessIn(B.tunnel(p), { at: t }), B.coreOut(B.hop(p), { at: t + 0.0005 })];
};

describe("pairing", () => {
  it("pairs a decapsulated, an encapsulated and a hairpinned packet", () => {
    const p = B.six();
    const q = B.six({ src: B.HOST, dst: B.ceAddress });
    const h = B.six({ dst: B.ce2Address });
    const r = B.judge([
      B.accessIn(B.tunnel(p)), B.coreOut(B.hop(p), { cause: 0 }), B.coreIn(q), B.accessOut(B.toCe(B.hop(q)), { cause: 1 }),
      B.accessIn(B.tunnel(h)), B.accessOut(B.toCe(B.hop(h), { dst: B.CE2 }), { cause: 2 }),
    ]);
    expect(r.summary).toMatchObject({ inputs: 3, outputs: 3, paired: 3, unansweredInputs: 0, orphanOutputs: 0, ambiguous: 0, pairingAgreed: 3, pairingDisagreed: 0 });
    expect(r.findings).toEqual([]);
  });

  it("takes equal packets first in, first out, without calling them ambiguous", () => {
    const p = B.six();
    const steps = [0, 1, 2].map(() => B.accessIn(B.tunnel(p, { id: 5 })));
    const r = B.judge([...steps, ...[0, 1, 2].map((cause) => B.coreOut(B.hop(p), { cause }))]);
    expect(r.summary).toMatchObject({ paired: 3, ambiguous: 0, pairingAgreed: 3 });
  });

  it("sees no ambiguity between equal packets that are too big, though only the first is isolated", () => {
    const big = B.six({ src: B.HOST, dst: B.ceAddress, payload: B.bytes(1460) });
    const answer = B.error6(2, 0, 1480, big, { dst: B.HOST });
    const r = B.judge([B.coreIn(big), B.coreIn(big), B.coreOut(answer), B.coreOut(answer)]);
    expect(r.summary).toMatchObject({ paired: 2, ambiguous: 0, unansweredInputs: 0 });
    expect(B.tally(r, "RFC4443-3.2-1")).toMatchObject({ exercised: 2, violated: 0 });
  });

  it("does not accuse when a conforming cause is among the candidates", () => {
    const a = B.six({ hop: 60 });
    const b = B.six({ hop: 50 });
    const r = B.judge([B.accessIn(B.tunnel(a)), B.accessIn(B.tunnel(b)), B.coreOut(B.hop(b)), B.coreOut(B.hop(a))]);
    expect(r.summary).toMatchObject({ paired: 2, ambiguous: 1 });
    expect(B.tally(r, "RFC4213-3.3-1").violated).toBe(0);
  });

  it("accuses when every candidate makes a violation", () => {
    const a = B.six({ hop: 60 });
    const b = B.six({ hop: 50 });
    const r = B.judge([B.accessIn(B.tunnel(a)), B.accessIn(B.tunnel(b)), B.coreOut(B.changed(a, 7, 20))]);
    expect(B.tally(r, "RFC4213-3.3-1").violated).toBe(1);
  });

  it("pairs an output stamped a little before its input, not one stamped long before", () => {
    const p = B.six();
    const early = (ms: number) => B.judge([B.coreOut(B.hop(p), { at: 1 }), B.accessIn(B.tunnel(p), { at: 1 + ms / 1000 })]).summary;
    expect(early(5)).toMatchObject({ paired: 1, orphanOutputs: 0 });
    expect(early(500)).toMatchObject({ paired: 0, orphanOutputs: 1, unansweredInputs: 1 });
  });

  it("joins outer fragments in any order and pairs the datagram", () => {
    const p = B.six({ payload: B.bytes(300) });
    const parts = B.fragments(B.tunnel(p, { df: false }), 96).map((f) => B.accessIn(f));
    for (const order of [parts, [...parts].reverse(), [parts[1], ...parts]]) {
      expect(B.judge([...order, B.coreOut(B.hop(p))]).summary).toMatchObject({ paired: 1, orphanOutputs: 0 });
    }
    expect(B.judge([...parts.slice(1), B.coreOut(B.hop(p))]).summary).toMatchObject({ paired: 0, orphanOutputs: 1 });
  });

  it("pairs packets that the capture cut", () => {
    const p = B.six({ payload: B.bytes(400) });
    const r = B.judge([B.accessIn(B.tunnel(p), { cut: 96 }), B.coreOut(B.hop(p), { cut: 96 })]);
    expect(r.summary).toMatchObject({ paired: 1 });
    expect(r.findings).toEqual([]);
  });

  it("survives a ring too small for the window and says so", () => {
    const steps = Array.from({ length: 200 }, (_, i) => B.accessIn(B.tunnel(B.six({ payload: B.bytes(60, i) }))));
    const r = B.judge([...steps, B.coreOut(B.hop(B.six({ payload: B.bytes(60, 199) })))], { options: { ringBytes: 4096 } });
    expect(r.summary.evicted).toBeGreaterThan(100);
    expect(r.summary.paired).toBe(1);
    expect(r.findings).toEqual([]);
  });

  it("is not misled by one wild timestamp", () => {
    const steps = [...decap(1, 0), B.accessIn(B.tunnel(B.six({ payload: B.bytes(60, 2) })), { at: 0.9 }), ...decap(3, 1e8), ...decap(4, 1)];
    const r = B.judge([...steps.slice(0, 4), B.coreOut(B.hop(B.six({ payload: B.bytes(60, 2) })), { at: 1 }), ...decap(4, 1.1)]);
    expect(r.summary.paired).toBe(3);
  });

  it("gives one verdict for every order of outputs within the window", () => {
    const packets = Array.from({ length: 12 }, (_, i) => B.six({ payload: B.bytes(50, i), hop: 40 + i }));
    const inputs = packets.map((p) => B.accessIn(B.tunnel(p)));
    fc.assert(fc.property(fc.shuffledSubarray(packets, { minLength: 12 }), (order) => {
      // Every third packet leaves with a hop limit that is one too low.
      const outputs = order.map((p) => B.coreOut(B.hop(p, packets.indexOf(p) % 3 === 0 ? 2 : 1)));
      const r = B.judge([...inputs, ...outputs]);
      expect(B.tally(r, "RFC4213-3.3-1")).toMatchObject({ exercised: 12, violated: 4 });
      expect(r.summary.paired).toBe(12);
    }), { numRuns: 50 });
  });

  it("judges a packet from one domain into another by the domain that it leaves through", () => {
    const c = B.config();
    const other = B.domain({ name: "other", address: B.v4("172.16.0.1"), v6rdPrefix: parsePrefix6("2001:db9::/32")!, ipv4Prefix: parsePrefix4("172.16.0.0/12")!, dscp: { mode: "zero" } });
    const both = { ...c, serviceSets: [{ name: "set", concentrators: [B.domain(), other] }] };
    // 172.18.1.1 without its 12 common bits is 2:01:01, the 20 bits after the prefix.
    const p = B.six({ dst: "2001:db9:2010:1000::5", tc: 0xb8 });
    const r = B.judge([B.accessIn(B.tunnel(p)), B.accessOut(B.toCe(B.hop(p), { src: "172.16.0.1", dst: "172.18.1.1", tos: 0 }))], { config: both });
    expect(r.summary.paired).toBe(1);
    expect(r.findings).toEqual([]);
    expect(B.tally(r, "RFC5969-4-2").exercised).toBe(1);
  });
});

describe("what silence proves", () => {
  const self = B.six({ dst: "2001:db8:6464:100::99" });
  const rule = "RFC5969-8-3";
  const partial = { options: { complete: false } };

  it("infers a loss when the window closed inside the capture of both sides", () => {
    const r = B.judge([B.accessIn(B.tunnel(self), { at: 0 }), ...decap(1, 1), B.coreIn(B.six({ src: B.HOST, dst: B.ceAddress }), { at: 1.1 }), B.accessOut(B.toCe(B.hop(B.six({ src: B.HOST, dst: B.ceAddress }))), { at: 1.2 }), ...decap(2, 5)], partial);
    expect(B.tally(r, rule).violated).toBe(1);
    expect(r.findings.find((f) => f.rule === rule)).toMatchObject({ certainty: "inferred", first: { file: "access.pcap", frame: 1 } });
  });
  it("infers nothing near the end of a capture", () => {
    const steps = [...decap(1, 0), B.coreIn(B.six({ src: B.HOST, dst: B.ceAddress }), { at: 0.1 }), B.accessOut(B.toCe(B.hop(B.six({ src: B.HOST, dst: B.ceAddress }))), { at: 0.2 }), B.accessIn(B.tunnel(self), { at: 1 }), ...decap(2, 2.5)];
    expect(B.tally(B.judge(steps, partial), rule)).toMatchObject({ exercised: 0, violated: 0 });
  });
  it("infers nothing where one side was not captured", () => {
    const steps = [B.accessIn(B.tunnel(self), { at: 0 }), ...decap(1, 1), ...decap(2, 9)];
    expect(B.tally(B.judge(steps, partial), rule)).toMatchObject({ exercised: 0, violated: 0 });
    expect(B.judge([B.accessIn(B.tunnel(self), { at: 0 }), B.accessIn(B.tunnel(B.six()), { at: 9 })], partial).findings).toEqual([]);
  });
  it("gives the same result for the same transcript", () => {
    const steps = [B.accessIn(B.tunnel(self, { id: 1 }), { at: 0 }), B.accessIn(B.tunnel(B.six({ src: "3fff:9::1" }), { id: 2 }), { at: 0.1 }), B.coreOut(B.hop(B.six({ src: "3fff:9::1" })), { at: 0.2 })];
    expect(JSON.stringify(B.judge(steps))).toBe(JSON.stringify(B.judge(steps)));
  });
  it("counts every violation and keeps five exemplars", () => {
    const steps = Array.from({ length: 40 }, (_, i) => B.six({ src: "3fff:9::1", payload: B.bytes(40, i) })).flatMap((p) => [B.accessIn(B.tunnel(p)), B.coreOut(B.hop(p))]);
    const group = B.judge(steps).findings.find((f) => f.rule === "RFC5969-9.2-1")!;
    expect(group).toMatchObject({ count: 40, first: { frame: 1 }, last: { frame: 79 } });
    expect(group.exemplars).toHaveLength(5);
  });
  it("reads nothing beyond what the capture holds of a packet", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 140 }), fc.integer({ min: 0, max: 140 }), fc.boolean(), (a, b, whole) => {
      const p = B.six({ payload: B.bytes(80) });
      const r = B.judge([B.accessIn(B.tunnel(p), { cut: a }), B.coreOut(B.hop(p), { cut: Math.min(b, 120) })], { options: { complete: whole } });
      expect(r.findings).toEqual([]);
    }));
  });
});
