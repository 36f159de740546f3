import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { B_GONE, RECORD, createBindings } from "../../../src/judge/ds-lite/bindings.js";
import { put32 } from "../../../src/wire/bits.js";

/** Few ends, so that they meet often: two B4s, two inner addresses, two ports, two protocols. */
const B4S = [8, 24];
const packet = new Uint8Array(64);
for (let k = 0; k < 8; k++) put32(packet, 8 + 4 * k, 0x20010db8 + (k >> 2) * (k & 3));
const end = fc.record({ b4: fc.constantFrom(...B4S), inner: fc.constantFrom(1, 0xc0a80001), proto: fc.constantFrom(6, 17), port: fc.constantFrom(1000, 65535) });
const outer = fc.record({ ext: fc.constantFrom(0xcb007101, 2), port: fc.constantFrom(1024, 2048) });
const remote = fc.record({ address: fc.integer({ min: 1, max: 6 }), port: fc.constantFrom(53, 5000) });
type End = { b4: number; inner: number; proto: number; port: number };
type Outer = { ext: number; port: number };
type Remote = { address: number; port: number };
type Step =
  | { do: "create"; end: End; outer: Outer } | { do: "internal"; end: End } | { do: "external"; proto: number; outer: Outer }
  | { do: "both"; end: End; outer: Outer } | { do: "gone"; which: number } | { do: "contact"; which: number; remote: Remote };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("create" as const), end, outer }),
  fc.record({ do: fc.constant("internal" as const), end }),
  fc.record({ do: fc.constant("external" as const), proto: fc.constantFrom(6, 17), outer }),
  fc.record({ do: fc.constant("both" as const), end, outer }),
  fc.record({ do: fc.constant("gone" as const), which: fc.nat(7) }),
  fc.record({ do: fc.constant("contact" as const), which: fc.nat(7), remote }),
);

const CAPACITY = 8;
/** The same without any index: all bindings in order of age, of which the latest CAPACITY are remembered. */
interface Known { n: number; end: End; outer: Outer; gone: boolean; remotes: Remote[]; met: number }
const same = (x: object, y: object): boolean => JSON.stringify(x) === JSON.stringify(y);

describe("learned bindings", () => {
  test("are found by either end as a plain list finds them, whatever was asked for before", () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
      const nat = createBindings(CAPACITY, 7);
      let list: Known[] = [];
      let created = 0;
      const place = (k: Known | undefined): number => (k === undefined ? -1 : k.n * RECORD);
      const latest = (is: (k: Known) => boolean): Known | undefined => list.findLast((k) => !k.gone && is(k));
      for (const s of steps) {
        if (s.do === "create") {
          const i = nat.create(packet, s.end.b4, s.end.inner, s.end.proto, s.end.port, s.outer.ext, s.outer.port, created, 0);
          list = [...list, { n: created % CAPACITY, end: s.end, outer: s.outer, gone: false, remotes: [], met: 0 }].slice(-CAPACITY);
          expect(i).toBe((created++ % CAPACITY) * RECORD);
          expect(nat.lastOut(i)).toBe(Number.NEGATIVE_INFINITY);
          nat.setLastOut(i, created);
        } else if (s.do === "internal") {
          expect(nat.byInternal(packet, s.end.b4, s.end.inner, s.end.proto, s.end.port)).toBe(place(latest((k) => same(k.end, s.end))));
        } else if (s.do === "external") {
          expect(nat.byExternal(s.outer.ext, s.proto, s.outer.port)).toBe(place(latest((k) => same(k.outer, s.outer) && k.end.proto === s.proto)));
        } else if (s.do === "both") {
          expect(nat.byBoth(s.outer.ext, s.end.proto, s.outer.port, packet, s.end.b4, s.end.inner, s.end.port)).toBe(place(latest((k) => same(k.outer, s.outer) && same(k.end, s.end))));
        } else {
          const k = list[s.which];
          if (k === undefined) continue;
          if (s.do === "gone") {
            k.gone = true;
            nat.flags[place(k)] |= B_GONE;
            continue;
          }
          if (!k.remotes.some((x) => same(x, s.remote))) k.remotes[k.met++ % 4] = s.remote;
          nat.contact(place(k), s.remote.address, s.remote.port);
        }
      }
      for (const k of list) {
        const i = place(k);
        expect([nat.inner[i], nat.innerPort[i], nat.proto[i], nat.ext[i], nat.extPort[i]]).toEqual([k.end.inner, k.end.port, k.end.proto, k.outer.ext, k.outer.port]);
        expect(nat.isInternal(i, packet, k.end.b4, k.end.inner, k.end.port)).toBe(true);
        expect(nat.remembersAll(i)).toBe(k.met <= 4);
        for (let address = 1; address <= 6; address++) {
          expect(nat.knowsAddress(i, address)).toBe(k.remotes.some((x) => x.address === address));
          for (const port of [53, 5000]) expect(nat.knows(i, address, port)).toBe(k.remotes.some((x) => same(x, { address, port })));
        }
        expect(nat.lastOut(i)).toBeGreaterThan(0);
      }
    }), { numRuns: 1500 });
  });
});
