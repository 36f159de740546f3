/**
 * IPv4 fragments through the NAT, in any order (RFC 4787 REQ-14): a datagram is joined, translated as a whole, and leaves in
 * fragments of the size in which it came. Slots are bounded and shared with the outer reassembly; overlapping fragments
 * condemn their datagram. Joining also keeps identifications unique outside (RFC 6864 section 5.3.1).
 */
import { put16, u16, u32 } from "../../wire/bits.js";
import * as ipv4 from "../../wire/ipv4.js";
import { COMPLETE, DUPLICATE, HEADROOM, HELD, addFragment } from "../fragments/reassembly.js";
import type { Aftr } from "./aftr.js";
import * as R from "./reasons.js";

/** Key word that keeps IPv4 datagrams apart from outer IPv6 ones, whose last word is 0. */
export const INNER = 1;
/** In the headroom: length of the kept header, bytes of the largest payload. */
const HEADER_LENGTH = HEADROOM;
const LARGEST = HEADROOM - 2;

/**
 * Takes the fragment at `o` (`n` bytes, header checked) of the realm of the B4 whose address lies at `b4At` (0: the Internet).
 * Returns 0 when it completes a datagram, which then lies at `joined(a)` with `a.piece` set; else the reason.
 */
export function joinInner(a: Aftr, b4At: number, o: number, n: number, sec: number, nsec: number): number {
  const b = a.u8;
  const r = a.reassembly;
  for (let i = 0; i < 4; i++) r.key[i] = b4At === 0 ? 0 : u32(b, b4At + 4 * i);
  r.key[4] = u32(b, o + ipv4.SRC);
  r.key[5] = u32(b, o + ipv4.DST);
  r.key[6] = ipv4.id(b, o);
  r.key[7] = b[o + ipv4.PROTOCOL];
  r.key[8] = 0;
  r.key[9] = INNER;
  const hl = ipv4.headerLength(b, o);
  const offset = ipv4.fragmentOffset(b, o);
  const len = n - hl;
  if (b4At !== 0) a.clientFragments++;
  else if (offset === 0) a.serverFirstFragments++;
  else if (ipv4.mf(b, o)) a.serverMoreFragments++;
  else a.serverLastFragments++;
  // The fragment may itself lie in a slot that is free again (a reassembled outer packet): its header is kept before the data moves.
  b.copyWithin(a.pieceAt, o, o + hl);
  const got = addFragment(r, o + hl, len, offset, ipv4.mf(b, o), b[o + ipv4.TOS], ipv4.HEADER_BYTES, a.cfg.reassemblySeconds, sec, nsec);
  if (got === DUPLICATE) return R.INNER_DUPLICATE;
  if (got !== HELD && got !== COMPLETE) return R.INNER_MALFORMED;
  const data = r.slotData;
  if (r.isFirst) put16(b, data - LARGEST, 0);
  if (len > u16(b, data - LARGEST)) put16(b, data - LARGEST, len);
  if (offset === 0) {
    b[data - HEADER_LENGTH] = hl;
    b.copyWithin(data - hl, a.pieceAt, a.pieceAt + hl);
  }
  if (got === HELD) return R.INNER_HELD;
  const head = data - b[data - HEADER_LENGTH];
  put16(b, head + ipv4.TOTAL_LENGTH, r.dataLen + data - head);
  put16(b, head + ipv4.FRAGMENT, ipv4.df(b, head) ? ipv4.DF : 0);
  a.piece = (u16(b, data - LARGEST) + 7) & ~7;
  return 0;
}

/** Offset of the datagram that `joinInner` completed; its length is in its header. */
export const joined = (a: Aftr): number => a.reassembly.slotData - a.u8[a.reassembly.slotData - HEADER_LENGTH];
