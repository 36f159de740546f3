/**
 * NAT log (RFC 6888 section 4): what must be known later to name the subscriber behind an external endpoint and a time. Never a
 * destination (REQ-12). With port blocks one line a block replaces one a mapping (REQ-14). Off unless a receiver is given: a
 * line costs an allocation per mapping.
 */
import { formatIpv4, formatIpv6, formatPrefix6 } from "../../wire/address.js";
import { B_B4, B_EXTERNAL, B_EXTERNAL_PORT, B_INNER, B_PORT, B_STRIDE, S_STRIDE, U_STRIDE } from "./layout.js";
import { type Blocks, blockAddress, blockPort } from "./blocks.js";
import { addressAt } from "./pool.js";
import type { Nat } from "./state.js";

export interface NatEvent {
  readonly event: "mapping-created" | "mapping-ended" | "block-allocated" | "block-released" | "deterministic-parameters";
  /** Seconds since the epoch, capture time. */
  readonly sec: number;
  /** B4 address; of a block the subscriber's prefix, as an address; of deterministic NAPT the B4 prefixes in their order. */
  readonly subscriber: string;
  /** IP protocol number; absent for a block, which serves all. */
  readonly protocol?: number;
  readonly inner?: string;
  readonly innerPort?: number;
  readonly external: string;
  readonly portFrom: number;
  readonly portTo: number;
  /** Deterministic NAPT only: bits that name a subscriber, and ports that each has. */
  readonly subscriberPrefixLength?: number;
  readonly blockSize?: number;
}
/** `device`: service set and concentrator, "ss1.aftr". */
export type NatLog = (event: NatEvent, device: string) => void;

const address6 = (data: Int32Array, o: number): string => formatIpv6([data[o] >>> 0, data[o + 1] >>> 0, data[o + 2] >>> 0, data[o + 3] >>> 0]);

/** Reports a mapping; mappings inside port blocks are covered by their block's line. */
export function logMapping(n: Nat, rec: number, event: "mapping-created" | "mapping-ended"): void {
  if (n.blocks === undefined) report(n, rec, event);
}

/** Static mappings are reported with the first packet: before it there is no time. At that moment the table holds nothing else. */
export function logStatic(n: Nat): void {
  if (n.log !== undefined) for (let rec = 1; rec < n.bindings.top; rec++) report(n, rec, "mapping-created");
}

function report(n: Nat, rec: number, event: "mapping-created" | "mapping-ended"): void {
  if (n.log === undefined) return;
  const { data } = n.bindings;
  const o = rec * B_STRIDE;
  const port = data[o + B_EXTERNAL_PORT] & 0xffff;
  n.log({
    event, sec: n.base + n.now, subscriber: address6(n.b4s.data, data[o + B_B4] * S_STRIDE), protocol: data[o + B_PORT] >>> 16,
    inner: formatIpv4(data[o + B_INNER] >>> 0), innerPort: data[o + B_PORT] & 0xffff, external: formatIpv4(data[o + B_EXTERNAL] >>> 0), portFrom: port, portTo: port,
  }, n.name);
}

/**
 * Deterministic NAPT (RFC 7422 section 3): who had which ports can be computed, so the parameters are logged once, with the
 * first packet, and nothing else ever.
 */
export function logParameters(n: Nat): void {
  const { log, blocks, cfg, limits } = n;
  if (log === undefined || cfg === undefined || blocks?.deterministic !== true) return;
  log({
    event: "deterministic-parameters", sec: n.base, subscriber: limits.b4Prefixes.map(formatPrefix6).join(","),
    external: cfg.pool.ranges.map((r) => (r.from === r.to ? formatIpv4(r.from) : `${formatIpv4(r.from)}-${formatIpv4(r.to)}`)).join(","),
    portFrom: cfg.pool.portFrom, portTo: cfg.pool.portTo, subscriberPrefixLength: limits.subscriberPrefixLength, blockSize: blocks.size,
  }, n.name);
}

export function logBlock(n: Nat, k: Blocks, block: number, event: "block-allocated" | "block-released"): void {
  if (n.log === undefined || k.deterministic) return;
  const from = blockPort(k, block);
  n.log({
    event, sec: n.base + n.now, subscriber: address6(n.subscribers.data, k.owner[block] * U_STRIDE), external: formatIpv4(addressAt(n.pool, blockAddress(k, block)) >>> 0),
    portFrom: from, portTo: from + k.size - 1,
  }, n.name);
}

/** Lines come in runs of one second and one host: header fields that were written last. */
let stampedAt = Number.NaN;
let stamp = "";
let namedFor = "-";
let name = "-";

/** RFC 5424 text: facility local0, severity informational, time in UTC, structured data under the example enterprise number of RFC 5612. */
export function syslogLine(e: NatEvent, host: string): string {
  if (e.sec !== stampedAt) {
    stamp = new Date(e.sec * 1000).toISOString();
    stampedAt = e.sec;
  }
  if (host !== namedFor) {
    // RFC 5424 section 6: HOSTNAME is up to 255 printable ASCII characters without spaces.
    name = host.replace(/[^\x21-\x7e]/g, "_").slice(0, 255) || "-";
    namedFor = host;
  }
  let data = `subscriber="${e.subscriber}"`;
  if (e.protocol !== undefined) data += ` proto="${e.protocol}"`;
  if (e.inner !== undefined) data += ` inner="${e.inner}"`;
  if (e.innerPort !== undefined) data += ` innerPort="${e.innerPort}"`;
  data += e.portFrom === e.portTo ? ` external="${e.external}" port="${e.portFrom}"` : ` external="${e.external}" port="${e.portFrom}-${e.portTo}"`;
  if (e.subscriberPrefixLength !== undefined) data += ` subscriberPrefixLength="${e.subscriberPrefixLength}"`;
  if (e.blockSize !== undefined) data += ` blockSize="${e.blockSize}"`;
  return `<134>1 ${stamp} ${name} softproof - ${e.event} [nat@32473 ${data}]`;
}
