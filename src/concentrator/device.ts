/** What the reference looks like from outside. It knows nothing of files, and nothing of the judge. */
import type { Side } from "../config/types.js";
import type { Upcoming } from "../wire/upcoming.js";
import type { NatLog } from "./nat/log.js";

/** Takes the packets that the reference sends. */
export interface Sink {
  /** Room for an IP packet of up to `len` bytes that will leave on `side`; returns its offset in memory. Valid until `commit` or the next `reserve` on any side. */
  reserve(side: Side, len: number): number;
  /** The packet at the offset from `reserve` is complete and `len` bytes long. `reason` is an index into REASONS. */
  commit(side: Side, off: number, len: number, sec: number, nsec: number, reason: number): void;
}

/** One reason counter: why a packet was forwarded, answered or dropped. Declared once, with its clause. */
export interface Reason {
  readonly id: string;
  readonly kind: "forward" | "answer" | "drop" | "consume";
  readonly text: string;
  readonly clause?: string;
}

export interface CounterRow { readonly reason: Reason; readonly packets: number; readonly bytes: number }

/** A snapshot of softwire and flow statistics of one softwire concentrator. */
export interface SoftwireStatistics {
  readonly serviceSet: string;
  readonly concentrator: string;
  readonly softwiresCreated: number;
  readonly softwiresCreatedReverse: number;
  readonly softwiresDeleted: number;
  readonly softwiresActive: number;
  readonly softwiresPeak: number;
  readonly flowsCreated: number;
  readonly flowsDeleted: number;
  readonly flowsActive: number;
  readonly flowsPeak: number;
  readonly initiators: number;
  readonly decapsulatedPackets: number;
  readonly decapsulatedBytes: number;
  readonly encapsulatedPackets: number;
  readonly encapsulatedBytes: number;
  readonly hairpinnedPackets: number;
  /** Among the flows created: by a packet from the core side or a hairpin (an inbound hit on a mapping). */
  readonly flowsCreatedReverse?: number;
  /** 6rd, 6to4: bytes of the inner packets. */
  readonly hairpinnedBytes?: number;
  /** DS-Lite: IPv4 fragments received from B4s, and from the Internet by their place in the datagram. */
  readonly clientFragments?: number;
  readonly serverFirstFragments?: number;
  readonly serverMoreFragments?: number;
  readonly serverLastFragments?: number;
}

/** What the stateful firewall of a service set did. */
export interface FirewallStatistics {
  readonly serviceSet: string;
  readonly sessionsCreated: number;
  readonly sessionsEnded: number;
  readonly sessionsPeak: number;
  readonly packetsInSession: number;
  /** First packets of flows, by the rule that decided about them; `default` is last. */
  readonly rules: readonly { readonly name: string; readonly action: "accept" | "discard" | "reject"; readonly matched: number }[];
}

export interface DeviceOptions {
  /** Receives one event per mapping or port block of every NAT (RFC 6888 section 4); each costs an allocation. */
  readonly natLog?: NatLog;
  /** False: no packet takes the short way (six-in-four/short.ts), for comparison. */
  readonly short?: boolean;
}

export interface Device {
  /** What is due before a packet that comes at this time is sent now. `receive` does so by itself; whoever writes down inputs and outputs in order asks for it before the input. */
  wake(sec: number, nsec: number): void;
  /**
   * The device received the IP packet at `off` with `len` bytes at hand (outermost IP header on; link-layer padding may follow it).
   * Time is capture time and never runs backwards inside the device. Returns the index in REASONS of the main thing that became of it.
   */
  receive(side: Side, off: number, len: number, sec: number, nsec: number): number;
  /** The device will probably receive these on `side` next. Whether or not it does, nothing but time depends on it. */
  ahead(side: Side, next: Upcoming): void;
  /** Ends everything: pending reassembly is given up silently, softwires and flows are closed. */
  drain(sec: number, nsec: number): void;
  counters(): readonly CounterRow[];
  statistics(): readonly SoftwireStatistics[];
  /** One entry for each service set with a stateful firewall. */
  firewalls(): readonly FirewallStatistics[];
  /** Mappings per external address now, those in hold-down included; at most `most` addresses of each NAT, in the pool's order, the others added up in a last entry. */
  natUse(most: number): readonly NatUse[];
}
export interface NatUse { readonly address: string; readonly bindings: number }
