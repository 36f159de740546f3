import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createJudge } from "../../../src/judge/index.js";
import { createMemory } from "../../../src/wire/memory.js";
import { config as rdConfig, hop, six, tunnel } from "../build.js";
import * as B from "./build.js";

const a: B.Flow = { sport: 40000, eport: 41000 };
/** The same host address and port behind another B4. */
const b: B.Flow = { sport: 40000, eport: 45000, b4: B.B4B };
const violations = (r: ReturnType<typeof B.judge>) => r.findings.map((f) => f.rule);

describe("pairing through an unknown NAT", () => {
  it("pairs both directions, and agrees with the known causes", () => {
    const r = B.judge([
      ...B.outward(a, 0).map((s, i) => (i === 1 ? { ...s, cause: 0 } : s)), ...B.inward(a, 1).map((s, i) => (i === 1 ? { ...s, cause: 1 } : s)),
      ...B.outward(b, 2).map((s, i) => (i === 1 ? { ...s, cause: 2 } : s)),
    ]);
    expect(r.summary).toMatchObject({ paired: 3, ambiguous: 0, orphanOutputs: 0, unansweredInputs: 0, pairingAgreed: 3, pairingDisagreed: 0 });
    expect(r.findings).toEqual([]);
  });

  it("counts, but neither learns nor accuses, when equal packets of two B4s come at once and nothing tells them apart", () => {
    const r = B.judge([
      B.accessIn(B.soft(B.insideOut(a, { ttl: 63 })), { at: 0 }), B.accessIn(B.soft(B.insideOut(b, { ttl: 40 }), { src: B.B4B }), { at: 0.0001 }),
      B.coreOut(B.outsideOut(a, { ttl: 39 }), { at: 0.001 }), B.coreOut(B.outsideOut(b, { ttl: 62 }), { at: 0.0011 }),
      ...B.outward(a, 10), ...B.outward(b, 20),
    ]);
    expect(r.summary.ambiguous).toBe(2);
    expect(violations(r)).toEqual([]);
  });

  it("takes of equal packets whose TTLs differ the one that fits, while an output that came before the binding was known still waits", () => {
    const again = (at: number): B.Step[] => [B.accessIn(B.soft(B.insideOut(a, { ttl: 60 })), { at }), B.coreOut(B.outsideOut(a, { ttl: 59 }), { at })];
    // The first packet shows the binding once its time to wait is over: after the second one came, before the third.
    const r = B.judge([
      ...B.outward(a, 0, { dst: B.HOST2 }), B.accessIn(B.soft(B.insideOut(a, { ttl: 200 })), { at: 0.02 }), B.coreOut(B.outsideOut(a, { ttl: 199 }), { at: 0.02 }),
      ...again(0.06), ...again(0.061), ...again(0.062), ...B.outward(b, 10), ...B.outward(b, 20),
    ], { options: { complete: false } });
    expect(violations(r)).toEqual([]);
    expect(r.summary).toMatchObject({ paired: 7, orphanOutputs: 0, unansweredInputs: 0 });
  });

  it("lets an output wait whose TTL does not fit, for its own input may be stamped a little later", () => {
    const twice = [B.accessIn(B.soft(B.insideOut(a, { ttl: 200 })), { at: 2 }), B.coreOut(B.outsideOut(a, { ttl: 59 }), { at: 2.01 }), B.accessIn(B.soft(B.insideOut(a, { ttl: 60 })), { at: 2.02 }), B.coreOut(B.outsideOut(a, { ttl: 199 }), { at: 2.03 })];
    const r = B.judge([...B.outward(a, 0), ...twice, ...B.outward(b, 10)], { options: { complete: false } });
    expect(violations(r)).toEqual([]);
    expect(r.summary).toMatchObject({ paired: 4, orphanOutputs: 0, unansweredInputs: 0 });
    // It is wrong all the same when none comes.
    expect(B.tally(B.judge([...B.outward(a, 0), ...twice.slice(0, 2), ...B.outward(b, 10)], { options: { complete: false } }), "RFC2473-3.1-1.out").violated).toBe(1);
  });

  it("tells equal packets of two B4s apart by bindings learned before", () => {
    const steps = [...B.outward(a, 0), ...B.outward(b, 1)];
    const later: B.Step[] = [
      B.accessIn(B.soft(B.insideOut(a, { ttl: 63 })), { at: 5 }), B.accessIn(B.soft(B.insideOut(b, { ttl: 40 }), { src: B.B4B }), { at: 5.0001 }),
      B.coreOut(B.outsideOut(b, { ttl: 39 }), { at: 5.001 }), B.coreOut(B.outsideOut(a, { ttl: 62 }), { at: 5.0011 }),
    ];
    const r = B.judge([...steps, ...later]);
    expect(r.summary).toMatchObject({ paired: 4, ambiguous: 0 });
    expect(violations(r)).toEqual([]);
    // The same with the TTL of one wrong: the culprit is named.
    const wrong = B.judge([...steps, ...later.slice(0, 3), B.coreOut(B.outsideOut(a, { ttl: 63 }), { at: 5.0011 })]);
    expect(B.tally(wrong, "RFC2473-3.1-1").violated).toBe(1);
    expect(wrong.findings[0].exemplars[0].packets.map((p) => p.place.frame)).toEqual([5, 8]);
  });

  it("pairs echo replies of the AFTR itself with the requests that they answer: of the well-known address, of an external address, and to an inner host that asked one", () => {
    const request = (src: string, dst: string, id: number, seq = 1): Uint8Array => B.four({ proto: 1, type: 8, src, dst, word: (id << 16) | seq });
    const reply = (src: string, dst: string, id: number, seq = 1): Uint8Array => B.four({ proto: 1, type: 0, src, dst, word: (id << 16) | seq, ttl: 64 });
    const steps = [
      B.accessIn(B.soft(request("192.168.1.10", "192.0.0.1", 7)), { at: 0, }), B.accessOut(B.toB4(reply("192.0.0.1", "192.168.1.10", 7)), { at: 0.001, cause: 0 }),
      B.coreIn(request(B.HOST, B.EXT, 8), { at: 1 }), B.coreOut(reply(B.EXT, B.HOST, 8), { at: 1.001, cause: 1 }),
      B.accessIn(B.soft(request("192.168.1.10", B.EXT2, 9)), { at: 2 }), B.accessOut(B.toB4(reply(B.EXT2, "192.168.1.10", 9)), { at: 2.001, cause: 2 }),
    ];
    const r = B.judge(steps);
    expect(r.summary).toMatchObject({ inputs: 3, outputs: 3, paired: 3, ambiguous: 0, orphanOutputs: 0, pairingAgreed: 3, pairingDisagreed: 0, unansweredInputs: 0 });
    expect(violations(r)).toEqual([]);
    // Another identifier, another sequence number, another asker: no answer to that request.
    const others = [reply(B.EXT, B.HOST, 9), reply(B.EXT, B.HOST, 8, 2), reply(B.EXT, B.HOST2, 8), reply(B.EXT2, B.HOST, 8)];
    for (const other of others) expect(B.judge([B.coreIn(request(B.HOST, B.EXT, 8), { at: 1 }), B.coreOut(other, { at: 1.001 })]).summary).toMatchObject({ paired: 0, orphanOutputs: 1 });
    // A reply that is hairpinned, as like as it looks, is that of a later packet.
    const looped = [...steps.slice(4), B.accessIn(B.soft(reply("192.168.1.10", B.EXT2, 9)), { at: 2.006 })];
    expect(violations(B.judge(looped, { options: { complete: false } }))).toEqual([]);
    // A reply that is only forwarded stays one.
    expect(B.judge([B.accessIn(B.soft(B.echo({ eport: 900 }, 5, 1).inside), { at: 0 }), B.coreOut(B.echo({ eport: 900 }, 5, 1).outside, { at: 0.001 }), B.coreIn(B.echo({ eport: 900 }, 5, 1).reply, { at: 1 }), B.accessOut(B.toB4(B.echo({ eport: 900 }, 5, 1).delivered), { at: 1.001 })]).summary).toMatchObject({ paired: 2, orphanOutputs: 0 });
  });

  it("believes the payload before a binding that may have expired: ports that were given away anew", () => {
    // Keys hold the first 16 bytes of a payload; these differ after it.
    const first: B.Flow = { sport: 40000, eport: 41000, payload: Uint8Array.from([...B.bytes(18), 1]) };
    const second: B.Flow = { sport: 40002, eport: 41002, payload: Uint8Array.from([...B.bytes(18), 2]) };
    const swapped = { first: { ...first, eport: 41002 }, second: { ...second, eport: 41000 } };
    const r = B.judge([
      ...B.outward(first, 0), ...B.outward(second, 0.02),
      B.accessIn(B.soft(B.insideOut(first)), { at: 800 }), B.accessIn(B.soft(B.insideOut(second)), { at: 800.0001 }),
      B.coreOut(B.outsideOut(swapped.first), { at: 800.001 }), B.coreOut(B.outsideOut(swapped.second), { at: 800.0011 }), ...B.inward(swapped.first, 801), ...B.inward(swapped.second, 802),
    ]);
    expect(violations(r)).toEqual([]);
    expect(r.summary).toMatchObject({ paired: 6, ambiguous: 0 });
  });

  it("pairs an output that the other tap stamped before its input", () => {
    const r = B.judge([B.coreOut(B.outsideOut(a), { at: 0 }), B.accessIn(B.soft(B.insideOut(a)), { at: 0.005 }), ...B.inward(a, 1)]);
    expect(r.summary).toMatchObject({ paired: 2, orphanOutputs: 0 });
    expect(B.judge([B.coreOut(B.outsideOut(a), { at: 0 }), B.accessIn(B.soft(B.insideOut(a)), { at: 0.5 }), ...B.inward(a, 1)]).summary).toMatchObject({ paired: 1, orphanOutputs: 1 });
  });

  it("joins outer and inner fragments in any order before it pairs", () => {
    const whole = B.insideOut(a, { payload: B.bytes(1400) });
    const inner = B.fragments(whole, 712).flatMap((p) => B.outerFragments(B.soft(p), 400, p[7] + 9)).map((p) => B.accessIn(p));
    const out = B.fragments(B.outsideOut(a, { payload: B.bytes(1400) }), 1000).map((p) => B.coreOut(p, { at: 1 }));
    fc.assert(fc.property(fc.shuffledSubarray(inner, { minLength: inner.length }), (order) => {
      const r = B.judge([...order.map((s, i) => ({ ...s, at: i * 0.001 })), ...out]);
      expect(r.summary).toMatchObject({ paired: 1, orphanOutputs: 0 });
      expect(r.findings).toEqual([]);
    }), { numRuns: 25 });
  });

  it("judges what is visible of packets that the capture cut", () => {
    const r = B.judge([...B.outward(a, 0, { payload: B.bytes(400) }), ...B.inward(a, 1, { payload: B.bytes(400) })].map((s) => ({ ...s, cut: 100 })));
    expect(r.summary).toMatchObject({ paired: 2 });
    expect(r.findings).toEqual([]);
  });

  it("does not accuse on bindings older than the capture", () => {
    const r = B.judge([...B.inward(a, 0), B.coreIn(B.outsideIn({ ...a, dport: 7 }), { at: 1 }), B.coreIn(B.outsideIn({ ...a, dport: 7 }), { at: 2 }), ...B.outward({ ...a, eport: 48000, dst: B.HOST2 }, 5)]);
    expect(violations(r)).toEqual([]);
  });

  describe("answers that come before the pairing of what they answer is sure", () => {
    /** A new flow; from `gap` seconds after its packet has left, the remote end `from` answers in fragments, of which nothing comes out. */
    const answered = (n: number, gap: number, from: B.Four = {}): B.Step[] => {
      const f: B.Flow = { sport: 42000 + 2 * n, eport: 43000 + 2 * n };
      const pieces = B.fragments(B.outsideIn(f, { payload: B.bytes(1200, n), id: 600 + n, ...from }), 800);
      return [...B.outward(f, n), ...pieces.map((p, i) => B.coreIn(p, { at: n + 0.001 + gap + i * 0.001 }))].sort((x, y) => x.at! - y.at!);
    };
    const others = (from: number) => Array.from({ length: 9 }, (_, i) => [...B.outward(b, from + i, { id: i, payload: B.bytes(30, i) }), ...B.inward(b, from + i + 0.4, { id: i, payload: B.bytes(31, i) })]).flat();
    const found = (...steps: B.Step[]) => violations(B.judge([...others(-10), ...steps, ...others(10)].map((s) => ({ ...s, at: s.at! + 20 })), { options: { complete: false } }));
    it("meet the binding all the same", () => {
      expect(found(...answered(1, 0.02), ...answered(2, 0.003), ...answered(3, 0.03))).toEqual(["RFC4787-11-1"]);
      expect(found(...answered(1, 0.2), ...answered(2, 0.3), ...answered(3, 0.4))).toEqual(["RFC4787-11-1"]);
    });
    it("do not meet it when another remote end sends, nor before it is made", () => {
      expect(found(...answered(1, 0.02, { src: B.HOST2 }), ...answered(2, 0.003, { src: B.HOST2 }), ...answered(3, 0.03, { sport: 5001 }))).toEqual([]);
      expect(found(...answered(1, -0.004), ...answered(2, -0.004), ...answered(3, -0.004))).toEqual([]);
    });
    it("prove nothing where the timer may be short", () => {
      const known = (n: number): B.Step[] => {
        const f: B.Flow = { sport: 42000 + 2 * n, eport: 43000 + 2 * n, dport: 53 };
        return [...B.outward(f, n), ...B.fragments(B.outsideIn(f, { payload: B.bytes(1200, n), id: 600 + n }), 800).map((p, i) => B.coreIn(p, { at: n + 0.02 + i * 0.001 }))];
      };
      expect(found(...known(1), ...known(2), ...known(3))).toEqual([]);
    });
  });

  it("does not take the end of one side's capture for silence", () => {
    const lost = [1, 2, 3].map((k) => B.coreIn(B.outsideIn(a, { id: k }), { at: 100 + k }));
    const run = { options: { complete: false } };
    // The access side shows nothing after its last packet at second 0.
    expect(violations(B.judge([...B.outward(a, 0), ...B.inward(a, 0.5), ...lost, B.coreIn(B.outsideIn(a, { id: 9, dport: 1 }), { at: 200 })], run))).toEqual([]);
    // It is alive, and the packets were lost, while others were not.
    const others = Array.from({ length: 30 }, (_, i) => B.outward({ ...b, dst: B.HOST2 }, 10 + i, { id: i, payload: B.bytes(30, i) })).flat();
    expect(violations(B.judge([...B.outward(a, 0), ...B.inward(a, 0.5), ...others, ...lost, ...B.outward({ ...b, dst: B.HOST2 }, 110), B.coreIn(B.outsideIn(a, { id: 9, dport: 1 }), { at: 200 })], run))).toEqual(["RFC4787-4.3-1", "RFC4787-4.3-3.declared"]);
  });

  it("stays silent about bindings that a flood pushed out of its table", () => {
    const flood = Array.from({ length: 200 }, (_, i) => B.outward({ sport: 1024 + i, eport: 2048 + i, b4: B.B4B, payload: B.bytes(30, i) }, 0.5 + i / 2500)).flat();
    const lost = [1.5, 1.6, 1.7].map((at) => B.coreIn(B.outsideIn(a), { at }));
    const r = B.judge([...B.outward(a, 0), ...B.inward(a, 0.2), ...lost, ...flood], { options: { ringRecords: 64 } });
    expect(r.summary.evicted).toBeGreaterThan(0);
    // How the flood got its ports is a matter of its own.
    expect(violations(r).filter((id) => !["RFC4787-4.2.2-1", "RFC6888-5-1", "RFC7857-9-1"].includes(id))).toEqual([]);
  });

  it("finds the same pairs without the tables as through them", () => {
    // Few flows with few payloads, so that keys meet; outputs come at once, after other inputs, before their inputs, or never, and some with another payload or TTL.
    const flows: B.Flow[] = [a, b, { sport: 40002, eport: 41002 }, { sport: 40004, eport: 41004, proto: 6, flags: 16, seq: 5, ack: 6 }, { sport: 40000, eport: 45002, dst: B.HOST2, b4: B.B4B }];
    const event = fc.record({
      flow: fc.constantFrom(...flows), inward: fc.boolean(), gap: fc.constantFrom(0, 0.0002, 0.01, 0.3, 3), delay: fc.constantFrom(0.0005, 0.0005, 0.0005, 0.004, 0.02, 0.25, 2.5, -0.002, undefined),
      payload: fc.constantFrom(1, 1, 2), odd: fc.constantFrom("", "", "", "payload", "ttl", "port", "error", "own"),
    });
    fc.assert(fc.property(fc.array(event, { minLength: 4, maxLength: 40, size: "max" }), fc.boolean(), fc.boolean(), (events, complete, small) => {
      let at = 1;
      const steps: B.Step[] = [];
      events.forEach((e, i) => {
        at += e.gap;
        const o: B.Four = { payload: B.bytes(24, e.payload), id: i };
        const [came, left] = e.inward ? B.inward(e.flow, at, o) : B.outward(e.flow, at, o);
        const other = { ...e.flow, eport: e.odd === "port" ? 47000 + i : (e.flow.eport ?? 0) };
        const changed: B.Four = { ...o, ...(e.odd === "payload" ? { payload: B.bytes(24, 9) } : {}), ...(e.odd === "ttl" ? { ttl: 33 } : {}) };
        steps.push(came);
        if (e.odd === "error") steps.push(B.coreIn(B.error(3, 1, B.outsideOut(e.flow, o), { src: B.ROUTER, dst: e.flow.ext ?? B.EXT, ttl: 50 }), { at: at + 0.1 }));
        if (e.odd === "own") steps.push(B.accessOut(B.toB4(B.error(11, 0, B.insideOut(e.flow, o), { src: "192.0.0.1", dst: "192.168.1.10", ttl: 64 }), { dst: e.flow.b4 ?? B.B4A }), { at: at + 0.001 }));
        else if (e.delay !== undefined) steps.push({ ...(e.odd === "" || e.odd === "error" ? left : (e.inward ? B.inward(other, at, changed) : B.outward(other, at, changed))[1]), at: at + e.delay });
      });
      // Judged both ways, and compared. A small window loses records, unless pairs leave it at once.
      B.judge(steps, { options: { complete, ...(small && !complete ? { ringRecords: 16 } : {}) } });
    }), { numRuns: 60 });
  });

  it("pairs translated errors with the error, and the device's own with the packet", () => {
    const about = B.insideOut(a, { ttl: 1 });
    const r = B.judge([
      ...B.outward(a, 0),
      B.coreIn(B.error(3, 1, B.outsideOut(a), { src: B.ROUTER, dst: B.EXT, ttl: 50 }), { at: 1 }), B.accessOut(B.toB4(B.error(3, 1, B.insideOut(a), { src: B.ROUTER, dst: "192.168.1.10", ttl: 49 })), { at: 1.001 }),
      B.accessIn(B.soft(about), { at: 3 }), B.accessOut(B.toB4(B.error(11, 0, about, { src: "192.0.0.1", dst: "192.168.1.10", ttl: 64 })), { at: 3.001 }),
    ]);
    expect(r.summary).toMatchObject({ paired: 3, unansweredInputs: 0 });
    expect(r.findings).toEqual([]);
    expect(B.tally(r, "RFC5508-4.2.1-4").exercised).toBe(1);
    expect(B.tally(r, "RFC6333-6.5-1").exercised).toBe(1);
  });

  it("survives any bytes", () => {
    const packets = [B.soft(B.insideOut(a)), B.outsideOut(a), B.toB4(B.insideIn(a)), B.error(3, 4, B.outsideOut(a), { src: B.ROUTER, dst: B.EXT }), B.error6(2, 0, 1300, B.toB4(B.insideIn(a))), ...B.outerFragments(B.soft(B.insideOut(a, { payload: B.bytes(300) }), { ext: B.LIMIT }), 64), ...B.fragments(B.outsideIn(a), 16)];
    const change = fc.record({ which: fc.nat(packets.length - 1), at: fc.nat(120), value: fc.nat(255), cut: fc.nat(160), side: fc.constantFrom(0 as const, 1 as const), direction: fc.constantFrom(0 as const, 1 as const) });
    fc.assert(fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const steps = changes.map((c): B.Step => {
        const p = packets[c.which].slice();
        if (c.at < p.length) p[c.at] = c.value;
        return { side: c.side, direction: c.direction, packet: p, ...(c.cut > 0 && c.cut < p.length ? { cut: c.cut } : {}) };
      });
      expect(B.judge(steps).summary.inputs + B.judge(steps).summary.outputs).toBe(steps.length);
    }), { numRuns: 300 });
  });
});

