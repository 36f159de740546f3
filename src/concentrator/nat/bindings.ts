/** Bindings (mappings): creation, refresh, end, hold-down; and the clock that ends them and their flows. */
import { addRecord, findRecord, hashKey, removeRecord } from "../softwires/records.js";
import { schedule } from "../softwires/wheel.js";
import { NONE, allocate } from "./allocate.js";
import { blockOf } from "./blocks.js";
import { addExternal, findExternal, removeExternal } from "./external.js";
import { linkFlow, unlinkFlow } from "./flow-wheel.js";
import { endFlow, flowDue } from "./flows.js";
import {
  B_B4, B_EXTERNAL, B_EXTERNAL_PORT, B_FLOW, B_LAST, B_NEXT, B_PORT, B_STATE, B_STRIDE, CLASS_TCP, F_BINDING, F_STRIDE, S_BINDINGS, S_STRIDE, S_SUBSCRIBER, STATE_HELD, STATE_STATIC,
  STATE_WHEEL, U_BLOCK, U_PORTS, U_STRIDE, classOf,
} from "./layout.js";
import { logBlock, logMapping, logParameters, logStatic } from "./log.js";
import { addressIndex, countPort, hasPorts } from "./pool.js";
import type { Nat } from "./state.js";
import { closeB4, mayBind, takeMapping } from "./subscribers.js";

/** Why there is no binding (results of `bind`). */
export const REFUSED_LIMIT = -1;
export const REFUSED_POOL = -2;
export const REFUSED_RATE = -3;

/** Writes the key of a binding into `n.bindingKey` and finds it, live or in hold-down; 0 when there is none. `port` = protocol << 16 | port. */
export function findBinding(n: Nat, b4: number, inner: number, port: number, remote: number, remotePort: number): number {
  const key = n.bindingKey;
  key[0] = b4;
  key[1] = inner;
  key[2] = port;
  const mapping = n.cfg === undefined ? "endpoint-independent" : n.cfg.mapping;
  key[3] = mapping === "endpoint-independent" ? 0 : remote;
  key[4] = mapping === "address-and-port-dependent" ? remotePort : 0;
  return findRecord(n.bindings, key, hashKey(n.bindings, key));
}

export const isHeld = (n: Nat, rec: number): boolean => (n.bindings.data[rec * B_STRIDE + B_STATE] & STATE_HELD) !== 0;

/** A new binding for the key that `findBinding` left, or a negative refusal. Without NAT the external endpoint is the inner one. */
export function bind(n: Nat): number {
  if (!mayBind(n)) return REFUSED_LIMIT;
  const key = n.bindingKey;
  const sub = n.b4s.data[key[0] * S_STRIDE + S_SUBSCRIBER];
  if (!takeMapping(n, sub)) return REFUSED_RATE;
  const protocol = key[2] >>> 16;
  let port = 0;
  if (n.cfg === undefined) {
    n.chosen = key[1];
    if (findExternal(n.external, n.bindings, n.chosen, 0) !== 0) return REFUSED_POOL;
  } else {
    port = allocate(n, sub, protocol, key[2] & 0xffff);
    if (port === NONE) return REFUSED_POOL;
  }
  return install(n, n.chosen, n.cfg === undefined ? 0 : (protocol << 16) | port, 0);
}

