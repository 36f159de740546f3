/**
 * Shortcuts: what the tables say about one 5-tuple in one direction, in a row of one cache line, so that a packet of a known flow costs one access to
 * memory where softwire, binding and flow would each cost their own. Open-addressed, seeded hash, a window of few rows. It is a cache of bounded size:
 * whoever finds nothing here asks the tables, which alone decide. Flows end when the second changes (`advance`), never within one; so a row that was
 * checked in this second holds, and `renew` compares it with the tables once a second.
 */
import { BEGIN, ROW, rowsOf } from "../lines.js";
import { refresh } from "./bindings.js";
import { touchFlow } from "./flows.js";
import { B_B4, B_EXTERNAL, B_EXTERNAL_PORT, B_INNER, B_PORT, B_STRIDE, F_BINDING, F_REMOTE, F_REMOTE_PORT, F_STRIDE, S_STRIDE } from "./layout.js";
import type { Nat } from "./state.js";

/** Key: address of the B4 (4 words), own address, remote address, own port << 16 | remote port, protocol | direction. Own is inner on the way out, external on the way in. */
export const K_B4 = 0;
export const K_OWN = 4;
export const K_REMOTE = 5;
export const K_PORTS = 6;
export const K_PROTOCOL = 7;
export const KEY_WORDS = 8;
/** Translation: address and port to be written over the own ones, and what that adds to a ones' complement sum over both. */
export const T_ADDRESS = 8;
export const T_PORT = 9;
export const T_DIFFERENCE = 10;
/** 0: the row is free. */
const T_BINDING = 11;
export const T_FLOW = 12;
const T_SECOND = 13;
const T_HASH = 14;
/** Direction of a key. */
export const INWARDS = 0x100;

const FIRST_ROWS = 1024;
const MOST_ROWS = 1 << 18;
const WINDOW = 4;

export interface Shortcuts {
  readonly seed: number;
  /** Filled by the caller before each look-up; on the way in the B4 is not looked for, but found. */
  readonly key: Int32Array;
  rows: Int32Array;
  mask: number;
  /** Rows that are not free. */
  used: number;
  /** What was read before its time (lines.ts, `approach`); nobody asks for it. */
  approached: number;
}

export const createShortcuts = (seed: number): Shortcuts => ({ seed: Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995, key: new Int32Array(KEY_WORDS), rows: rowsOf(FIRST_ROWS), mask: FIRST_ROWS - 1, used: 0, approached: 0 });

/** Hash of a key on the way out. Two chains, which the processor works on side by side. */
export function hashOut(t: Shortcuts, k: Int32Array): number {
  let g = t.seed;
  let h = ~g;
  g = Math.imul(g ^ k[0], 0x9e3779b1);
  h = Math.imul(h ^ k[1], 0x85ebca6b);
  g = Math.imul(g ^ (g >>> 15) ^ k[2], 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15) ^ k[3], 0x85ebca6b);
  return hashOwn(k, g ^ (g >>> 15), h ^ (h >>> 15));
}

/** Hash of a key on the way in. */
export const hashIn = (t: Shortcuts, k: Int32Array): number => hashOwn(k, t.seed, ~t.seed);

function hashOwn(k: Int32Array, first: number, second: number): number {
  let g = Math.imul(first ^ k[4], 0x9e3779b1);
  let h = Math.imul(second ^ k[5], 0x85ebca6b);
  g = Math.imul(g ^ (g >>> 15) ^ k[6], 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15) ^ k[7], 0x85ebca6b);
  g = Math.imul(g ^ (g >>> 15) ^ h ^ (h >>> 13), 0xc2b2ae35);
  return g ^ (g >>> 16);
}

/** Place of the row in `rows`, -1 when there is none. `h` comes from `hashOut` or `hashIn`, as the key does. */
export function findShortcut(t: Shortcuts, k: Int32Array, h: number): number {
  const { rows, mask } = t;
  for (let i = 0; i < WINDOW; i++) {
    const at = BEGIN + ((h + i) & mask) * ROW;
    if (rows[at + T_BINDING] === 0) return -1;
    if (rows[at + K_OWN] !== k[4] || rows[at + K_REMOTE] !== k[5] || rows[at + K_PORTS] !== k[6] || rows[at + K_PROTOCOL] !== k[7]) continue;
    if ((k[7] & INWARDS) !== 0 || (rows[at] === k[0] && rows[at + 1] === k[1] && rows[at + 2] === k[2] && rows[at + 3] === k[3])) return at;
  }
  return -1;
}

/** Was the row compared with the tables in this second? */
export const isFresh = (n: Nat, t: Shortcuts, at: number): boolean => t.rows[at + T_SECOND] === n.now;

