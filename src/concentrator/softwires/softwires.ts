/**
 * Softwires, initiators and flows of one softwire concentrator.
 *
 * A softwire is the 3-tuple (service set, initiator address, concentrator address); the service set is the owner of this
 * table. It is made by the first packet of a flow from either side, owns flows, and is deleted when its last flow ends.
 * An initiator record is shared by all softwires of one initiator.
 *
 * A flow that arrives over two concentrator addresses (anycast and the equivalent unicast address, say) belongs to the
 * softwire on which it first arrived: what a flow owns (limits, a NAT mapping behind it) must have one owner, and the
 * packets of the core side do not tell over which address the initiator will send next. Moving the flow with each packet
 * would make ownership, and the life of both softwires, depend on the order of packets.
 */
import { FLOW_KEY_WORDS, type FlowTable, addFlow, clearFlows, createFlowTable, findFlow, hashFlow, lastAt, noteLast, placeOfFlow, removeFlow, softwireAt } from "./flow-table.js";
import { type Records, addRecord, clearRecords, createRecords, findRecord, hashKey, removeRecord } from "./records.js";
import { type Wheel, createWheel, schedule } from "./wheel.js";

/** Key of a softwire: initiator, concentrator address (IPv4). The records are small on purpose: a million of them is built in a capture's first seconds. */
const SOFTWIRE_KEY_WORDS = 2;
const SOFTWIRE_STRIDE = 4;
const SOFTWIRE_FLOWS = 2;
const SOFTWIRE_INITIATOR = 3;
const INITIATOR_KEY_WORDS = 1;
const INITIATOR_STRIDE = 2;
const INITIATOR_SOFTWIRES = 1;

export interface Softwires {
  readonly inactivitySeconds: number;
  readonly flowLimit: number;
  /** Key of a flow: lower address (4 words), higher address (4), their ports (lower's high half), protocol. */
  readonly flows: FlowTable;
  readonly softwires: Records;
  readonly initiators: Records;
  readonly wheel: Wheel;
  /** Filled by the caller before `touchFlow`. */
  readonly flowKey: Int32Array;
  readonly softwireKey: Int32Array;
  readonly initiatorKey: Int32Array;
  /** First second seen; times in the tables are relative to it, so they fit int32 whatever the epoch. */
  base: number;
  started: boolean;
  softwiresCreated: number;
  softwiresCreatedReverse: number;
  softwiresDeleted: number;
  flowsCreated: number;
  flowsCreatedReverse: number;
  flowsDeleted: number;
}

export function createSoftwires(inactivitySeconds: number, flowLimit: number, seed: number): Softwires {
  return {
    inactivitySeconds, flowLimit,
    flows: createFlowTable(seed),
    softwires: createRecords(SOFTWIRE_KEY_WORDS, SOFTWIRE_STRIDE, seed + 1),
    initiators: createRecords(INITIATOR_KEY_WORDS, INITIATOR_STRIDE, seed + 2),
    wheel: createWheel(inactivitySeconds),
    flowKey: new Int32Array(FLOW_KEY_WORDS), softwireKey: new Int32Array(SOFTWIRE_KEY_WORDS), initiatorKey: new Int32Array(INITIATOR_KEY_WORDS),
    base: 0, started: false, softwiresCreated: 0, softwiresCreatedReverse: 0, softwiresDeleted: 0, flowsCreated: 0, flowsCreatedReverse: 0, flowsDeleted: 0,
  };
}

/** Moves the clock on (seconds since the epoch) and ends the flows that were idle for longer than the inactivity time. */
export function advance(s: Softwires, sec: number): void {
  if (!s.started) {
    s.started = true;
    s.base = sec;
  }
  const to = sec - s.base;
  const { wheel, flows } = s;
  if (to <= wheel.now) return;
  // After a long gap every slot is visited once: that is enough to see every flow.
  let at = Math.max(wheel.now, to - wheel.mask - 1);
  while (at < to) {
    at++;
    let flow = wheel.heads[at & wheel.mask];
    if (flow === 0) continue;
    wheel.heads[at & wheel.mask] = 0;
    while (flow !== 0) {
      const next = flows.next[flow];
      const due = lastAt(flows, placeOfFlow(flows, flow)) + s.inactivitySeconds + 1;
      if (due <= to) endFlow(s, flow);
      else schedule(wheel, flows.next, flow, flow, due);
      flow = next;
    }
  }
  wheel.now = to;
}

