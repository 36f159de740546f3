import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ACCESS, CORE } from "../../src/config/types.js";
import { addRecord, createRecords, findRecord, hashKey, removeRecord } from "../../src/concentrator/softwires/records.js";
import { FLOW_KEY_WORDS, addFlow, createFlowTable, findFlow, hashFlow, placeOfFlow, removeFlow, softwireAt } from "../../src/concentrator/softwires/flow-table.js";
import { createSoftwires, touchFlow } from "../../src/concentrator/softwires/softwires.js";
import { echo6, harness, net4, packet4, sixRd, udp6, v4 } from "./harness.js";

const BR = "10.0.0.1";
const HOST = "2001:db8:6464:100::10";
const NATIVE = "2620:fe::fe";
const up = (sport = 1, to = BR): Uint8Array => packet4({ src: "10.100.100.1", dst: to, payload: udp6({ src: HOST, dst: NATIVE, sport, dport: 53 }) });
const down = (dport = 1): Uint8Array => udp6({ src: NATIVE, dst: HOST, sport: 53, dport });

describe("softwires and flows", () => {
  it("both directions of a 5-tuple are one flow on one softwire", () => {
    const h = harness(sixRd());
    h.feed(ACCESS, up());
    h.feed(CORE, down());
    h.feed(ACCESS, up(2));
    expect(h.device.statistics()[0]).toMatchObject({ softwiresCreated: 1, softwiresCreatedReverse: 0, flowsCreated: 2, initiators: 1 });
  });
  it("a packet from the core creates a softwire too, counted apart", () => {
    const h = harness(sixRd());
    h.feed(CORE, down());
    expect(h.device.statistics()[0]).toMatchObject({ softwiresCreated: 1, softwiresCreatedReverse: 1, softwiresActive: 1 });
  });
  it("echo identifiers make flows, dropped packets make none", () => {
    const h = harness(sixRd());
    for (const id of [1, 2, 2]) h.feed(CORE, echo6({ src: NATIVE, dst: HOST, id }));
    h.feed(CORE, udp6({ src: NATIVE, dst: HOST, hop: 1, dport: 99 }));
    expect(h.device.statistics()[0].flowsCreated).toBe(2);
  });
  it("a flow lives through its inactivity time and ends after it; the softwire goes with its last flow", () => {
    const h = harness(sixRd({ flowInactivitySeconds: 30 }));
    h.feed(ACCESS, up(1), 1000);
    h.feed(ACCESS, up(2), 1010);
    h.feed(CORE, down(1), 1030);
    h.feed(CORE, udp6({ src: NATIVE, dst: "2001:db8:707:700::1" }), 1041);
    expect(h.device.statistics()[0]).toMatchObject({ flowsDeleted: 1, softwiresDeleted: 0, flowsActive: 2, softwiresActive: 2 });
    h.feed(CORE, udp6({ src: NATIVE, dst: "2001:db8:707:700::1" }), 1061);
    expect(h.device.statistics()[0]).toMatchObject({ flowsDeleted: 2, softwiresDeleted: 1, initiators: 1, flowsPeak: 2, softwiresPeak: 2 });
    h.feed(ACCESS, up(1), 99999);
    expect(h.device.statistics()[0]).toMatchObject({ softwiresCreated: 3, softwiresDeleted: 2, softwiresActive: 1 });
  });
  it("an initiator's softwires share its record; a flow stays on the softwire where it first arrived", () => {
    const h = harness(sixRd({ alsoAccepts: [v4("10.0.0.9")] }));
    h.feed(ACCESS, up(1, "10.0.0.9"));
    h.feed(ACCESS, up(1, BR));
    expect(h.device.statistics()[0]).toMatchObject({ softwiresActive: 1, flowsActive: 1 });
    h.feed(ACCESS, up(2, BR));
    expect(h.device.statistics()[0]).toMatchObject({ softwiresActive: 2, flowsActive: 2, initiators: 1 });
  });
  it("the flow limit refuses new flows of a softwire, not its old ones", () => {
    const h = harness(sixRd({ flowLimit: 2 }));
    expect([1, 2, 3, 1].map((port) => h.feed(ACCESS, up(port)).reason)).toEqual(["decapsulated", "decapsulated", "flow-limit", "decapsulated"]);
  });
  it("drain ends everything", () => {
    const h = harness(sixRd());
    h.feed(ACCESS, up());
    h.device.drain(1001, 0);
    expect(h.device.statistics()[0]).toMatchObject({ softwiresActive: 0, flowsActive: 0, softwiresDeleted: 1, flowsDeleted: 1, initiators: 0 });
  });
  it("the clock never runs backwards", () => {
    const h = harness(sixRd());
    h.feed(ACCESS, up(1), 2000, 5);
    expect(h.feed(ACCESS, up(1), 1000).out[0]).toMatchObject({ sec: 2000, nsec: 5 });
  });
});

