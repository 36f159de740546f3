/** What the next packets will ask of the shortcuts (wire/upcoming.ts): the short way's keys, from packets that nobody has checked yet. */
import { ACCESS, type Side } from "../../config/types.js";
import * as ipv4 from "../../wire/ipv4.js";
import * as ipv6 from "../../wire/ipv6.js";
import type { Upcoming } from "../../wire/upcoming.js";
import { approachAll } from "../lines.js";
import { INWARDS, K_B4, K_OWN, K_PORTS, K_PROTOCOL, K_REMOTE, type Shortcuts, hashIn, hashOut } from "../nat/shortcuts.js";
import type { Aftr } from "./aftr.js";

export function readAhead(a: Aftr, t: Shortcuts, side: Side, u: Upcoming): void {
  const { off, hash, n } = u;
  for (let i = 0; i < n; i++) hash[i] = side === ACCESS ? hashOfOut(a, t, off[i]) : hashOfIn(a, t, off[i]);
  t.approached = approachAll(t.rows, t.mask, hash, n);
}

function hashOfOut(a: Aftr, t: Shortcuts, off: number): number {
  const { view: v, u8 } = a;
  const { key } = t;
  const o = off + ipv6.HEADER_BYTES;
  for (let i = 0; i < 4; i++) key[K_B4 + i] = v.getInt32(off + ipv6.SRC + 4 * i);
  key[K_OWN] = v.getInt32(o + ipv4.SRC);
  key[K_REMOTE] = v.getInt32(o + ipv4.DST);
  key[K_PORTS] = v.getInt32(o + ipv4.HEADER_BYTES);
  key[K_PROTOCOL] = u8[o + ipv4.PROTOCOL];
  return hashOut(t, key);
}

function hashOfIn(a: Aftr, t: Shortcuts, o: number): number {
  const { view: v, u8 } = a;
  const { key } = t;
  const ports = v.getInt32(o + ipv4.HEADER_BYTES);
  key[K_OWN] = v.getInt32(o + ipv4.DST);
  key[K_REMOTE] = v.getInt32(o + ipv4.SRC);
  key[K_PORTS] = (ports << 16) | (ports >>> 16);
  key[K_PROTOCOL] = u8[o + ipv4.PROTOCOL] | INWARDS;
  return hashIn(t, key);
}