/** Adds the binding of `n.bindingKey` at a given external endpoint that is free. `state`: STATE_STATIC or 0. */
export function install(n: Nat, external: number, externalPort: number, state: number): number {
  const key = n.bindingKey;
  const rec = addRecord(n.bindings, key, hashKey(n.bindings, key));
  const o = rec * B_STRIDE;
  const { data } = n.bindings;
  data[o + B_EXTERNAL] = external;
  data[o + B_EXTERNAL_PORT] = externalPort;
  data[o + B_STATE] = state;
  // An external port counts once, however many inner ends are behind it (overlap.ts).
  const shared = n.overlaps && findExternal(n.external, n.bindings, external, externalPort) !== 0;
  addExternal(n.external, n.bindings, rec);
  if (!shared) count(n, external, externalPort, 1);
  n.b4s.data[key[0] * S_STRIDE + S_BINDINGS]++;
  countLive(n, rec, 1);
  n.bindingsCreated++;
  data[o + B_LAST] = n.now;
  if (n.started) logMapping(n, rec, "mapping-created");
  if (state === 0 && (n.cfg === undefined || classOf(key[2] >>> 16) !== CLASS_TCP)) wait(n, rec, n.now + n.mappingTimeouts[classOf(key[2] >>> 16)] + 1);
  return rec;
}

function countLive(n: Nat, rec: number, by: number): void {
  const sub = n.b4s.data[n.bindings.data[rec * B_STRIDE + B_B4] * S_STRIDE + S_SUBSCRIBER];
  n.subscribers.data[sub * U_STRIDE + U_PORTS] += by;
  n.live += by;
}

function count(n: Nat, external: number, externalPort: number, by: number): void {
  const protocol = externalPort >>> 16;
  const port = externalPort & 0xffff;
  countPort(n.pool, external, protocol, port, by);
  if (n.blocks === undefined || !hasPorts(protocol)) return;
  const block = blockOf(n.blocks, addressIndex(n.pool, external), port);
  if (block < 0) return;
  n.blocks.used[block] += by;
  if (n.blocks.used[block] === 0 && n.blocks.owner[block] !== 0) releaseBlock(n, block);
}

function releaseBlock(n: Nat, block: number): void {
  const k = n.blocks;
  if (k === undefined) return;
  const u = k.owner[block] * U_STRIDE + U_BLOCK;
  const { data } = n.subscribers;
  if (data[u] === block + 1) data[u] = k.next[block];
  else {
    let b = data[u];
    while (k.next[b - 1] !== block + 1) b = k.next[b - 1];
    k.next[b - 1] = k.next[block];
  }
  logBlock(n, k, block, "block-released");
  k.owner[block] = 0;
}

/** The same inner endpoint comes back during hold-down: it gets its own port again, which can confuse no third party. */
export function revive(n: Nat, rec: number): number {
  const sub = n.b4s.data[n.bindings.data[rec * B_STRIDE + B_B4] * S_STRIDE + S_SUBSCRIBER];
  const limit = n.cfg?.portsPerSubscriber ?? 0;
  if (limit !== 0 && n.subscribers.data[sub * U_STRIDE + U_PORTS] >= limit) return REFUSED_LIMIT;
  if (!takeMapping(n, sub)) return REFUSED_RATE;
  n.bindings.data[rec * B_STRIDE + B_STATE] &= ~STATE_HELD;
  n.bindings.data[rec * B_STRIDE + B_LAST] = n.now;
  countLive(n, rec, 1);
  logMapping(n, rec, "mapping-created");
  return rec;
}

export function refresh(n: Nat, rec: number): void {
  n.bindings.data[rec * B_STRIDE + B_LAST] = n.now;
}

function wait(n: Nat, rec: number, due: number): void {
  const o = rec * B_STRIDE;
  const { data } = n.bindings;
  data[o + B_STATE] |= STATE_WHEEL;
  n.waiting++;
  schedule(n.wheel, data, o + B_NEXT, rec, Math.min(due, n.now + n.wheel.mask));
}

/** Ends a live binding: its flows end with it, its port rests (RFC 6888 REQ-8: 120 s). */
function hold(n: Nat, rec: number): void {
  const o = rec * B_STRIDE;
  const { data } = n.bindings;
  while (data[o + B_FLOW] !== 0) endFlow(n, data[o + B_FLOW]);
  data[o + B_STATE] |= STATE_HELD;
  data[o + B_LAST] = n.now;
  countLive(n, rec, -1);
  logMapping(n, rec, "mapping-ended");
  if ((data[o + B_STATE] & STATE_WHEEL) !== 0) return;
  if (n.holdDown === 0) remove(n, rec);
  else wait(n, rec, n.now + n.holdDown + 1);
}

