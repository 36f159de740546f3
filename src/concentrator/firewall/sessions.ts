/**
 * Sessions of the stateful firewall: a flow that a rule accepted, whose packets pass in both directions until it is idle.
 * Apart from the softwire's flows: those are statistics that end after seconds, these have the timers of a NAT's mappings (TCP by its state).
 */
import type { NatConfig } from "../../config/types.js";
import { CLASS_TCP, CLASS_TCP_ESTABLISHED, classOf } from "../nat/layout.js";
import { afterSegment, isEstablished } from "../nat/tcp.js";
import { type Records, addRecord, createRecords, findRecord, hashKey, removeRecord } from "../softwires/records.js";
import { type Wheel, createWheel, schedule } from "../softwires/wheel.js";
import type { View } from "./view.js";

/** Lower address (4 words), higher address (4), ports (the lower address's in the high half), protocol, realm (4). */
const KEY_WORDS = 14;
const LAST = 14;
const NEXT = 15;
/** Class in the low byte, TCP flags above, bit 16: the side that opened it had the lower address. */
const STATE = 16;
const STRIDE = 17;
const OPENER_LOW = 0x10000;
const ICMP6 = 58;
const ICMP_CLASS = 3;
/** Slots of the wheel; a session that waits for longer is looked at once in between. */
const WHEEL_SECONDS = 2046;

export interface Sessions {
  readonly records: Records;
  readonly wheel: Wheel;
  readonly key: Int32Array;
  readonly timeouts: Int32Array;
  base: number;
  created: number;
  ended: number;
}

export function createSessions(t: NatConfig["timers"], seed: number): Sessions {
  return {
    records: createRecords(KEY_WORDS, STRIDE, seed + 20), wheel: createWheel(WHEEL_SECONDS), key: new Int32Array(KEY_WORDS),
    timeouts: Int32Array.of(t.tcpTransitory, t.tcpEstablished, t.udp, t.icmpQuery, t.other), base: -1, created: 0, ended: 0,
  };
}

/** Writes the key of the view's flow, the same for both directions; true when its source has the lower endpoint. */
function writeKey(s: Sessions, v: View): boolean {
  let order = 0;
  for (let i = 0; i < 4 && order === 0; i++) if (v.source[i] !== v.destination[i]) order = v.source[i] < v.destination[i] ? -1 : 1;
  if (order === 0) order = v.sourcePort <= v.destinationPort ? -1 : 1;
  const low = order < 0 ? v.source : v.destination;
  const high = order < 0 ? v.destination : v.source;
  for (let i = 0; i < 4; i++) {
    s.key[i] = low[i];
    s.key[4 + i] = high[i];
    s.key[10 + i] = v.realm[i];
  }
  s.key[8] = order < 0 ? (v.sourcePort << 16) | v.destinationPort : (v.destinationPort << 16) | v.sourcePort;
  s.key[9] = v.protocol;
  return order < 0;
}

function timeout(s: Sessions, state: number): number {
  const kind = state & 255;
  return s.timeouts[kind === CLASS_TCP && isEstablished((state >>> 8) & 255) ? CLASS_TCP_ESTABLISHED : kind];
}

const wait = (s: Sessions, rec: number, due: number): void => schedule(s.wheel, s.records.data, rec * STRIDE + NEXT, rec, Math.min(due, s.wheel.now + s.wheel.mask));

/** Moves the clock on (seconds since the epoch) and ends what was idle for too long. */
export function advanceSessions(s: Sessions, sec: number): void {
  if (s.base < 0) s.base = sec;
  const to = sec - s.base;
  const { wheel, records } = s;
  if (to - wheel.now > wheel.mask && records.count === 0) wheel.now = to;
  while (wheel.now < to) {
    wheel.now++;
    let rec = wheel.heads[wheel.now & wheel.mask];
    wheel.heads[wheel.now & wheel.mask] = 0;
    while (rec !== 0) {
      const o = rec * STRIDE;
      const next = records.data[o + NEXT];
      const due = records.data[o + LAST] + timeout(s, records.data[o + STATE]) + 1;
      if (due > wheel.now) wait(s, rec, due);
      else {
        removeRecord(records, rec);
        s.ended++;
      }
      rec = next;
    }
  }
}

/** Is the view's flow an open session? Refreshes it when it is, unless only asked (an ICMP error's quotation). */
export function passSession(s: Sessions, v: View, refresh: boolean): boolean {
  const low = writeKey(s, v);
  const rec = findRecord(s.records, s.key, hashKey(s.records, s.key));
  if (rec === 0 || isOver(s, rec)) return false;
  if (refresh) touch(s, rec, v, low);
  return true;
}

function touch(s: Sessions, rec: number, v: View, low: boolean): void {
  const o = rec * STRIDE;
  const { data } = s.records;
  data[o + LAST] = s.wheel.now;
  const state = data[o + STATE];
  if ((state & 255) !== CLASS_TCP) return;
  const out = low === ((state & OPENER_LOW) !== 0);
  data[o + STATE] = (state & ~0xff00) | (afterSegment((state >>> 8) & 255, v.tcpFlags, out) << 8);
}

/** A session that is over, but whose place in the wheel has not come up (a connection that closed): it must not let a new flow in. */
function isOver(s: Sessions, rec: number): boolean {
  const o = rec * STRIDE;
  return s.records.data[o + LAST] + timeout(s, s.records.data[o + STATE]) < s.wheel.now;
}

/** Opens a session for the view's flow, of which there is none (`passSession` said so). */
export function openSession(s: Sessions, v: View): void {
  const low = writeKey(s, v);
  const h = hashKey(s.records, s.key);
  const old = findRecord(s.records, s.key, h);
  const rec = old === 0 ? addRecord(s.records, s.key, h) : old;
  const o = rec * STRIDE;
  const { data } = s.records;
  data[o + STATE] = (v.protocol === ICMP6 ? ICMP_CLASS : classOf(v.protocol)) | (low ? OPENER_LOW : 0);
  touch(s, rec, v, low);
  // One that is over still waits in the wheel: it is looked at when its place comes up, as any other.
  if (old === 0) wait(s, rec, s.wheel.now + timeout(s, data[o + STATE]) + 1);
  s.created++;
}
