/** Echo requests to external addresses of the NAT that no mapping takes: answered where that is configured (RFC 1812 section 4.3.3.6), else dropped and counted. */
import { u32 } from "../../wire/bits.js";
import { checksum } from "../../wire/checksum.js";
import * as ipv4 from "../../wire/ipv4.js";
import type { Aftr } from "./aftr.js";
import { coreRoom, toCore } from "./core-side.js";
import { writeEchoReply4 } from "./icmp4.js";
import { isExternal } from "./outside.js";
import * as R from "./reasons.js";

const ECHO_REQUEST = 8;

/** Is the query at `o` an echo request? */
export const isEcho = (a: Aftr, o: number): boolean => a.u8[o + ipv4.headerLength(a.u8, o)] === ECHO_REQUEST;

/** May the echo request at `o` (`n` bytes) be answered? One from the Internet with an external source would be answered to the AFTR itself. */
export function answersEcho(a: Aftr, o: number, n: number, hairpin: boolean): boolean {
  const b = a.u8;
  const hl = ipv4.headerLength(b, o);
  return a.nat.cfg?.echo === true && checksum(b, o + hl, n - hl) === 0 && (hairpin || !isExternal(a, u32(b, o + ipv4.SRC) | 0));
}

/** The reply to a host on the Internet; in fragments where the request came in fragments. */
export function echoToCore(a: Aftr, o: number, n: number, sec: number, nsec: number): number {
  const at = coreRoom(a, n);
  return toCore(a, at, writeEchoReply4(a, at, o, n), sec, nsec, R.ECHO_POOL);
}
