/** B4s and the subscribers (prefixes, RFC 7785) to which they belong. A record lives while its B4 has flows or bindings. */
import { mask32 } from "../../wire/address.js";
import { addRecord, findRecord, hashKey, removeRecord } from "../softwires/records.js";
import { S_BINDINGS, S_FLOWS, S_STRIDE, S_SUBSCRIBER, U_B4S, U_BLOCK, U_PORTS, U_SECOND, U_STRIDE, U_TOKENS } from "./layout.js";
import type { Nat } from "./state.js";

const word = (b: Uint8Array, o: number): number => (b[o] << 24) | (b[o + 1] << 16) | (b[o + 2] << 8) | b[o + 3];

/** The record of the B4 whose IPv6 address lies at `o`; made when there is none. */
export function openB4(n: Nat, b: Uint8Array, o: number): number {
  const { b4s, addressKey } = n;
  for (let i = 0; i < 4; i++) addressKey[i] = word(b, o + 4 * i);
  const h = hashKey(b4s, addressKey);
  const known = findRecord(b4s, addressKey, h);
  if (known !== 0) return known;
  const b4 = addRecord(b4s, addressKey, h);
  for (let i = 0; i < 4; i++) addressKey[i] &= mask32(n.limits.subscriberPrefixLength - 32 * i);
  const { subscribers } = n;
  const hs = hashKey(subscribers, addressKey);
  const sub = findRecord(subscribers, addressKey, hs) || addRecord(subscribers, addressKey, hs);
  b4s.data[b4 * S_STRIDE + S_SUBSCRIBER] = sub;
  subscribers.data[sub * U_STRIDE + U_B4S]++;
  return b4;
}

/** The record of a B4, 0 when it has neither flows nor bindings. */
export function findB4(n: Nat, b: Uint8Array, o: number): number {
  const { b4s, addressKey } = n;
  for (let i = 0; i < 4; i++) addressKey[i] = word(b, o + 4 * i);
  return findRecord(b4s, addressKey, hashKey(b4s, addressKey));
}

/** Forgets a B4 that has nothing left, and its subscriber when it was the last one. */
export function closeB4(n: Nat, b4: number): void {
  const { b4s, subscribers } = n;
  const o = b4 * S_STRIDE;
  if (b4s.data[o + S_FLOWS] !== 0 || b4s.data[o + S_BINDINGS] !== 0) return;
  const sub = b4s.data[o + S_SUBSCRIBER];
  removeRecord(b4s, b4);
  const u = sub * U_STRIDE;
  if (--subscribers.data[u + U_B4S] !== 0) return;
  // Blocks are released with their last port, so none is left here unless it never carried one.
  for (let b = subscribers.data[u + U_BLOCK]; n.blocks !== undefined && b !== 0; b = n.blocks.next[b - 1]) n.blocks.owner[b - 1] = 0;
  removeRecord(subscribers, sub);
}

/** May the subscriber of the key that `findBinding` (bindings.ts) left have one more mapping? */
export function mayBind(n: Nat): boolean {
  const sub = n.b4s.data[n.bindingKey[0] * S_STRIDE + S_SUBSCRIBER];
  const limit = n.cfg?.portsPerSubscriber ?? 0;
  return limit === 0 || n.subscribers.data[sub * U_STRIDE + U_PORTS] < limit;
}

/** Takes one of the new mappings that the subscriber may make in this second (RFC 6888 REQ-4c); false when none is left. */
export function takeMapping(n: Nat, sub: number): boolean {
  const rate = n.cfg?.mappingRate;
  if (rate === undefined) return true;
  const u = sub * U_STRIDE;
  const { data } = n.subscribers;
  const most = n.cfg?.mappingBurst ?? rate;
  // A record begins with zeros: the bucket of a new subscriber is full. Seconds count from 1 here.
  const since = data[u + U_SECOND] === 0 ? most : Math.min(most, n.now + 1 - data[u + U_SECOND]);
  data[u + U_TOKENS] = Math.min(most, data[u + U_TOKENS] + since * rate);
  data[u + U_SECOND] = n.now + 1;
  if (data[u + U_TOKENS] === 0) return false;
  data[u + U_TOKENS]--;
  return true;
}
