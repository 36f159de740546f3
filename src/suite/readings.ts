/** What a timeline reads: the reference's own state (replay), or what the packets of a real box let one say (check). */
import type { Device } from "../concentrator/device.js";
import { addRecord, createRecords, findRecord, hashKey } from "../concentrator/softwires/records.js";
import { ACCESS, type Side } from "../config/types.js";
import { type Direction, INTO } from "../judge/types.js";
import * as ipv4 from "../wire/ipv4.js";
import * as ipv6 from "../wire/ipv6.js";
import type { Reading } from "./timeline.js";

/** Pool addresses that are looked at singly. */
const POOL_ADDRESSES = 64;

export function deviceReadings(device: Device, sent: readonly [number, number]): Reading[] {
  let [softwires, flows] = [0, 0];
  for (const s of device.statistics()) {
    softwires += s.softwiresActive;
    flows += s.flowsActive;
  }
  const out: Reading[] = [
    { id: "softwires", group: "state", kind: "level", text: "softwires active", value: softwires },
    { id: "flows", group: "state", kind: "level", text: "flows active", value: flows },
  ];
  for (const u of device.natUse(POOL_ADDRESSES)) out.push({ id: u.address, group: "nat", kind: "level", text: `bindings of ${u.address}, with ports held down`, value: u.bindings });
  for (const c of device.counters()) if (c.reason.kind === "drop") out.push({ id: c.reason.id, group: "drops", kind: "count", text: c.reason.text, value: c.packets });
  out.push({ id: "access sent", group: "packets", kind: "count", text: "packets sent to the access side", value: sent[0] }, { id: "core sent", group: "packets", kind: "count", text: "packets sent to the core side", value: sent[1] });
  return out;
}

/** Initiators that are told apart; beyond it the count stays. */
const MOST_INITIATORS = 1 << 20;

export interface Traffic {
  /** One IP packet that crossed a side of the device. */
  packet(side: Side, direction: Direction, u8: Uint8Array, off: number, len: number): void;
  read(): Reading[];
}

/** Packets by side and direction; initiators (outer sources of tunnelled packets) seen so far. */
export function createTraffic(): Traffic {
  const counts = new Float64Array(4);
  const initiators = createRecords(4, 5, 1);
  const key = new Int32Array(4);
  const upper = ipv6.createUpper();
  const word = (u8: Uint8Array, o: number): number => (u8[o] << 24) | (u8[o + 1] << 16) | (u8[o + 2] << 8) | u8[o + 3];
  return {
    packet(side, direction, u8, off, len) {
      counts[2 * side + direction]++;
      if (side !== ACCESS || direction !== INTO || initiators.count >= MOST_INITIATORS) return;
      if (u8[off] >>> 4 === 4) {
        if (len < ipv4.HEADER_BYTES || ipv4.protocol(u8, off) !== 41) return;
        key.fill(0);
        key[0] = word(u8, off + ipv4.SRC);
      } else {
        // A B4 may write options, a tunnel encapsulation limit for one (RFC 2473 section 4.1.1), and fragment.
        if (len < ipv6.HEADER_BYTES || ipv6.walk(u8, off, len, upper).protocol !== 4) return;
        for (let i = 0; i < 4; i++) key[i] = word(u8, off + ipv6.SRC + 4 * i);
      }
      const h = hashKey(initiators, key);
      if (findRecord(initiators, key, h) === 0) addRecord(initiators, key, h);
    },
    read: () => [
      { id: "initiators", group: "state", kind: "level", text: "softwire initiators seen so far", value: initiators.count },
      ...(["access received", "access sent", "core received", "core sent"] as const).map((id, i): Reading => ({ id, group: "packets", kind: "count", text: `packets ${id.endsWith("sent") ? "sent to" : "received from"} the ${id.split(" ")[0]} side`, value: counts[i] })),
    ],
  };
}
