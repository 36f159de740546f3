/** The stateful firewall of the service chain on IPv4 packets of a DS-Lite concentrator. ICMP errors pass with the mapping that they belong to. */
import { u32 } from "../../wire/bits.js";
import * as ipv4 from "../../wire/ipv4.js";
import { type Firewall, FIREWALL_DISCARDED, FIREWALL_REJECTED, FIREWALL_REJECTED_SILENT, decide } from "../firewall/chain.js";
import { ACCEPT, REJECT } from "../firewall/rules.js";
import { inRealm, view4 } from "../firewall/view.js";
import { B_B4, B_EXTERNAL, B_EXTERNAL_PORT, B_INNER, B_PORT, B_STRIDE, S_STRIDE } from "../nat/layout.js";
import type { Aftr } from "./aftr.js";
import { UNREACHABLE, errorToB4, errorToCore } from "./icmp4.js";
import * as R from "./reasons.js";
import { readTransport } from "./transport.js";

export const PASSES = -1;
/** RFC 1812 section 5.2.7.1: communication administratively prohibited. */
const PROHIBITED = 13;
const INPUT = 0;
const OUTPUT = 1;

const word = (b: Uint8Array, o: number): number => u32(b, o) | 0;

/** Two B4s may have the same inner addresses: the address of the B4 tells their flows apart. */
function inRealmAt(f: Firewall, b: Uint8Array, b4At: number): void {
  for (let i = 0; i < 4; i++) f.view.realm[i] = word(b, b4At + 4 * i);
}

/** The packet at `o` (transport fields in the AFTR's registers) on its way out, with the source that the firewall sees; `inner`: it stands before the NAT. */
export function guardOut(a: Aftr, b4At: number, o: number, n: number, source: number, sourcePort: number, inner: boolean, sec: number, nsec: number): number {
  const f = a.chain?.firewall;
  if (f === undefined) return PASSES;
  view4(f.view, source, word(a.u8, o + ipv4.DST), a.protocol, sourcePort, a.dstPort, a.tcpFlags);
  // A query's identifier stands for both ports: the NAT changes it in one place only.
  if (a.protocol === 1) f.view.destinationPort = sourcePort;
  if (inner) inRealmAt(f, a.u8, b4At);
  return refused(a, decide(f, INPUT, sec), b4At, o, n, sec, nsec);
}

function refused(a: Aftr, action: number, b4At: number, o: number, n: number, sec: number, nsec: number): number {
  if (action === ACCEPT) return PASSES;
  if (action !== REJECT) return FIREWALL_DISCARDED;
  return errorToB4(a, b4At, UNREACHABLE, PROHIBITED, 0, o, n, sec, nsec, FIREWALL_REJECTED, FIREWALL_REJECTED_SILENT);
}

/** The packet at `o` on its way in through `binding`. A hairpinned one that is rejected is discarded: its sender was let out already. */
export function guardIn(a: Aftr, binding: number, o: number, n: number, hairpin: boolean, sec: number, nsec: number): number {
  const { chain, nat } = a;
  const f = chain?.firewall;
  if (f === undefined) return PASSES;
  const { data } = nat.bindings;
  const at = binding * B_STRIDE;
  const inner = chain?.beforeNat === true || nat.cfg === undefined;
  const port = nat.cfg === undefined ? a.dstPort : data[at + (inner ? B_PORT : B_EXTERNAL_PORT)] & 0xffff;
  view4(f.view, word(a.u8, o + ipv4.SRC), data[at + (inner ? B_INNER : B_EXTERNAL)], a.protocol, a.protocol === 1 ? port : a.srcPort, port, a.tcpFlags);
  if (chain?.beforeNat === true) inRealm(f.view, nat.b4s.data, data[at + B_B4] * S_STRIDE);
  const action = decide(f, OUTPUT, sec);
  if (action === ACCEPT) return PASSES;
  if (action !== REJECT || hairpin) return FIREWALL_DISCARDED;
  return errorToCore(a, UNREACHABLE, PROHIBITED, 0, o, n, sec, nsec, FIREWALL_REJECTED, FIREWALL_REJECTED_SILENT);
}

/** A whole packet that leaves without translation. */
export const guardUntranslated = (a: Aftr, b4At: number, o: number, n: number, sec: number, nsec: number): number =>
  readTransport(a, o, n) ? guardOut(a, b4At, o, n, word(a.u8, o + ipv4.SRC), a.srcPort, true, sec, nsec) : R.TRANSPORT_SHORT;
