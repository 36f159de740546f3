import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ACCESS, CORE, type FirewallRule } from "../../src/config/types.js";
import { harness, net4 } from "./harness.js";
import { HOST, dsLite, tcp4, udp4, wrap } from "./ds-lite/packets.js";

const any = { v4: [], v6: [] };
const timers = { udp: 300, tcpEstablished: 7440, tcpTransitory: 240, icmpQuery: 60, other: 300 };
const ports = fc.option(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) })), { nil: undefined });
const rule: fc.Arbitrary<FirewallRule> = fc.record({
  direction: fc.constantFrom("input" as const, "output" as const, "input-output" as const), action: fc.constantFrom("accept" as const, "discard" as const),
  net: fc.option(fc.constantFrom("198.51.100.0/30", "198.51.100.4/30"), { nil: undefined }), protocols: fc.constantFrom<number[]>([], [6], [17], [6, 17]), ports,
}).map((r) => ({
  name: "r", direction: r.direction, action: r.action, source: any, destination: r.net === undefined ? any : { v4: [net4(r.net)], v6: [] },
  protocols: r.protocols, sourcePorts: [], destinationPorts: r.ports === undefined ? [] : [r.ports],
}));
const packet = fc.record({ out: fc.boolean(), tcp: fc.boolean(), host: fc.integer({ min: 1, max: 7 }), sport: fc.integer({ min: 1, max: 3 }), dport: fc.integer({ min: 1, max: 6 }) });

describe("stateful firewall against a model", () => {
  it("without NAT: a packet passes if and only if its flow was accepted before, or the first rule that matches accepts it", () => {
    fc.assert(fc.property(fc.array(rule, { maxLength: 4 }), fc.array(packet, { minLength: 1, maxLength: 30 }), fc.boolean(), (rules, packets, open) => {
      const h = harness(dsLite({ nat: undefined }), { chain: { order: ["softwire", "stateful-firewall"], softwireRule: "input-output", firewall: { rules: rules.map((r, i) => ({ ...r, name: `r${i}` })), otherwise: open ? "accept" : "discard", timers } } });
      const sessions = new Set<string>();
      let bound = false; // the AFTR knows whose inner address it is once a packet of the B4 has passed
      for (const p of packets) {
        const remote = `198.51.100.${p.host}`;
        const make = p.tcp ? tcp4 : udp4;
        const ends = p.out ? { src: HOST, dst: remote, sport: p.sport, dport: p.dport } : { src: remote, dst: HOST, sport: p.dport, dport: p.sport };
        const bytes = make({ ...ends, ...(p.tcp ? { flags: 2 } : {}) });
        const { reason } = p.out ? h.feed(ACCESS, wrap(bytes), 1000) : h.feed(CORE, bytes, 1000);
        if (!p.out && !bound) {
          expect(reason).toBe("not-softwire");
          continue;
        }
        const key = `${p.tcp} ${remote} ${p.sport} ${p.dport}`;
        const to = p.out ? remote : HOST;
        const dport = p.out ? p.dport : p.sport;
        const first = rules.find((r) => (r.direction === "input-output" || (r.direction === "input") === p.out) && (r.protocols.length === 0 || r.protocols.includes(p.tcp ? 6 : 17))
          && (r.destination.v4.length === 0 || (to === remote && (p.host >> 2 === 0) === (r.destination.v4[0] === undefined ? false : (r.destination.v4[0].address & 4) === 0)))
          && (r.destinationPorts.length === 0 || (dport >= r.destinationPorts[0].from && dport <= r.destinationPorts[0].to)));
        const passes = sessions.has(key) || (first === undefined ? open : first.action === "accept");
        if (passes) sessions.add(key);
        if (p.out && passes) bound = true;
        expect([key, p.out, reason !== "firewall-discarded"]).toEqual([key, p.out, passes]);
      }
    }), { numRuns: 60 });
  });
});