/** Compares the row with the tables; if it holds, flow and mapping are touched by this packet, as the long way does. False when it does not hold: nothing has happened. */
export function renew(n: Nat, t: Shortcuts, at: number, tcpFlags: number, refreshes: boolean): boolean {
  const { rows } = t;
  const flow = rows[at + T_FLOW];
  const binding = rows[at + T_BINDING];
  const inwards = (rows[at + K_PROTOCOL] & INWARDS) !== 0;
  const kind = (rows[at + K_PROTOCOL] & 0xff) << 16;
  const f = n.flows.data;
  const o = flow * F_STRIDE;
  if (f[o + F_BINDING] !== binding || f[o + F_REMOTE] !== rows[at + K_REMOTE] || f[o + F_REMOTE_PORT] !== (rows[at + K_PORTS] & 0xffff)) return false;
  const b = n.bindings.data;
  const p = binding * B_STRIDE;
  const own = kind | (rows[at + K_PORTS] >>> 16);
  const other = kind | rows[at + T_PORT];
  if (b[p + (inwards ? B_EXTERNAL : B_INNER)] !== rows[at + K_OWN] || b[p + (inwards ? B_INNER : B_EXTERNAL)] !== rows[at + T_ADDRESS]) return false;
  if (b[p + (inwards ? B_EXTERNAL_PORT : B_PORT)] !== own || b[p + (inwards ? B_PORT : B_EXTERNAL_PORT)] !== other) return false;
  const s = b[p + B_B4] * S_STRIDE;
  for (let i = 0; i < 4; i++) if (n.b4s.data[s + i] !== rows[at + i]) return false;
  if (refreshes) refresh(n, binding);
  touchFlow(n, flow, tcpFlags, !inwards);
  rows[at + T_SECOND] = n.now;
  return true;
}

/**
 * Remembers the key in `t.key` (on the way in with the B4's address, for the outer header) with the binding and the flow that the long way found and touched.
 * A row that others use in this second is not taken from them.
 */
export function addShortcut(n: Nat, t: Shortcuts, h: number, binding: number, flow: number): void {
  const { key } = t;
  // At most half full; what flows of the past have left makes way instead.
  if (2 * t.used > t.mask && t.mask + 1 < MOST_ROWS && t.used <= 4 * n.flowCount) grow(t);
  let at = findShortcut(t, key, h);
  if (at < 0) at = placeFor(t, h);
  const { rows } = t;
  if (rows[at + T_BINDING] !== 0 && rows[at + T_SECOND] === n.now && rows[at + T_HASH] !== h) return;
  const inwards = (key[K_PROTOCOL] & INWARDS) !== 0;
  const b = n.bindings.data;
  const p = binding * B_STRIDE;
  const address = b[p + (inwards ? B_INNER : B_EXTERNAL)];
  const port = b[p + (inwards ? B_PORT : B_EXTERNAL_PORT)] & 0xffff;
  if (rows[at + T_BINDING] === 0) t.used++;
  for (let i = 0; i < KEY_WORDS; i++) rows[at + i] = key[i];
  rows[at + T_ADDRESS] = address;
  rows[at + T_PORT] = port;
  rows[at + T_DIFFERENCE] = difference(key[K_OWN], key[K_PORTS] >>> 16, address, port);
  rows[at + T_BINDING] = binding;
  rows[at + T_FLOW] = flow;
  rows[at + T_SECOND] = n.now;
  rows[at + T_HASH] = h;
}

/** RFC 1624 equation 3 for address and port at once: sum of what goes, complemented, and of what comes, folded to 16 bits. */
function difference(fromAddress: number, fromPort: number, address: number, port: number): number {
  const s = (~fromAddress >>> 16) + (~fromAddress & 0xffff) + (~fromPort & 0xffff) + (address >>> 16) + (address & 0xffff) + port;
  const t = (s >>> 16) + (s & 0xffff);
  return (t >>> 16) + (t & 0xffff);
}

/** A free row of the window, else the one that was compared longest ago. */
function placeFor(t: Shortcuts, h: number): number {
  const { rows, mask } = t;
  let best = BEGIN + (h & mask) * ROW;
  for (let i = 0; i < WINDOW; i++) {
    const at = BEGIN + ((h + i) & mask) * ROW;
    if (rows[at + T_BINDING] === 0) return at;
    if (rows[at + T_SECOND] < rows[best + T_SECOND]) best = at;
  }
  return best;
}

function grow(t: Shortcuts): void {
  const old = t.rows;
  const n = (t.mask + 1) * 2;
  t.rows = rowsOf(n);
  t.mask = n - 1;
  t.used = 0;
  for (let from = BEGIN; from < old.length; from += ROW) {
    if (old[from + T_BINDING] === 0) continue;
    const at = placeFor(t, old[from + T_HASH]);
    if (t.rows[at + T_BINDING] === 0) t.used++;
    for (let i = 0; i < ROW; i++) t.rows[at + i] = old[from + i];
  }
}

/** Forgets all: the end of the input ends flows within a second. */
export function clearShortcuts(t: Shortcuts): void {
  t.rows = rowsOf(FIRST_ROWS);
  t.mask = FIRST_ROWS - 1;
  t.used = 0;
}
