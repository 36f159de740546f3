import fc from "fast-check";
import { expect, it } from "vitest";
import { ACCESS, CORE, type Config } from "../../../src/config/types.js";
import { createAftr } from "../../../src/concentrator/ds-lite/aftr.js";
import { aftrDevice } from "../../../src/concentrator/ds-lite/index.js";
import { createMemory } from "../../../src/wire/memory.js";
import { net6, v4 } from "../harness.js";
import { dsLite, echo4, nat, tcp4, udp4, wrap } from "../ds-lite/packets.js";

const memory = createMemory(64 * 1024 * 1024);
const room = memory.alloc(70000);
const input = memory.alloc(70000);
/** One memory serves every run: what an AFTR reserves is handed out again. */
const kept = new Map<number, number[]>();
let taken = new Map<number, number>();
const alloc = (bytes: number): number => {
  const list = kept.get(bytes) ?? [];
  kept.set(bytes, list);
  const i = taken.get(bytes) ?? 0;
  taken.set(bytes, i + 1);
  if (list.length === i) list.push(memory.alloc(bytes));
  return list[i];
};
const link = { macs: [], interfaces: [], ipv4: [], ipv6: [], mtu: 1500 };
const config: Config = { source: "t", access: link, core: link, serviceSets: [], seed: 3 };

const step = fc.record({
  b4: fc.nat(5), host: fc.integer({ min: 2, max: 3 }), remote: fc.integer({ min: 1, max: 3 }), protocol: fc.constantFrom(1, 6, 17, 47), port: fc.integer({ min: 1, max: 12 }),
  dport: fc.integer({ min: 1, max: 3 }), flags: fc.constantFrom(1, 2, 4, 16, 18, 17), core: fc.boolean(), hairpin: fc.boolean(), wait: fc.constantFrom(0, 0, 1, 30, 61, 125, 241, 400, 9000),
});

it("whatever happened, a long silence ends every flow, mapping, port, block, softwire and subscriber, and counters agree", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 150 }), fc.constantFrom("sequential", "random", "port-block", "deterministic"), fc.constantFrom("endpoint-independent", "address-dependent", "address-and-port-dependent"),
      fc.constantFrom("endpoint-independent", "address-dependent", "address-and-port-dependent"), fc.constantFrom(0, 120), fc.constantFrom(0, 3),
      (steps, allocation, mapping, filtering, holdDownSeconds, limit) => {
        taken = new Map();
        const pool = { ranges: [{ from: v4("203.0.113.1"), to: v4("203.0.113.2") }], portFrom: 1024, portTo: 1055 };
        const cfg = dsLite({
          flowLimit: limit * 2, sessionLimitPerPrefix: limit * 3, subscriberPrefixLength: 63, b4Prefixes: [net6("2001:db8::/61")],
          nat: nat({ pool, allocation, mapping, filtering, holdDownSeconds, portsPerSubscriber: limit, portBlockSize: 8, alg: ["ftp", "tftp", "pptp"] }),
        });
        const a = createAftr(cfg, "ss", config, { u8: memory.u8, alloc }, { reserve: () => room, commit: () => undefined });
        const device = aftrDevice(a);
        let sec = 1000;
        for (const s of steps) {
          sec += s.wait;
          const inner = { src: `192.168.1.${s.host}`, dst: s.hairpin ? "203.0.113.1" : `198.51.100.${s.remote}` };
          const ends = s.core ? { src: inner.dst, dst: `203.0.113.${s.remote & 1 ? 1 : 2}` } : inner;
          const [sport, dport] = s.core ? [s.dport, 1023 + s.port] : [s.port, s.hairpin ? 1023 + s.dport : s.dport];
          const p = s.protocol === 1 ? echo4({ ...ends, id: s.port, type: s.core ? 0 : 8 }) : s.protocol === 6 ? tcp4({ ...ends, sport, dport, flags: s.flags }) : udp4({ ...ends, sport, dport });
          const bytes = s.core ? p : wrap(p, `2001:db8:0:${s.b4}::1`);
          memory.u8.set(bytes, input);
          device.receive(s.core ? CORE : ACCESS, input, bytes.length, sec, 0);
          const n = a.nat;
          expect(n.live).toBeLessThanOrEqual(n.bindings.count);
          expect(n.external.count).toBe(n.bindings.count);
          expect(device.statistics().flowsCreated - device.statistics().flowsDeleted).toBe(device.statistics().flowsActive);
        }
        const nothing = wrap(udp4({ src: "8.8.8.8", dst: "8.8.8.8" }));
        memory.u8.set(nothing, input);
        device.receive(ACCESS, input, nothing.length, sec + 20000, 0);
        const n = a.nat;
        expect([n.flows.count, n.bindings.count, n.external.count, n.b4s.count, n.subscribers.count, n.live, n.waiting, n.softwires, n.flowCount, n.shifts.records.count]).toEqual(Array(10).fill(0));
        expect([n.pool.used.every((x) => x === 0), n.blocks?.owner.every((x) => x === 0) ?? true, n.blocks?.used.every((x) => x === 0) ?? true]).toEqual([true, true, true]);
        expect(n.softwiresCreated).toBe(n.softwiresDeleted);
      },
    ), { numRuns: 300 },
  );
});