function remove(n: Nat, rec: number): void {
  const o = rec * B_STRIDE;
  const { data } = n.bindings;
  const b4 = data[o + B_B4];
  removeExternal(n.external, n.bindings, rec);
  if (!n.overlaps || findExternal(n.external, n.bindings, data[o + B_EXTERNAL], data[o + B_EXTERNAL_PORT]) === 0) count(n, data[o + B_EXTERNAL], data[o + B_EXTERNAL_PORT], -1);
  removeRecord(n.bindings, rec);
  n.b4s.data[b4 * S_STRIDE + S_BINDINGS]--;
  closeB4(n, b4);
}

/** A wheel slot came up for the binding. */
function visit(n: Nat, rec: number): void {
  const o = rec * B_STRIDE;
  const { data } = n.bindings;
  n.waiting--;
  data[o + B_STATE] &= ~STATE_WHEEL;
  if ((data[o + B_STATE] & STATE_HELD) === 0) {
    const kind = classOf(data[o + B_PORT] >>> 16);
    if (kind === CLASS_TCP && n.cfg !== undefined) return;
    const due = data[o + B_LAST] + n.mappingTimeouts[kind] + 1;
    if (due > n.now) wait(n, rec, due);
    else hold(n, rec);
    return;
  }
  const due = data[o + B_LAST] + n.holdDown + 1;
  if (due > n.now) wait(n, rec, due);
  else remove(n, rec);
}

/** Moves the clock on second by second (capture time), ending what is due; jumps when nothing is left to end. */
export function advance(n: Nat, sec: number): void {
  if (!n.started) {
    n.started = true;
    n.base = sec;
    logParameters(n);
    logStatic(n);
  }
  const to = sec - n.base;
  while (n.now < to) {
    if (n.waiting === 0 && n.flows.count === 0) {
      n.now = to;
      break;
    }
    n.now++;
    turnFlows(n);
    turnBindings(n);
  }
  n.wheel.now = n.now;
}

function turnFlows(n: Nat): void {
  const { flowWheel, flows } = n;
  const slot = n.now & flowWheel.mask;
  for (let rec = flowWheel.heads[slot]; rec !== 0; rec = flowWheel.heads[slot]) {
    const due = flowDue(n, rec);
    if (due > n.now) {
      unlinkFlow(flowWheel, flows.data, rec);
      linkFlow(flowWheel, flows.data, rec, n.now, due);
      continue;
    }
    const binding = flows.data[rec * F_STRIDE + F_BINDING];
    endFlow(n, rec);
    afterFlow(n, binding);
  }
}

/** The last flow of a TCP binding takes the binding along: its lifetime is that of its connections (RFC 5382 REQ-5). */
function afterFlow(n: Nat, binding: number): void {
  const o = binding * B_STRIDE;
  const { data } = n.bindings;
  if (data[o + B_FLOW] !== 0 || (data[o + B_STATE] & (STATE_STATIC | STATE_HELD)) !== 0) return;
  if (n.cfg !== undefined && classOf(data[o + B_PORT] >>> 16) === CLASS_TCP) hold(n, binding);
}

function turnBindings(n: Nat): void {
  const { wheel, bindings } = n;
  const slot = n.now & wheel.mask;
  let rec = wheel.heads[slot];
  wheel.heads[slot] = 0;
  while (rec !== 0) {
    const next = bindings.data[rec * B_STRIDE + B_NEXT];
    visit(n, rec);
    rec = next;
  }
}

/** Ends every flow; with the last one its softwire. */
export function endAllFlows(n: Nat): void {
  for (let slot = 0; slot <= n.flowWheel.mask; slot++) while (n.flowWheel.heads[slot] !== 0) endFlow(n, n.flowWheel.heads[slot]);
}
