import { describe, expect, it } from "vitest";
import { ACCESS, CORE, type Config } from "../../src/config/types.js";
import { createDevice } from "../../src/concentrator/index.js";
import { REASONS } from "../../src/concentrator/reasons.js";
import { createMemory } from "../../src/wire/memory.js";
import { harness, net4, net6, packet4, sixRd, sixToFour, udp6, v4 } from "./harness.js";

const NATIVE = "2620:fe::fe";
const domainB = sixRd({ name: "b", address: v4("10.0.0.2"), v6rdPrefix: net6("2001:db9::/32") });

describe("service sets and concentrators", () => {
  it("packets meet the concentrators in the order of the file, each its own", () => {
    const h = harness([sixRd({ name: "a" }), domainB, sixToFour("6to4-relay", { name: "r" })]);
    expect(h.feed(ACCESS, packet4({ src: "10.100.100.1", dst: "10.0.0.2", payload: udp6({ src: "2001:db9:6464:100::1", dst: NATIVE }) })).reason).toBe("decapsulated");
    expect(h.feed(CORE, udp6({ src: NATIVE, dst: "2001:db8:6464:100::1" })).reason).toBe("encapsulated");
    expect(h.feed(CORE, udp6({ src: NATIVE, dst: "2002:c633:6409::1" })).reason).toBe("encapsulated");
    expect(h.device.statistics().map((s) => [s.serviceSet, s.concentrator, s.decapsulatedPackets, s.encapsulatedPackets])).toEqual([["ss", "a", 0, 1], ["ss", "b", 1, 0], ["ss", "r", 0, 1]]);
  });
  it("works over several service sets and side by side with other devices", () => {
    const link = { macs: [], interfaces: [], ipv4: [], ipv6: [], mtu: 1500 };
    const memory = createMemory();
    const config: Config = { source: "t", access: link, core: link, seed: 1, serviceSets: [{ name: "one", concentrators: [sixRd()] }, { name: "two", concentrators: [domainB] }] };
    const sent: number[] = [];
    const room = memory.alloc(2000);
    const device = createDevice(config, memory, { reserve: () => room, commit: (side) => void sent.push(side) });
    const at = memory.alloc(2000);
    const p = udp6({ src: NATIVE, dst: "2001:db9:6464:100::1" });
    memory.u8.set(p, at);
    expect(REASONS[device.receive(CORE, at, p.length, 5, 0)].id).toBe("encapsulated");
    expect(device.statistics().map((s) => [s.serviceSet, s.encapsulatedPackets])).toEqual([["one", 0], ["two", 1]]);
    expect(sent).toEqual([ACCESS]);
  });
});

describe("counters", () => {
  it("count packets and IP bytes per reason; what nobody wants is not-softwire", () => {
    const h = harness(sixRd());
    h.feed(CORE, udp6({ src: NATIVE, dst: "2620::1", size: 10 }));
    h.feed(CORE, Uint8Array.of(...udp6({ src: NATIVE, dst: "2620::1", size: 10 }), 0, 0));
    h.feed(ACCESS, udp6({ src: NATIVE, dst: "2620::1", size: 10 }));
    h.feed(CORE, packet4({ src: "10.1.1.1", dst: "10.0.0.1", payload: new Uint8Array(4) }));
    expect(h.counter("not-softwire")).toMatchObject({ packets: 4, bytes: 58 * 3 + 24 });
  });
  it.each([["an empty packet", new Uint8Array(0)], ["version 5", Uint8Array.of(0x55, 0, 0, 20)], ["a cut IPv6 packet", udp6({ src: NATIVE, dst: "2001:db8:6464:100::1" }).slice(0, 60)]])("%s is a damaged header", (_what, bytes) => {
    const h = harness(sixRd());
    expect(h.feed(CORE, bytes)).toEqual({ reason: "ip-header-invalid", out: [] });
    expect(h.counter("ip-header-invalid")).toMatchObject({ packets: 1, bytes: bytes.length });
  });
  it("every reason has an id of its own, a text, and unless it is ours alone a clause", () => {
    expect(new Set(REASONS.map((r) => r.id)).size).toBe(REASONS.length);
    for (const r of REASONS) expect(r.text.length).toBeGreaterThan(10);
  });
});

describe("the clock", () => {
  const up = packet4({ src: "10.100.100.1", dst: "10.0.0.1", payload: udp6({ src: "2001:db8:6464:100::1", dst: NATIVE }) });
  it("one timestamp decades ahead moves nothing; two that agree do", () => {
    const h = harness(sixRd({ knownRelays: [net4("192.88.99.0/24")] }));
    expect([1000, 4000000000, 1001, 4000000000, 4000000001].map((sec) => h.feed(ACCESS, up, sec).out[0].sec)).toEqual([1000, 1000, 1001, 1001, 4000000001]);
    expect(h.device.statistics()[0]).toMatchObject({ softwiresCreated: 2, softwiresDeleted: 1 });
  });
  it("outputs carry their cause's timestamp", () => {
    expect(harness(sixRd()).feed(ACCESS, up, 1234, 567).out[0]).toMatchObject({ sec: 1234, nsec: 567 });
  });
});

it("the same packets and seed give the same outputs and statistics", () => {
  const run = (): unknown => {
    const h = harness([sixRd(), domainB]);
    for (let i = 0; i < 300; i++) h.feed(i % 2 === 0 ? CORE : ACCESS, i % 2 === 0 ? udp6({ src: NATIVE, dst: `2001:db8:${(i * 37) & 0xff}:100::1`, size: i }) : packet4({ src: "10.100.100.1", dst: "10.0.0.1", payload: udp6({ src: "2001:db8:6464:100::1", dst: NATIVE, sport: i }) }), 1000 + i);
    return [h.out, h.device.statistics(), h.device.counters()];
  };
  expect(run()).toEqual(run());
});
