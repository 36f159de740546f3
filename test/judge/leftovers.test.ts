/** Inputs and outputs that stayed over, and belong together by their content alone: what is found, and what is let alone. */
import { describe, expect, it } from "vitest";
import * as B from "./build.js";

const captured = { options: { complete: false } };
const data = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (n: number): string => `data of number ${String.fromCharCode(65 + (n % 26))}${n}`;
const ping = (n: number, o: B.SixOptions = {}, id = 0x00070001): Uint8Array => B.icmp6(128, 0, id, data(text(n)), { src: B.ceAddress, dst: B.HOST, ...o });
const up = (p: Uint8Array, at: number): B.Step => B.accessIn(B.tunnel(p), { at });
const out = (p: Uint8Array, at: number): B.Step => B.coreOut(B.hop(p), { at });
const OTHER_ID = 0x00080001;
/** Number `n`, once a second, with an identifier that was changed on the way. */
const changed = (n: number): B.Step[] => [up(ping(n), n), out(ping(n, {}, OTHER_ID), n + 0.001)];
const kept = (n: number): B.Step[] => [up(ping(n), n), out(ping(n), n + 0.001)];
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const found = (steps: readonly B.Step[], run: B.Run = captured) => B.judge([...steps].sort((x, y) => x.at! - y.at!), run).findings.filter((f) => f.rule === "RFC4213-3.6-8").map((f) => [f.certainty, f.count, f.severity, f.lowered]);

describe("a field that was changed where pairs are found", () => {
  it("fails in a whole transcript, and says how it was found", () => {
    const r = B.judge([...changed(1), ...kept(2)], {});
    const f = r.findings.find((x) => x.rule === "RFC4213-3.6-8")!;
    expect(f).toMatchObject({ certainty: "content", count: 1, severity: "fail" });
    expect(f.exemplars[0].why).toContain("Paired by content");
    expect(f.exemplars[0].packets.map((p) => p.place.frame)).toEqual([1, 2]);
    expect(f.exemplars[0].fields).toMatchObject([{ layer: "IPv6", field: "bytes from 45" }]);
    expect(r.summary).toMatchObject({ paired: 2, unansweredInputs: 0, orphanOutputs: 0 });
    expect(r.findings.map((x) => x.rule)).toEqual(["RFC4213-3.6-8"]);
  });
  it("warns in captures while there are fewer than three cases, and fails then", () => {
    expect(found([...kept(0), ...changed(1), ...kept(9)])).toEqual([["content", 1, "warn", "few"]]);
    expect(found([...kept(0), ...numbers(1, 4).flatMap(changed), ...kept(9)])).toEqual([["content", 3, "fail", undefined]]);
  });
  it("is found although the output is stamped a little before its input", () => {
    expect(found([...kept(0), out(ping(1, {}, OTHER_ID), 1), up(ping(1), 1.01), ...kept(9)])).toEqual([["content", 1, "warn", "few"]]);
  });
  it("warns at most when it is an address, which another function of the device may translate", () => {
    const steps = numbers(1, 5).flatMap((n) => [up(ping(n), n), out(ping(n, { src: "2001:db8:6464:100::77" }), n + 0.001)]);
    const r = B.judge([...steps, ...kept(9)], captured);
    expect(r.findings.map((f) => [f.rule, f.count, f.certainty])).toEqual([["RFC4213-3.6-8.addresses", 4, "content"]]);
  });
});

