/**
 * FTP active mode (RFC 959 PORT, RFC 2428 EPRT over IPv4): the address and port that the client names become those of a binding
 * for its data port, which the server's data connection (from port 20) may use whatever the filter.
 */
import { put16 } from "../../wire/bits.js";
import { finish, pseudo4, sum } from "../../wire/checksum.js";
import * as ipv4 from "../../wire/ipv4.js";
import { bind, findBinding, isHeld, revive } from "./bindings.js";
import { findFlow, flowRoom, openFlow } from "./flows.js";
import { B_EXTERNAL, B_EXTERNAL_PORT, B_STRIDE, F_STATE, F_STRIDE, SHIFTED, TCP } from "./layout.js";
import { noteEdit } from "./sequence.js";
import type { Nat } from "./state.js";

export const FTP_CONTROL = 21;
const FTP_DATA = 20;
/** Most bytes that a command can grow by: "1,1,1,1,1,1" to "255,255,255,255,255,255". */
export const GROWTH = 24;
const COMMA = 44;
const BAR = 124;

/** What a command named: inner port, and where its text ends. */
const found = { address: 0, port: 0, end: 0 };

/**
 * The translated control segment at `at` (`n` bytes, source already external) of inner host `inner` behind `b4`: rewrites a PORT or
 * EPRT that names the host itself (RFC 2577: never a third party). `seq` = its sequence number inside. Returns the new length.
 */
export function rewriteFtp(n: Nat, b: Uint8Array, at: number, len: number, flow: number, b4: number, inner: number, remote: number, seq: number): number {
  const l4 = at + ipv4.headerLength(b, at);
  const data = l4 + ((b[l4 + 12] >>> 4) << 2);
  const end = at + len;
  const extended = starts(b, data, end, "EPRT |1|");
  if (!(extended || starts(b, data, end, "PORT ")) || !(extended ? readExtended(b, data + 8, end) : readPlain(b, data + 5, end))) return len;
  if (found.address !== inner || found.port < 1024) return len;
  const binding = dataBinding(n, b4, inner, remote);
  if (binding === 0) return len;
  const o = binding * B_STRIDE;
  const address = n.bindings.data[o + B_EXTERNAL];
  const port = n.bindings.data[o + B_EXTERNAL_PORT] & 0xffff;
  const mark = extended ? 46 : COMMA;
  // Rare and at most one a segment: the only place where translating makes a string.
  const text = extended ? `${dotted(address, mark)}|${port}` : `${dotted(address, mark)},${port >>> 8},${port & 255}`;
  const from = data + (extended ? 8 : 5);
  const grown = text.length - (found.end - from);
  b.copyWithin(from + text.length, found.end, end);
  for (let i = 0; i < text.length; i++) b[from + i] = text.charCodeAt(i);
  if (noteEdit(n.shifts, flow, seq, grown)) n.flows.data[flow * F_STRIDE + F_STATE] |= SHIFTED;
  const total = len + grown;
  put16(b, at + ipv4.TOTAL_LENGTH, total);
  const size = at + total - l4;
  put16(b, l4 + 16, 0);
  put16(b, l4 + 16, finish(sum(b, l4, size, pseudo4(b, at + ipv4.SRC, size, TCP))));
  return total;
}

const dotted = (v: number, mark: number): string => [v >>> 24, (v >>> 16) & 255, (v >>> 8) & 255, v & 255].join(String.fromCharCode(mark));

/** The binding of the data port, with a flow that lets the server's port 20 in; 0 when none can be made. */
function dataBinding(n: Nat, b4: number, inner: number, remote: number): number {
  let binding = findBinding(n, b4, inner, (TCP << 16) | found.port, remote, FTP_DATA);
  if (binding !== 0 && !isHeld(n, binding) && findFlow(n, binding, remote, FTP_DATA) !== 0) return binding;
  if (flowRoom(n, b4) !== 0) return 0;
  if (binding === 0) binding = bind(n);
  else if (isHeld(n, binding) && revive(n, binding) < 0) return 0;
  if (binding < 0) return 0;
  openFlow(n, binding, remote, FTP_DATA, false);
  return binding;
}

function starts(b: Uint8Array, at: number, end: number, word: string): boolean {
  if (at + word.length > end) return false;
  for (let i = 0; i < word.length; i++) {
    const c = b[at + i];
    if ((c >= 97 && c <= 122 ? c - 32 : c) !== word.charCodeAt(i)) return false;
  }
  return true;
}

/** Reads a decimal of at most `max` at `at`; returns the offset behind it, or 0. The value is left in `number`. */
let number = 0;
function decimal(b: Uint8Array, at: number, end: number, max: number): number {
  let i = at;
  number = 0;
  while (i < end && b[i] >= 48 && b[i] <= 57 && i - at < 6) number = number * 10 + b[i++] - 48;
  return i === at || number > max ? 0 : i;
}

function readPlain(b: Uint8Array, at: number, end: number): boolean {
  let i = at;
  let address = 0;
  let port = 0;
  for (let k = 0; k < 6; k++) {
    i = decimal(b, i, end, 255);
    if (i === 0 || i >= end || (k < 5 && b[i] !== COMMA)) return false;
    if (k < 4) address = (address << 8) | number;
    else port = port * 256 + number;
    if (k < 5) i++;
  }
  return done(b, address, port, i, 13);
}

function readExtended(b: Uint8Array, at: number, end: number): boolean {
  let i = at;
  let address = 0;
  for (let k = 0; k < 4; k++) {
    i = decimal(b, i, end, 255);
    if (i === 0 || i >= end || b[i] !== (k < 3 ? 46 : BAR)) return false;
    address = (address << 8) | number;
    i++;
  }
  i = decimal(b, i, end, 65535);
  return i !== 0 && i < end && done(b, address, number, i, BAR);
}

function done(b: Uint8Array, address: number, port: number, end: number, next: number): boolean {
  found.address = address;
  found.port = port;
  found.end = end;
  return b[end] === next;
}
