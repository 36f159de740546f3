/** Flows: sessions of a binding with one remote endpoint. They own nothing of the mapping, but the softwire lives by them. */
import { addRecord, findRecord, hashKey, removeRecord } from "../softwires/records.js";
import { linkFlow, unlinkFlow } from "./flow-wheel.js";
import {
  B_B4, B_FLOW, B_PORT, B_STRIDE, CLASS_TCP, CLASS_TCP_ESTABLISHED, COUNTED, F_BINDING, F_LAST, F_REMOTE, F_REMOTE_PORT, F_SIBLING, F_SIBLING_BEFORE, F_STATE, F_STRIDE, PERMIT,
  S_FLOWS, S_STRIDE, S_SUBSCRIBER, SHIFTED, U_SESSIONS, U_SOFTWIRES, U_STRIDE, classOf,
} from "./layout.js";
import { forgetShift } from "./sequence.js";
import type { Nat } from "./state.js";
import { afterSegment, isEstablished } from "./tcp.js";

/** The flow of this binding with the remote endpoint, or 0. */
export function findFlow(n: Nat, binding: number, remote: number, remotePort: number): number {
  // Mostly it is the newest of the binding, which is at hand: that saves a look into the index.
  const newest = n.bindings.data[binding * B_STRIDE + B_FLOW];
  if (newest !== 0) {
    const { data } = n.flows;
    const o = newest * F_STRIDE;
    if (data[o + F_REMOTE] === (remote | 0) && data[o + F_REMOTE_PORT] === remotePort) return newest;
  }
  const key = n.flowKey;
  key[0] = binding;
  key[1] = remote;
  key[2] = remotePort;
  return findRecord(n.flows, key, hashKey(n.flows, key));
}

export const FREE = 0;
export const SOFTWIRE_FULL = 1;
export const PREFIX_FULL = 2;
export const TOO_MANY_SOFTWIRES = 3;

/** May the B4 open one more flow? FREE, or which limit refuses it: that of its softwire, that of its prefix, or that of the softwires of its prefix. */
export function flowRoom(n: Nat, b4: number): number {
  const { flowLimit, sessionLimitPerPrefix, softwiresPerSubscriber = 0 } = n.limits;
  const o = b4 * S_STRIDE;
  if (softwiresPerSubscriber !== 0 && n.b4s.data[o + S_FLOWS] === 0 && n.subscribers.data[n.b4s.data[o + S_SUBSCRIBER] * U_STRIDE + U_SOFTWIRES] >= softwiresPerSubscriber) return TOO_MANY_SOFTWIRES;
  if (flowLimit !== 0 && n.b4s.data[o + S_FLOWS] >= flowLimit) return SOFTWIRE_FULL;
  return sessionLimitPerPrefix === 0 || n.subscribers.data[n.b4s.data[o + S_SUBSCRIBER] * U_STRIDE + U_SESSIONS] < sessionLimitPerPrefix ? FREE : PREFIX_FULL;
}

const flowClass = (state: number): number => {
  const kind = state & 255;
  return kind === CLASS_TCP && isEstablished((state >>> 8) & 255) ? CLASS_TCP_ESTABLISHED : kind;
};

/** Opens a flow; `reverse` when the Internet side or a hairpin from another B4 caused it. */
export function openFlow(n: Nat, binding: number, remote: number, remotePort: number, reverse: boolean): number {
  const { flows, bindings } = n;
  const key = n.flowKey;
  key[0] = binding;
  key[1] = remote;
  key[2] = remotePort;
  const rec = addRecord(flows, key, hashKey(flows, key));
  const o = rec * F_STRIDE;
  const b = binding * B_STRIDE;
  const kind = classOf(bindings.data[b + B_PORT] >>> 16);
  flows.data[o + F_STATE] = kind;
  flows.data[o + F_LAST] = remotePort === PERMIT ? 0 : n.now;
  const sibling = bindings.data[b + B_FLOW];
  flows.data[o + F_SIBLING] = sibling;
  if (sibling !== 0) flows.data[sibling * F_STRIDE + F_SIBLING_BEFORE] = rec;
  bindings.data[b + B_FLOW] = rec;
  if (remotePort === PERMIT) return rec;
  linkFlow(n.flowWheel, flows.data, rec, n.now, n.now + n.flowTimeouts[kind] + 1);
  const s = bindings.data[b + B_B4] * S_STRIDE;
  const { b4s } = n;
  if (b4s.data[s + S_FLOWS]++ === 0) {
    n.subscribers.data[b4s.data[s + S_SUBSCRIBER] * U_STRIDE + U_SOFTWIRES]++;
    n.softwiresCreated++;
    if (reverse) n.softwiresCreatedReverse++;
    if (++n.softwires > n.softwiresPeak) n.softwiresPeak = n.softwires;
  }
  n.subscribers.data[b4s.data[s + S_SUBSCRIBER] * U_STRIDE + U_SESSIONS]++;
  n.flowsCreated++;
  if (reverse) n.flowsCreatedReverse++;
  if (++n.flowCount > n.flowsPeak) n.flowsPeak = n.flowCount;
  return rec;
}