describe("nobody is accused", () => {
  it("when the packet was sent again", () => {
    expect(found([up(ping(1), 1), up(ping(1), 1.2), out(ping(1, {}, OTHER_ID), 1.201), ...kept(9)])).toEqual([]);
    expect(found([...changed(1), up(ping(1), 1.5), out(ping(1), 1.501), ...kept(9)])).toEqual([]);
  });
  it("when copies are mirrored", () => expect(found([...changed(1), ...kept(9)].flatMap((s) => [s, s]))).toEqual([]));
  it("when another flow carries the same payload, paired or not", () => {
    const other = ping(1, { dst: "3fff::81" }, 0x00090001);
    expect(found([up(ping(1), 1), out(ping(1, {}, OTHER_ID), 1.001), up(other, 3), out(other, 3.001), ...kept(9)])).toEqual([]);
    expect(found([up(ping(1), 1), out(ping(1, {}, OTHER_ID), 1.001), out(other, 3), ...kept(9)])).toEqual([]);
    expect(found([out(other, 0.5), up(ping(1), 1), out(ping(1, {}, OTHER_ID), 1.001), ...kept(9)])).toEqual([]);
  });
  it("when the payload is short, padding, or a counter", () => {
    const packet = (payload: Uint8Array, id: number): Uint8Array => B.icmp6(128, 0, id, payload, { src: B.ceAddress, dst: B.HOST });
    for (const payload of [data("short one"), new Uint8Array(40), B.bytes(40), data("ababababababababab")]) {
      expect(found([up(packet(payload, 1), 1), out(packet(payload, 2), 1.001), ...kept(9)])).toEqual([]);
    }
  });
  it("when two fields differ", () => expect(found([up(ping(1), 1), out(ping(1, { dst: "3fff::81" }, OTHER_ID), 1.001), ...kept(9)])).toEqual([]));
  it("when the output comes later than this device takes", () => expect(found([...kept(0), up(ping(1), 1), out(ping(1, {}, OTHER_ID), 1.3), ...kept(9)])).toEqual([]));
  it("when the input was damaged, or asks for something else than forwarding", () => {
    expect(found([up(B.changed(ping(1), 42, 0), 1), out(ping(1, {}, OTHER_ID), 1.001), ...kept(9)])).toEqual([]);
    expect(found([up(ping(1, { hop: 1 }), 1), out(ping(1, { hop: 64 }, OTHER_ID), 1.001), ...kept(9)])).toEqual([]);
  });
  it("when the taps lose packets of two flows that send the same, for losses leave far more over than that", () => {
    const twin = (n: number): Uint8Array => ping(n, {}, OTHER_ID);
    // Both flows send each payload; of every tenth the taps lose one output and the other input, of others one packet.
    const steps = numbers(0, 60).flatMap((n) => {
      const both = [up(ping(n), n), out(ping(n), n + 0.001), up(twin(n), n + 0.002), out(twin(n), n + 0.003)];
      return n % 10 === 5 ? [both[0], both[3]] : n % 2 === 0 ? both : n % 4 === 1 ? both.slice(1, 2) : both.slice(0, 1);
    });
    expect(found([...steps, ...kept(99)])).toEqual([]);
  });
  it("when the capture begins in the middle", () => expect(found([out(ping(1, {}, OTHER_ID), 1), ...kept(2), up(ping(3), 3), ...kept(9)])).toEqual([]));
});

describe("an echo reply", () => {
  const OWN = "3fff:0:c::1";
  const ask = (n: number): B.Step => up(ping(n, { dst: OWN }), n);
  const reply = (n: number, id: number, o: B.SixOptions = {}): B.Step => B.accessOut(B.toCe(B.icmp6(129, 0, id, data(text(n)), { src: OWN, dst: B.ceAddress, ...o })), { at: n + 0.001 });
  const of = (steps: readonly B.Step[]) => B.judge(steps, captured).findings.filter((f) => f.rule === "RFC4443-4.2-1").map((f) => [f.fingerprint, f.count, f.severity]);
  it("with another identifier, or to somebody else, is found by its data", () => {
    expect(of([ask(1), reply(1, OTHER_ID), ask(2), reply(2, OTHER_ID), ask(3), reply(3, OTHER_ID), ...kept(9)])).toEqual([["RFC4443-4.2-1:other-identifier", 3, "fail"]]);
    expect(of([ask(1), reply(1, 0x00070001, { dst: "2001:db8:6464:100::99" }), ...kept(9)])).toEqual([["RFC4443-4.2-1:other-destination", 1, "warn"]]);
  });
  it("of another question with the same data is not", () => {
    expect(of([ask(1), up(ping(1, { dst: OWN }, 0x00090001), 1.0001), reply(1, OTHER_ID), ...kept(9)])).toEqual([]);
  });
});