/**
 * A packet of the flow in `flowKey`, over the softwire in `softwireKey` when it is new. `reverse` says that it came from
 * the core side. Returns the softwire's record number, or 0 when the softwire's flow limit refuses a new flow.
 */
export function touchFlow(s: Softwires, sec: number, reverse: boolean): number {
  return touchHashed(s, hashFlow(s.flows, s.flowKey), sec, reverse);
}

/** The same, with the key's hash. */
export function touchHashed(s: Softwires, h: number, sec: number, reverse: boolean): number {
  if (sec - s.base > s.wheel.now || !s.started) advance(s, sec);
  const { flows } = s;
  const known = findFlow(flows, s.flowKey, h);
  if (known >= 0) {
    noteLast(flows, known, s.wheel.now);
    return softwireAt(flows, known);
  }
  return createFlow(s, h, reverse);
}

/** Is there a flow with the key in `flowKey`, at second `sec`? */
export function isKnownFlow(s: Softwires, sec: number): boolean {
  if (sec - s.base > s.wheel.now || !s.started) advance(s, sec);
  return findFlow(s.flows, s.flowKey, hashFlow(s.flows, s.flowKey)) >= 0;
}

function createFlow(s: Softwires, h: number, reverse: boolean): number {
  const { softwires, flows } = s;
  const hs = hashKey(softwires, s.softwireKey);
  let softwire = findRecord(softwires, s.softwireKey, hs);
  if (softwire === 0) softwire = createSoftwire(s, hs, reverse);
  else if (s.flowLimit !== 0 && softwires.data[softwire * SOFTWIRE_STRIDE + SOFTWIRE_FLOWS] >= s.flowLimit) return 0;
  const flow = addFlow(flows, s.flowKey, h, softwire, s.wheel.now);
  schedule(s.wheel, flows.next, flow, flow, s.wheel.now + s.inactivitySeconds + 1);
  softwires.data[softwire * SOFTWIRE_STRIDE + SOFTWIRE_FLOWS]++;
  s.flowsCreated++;
  if (reverse) s.flowsCreatedReverse++;
  return softwire;
}

function createSoftwire(s: Softwires, h: number, reverse: boolean): number {
  const { softwires, initiators, initiatorKey } = s;
  for (let i = 0; i < INITIATOR_KEY_WORDS; i++) initiatorKey[i] = s.softwireKey[i];
  const hi = hashKey(initiators, initiatorKey);
  const initiator = findRecord(initiators, initiatorKey, hi) || addRecord(initiators, initiatorKey, hi);
  initiators.data[initiator * INITIATOR_STRIDE + INITIATOR_SOFTWIRES]++;
  const softwire = addRecord(softwires, s.softwireKey, h);
  softwires.data[softwire * SOFTWIRE_STRIDE + SOFTWIRE_INITIATOR] = initiator;
  s.softwiresCreated++;
  if (reverse) s.softwiresCreatedReverse++;
  return softwire;
}

function endFlow(s: Softwires, flow: number): void {
  const { flows, softwires, initiators } = s;
  const softwire = softwireAt(flows, placeOfFlow(flows, flow));
  removeFlow(flows, flow);
  s.flowsDeleted++;
  const o = softwire * SOFTWIRE_STRIDE;
  if (--softwires.data[o + SOFTWIRE_FLOWS] !== 0) return;
  const initiator = softwires.data[o + SOFTWIRE_INITIATOR];
  removeRecord(softwires, softwire);
  s.softwiresDeleted++;
  if (--initiators.data[initiator * INITIATOR_STRIDE + INITIATOR_SOFTWIRES] === 0) removeRecord(initiators, initiator);
}

/** Ends every flow, and with them every softwire: the end of the input. */
export function endAll(s: Softwires): void {
  s.flowsDeleted += s.flows.count;
  s.softwiresDeleted += s.softwires.count;
  s.wheel.heads.fill(0);
  clearFlows(s.flows);
  clearRecords(s.softwires);
  clearRecords(s.initiators);
}
