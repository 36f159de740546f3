/** Outer datagrams whose fragments do not come: given up, and their source is told when the first one has come (RFC 792, RFC 1122 section 3.3.2). */
import { ACCESS } from "../../config/types.js";
import { put16, put32, u16 } from "../../wire/bits.js";
import { checksum } from "../../wire/checksum.js";
import * as ipv4 from "../../wire/ipv4.js";
import { HEADROOM, type Reassembly, contiguous, dueSlot, giveUp, slotDataAt } from "../fragments/reassembly.js";
import { takeToken } from "../icmp/bucket.js";
import type { Timer } from "../mechanism.js";
import * as R from "./reasons.js";
import { type Tunnel, isAccepted } from "./tunnel.js";
import { takeId } from "./wrap.js";

const ICMP = 1;
const TIME_EXCEEDED = 11;
/** Fragment reassembly time exceeded. */
const REASSEMBLY = 1;
/** RFC 1812 section 4.3.2.3: as much as fits into 576 bytes; section 4.3.2.5: precedence 6. */
const MAX_QUOTE = 576 - 28;
const ERROR_TOS = 0xc0;
/** In the headroom of a slot: length of the first fragment's header, 0 when there is none. */
const HEADER_LENGTH = HEADROOM;

/** Keeps the header of the first fragment at `off` before the datagram that is being joined. */
export function keepHeader(t: Tunnel, off: number, hl: number): void {
  const at = t.reassembly.slotData;
  t.u8[at - HEADER_LENGTH] = hl;
  t.u8.copyWithin(at - hl, off, off + hl);
}

export function tunnelTimer(tunnels: readonly Tunnel[], r: Reassembly): Timer {
  let slot = -1;
  const timer: Timer = {
    dueSec: 0, dueNsec: 0,
    idle: () => r.open === 0,
    next(sec, nsec) {
      slot = dueSlot(r, sec, nsec);
      if (slot < 0) return false;
      timer.dueSec = r.bornSec[slot] + r.limit[slot];
      timer.dueNsec = r.bornNsec[slot];
      return true;
    },
    fire(count) {
      giveUp(r, slot);
      const to = r.keys[slot * 10 + 1];
      const t = tunnels.find((x) => isAccepted(x, to));
      if (t !== undefined) count(givenUp(t, r, slot), r.received[slot]);
    },
  };
  return timer;
}

function givenUp(t: Tunnel, r: Reassembly, slot: number): number {
  const b = t.u8;
  const data = slotDataAt(r, slot);
  const have = contiguous(r, slot);
  if (have === 0) return R.OUTER_TIMEOUT;
  const hl = b[data - HEADER_LENGTH];
  const o = data - hl;
  // No error about an ICMP message (it may itself be an error): RFC 1122 section 3.2.2.
  if (b[o + ipv4.PROTOCOL] === ICMP) return R.OUTER_TIMEOUT;
  const sec = r.bornSec[slot] + r.limit[slot];
  const nsec = r.bornNsec[slot];
  if (!takeToken(t.bucket, sec, nsec)) return R.OUTER_TIMEOUT;
  const quote = Math.min(MAX_QUOTE, u16(b, o + ipv4.TOTAL_LENGTH), hl + have);
  const to = r.keys[slot * 10];
  const at = t.sink.reserve(ACCESS, 28 + quote);
  const icmp = at + ipv4.HEADER_BYTES;
  ipv4.write(b, at, ERROR_TOS, 28 + quote, takeId(t, to), 0, t.cfg.ttl, ICMP, r.keys[slot * 10 + 1], to);
  b[icmp] = TIME_EXCEEDED;
  b[icmp + 1] = REASSEMBLY;
  put16(b, icmp + 2, 0);
  put32(b, icmp + 4, 0);
  b.copyWithin(icmp + 8, o, o + quote);
  put16(b, icmp + 2, checksum(b, icmp, 8 + quote));
  t.sink.commit(ACCESS, at, 28 + quote, sec, nsec, R.OUTER_TIMEOUT_ANSWERED);
  return R.OUTER_TIMEOUT_ANSWERED;
}
