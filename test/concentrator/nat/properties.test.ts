import fc from "fast-check";
import { expect, it } from "vitest";
import { ACCESS, CORE } from "../../../src/config/types.js";
import { u16 } from "../../../src/wire/bits.js";
import { createRecords, addRecord, hashKey, removeRecord } from "../../../src/concentrator/softwires/records.js";
import { addExternal, createExternal, findExternal, removeExternal } from "../../../src/concentrator/nat/external.js";
import { dst4, src4, v4 } from "../harness.js";
import { AFTR, aftr, echo4, isRight, port, tcp4, udp4, unwrap, wrap } from "../ds-lite/packets.js";
import { packet6 } from "../harness.js";

const host = fc.integer({ min: 2, max: 5 }).map((i) => `192.168.1.${i}`);
const b4 = fc.integer({ min: 1, max: 4 }).map((i) => `2001:db8:0:${i}::1`);
const remote = fc.integer({ min: 1, max: 9 }).map((i) => `198.51.100.${i}`);
const flow = fc.record({ b4, host, remote, protocol: fc.constantFrom(6, 17, 1), sport: fc.integer({ min: 1, max: 40 }), dport: fc.integer({ min: 1, max: 65535 }), size: fc.integer({ min: 0, max: 90 }), wait: fc.integer({ min: 0, max: 90 }) });
type Flow = typeof flow extends fc.Arbitrary<infer T> ? T : never;
const packet = (f: Flow): Uint8Array => {
  if (f.protocol === 1) return echo4({ src: f.host, dst: f.remote, id: f.sport, size: f.size });
  return (f.protocol === 6 ? tcp4 : udp4)({ src: f.host, dst: f.remote, sport: f.sport, dport: f.dport, size: f.size, flags: 2 });
};
const externalOf = (b: Uint8Array): string => `${b[9]} ${src4(b)} ${b[9] === 1 ? u16(b, 24) : port(b, "src")}`;
const pool = { ranges: [{ from: v4("203.0.113.1"), to: v4("203.0.113.2") }], portFrom: 1024, portTo: 1087 };

it.each(["sequential", "random", "port-block"] as const)("%s: no two inner endpoints share an external one within the hold-down; checksums are right", (allocation) => {
  fc.assert(
    fc.property(fc.array(flow, { minLength: 1, maxLength: 120 }), fc.boolean(), (flows, parity) => {
      const h = aftr({ pool, allocation, parity, portBlockSize: 8 });
      const owner = new Map<string, { inner: string; sec: number }>();
      let sec = 1000;
      for (const f of flows) {
        sec += f.wait;
        for (const { bytes, side } of h.feed(ACCESS, wrap(packet(f), f.b4), sec).out) {
          if (side !== CORE) continue;
          expect(isRight(bytes)).toBe(true);
          const inner = `${f.b4} ${f.host} ${f.sport}`;
          const known = owner.get(externalOf(bytes));
          // The shortest mapping here lives 60 s, and its port rests another 120 s.
          if (known !== undefined && sec - known.sec <= 180) expect(known.inner).toBe(inner);
          owner.set(externalOf(bytes), { inner, sec });
        }
      }
    }), { numRuns: 60 },
  );
});

it("a reply to what went out comes back to the inner endpoint as if there were no NAT", () => {
  fc.assert(
    fc.property(fc.array(flow, { minLength: 1, maxLength: 30 }), (flows) => {
      const h = aftr({ pool: { ...pool, portTo: 65535 } });
      for (const f of flows) {
        const out = h.feed(ACCESS, wrap(packet(f), f.b4)).out[0].bytes;
        const payload = f.protocol === 6 ? 40 : 28;
        expect([dst4(out), out.slice(payload)]).toEqual([f.remote, packet(f).slice(payload)]);
        const ends = { src: f.remote, dst: src4(out) };
        const make = (p: { src: string; dst: string }, at: number) =>
          f.protocol === 1 ? echo4({ ...p, id: at, type: 0, size: f.size }) : (f.protocol === 6 ? tcp4 : udp4)({ ...p, sport: f.dport, dport: at, size: f.size, flags: 18 });
        const reply = make(ends, f.protocol === 1 ? u16(out, 24) : port(out, "src"));
        const got = unwrap(h.feed(CORE, reply).out[0].bytes);
        const plain = make({ src: f.remote, dst: f.host }, f.sport);
        plain[8]--;
        expect(got.slice(12)).toEqual(plain.slice(12));
        expect(isRight(got)).toBe(true);
      }
    }), { numRuns: 100 },
  );
});

it("damaged and random packets never throw, and whatever leaves for the Internet has whole headers", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ f: flow, at: fc.array(fc.tuple(fc.nat(130), fc.nat(255)), { maxLength: 6 }), cut: fc.nat(130), core: fc.boolean(), next: fc.constantFrom(4, 0, 43, 44, 60, 58) }), { minLength: 1, maxLength: 20 }), (list) => {
      const h = aftr({ mssClamp: 1300, mapping: "address-and-port-dependent", filtering: "address-dependent" });
      for (const { f, at, cut, core, next } of list) {
        const p = core ? udp4({ src: f.remote, dst: "203.0.113.1", sport: f.dport, dport: 1024 + f.sport }) : packet6({ src: f.b4, dst: AFTR, next, payload: packet(f) });
        const bytes = cut > 100 ? p.slice(0, cut) : p;
        for (const [o, v] of at) if (o < bytes.length) bytes[o] = v;
        for (const o of h.feed(core ? CORE : ACCESS, bytes).out) expect(u16(o.bytes, o.bytes[0] >> 4 === 4 ? 2 : 4)).toBe(o.bytes[0] >> 4 === 4 ? o.bytes.length : o.bytes.length - 40);
      }
    }), { numRuns: 400 },
  );
});

it("the external index agrees with a Map", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(40)), { maxLength: 400 }), fc.integer(), (steps, seed) => {
      const r = createRecords(1, 4, seed);
      const x = createExternal(1, seed);
      const model = new Map<number, number>();
      const key = new Int32Array(1);
      for (const [add, i] of steps) {
        if (add && !model.has(i)) {
          key[0] = i;
          const rec = addRecord(r, key, hashKey(r, key));
          r.data[rec * 4 + 1] = i | 0;
          r.data[rec * 4 + 2] = i * 7;
          addExternal(x, r, rec);
          model.set(i, rec);
        } else if (!add && model.has(i)) {
          const rec = model.get(i)!;
          removeExternal(x, r, rec);
          removeRecord(r, rec);
          model.delete(i);
        }
        for (let k = 0; k <= 40; k++) expect(findExternal(x, r, k | 0, k * 7)).toBe(model.get(k) ?? 0);
      }
    }), { numRuns: 40 },
  );
});
