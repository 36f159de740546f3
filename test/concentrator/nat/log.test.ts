import { describe, expect, it } from "vitest";
import { ACCESS, type Config, type NatConfig } from "../../../src/config/types.js";
import { createDsLite } from "../../../src/concentrator/ds-lite/index.js";
import { type NatEvent, syslogLine } from "../../../src/concentrator/nat/log.js";
import { createMemory } from "../../../src/wire/memory.js";
import { harness, v4 } from "../harness.js";
import { B4, HOST, POOL, REMOTE, SYN, dsLite, nat, tcp4, udp4, wrap } from "../ds-lite/packets.js";

function logged(more: Partial<NatConfig>, packets: [Uint8Array, number][]): NatEvent[] {
  const events: NatEvent[] = [];
  const memory = createMemory(32 * 1024 * 1024);
  const link = { macs: [], interfaces: [], ipv4: [], ipv6: [], mtu: 1500 };
  const config: Config = { source: "t", access: link, core: link, serviceSets: [], seed: 1 };
  const room = memory.alloc(2000);
  const at = memory.alloc(2000);
  const device = createDsLite(dsLite({ nat: nat(more) }), "ss", config, memory, { reserve: () => room, commit: () => undefined }, (e) => void events.push(e));
  for (const [p, sec] of packets) {
    memory.u8.set(p, at);
    device.receive(ACCESS, at, p.length, sec, 0);
  }
  return events;
}
const udp = (sport: number, dst = REMOTE): Uint8Array => wrap(udp4({ src: HOST, dst, sport }));

describe("NAT log (RFC 6888 section 4)", () => {
  it("one line when a mapping begins and one when it ends; other flows of the mapping and destinations stay out (REQ-12)", () => {
    const events = logged({}, [[udp(6000), 1000], [udp(6000, "198.51.100.8"), 1001], [udp(6002), 2000]]);
    expect(events.map((e) => [e.event, e.sec, e.innerPort])).toEqual([["mapping-created", 1000, 6000], ["mapping-ended", 1302, 6000], ["mapping-created", 2000, 6002]]);
    expect(events[0]).toEqual({ event: "mapping-created", sec: 1000, subscriber: B4, protocol: 17, inner: HOST, innerPort: 6000, external: POOL, portFrom: 1024, portTo: 1024 });
    expect(JSON.stringify(events)).not.toContain("198.51.100");
  });
  it("port blocks are logged instead of their mappings (REQ-14)", () => {
    const events = logged({ allocation: "port-block", portBlockSize: 64 }, [[udp(1), 1000], [udp(2), 1000], [wrap(tcp4({ src: HOST, dst: REMOTE, flags: SYN })), 1000], [udp(1), 3000]]);
    expect(events.map((e) => [e.event, e.portFrom, e.portTo])).toEqual([["block-allocated", 1024, 1087], ["block-released", 1024, 1087], ["block-allocated", 1088, 1151]]);
  });
  it("RFC 5424 text", () => {
    const [e] = logged({}, [[udp(6000), 1700000000]]);
    expect(syslogLine(e, "aftr1")).toBe('<134>1 2023-11-14T22:13:20.000Z aftr1 softproof - mapping-created [nat@32473 subscriber="2001:db8:0:1::1" proto="17" inner="192.168.1.2" innerPort="6000" external="203.0.113.1" port="1024"]');
  });
});

it("deterministic allocation without B4 prefixes is refused before any packet", () => {
  expect(() => harness(dsLite({ nat: nat({ allocation: "deterministic", pool: { ranges: [{ from: v4(POOL), to: v4(POOL) }], portFrom: 1024, portTo: 2047 } }) }))).toThrow(/deterministic allocation numbers the subscribers/);
});