describe("beside another mechanism", () => {
  it("each judge sees its own packets", () => {
    const memory = createMemory(32 << 20);
    const config = { ...B.config(), serviceSets: [...B.config().serviceSets, ...rdConfig().serviceSets] };
    const j = createJudge({ config, memory, files: ["a", "c"], severityOf: () => "fail", complete: true, ringBytes: 1 << 20, ringRecords: 1 << 12 });
    const at = memory.alloc(4096);
    const p = six();
    const steps: B.Step[] = [...B.outward(a, 0), B.accessIn(tunnel(p), { at: 1 }), B.coreOut(hop(p), { at: 1.001 })];
    for (const s of steps) {
      memory.u8.set(s.packet, at);
      j.packet(s.side, s.direction, at, s.packet.length, s.packet.length, 1700000000 + Math.floor(s.at!), Math.round((s.at! % 1) * 1e9), s.side, 1, -1);
    }
    j.end();
    const r = j.result();
    expect(r.findings).toEqual([]);
    expect(r.summary).toMatchObject({ inputs: 2, outputs: 2, paired: 2, orphanOutputs: 0 });
    for (const rule of ["RFC2473-3.1-1", "RFC4213-3.3-1"]) expect(B.tally(r, rule).exercised, rule).toBe(1);
  });
});
