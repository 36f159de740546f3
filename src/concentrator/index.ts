/** The reference device: service sets in order, each with its softwire concentrators; one counter per reason. */
import type { Config, Side, SoftwireConcentrator } from "../config/types.js";
import { u16 } from "../wire/bits.js";
import { FAULT_NONE, ipv4Fault } from "../wire/ipv4.js";
import { ipv6Fault } from "../wire/ipv6.js";
import type { Memory } from "../wire/memory.js";
import type { Upcoming } from "../wire/upcoming.js";
import { advanceClock, createClock } from "./clock.js";
import type { CounterRow, Device, DeviceOptions, FirewallStatistics, Sink } from "./device.js";
import { createDsLite } from "./ds-lite/index.js";
import { type Chain, compileChain, type Firewall, firewallStatistics } from "./firewall/chain.js";
import { createReassembly, dropAll } from "./fragments/reassembly.js";
import { fireTimers, type MechanismDevice, type Timer } from "./mechanism.js";
import { REASONS, declareReason } from "./reasons.js";
import { tunnelDevice } from "./six-in-four/index.js";
import { tunnelTimer } from "./six-in-four/timer.js";
import type { Tunnel, TunnelParts } from "./six-in-four/tunnel.js";
import { createSixRd } from "./six-rd/index.js";
import { createSixToFour } from "./six-to-four/index.js";

const IP_HEADER_INVALID = declareReason("ip-header-invalid", "drop", "the outermost IP header is damaged, cut, or of an unknown version", "RFC1812 5.2.2");
const NOT_SOFTWIRE = declareReason("not-softwire", "drop", "no softwire concentrator is concerned with this packet");
const SCRATCH_BYTES = 65536 + 64;

export function createDevice(config: Config, memory: Memory, sink: Sink, options: DeviceOptions = {}): Device {
  const mechanisms = createMechanisms(config, memory, sink, options);
  const { timers } = mechanisms;
  // Concentrators are asked in their order: only the first one may take a packet before that.
  const short = options.short === false ? undefined : mechanisms.devices[0]?.short;
  const packets = new Float64Array(REASONS.length);
  const bytes = new Float64Array(REASONS.length);
  const { u8 } = memory;
  const clock = createClock();

  /** `wake` has been called for the next packet: a second look at its stamp would confirm a leap of the clock. */
  let awake = false;
  function wake(sec: number, nsec: number): void {
    advanceClock(clock, sec, nsec);
    for (let i = 0; i < timers.length; i++) {
      if (timers[i].idle()) continue;
      fireTimers(timers, clock.sec, clock.nsec, count);
      break;
    }
  }

  return {
    wake(sec: number, nsec: number): void {
      wake(sec, nsec);
      awake = true;
    },
    receive(side: Side, off: number, len: number, sec: number, nsec: number): number {
      if (awake) awake = false;
      else wake(sec, nsec);
      const ordinary = short === undefined ? -1 : short(side, off, len, clock.sec, clock.nsec);
      if (ordinary >= 0) return count(ordinary, u8[off] >>> 4 === 4 ? u16(u8, off + 2) : 40 + u16(u8, off + 4));
      const version = len === 0 ? 0 : u8[off] >>> 4;
      const fault = version === 4 ? ipv4Fault(u8, off, len) : version === 6 ? ipv6Fault(u8, off, len) : -1;
      if (fault !== FAULT_NONE) return count(IP_HEADER_INVALID, len);
      const size = version === 4 ? u16(u8, off + 2) : 40 + u16(u8, off + 4);
      for (let i = 0; i < mechanisms.devices.length; i++) {
        const reason = mechanisms.devices[i].receive(side, off, size, clock.sec, clock.nsec);
        if (reason >= 0) return count(reason, size);
      }
      return count(NOT_SOFTWIRE, size);
    },
    ahead(side: Side, next: Upcoming): void {
      if (short !== undefined) mechanisms.devices[0].ahead?.(side, next);
    },
    drain(sec: number, nsec: number): void {
      advanceClock(clock, sec, nsec);
      fireTimers(timers, clock.sec, clock.nsec, count);
      for (const m of mechanisms.devices) m.drain(clock.sec, clock.nsec);
      mechanisms.giveUp();
    },
    counters: (): readonly CounterRow[] =>
      REASONS.slice(0, packets.length).flatMap((reason, i) => (packets[i] === 0 ? [] : [{ reason, packets: packets[i], bytes: bytes[i] }])),
    statistics: () => mechanisms.devices.map((m) => m.statistics()),
    firewalls: () => mechanisms.firewalls(),
    natUse: (most) => mechanisms.devices.flatMap((m) => m.natUse?.(most) ?? []),
  };

  function count(reason: number, size: number): number {
    packets[reason]++;
    bytes[reason] += size;
    return reason;
  }
}

interface Mechanisms { readonly devices: readonly MechanismDevice[]; readonly timers: readonly Timer[]; giveUp(): void; firewalls(): FirewallStatistics[] }

function createMechanisms(config: Config, memory: Memory, sink: Sink, options: DeviceOptions): Mechanisms {
  const shared = { config, memory, sink };
  const tunnels: Tunnel[] = [];
  let common: Pick<TunnelParts, "reassembly" | "scratch"> | undefined;
  const create = (serviceSet: string, chain: Chain | undefined, c: SoftwireConcentrator): MechanismDevice => {
    if (c.kind === "ds-lite") return createDsLite(c, serviceSet, config, memory, sink, options.natLog, chain);
    // One reassembly table serves every tunnel: the memory for it is reserved once.
    common ??= { reassembly: createReassembly(memory), scratch: memory.alloc(SCRATCH_BYTES) };
    const parts: TunnelParts = { serviceSet, chain, ...shared, ...common };
    const t = c.kind === "6rd" ? createSixRd(c, parts) : createSixToFour(c, parts);
    // Domains that share a concentrator address: the first one takes the packet and asks the others.
    for (const other of tunnels) if (other.accepts.some((v) => t.accepts.includes(v))) other.siblings.push(t);
    for (const other of c.kind === "6rd" ? tunnels.filter((x) => x.policy.kind === "6rd") : []) {
      other.peers.push(t);
      t.peers.push(other);
    }
    tunnels.push(t);
    return tunnelDevice(t);
  };
  const firewalls: [string, Firewall][] = [];
  const devices = config.serviceSets.flatMap((s) => {
    // One chain for the whole set: its concentrators share the sessions.
    const chain = compileChain(s, config.seed);
    if (chain?.firewall !== undefined) firewalls.push([s.name, chain.firewall]);
    return s.concentrators.map((c) => create(s.name, chain, c));
  });
  return {
    devices,
    timers: [...devices.flatMap((d) => (d.timer === undefined ? [] : [d.timer])), ...(common === undefined ? [] : [tunnelTimer(tunnels, common.reassembly)])],
    firewalls: () => firewalls.map(([name, f]) => firewallStatistics(name, f)),
    giveUp(): void {
      if (common !== undefined) dropAll(common.reassembly);
    },
  };
}
