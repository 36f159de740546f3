/**
 * PPTP (RFC 2637): several clients behind one external address. A client's Call ID, announced in the control connection, is the
 * "port" of a GRE binding; the server's GRE packets carry it. GRE towards the server carries the server's ID and keeps it: only
 * its source becomes the subscriber's external address. A call's binding lives by what the server sends (timer `other`).
 */
import { put16, u16, u32 } from "../../wire/bits.js";
import { update16 } from "../../wire/checksum.js";
import { findBinding, install, isHeld, revive } from "./bindings.js";
import { mayBind } from "./subscribers.js";
import { findExternal } from "./external.js";
import { findFlow, flowRoom, openFlow } from "./flows.js";
import { B_EXTERNAL_PORT, B_PORT, B_STRIDE, S_STRIDE, S_SUBSCRIBER, U_ADDRESS, U_STRIDE } from "./layout.js";
import { addressAt } from "./pool.js";
import type { Nat } from "./state.js";

export const PPTP_CONTROL = 1723;
export const GRE = 47;
const COOKIE = 0x1a2b3c4d;
const OUTGOING_CALL_REQUEST = 7;
const OUTGOING_CALL_REPLY = 8;
const CALL_CLEAR_REQUEST = 12;
const WAN_ERROR_NOTIFY = 14;
const SET_LINK_INFO = 15;

/** Call ID of the enhanced GRE header (RFC 2637 section 4.1) at `l4` with `have` bytes, or -1 when it is other GRE. */
export const callId = (b: Uint8Array, l4: number, have: number): number =>
  have >= 8 && (b[l4] & 0x20) !== 0 && (b[l4 + 1] & 7) === 1 && u16(b, l4 + 2) === 0x880b ? u16(b, l4 + 6) : -1;
export const setCallId = (b: Uint8Array, l4: number, id: number): void => put16(b, l4 + 6, id);

/** The external address of a B4's subscriber (int32) for GRE towards the server; 0 when it has none yet. */
export function pairedAddress(n: Nat, b4: number): number {
  const index = n.subscribers.data[n.b4s.data[b4 * S_STRIDE + S_SUBSCRIBER] * U_STRIDE + U_ADDRESS];
  return index === 0 ? 0 : addressAt(n.pool, index - 1);
}

/** Offset of the Call ID of ours in the control message at `at`, by direction; 0 when it has none. */
function ourId(type: number, out: boolean): number {
  if (out) return type === OUTGOING_CALL_REQUEST || type === CALL_CLEAR_REQUEST ? 12 : 0;
  if (type === OUTGOING_CALL_REPLY) return 14;
  return type === WAN_ERROR_NOTIFY || type === SET_LINK_INFO ? 12 : 0;
}

/** Translates the Call IDs in the control segment with the TCP header at `l4` (`have` bytes). `address`: the external one (int32). */
export function rewritePptp(n: Nat, b: Uint8Array, l4: number, have: number, out: boolean, b4: number, inner: number, address: number, remote: number): void {
  let at = l4 + ((b[l4 + 12] >>> 4) << 2);
  const end = l4 + have;
  while (at + 16 <= end && u16(b, at + 2) === 1 && u32(b, at + 4) === COOKIE) {
    const size = u16(b, at);
    if (size < 16 || at + size > end) return;
    const where = ourId(u16(b, at + 8), out);
    if (where !== 0) {
      const was = u16(b, at + where);
      const id = out ? outward(n, b4, inner, address, remote, was) : inward(n, address, was);
      if (id >= 0) {
        put16(b, l4 + 16, update16(u16(b, l4 + 16), was, id));
        put16(b, at + where, id);
      }
    }
    at += size;
  }
}

function inward(n: Nat, address: number, id: number): number {
  const binding = findExternal(n.external, n.bindings, address, (GRE << 16) | id);
  return binding === 0 || isHeld(n, binding) ? -1 : n.bindings.data[binding * B_STRIDE + B_PORT] & 0xffff;
}

/** The external Call ID of an inner one, its binding made when there is none; -1 when none can be made. */
function outward(n: Nat, b4: number, inner: number, address: number, remote: number, id: number): number {
  let binding = findBinding(n, b4, inner, (GRE << 16) | id, remote, 0);
  const held = binding !== 0 && isHeld(n, binding);
  if (binding === 0 || held || findFlow(n, binding, remote, 0) === 0) {
    if (flowRoom(n, b4) !== 0) return -1;
    if (binding === 0) {
      const free = mayBind(n) ? freeId(n, address, id) : -1;
      if (free < 0) return -1;
      binding = install(n, address, (GRE << 16) | free, 0);
    } else if (held && revive(n, binding) < 0) return -1;
    openFlow(n, binding, remote, 0, false);
  }
  return n.bindings.data[binding * B_STRIDE + B_EXTERNAL_PORT] & 0xffff;
}

/** Preferably the same number. Zero stays free: it is the binding of GRE without Call IDs. */
function freeId(n: Nat, address: number, wanted: number): number {
  for (let i = 0; i < 0xffff; i++) {
    const id = 1 + ((wanted - 1 + i + 0xffff) % 0xffff);
    if (findExternal(n.external, n.bindings, address, (GRE << 16) | id) === 0) return id;
  }
  return -1;
}