it("every input is counted exactly once, whatever it is", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom<0 | 1>(0, 1), fc.uint8Array({ maxLength: 120 }), fc.nat(3)), { maxLength: 60 }), (inputs) => {
      const h = harness(sixRd({ ipv4Prefix: net4("10.0.0.0/8") }));
      for (const [side, bytes, shape] of inputs) {
        const packet = shape === 0 ? bytes : shape === 1 ? packet4({ src: "10.100.100.1", dst: BR, payload: bytes }) : shape === 2 ? down(bytes.length) : up(bytes.length);
        h.feed(side, packet);
      }
      expect(h.device.counters().reduce((n, c) => n + c.packets, 0)).toBe(inputs.length);
      const s = h.device.statistics()[0];
      expect(s.flowsCreated - s.flowsDeleted).toBe(s.flowsActive);
      expect(s.softwiresCreated - s.softwiresDeleted).toBe(s.softwiresActive);
    }),
    { numRuns: 50 },
  );
});

it("records behave like a map under any sequence of additions and removals", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(40)), { maxLength: 2000 }), fc.nat(), (steps, seed) => {
      const r = createRecords(1, 2, seed);
      const model = new Map<number, number>();
      const key = new Int32Array(1);
      for (const [add, k] of steps) {
        key[0] = k;
        const h = hashKey(r, key);
        const found = findRecord(r, key, h);
        expect(found).toBe(model.get(k) ?? 0);
        if (add && found === 0) model.set(k, addRecord(r, key, h));
        if (!add && found !== 0) {
          removeRecord(r, found);
          model.delete(k);
        }
      }
      expect(r.count).toBe(model.size);
    }),
    { numRuns: 50 },
  );
});

it("records grow: 100,000 keys are all found again, half of them after removing the others", () => {
  const r = createRecords(2, 4, 3);
  const key = new Int32Array(2);
  const at = (i: number): number => {
    key[0] = i;
    key[1] = i * 7;
    return findRecord(r, key, hashKey(r, key));
  };
  for (let i = 0; i < 100000; i++) if (at(i) === 0) addRecord(r, key, hashKey(r, key));
  for (let i = 0; i < 100000; i += 2) removeRecord(r, at(i));
  let wrong = 0;
  for (let i = 0; i < 100000; i++) if ((at(i) !== 0) !== (i % 2 === 1)) wrong++;
  expect([wrong, r.count, r.peak]).toEqual([0, 50000, 100000]);
});

it("flows, softwires and initiators live and end like a plain model of them, over any pauses", () => {
  const step = fc.record({ flow: fc.nat(30), initiator: fc.nat(5), concentrator: fc.nat(1), pause: fc.oneof(fc.nat(3), fc.nat(40), fc.nat(5000)) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 40 }), fc.nat(4), (steps, idle, limit) => {
      const s = createSoftwires(idle, limit, 9);
      const model = new Map<number, { softwire: string; last: number }>();
      let now = 5000;
      for (const { flow, initiator, concentrator, pause } of steps) {
        now += pause;
        for (const [k, f] of model) if (f.last + idle < now) model.delete(k);
        s.flowKey.fill(0);
        s.flowKey[0] = flow;
        s.softwireKey.fill(0);
        s.softwireKey[0] = initiator;
        s.softwireKey[1] = concentrator;
        const taken = touchFlow(s, now, false) !== 0;
        const softwire = `${initiator} ${concentrator}`;
        const known = model.get(flow);
        const full = known === undefined && limit !== 0 && [...model.values()].filter((f) => f.softwire === softwire).length >= limit;
        expect(taken).toBe(!full);
        if (!full) model.set(flow, { softwire: known?.softwire ?? softwire, last: now });
        const softwires = new Set([...model.values()].map((f) => f.softwire));
        const initiators = new Set([...softwires].map((x) => x.split(" ")[0]));
        expect([s.flows.count, s.softwires.count, s.initiators.count]).toEqual([model.size, softwires.size, initiators.size]);
      }
    }),
    { numRuns: 60 },
  );
});

it("the flow table grows and shrinks: 20,000 flows are found, and of those that end every other one is found no more", () => {
  const t = createFlowTable(5);
  const key = new Int32Array(FLOW_KEY_WORDS);
  const at = (i: number): number => {
    key[0] = i;
    key[8] = i * 7;
    return findFlow(t, key, hashFlow(t, key));
  };
  const ids: number[] = [];
  for (let i = 0; i < 20000; i++) {
    expect(at(i)).toBe(-1);
    ids.push(addFlow(t, key, hashFlow(t, key), i + 1, 3));
  }
  for (let i = 0; i < 20000; i += 2) removeFlow(t, ids[i]);
  let wrong = 0;
  for (let i = 0; i < 20000; i++) {
    const place = at(i);
    if (i % 2 === 0 ? place !== -1 : place !== placeOfFlow(t, ids[i]) || softwireAt(t, place) !== i + 1) wrong++;
  }
  expect([wrong, t.count, t.peak]).toEqual([0, 10000, 20000]);
  for (let i = 0; i < 20000; i += 2) if (at(i) === -1) ids[i] = addFlow(t, key, hashFlow(t, key), i + 1, 4);
  expect([t.count, new Set(ids).size, t.top]).toEqual([20000, 20000, 20001]);
});
