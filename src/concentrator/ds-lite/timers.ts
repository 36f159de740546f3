/** What an AFTR does without a packet: answers SYNs that nobody waited for, and gives up datagrams whose fragments do not come. */
import { ACCESS } from "../../config/types.js";
import { u16 } from "../../wire/bits.js";
import * as ipv6 from "../../wire/ipv6.js";
import { HEADROOM, contiguous, dueSlot, giveUp, slotDataAt } from "../fragments/reassembly.js";
import { TIME_EXCEEDED, errorLength, mayCauseError, writeError } from "../icmp/icmpv6.js";
import { takeToken } from "../icmp/bucket.js";
import type { Timer } from "../mechanism.js";
import type { Aftr } from "./aftr.js";
import { UNREACHABLE, errorToCore } from "./icmp4.js";
import { INNER } from "./inner-fragments.js";
import * as R from "./reasons.js";
import { KEPT, WAIT_SECONDS, dropOldest, dueSyn, slotAt } from "./unsolicited.js";

const PORT_UNREACHABLE = 3;
/** RFC 4443 section 3.3: fragment reassembly time exceeded. */
const REASSEMBLY = 1;
/** In the headroom of an outer datagram's slot: how many bytes of header the first fragment had, Fragment header included. */
export const FIRST_HEADER = HEADROOM - 1;

export function aftrTimer(a: Aftr): Timer {
  const { unsolicited: u, reassembly: r } = a;
  let syn = -1;
  let slot = -1;
  const timer: Timer = {
    dueSec: 0, dueNsec: 0,
    idle: () => u.count === 0 && r.open === 0,
    next(sec, nsec) {
      syn = dueSyn(u, sec, nsec);
      slot = dueSlot(r, sec, nsec);
      if (syn < 0 && slot < 0) return false;
      const synSec = syn < 0 ? Number.POSITIVE_INFINITY : u.sec[syn] + WAIT_SECONDS;
      const slotSec = slot < 0 ? Number.POSITIVE_INFINITY : r.bornSec[slot] + r.limit[slot];
      if (synSec < slotSec || (synSec === slotSec && u.nsec[syn] <= r.bornNsec[slot])) slot = -1;
      timer.dueSec = slot < 0 ? synSec : slotSec;
      timer.dueNsec = slot < 0 ? u.nsec[syn] : r.bornNsec[slot];
      return true;
    },
    fire(count) {
      if (slot >= 0) {
        giveUp(r, slot);
        count(givenUp(a, slot), r.received[slot]);
        return;
      }
      dropOldest(u);
      const n = u.lengths[syn];
      count(errorToCore(a, UNREACHABLE, PORT_UNREACHABLE, 0, slotAt(u, syn), Math.min(n, KEPT), timer.dueSec, timer.dueNsec, R.SYN_ANSWERED, R.SYN_SILENT), n);
    },
  };
  return timer;
}

/** RFC 8200 section 4.5: when the first fragment has come, its source is told. IPv4 datagrams in transit are given up silently: the NAT is not their destination. */
function givenUp(a: Aftr, slot: number): number {
  const r = a.reassembly;
  if (r.keys[slot * 10 + 9] === INNER) return R.INNER_TIMEOUT;
  const b = a.u8;
  const data = slotDataAt(r, slot);
  const head = b[data - FIRST_HEADER];
  const have = contiguous(r, slot);
  if (have === 0 || head === 0) return R.OUTER_TIMEOUT;
  const o = data - head;
  const n = Math.min(ipv6.HEADER_BYTES + u16(b, o + ipv6.PAYLOAD_LENGTH), head + have);
  const sec = r.bornSec[slot] + r.limit[slot];
  if (!mayCauseError(b, o, n, a.upper) || !takeToken(a.bucket, sec, r.bornNsec[slot])) return R.OUTER_TIMEOUT;
  const len = errorLength(n);
  const at = a.sink.reserve(ACCESS, len);
  writeError(b, at, TIME_EXCEEDED, REASSEMBLY, 0, a.cfg.address, o, n);
  a.sink.commit(ACCESS, at, len, sec, r.bornNsec[slot], R.OUTER_TIMEOUT_ANSWERED);
  return R.OUTER_TIMEOUT_ANSWERED;
}
