/** An IPv6-in-IPv4 concentrator: sorts what arrives, reassembles outer fragments, and hands on to decapsulation and encapsulation. */
import { ACCESS, type Side } from "../../config/types.js";
import * as ipv4 from "../../wire/ipv4.js";
import type { Upcoming } from "../../wire/upcoming.js";
import type { SoftwireStatistics } from "../device.js";
import { COMPLETE, DUPLICATE, HELD, MIXED_ECN, OVERLAP, addFragment } from "../fragments/reassembly.js";
import type { MechanismDevice } from "../mechanism.js";
import { advance, endAll } from "../softwires/softwires.js";
import { inTable4, isMartian4, word } from "./addresses.js";
import { readAhead } from "./ahead.js";
import { decapsulate } from "./decapsulate.js";
import { receiveFromCore } from "./encapsulate.js";
import { receiveIcmp4 } from "./icmpv4.js";
import * as R from "./reasons.js";
import { shortDecapsulate, shortEncapsulate, shortRules } from "./short.js";
import { keepHeader } from "./timer.js";
import { ACCEPTED, FOREIGN, type Tunnel, isAccepted } from "./tunnel.js";

const ICMP = 1;
const UDP = 17;
const IPV6 = 41;

export function tunnelDevice(t: Tunnel): MechanismDevice {
  const rules = shortRules(t);
  return {
    ...(rules === undefined ? {} : {
      short: (side: Side, off: number, len: number, sec: number, nsec: number): number =>
        side === ACCESS ? shortDecapsulate(t, rules, off, len, sec, nsec) : shortEncapsulate(t, rules, off, len, sec, nsec),
      ahead: (side: Side, next: Upcoming): void => readAhead(t, rules, side, next),
    }),
    receive(side: Side, off: number, len: number, sec: number, nsec: number): number {
      if (t.policy.translate !== undefined) t.policy.translate.at(sec);
      const version = len === 0 ? 0 : t.u8[off] >>> 4;
      if (side !== ACCESS) return version === 6 ? receiveFromCore(t, off, sec, nsec) : -1;
      return version === 4 ? receiveFromAccess(t, off, sec, nsec) : -1;
    },
    drain(sec: number): void {
      advance(t.softwires, sec);
      endAll(t.softwires);
    },
    statistics: () => statistics(t),
  };
}

/** An IPv4 packet (header checked) from the access side. -1 when it is not addressed to this concentrator. */
function receiveFromAccess(t: Tunnel, off: number, sec: number, nsec: number): number {
  const b = t.u8;
  const to = word(b, off + ipv4.DST);
  if (!isAccepted(t, to)) return -1;
  const from = word(b, off + ipv4.SRC);
  if (isMartian4(from) || isAccepted(t, from)) return R.OUTER_SOURCE_MARTIAN;
  if (t.policy.kind !== "6to4-router" && inTable4(t.relays, from)) return R.OUTER_SOURCE_RELAY;
  const protocol = b[off + ipv4.PROTOCOL];
  if (protocol !== IPV6 && protocol !== ICMP) return protocol === UDP ? R.OUTER_UDP : R.OUTER_PROTOCOL;
  const hl = (b[off] & 15) << 2;
  if ((((b[off + ipv4.FRAGMENT] << 8) | b[off + ipv4.FRAGMENT + 1]) & 0x3fff) !== 0) return reassemble(t, off, hl, protocol, from, to, sec, nsec);
  return deliver(t, protocol, off + hl, ipv4.totalLength(b, off) - hl, b[off + ipv4.TOS], from, to, sec, nsec);
}

function deliver(t: Tunnel, protocol: number, o: number, len: number, tos: number, from: number, to: number, sec: number, nsec: number): number {
  if (protocol === ICMP) return receiveIcmp4(t, o, len, tos, from, to, sec, nsec);
  if (t.policy.onlyAddress !== 0 && to !== t.policy.onlyAddress) return R.DESTINATION_MISMATCH;
  const outer = t.policy.checkOuter(from);
  if (outer !== ACCEPTED) return outer;
  let r = decapsulate(t, o, len, tos, from, to, sec, nsec);
  for (let i = 0; r === FOREIGN && i < t.siblings.length; i++) r = decapsulate(t.siblings[i], o, len, tos, from, to, sec, nsec);
  return r === FOREIGN ? R.SOURCE_NATIVE : r;
}

function reassemble(t: Tunnel, off: number, hl: number, protocol: number, from: number, to: number, sec: number, nsec: number): number {
  if (t.cfg.reassemblySeconds === 0) return R.OUTER_FRAGMENT_REFUSED;
  const b = t.u8;
  const r = t.reassembly;
  r.key.fill(0);
  r.key[0] = from;
  r.key[1] = to;
  r.key[2] = ipv4.id(b, off);
  r.key[3] = protocol;
  const len = ipv4.totalLength(b, off) - hl;
  const got = addFragment(r, off + hl, len, ipv4.fragmentOffset(b, off), ipv4.mf(b, off), b[off + ipv4.TOS], ipv4.HEADER_BYTES, t.cfg.reassemblySeconds, sec, nsec);
  if (got === COMPLETE) return deliver(t, protocol, r.dataOff, r.dataLen, r.dataTos, from, to, sec, nsec);
  if (got === HELD) {
    if (ipv4.fragmentOffset(b, off) === 0) keepHeader(t, off, hl);
    return R.OUTER_FRAGMENT_HELD;
  }
  if (got === DUPLICATE) return R.OUTER_FRAGMENT_DUPLICATE;
  if (got === OVERLAP) return R.OUTER_OVERLAP;
  return got === MIXED_ECN ? R.OUTER_FRAGMENT_ECN : R.OUTER_FRAGMENT_MALFORMED;
}

function statistics(t: Tunnel): SoftwireStatistics {
  const s = t.softwires;
  return {
    serviceSet: t.serviceSet, concentrator: t.cfg.name,
    softwiresCreated: s.softwiresCreated, softwiresCreatedReverse: s.softwiresCreatedReverse, softwiresDeleted: s.softwiresDeleted,
    softwiresActive: s.softwires.count, softwiresPeak: s.softwires.peak,
    flowsCreated: s.flowsCreated, flowsDeleted: s.flowsDeleted, flowsActive: s.flows.count, flowsPeak: s.flows.peak,
    initiators: s.initiators.count,
    decapsulatedPackets: t.decapsulatedPackets, decapsulatedBytes: t.decapsulatedBytes,
    encapsulatedPackets: t.encapsulatedPackets, encapsulatedBytes: t.encapsulatedBytes, hairpinnedPackets: t.hairpinnedPackets,
    hairpinnedBytes: t.hairpinnedBytes, flowsCreatedReverse: s.flowsCreatedReverse,
  };
}
