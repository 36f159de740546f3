/** IPv4 path MTUs learnt from ICMPv4 "fragmentation needed" (RFC 1191), for the dynamic tunnel MTU of RFC 4213 section 3.2.2. */
import { type Records, addRecord, createRecords, findRecord, hashKey } from "../softwires/records.js";

/** RFC 1191 section 6.3: a learnt value is forgotten after ten minutes, so that a larger path is found again. */
const DECAY_SECONDS = 600;
/** RFC 1191 section 7.1: likely path MTUs, for routers that tell none. */
const PLATEAUS = [32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68];
const MINIMUM = 68;
const STRIDE = 3;
/** Destinations remembered at most. When they are full all are forgotten: each is learnt again at the cost of one packet. */
const MOST = 1 << 17;

export interface PathMtus { readonly seed: number; table: Records; readonly key: Int32Array; base: number }

export function createPathMtus(seed: number): PathMtus {
  return { seed, table: createTable(seed), key: new Int32Array(1), base: -1 };
}

const createTable = (seed: number): Records => createRecords(1, STRIDE, seed + 3);

/** The path MTU towards `destination` (int32) in bytes, or `otherwise` when none is known or it has decayed. */
export function pathMtu(p: PathMtus, destination: number, sec: number, otherwise: number): number {
  if (p.table.count === 0) return otherwise;
  p.key[0] = destination;
  const rec = findRecord(p.table, p.key, hashKey(p.table, p.key));
  if (rec === 0) return otherwise;
  const o = rec * STRIDE;
  return sec - p.base - p.table.data[o + 2] > DECAY_SECONDS ? otherwise : Math.min(otherwise, p.table.data[o + 1]);
}

/** Records next-hop MTU `told` (0 = the router told none) for a packet of `sent` bytes. Values never rise by being told (RFC 1191 section 6). */
export function learnPathMtu(p: PathMtus, destination: number, told: number, sent: number, sec: number, link: number): void {
  if (p.base < 0) p.base = sec;
  const now = pathMtu(p, destination, sec, link);
  let mtu = told;
  if (told === 0) mtu = PLATEAUS.find((x) => x < sent) ?? MINIMUM;
  mtu = Math.max(MINIMUM, mtu);
  if (mtu >= now) return;
  p.key[0] = destination;
  const h = hashKey(p.table, p.key);
  let rec = findRecord(p.table, p.key, h);
  if (rec === 0) {
    if (p.table.count >= MOST) p.table = createTable(p.seed);
    rec = addRecord(p.table, p.key, h);
  }
  p.table.data[rec * STRIDE + 1] = mtu;
  p.table.data[rec * STRIDE + 2] = sec - p.base;
}
