/** ICMPv6 that the concentrator itself sends, to the native side or back through the tunnel (RFC 4443). */
import { ACCESS, CORE, type Side } from "../../config/types.js";
import type { Ipv6 } from "../../wire/address.js";
import * as ipv6 from "../../wire/ipv6.js";
import { takeToken } from "../icmp/bucket.js";
import { errorLength, isEchoRequest, mayCauseError, writeEchoReply, writeError } from "../icmp/icmpv6.js";
import * as R from "./reasons.js";
import { TUNNEL, type Tunnel } from "./tunnel.js";
import { room, send, sizeRule } from "./wrap.js";

/**
 * Sends an ICMPv6 error about the packet at `o` (`n` bytes) to its source, which is reached on `side`.
 * Returns `reason` when it was sent, `silent` when no error may be sent, or the rate limit's reason.
 */
export function answerError(
  t: Tunnel, side: Side, type: number, code: number, value: number, o: number, n: number, sec: number, nsec: number, reason: number, silent: number,
): number {
  if (!mayCauseError(t.u8, o, n, t.upper)) return silent;
  // A foreign prefix behind the tunnel has no way back: nothing can be told.
  if (side === ACCESS && t.policy.route(t.u8, o + ipv6.SRC, false) !== TUNNEL) return silent;
  if (!takeToken(t.bucket, sec, nsec)) return R.ICMP_RATE;
  const len = errorLength(n);
  if (side === CORE) {
    const at = t.sink.reserve(CORE, len);
    writeError(t.u8, at, type, code, value, t.source6, o, n);
    t.sink.commit(CORE, at, len, sec, nsec, reason);
    return reason;
  }
  const dst = t.policy.nextHop;
  const df = (sizeRule(t, dst, sec) & 1) === 1;
  const at = room(t, len, df);
  writeError(t.u8, at, type, code, value, t.source6, o, n);
  return send(t, at, len, dst, df, sec, nsec, reason);
}

/** A packet to an own address, received on `side`: echo requests are answered from `source`, the rest ends here. */
export function deliverLocally(t: Tunnel, side: Side, o: number, n: number, source: Ipv6 | undefined, other: number, sec: number, nsec: number): number {
  const b = t.u8;
  if (!t.cfg.echo || !isEchoRequest(b, o, n)) return other;
  const from = source ?? [word(b, o + 24), word(b, o + 28), word(b, o + 32), word(b, o + 36)];
  if (side === CORE) {
    if (n > t.coreMtu) return R.TOO_BIG_SILENT;
    const at = t.sink.reserve(CORE, n);
    writeEchoReply(b, at, from, o, n);
    t.sink.commit(CORE, at, n, sec, nsec, R.ECHO_ANSWERED);
    return R.ECHO_ANSWERED;
  }
  if (t.policy.route(b, o + ipv6.SRC, false) !== TUNNEL) return other;
  const dst = t.policy.nextHop;
  const rule = sizeRule(t, dst, sec);
  const df = (rule & 1) === 1;
  if (df && n > rule >> 1) return R.TOO_BIG_SILENT;
  const at = room(t, n, df);
  writeEchoReply(b, at, from, o, n);
  return send(t, at, n, dst, df, sec, nsec, R.ECHO_ANSWERED);
}

const word = (b: Uint8Array, o: number): number => ((b[o] << 24) | (b[o + 1] << 16) | (b[o + 2] << 8) | b[o + 3]) >>> 0;
