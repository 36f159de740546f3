/** The DS-Lite AFTR (RFC 6333): softwires from B4s, with NAPT44 unless the configuration leaves it out. */
import { ACCESS, type Config, type DsLite, type Side } from "../../config/types.js";
import { formatIpv4 } from "../../wire/address.js";
import { u32 } from "../../wire/bits.js";
import * as ipv4 from "../../wire/ipv4.js";
import type { Memory } from "../../wire/memory.js";
import type { Upcoming } from "../../wire/upcoming.js";
import type { Sink, SoftwireStatistics } from "../device.js";
import type { Chain } from "../firewall/chain.js";
import { dropAll } from "../fragments/reassembly.js";
import type { MechanismDevice } from "../mechanism.js";
import { advance, endAllFlows, findBinding, install } from "../nat/bindings.js";
import { findExternal } from "../nat/external.js";
import { STATE_STATIC } from "../nat/layout.js";
import type { NatLog } from "../nat/log.js";
import { poolUse } from "../nat/pool.js";
import { clearShortcuts } from "../nat/shortcuts.js";
import { openB4 } from "../nat/subscribers.js";
import { writeIpv6 } from "../../wire/address.js";
import { readAhead } from "./ahead.js";
import { type Aftr, createAftr } from "./aftr.js";
import { isTransit } from "./errors.js";
import { fragmentIn, inbound } from "./inbound.js";
import { joinInner, joined } from "./inner-fragments.js";
import { receiveOuter } from "./outer.js";
import { isExternal, isNowhere, isShared } from "./outside.js";
import * as R from "./reasons.js";
import { shortIn, shortOut } from "./short.js";
import { aftrTimer } from "./timers.js";

/**
 * `log` receives one event per mapping or port block. Throws RangeError when two static mappings claim one external endpoint,
 * or deterministic allocation has no B4 prefixes to count by (set-up time only).
 */
export function createDsLite(concentrator: DsLite, serviceSet: string, config: Config, memory: Memory, sink: Sink, log?: NatLog, chain?: Chain): MechanismDevice {
  if (concentrator.nat?.allocation === "deterministic" && concentrator.b4Prefixes.length === 0) {
    throw new RangeError(`concentrator ${concentrator.name}: deterministic allocation numbers the subscribers of the B4 prefixes, and none is configured; add the prefixes or choose another allocation`);
  }
  const a = createAftr(concentrator, serviceSet, config, memory, sink, log, chain);
  installStatic(a);
  return aftrDevice(a);
}

export function aftrDevice(a: Aftr): MechanismDevice {
  const b = a.u8;
  const { nat, shortcuts } = a;
  return {
    ...(shortcuts === undefined ? {} : {
      short: (side: Side, off: number, len: number, sec: number, nsec: number): number => (side === ACCESS ? shortOut(a, shortcuts, off, len, sec, nsec) : shortIn(a, shortcuts, off, len, sec, nsec)),
      ahead: (side: Side, next: Upcoming): void => readAhead(a, shortcuts, side, next),
    }),
    receive(side: Side, off: number, len: number, sec: number, nsec: number): number {
      if (!nat.started || sec - nat.base > nat.now) advance(nat, sec);
      const version = len === 0 ? 0 : b[off] >>> 4;
      if (side === ACCESS) return version === 6 ? receiveOuter(a, off, len, sec, nsec) : -1;
      return version === 4 ? receiveFromCore(a, off, len, sec, nsec) : -1;
    },
    drain(sec: number): void {
      advance(nat, sec);
      endAllFlows(nat);
      if (shortcuts !== undefined) clearShortcuts(shortcuts);
      dropAll(a.reassembly);
    },
    statistics: () => statistics(a),
    timer: aftrTimer(a),
    natUse: (most) => poolUse(nat.pool, most),
  };
}

/** An IPv4 packet from the Internet side. -1 when it is not for an external address of this AFTR. */
function receiveFromCore(a: Aftr, off: number, len: number, sec: number, nsec: number): number {
  const b = a.u8;
  if (len < ipv4.HEADER_BYTES) return -1;
  const { nat } = a;
  const dst = u32(b, off + ipv4.DST) | 0;
  if (nat.cfg === undefined ? findExternal(nat.external, nat.bindings, dst, 0) === 0 : !isExternal(a, dst)) return -1;
  if (ipv4.ipv4Fault(b, off, len) !== ipv4.FAULT_NONE) return R.INNER_INVALID;
  if (isNowhere(u32(b, off + ipv4.SRC))) return R.CORE_SOURCE;
  if (a.boundary && isShared(u32(b, off + ipv4.SRC))) return R.SHARED_SOURCE;
  a.piece = 0;
  const n = ipv4.totalLength(b, off);
  if (!ipv4.isFragment(b, off)) return inbound(a, off, n, false, sec, nsec);
  if (isTransit(a)) return fragmentIn(a, off, n, false, sec, nsec);
  const held = joinInner(a, 0, off, n, sec, nsec);
  if (held !== 0) return held;
  const at = joined(a);
  return inbound(a, at, ipv4.totalLength(b, at), false, sec, nsec);
}

/** Static mappings exist from the start and never end; they make no softwire until a packet comes (RFC 6888 REQ-9: PCP-like). */
function installStatic(a: Aftr): void {
  const { nat } = a;
  for (const m of nat.cfg?.staticMappings ?? []) {
    const port = (m.protocol << 16) | m.outerPort;
    if (findExternal(nat.external, nat.bindings, m.outer | 0, port) !== 0) {
      throw new RangeError(
        `concentrator ${a.cfg.name}: two static mappings claim ${formatIpv4(m.outer)} port ${m.outerPort} protocol ${m.protocol}; give each its own external endpoint`,
      );
    }
    writeIpv6(a.u8, a.pieceAt, m.b4);
    const b4 = openB4(nat, a.u8, a.pieceAt);
    findBinding(nat, b4, m.inner | 0, (m.protocol << 16) | m.innerPort, 0, 0);
    install(nat, m.outer | 0, port, STATE_STATIC);
  }
}

function statistics(a: Aftr): SoftwireStatistics {
  const n = a.nat;
  return {
    serviceSet: a.serviceSet, concentrator: a.cfg.name,
    softwiresCreated: n.softwiresCreated, softwiresCreatedReverse: n.softwiresCreatedReverse, softwiresDeleted: n.softwiresDeleted,
    softwiresActive: n.softwires, softwiresPeak: n.softwiresPeak,
    flowsCreated: n.flowsCreated, flowsDeleted: n.flowsDeleted, flowsActive: n.flowCount, flowsPeak: n.flowsPeak,
    initiators: n.b4s.count,
    decapsulatedPackets: a.decapsulatedPackets, decapsulatedBytes: a.decapsulatedBytes,
    encapsulatedPackets: a.encapsulatedPackets, encapsulatedBytes: a.encapsulatedBytes, hairpinnedPackets: a.hairpinnedPackets,
    flowsCreatedReverse: n.flowsCreatedReverse, clientFragments: a.clientFragments, serverFirstFragments: a.serverFirstFragments, serverMoreFragments: a.serverMoreFragments,
    serverLastFragments: a.serverLastFragments,
  };
}