/** A packet of the flow; TCP flags matter for TCP only. */
export function touchFlow(n: Nat, rec: number, tcpFlags: number, out: boolean): void {
  const { data } = n.flows;
  const o = rec * F_STRIDE;
  data[o + F_LAST] = n.now;
  if (out && n.addressFilter && (data[o + F_STATE] & COUNTED) === 0) {
    data[o + F_STATE] |= COUNTED;
    permit(n, data[o + F_BINDING], data[o + F_REMOTE]);
    touchFlow(n, rec, tcpFlags, out);
    return;
  }
  const before = data[o + F_STATE];
  if ((before & 255) !== CLASS_TCP) return;
  const after = (before & ~0xff00) | (afterSegment((before >>> 8) & 255, tcpFlags, out) << 8);
  if (after === before) return;
  data[o + F_STATE] = after;
  if (flowClass(before) === CLASS_TCP_ESTABLISHED && flowClass(after) === CLASS_TCP) {
    unlinkFlow(n.flowWheel, data, rec);
    linkFlow(n.flowWheel, data, rec, n.now, n.now + n.flowTimeouts[CLASS_TCP] + 1);
  }
}

/** TFTP (RFC 1350 section 4): the server answers from a port of its own choice, so its whole address is let in. */
export function permitAddress(n: Nat, flow: number): void {
  const o = flow * F_STRIDE;
  const { data } = n.flows;
  if ((data[o + F_STATE] & COUNTED) !== 0) return;
  data[o + F_STATE] |= COUNTED;
  permit(n, data[o + F_BINDING], data[o + F_REMOTE]);
}

/** Address-dependent filtering: counts one more flow that sent to `remote`; the entry exists while one does. */
function permit(n: Nat, binding: number, remote: number): void {
  const known = findFlow(n, binding, remote, PERMIT) || openFlow(n, binding, remote, PERMIT, false);
  n.flows.data[known * F_STRIDE + F_LAST]++;
}

/** Has the inner host sent to any port of `remote` over this binding (RFC 4787 section 5)? */
export const isPermitted = (n: Nat, binding: number, remote: number): boolean => findFlow(n, binding, remote, PERMIT) !== 0;

function unchain(n: Nat, rec: number): void {
  const { data } = n.flows;
  const o = rec * F_STRIDE;
  const next = data[o + F_SIBLING];
  const before = data[o + F_SIBLING_BEFORE];
  if (before === 0) n.bindings.data[data[o + F_BINDING] * B_STRIDE + B_FLOW] = next;
  else data[before * F_STRIDE + F_SIBLING] = next;
  if (next !== 0) data[next * F_STRIDE + F_SIBLING_BEFORE] = before;
  removeRecord(n.flows, rec);
  // No shortcut may take the free record for its flow.
  data[o + F_REMOTE_PORT] = -1;
}

/** Removes the flow; the binding is left to the caller. Entries of the address filter go with their last flow. */
export function endFlow(n: Nat, rec: number): void {
  const { flows, bindings, b4s } = n;
  const { data } = flows;
  const o = rec * F_STRIDE;
  if (data[o + F_REMOTE_PORT] === PERMIT) {
    unchain(n, rec);
    return;
  }
  unlinkFlow(n.flowWheel, data, rec);
  const b = data[o + F_BINDING] * B_STRIDE;
  const counted = (data[o + F_STATE] & COUNTED) !== 0;
  if ((data[o + F_STATE] & SHIFTED) !== 0) forgetShift(n.shifts, rec);
  const entry = counted ? findFlow(n, data[o + F_BINDING], data[o + F_REMOTE], PERMIT) : 0;
  unchain(n, rec);
  if (entry !== 0 && --flows.data[entry * F_STRIDE + F_LAST] === 0) unchain(n, entry);
  const s = bindings.data[b + B_B4] * S_STRIDE;
  n.subscribers.data[b4s.data[s + S_SUBSCRIBER] * U_STRIDE + U_SESSIONS]--;
  n.flowCount--;
  n.flowsDeleted++;
  if (--b4s.data[s + S_FLOWS] !== 0) return;
  n.subscribers.data[b4s.data[s + S_SUBSCRIBER] * U_STRIDE + U_SOFTWIRES]--;
  n.softwires--;
  n.softwiresDeleted++;
}

/** Second at which the flow is over when nothing more comes. */
export function flowDue(n: Nat, rec: number): number {
  const { data } = n.flows;
  const o = rec * F_STRIDE;
  return data[o + F_LAST] + n.flowTimeouts[flowClass(data[o + F_STATE])] + 1;
}
