/** External endpoints that a device's packets to the core came from: address, port (of ICMP queries the identifier), protocol, and where first seen. */
import { addRecord, createRecords, findRecord, hashKey } from "../../concentrator/softwires/records.js";
import type { NatPool } from "../../config/types.js";
import { u16, u32 } from "../../wire/bits.js";
import * as ipv4 from "../../wire/ipv4.js";

export interface Endpoint { readonly external: number; readonly port: number; readonly protocol: number; readonly file: number; readonly frame: number }
export interface Endpoints {
  /** An IPv4 packet that the device sent to the core. */
  packet(u8: Uint8Array, o: number, len: number, file: number, frame: number): void;
  list(): Endpoint[];
  /** True when there were more than are kept. */
  readonly full: boolean;
}

const MOST = 1 << 21;
const KEY = 2;
const STRIDE = 4;

export function createEndpoints(pools: readonly NatPool[]): Endpoints {
  const table = createRecords(KEY, STRIDE, 1);
  const key = new Int32Array(KEY);
  const ranges = pools.flatMap((p) => p.ranges);
  let full = false;
  return {
    packet(u8, o, len, file, frame) {
      if (u8[o] >>> 4 !== 4 || len < ipv4.HEADER_BYTES || ipv4.fragmentOffset(u8, o) !== 0) return;
      const src = u32(u8, o + ipv4.SRC) >>> 0;
      let ours = false;
      for (let i = 0; i < ranges.length && !ours; i++) ours = src >= ranges[i].from && src <= ranges[i].to;
      if (!ours) return;
      const protocol = ipv4.protocol(u8, o);
      const at = o + ipv4.headerLength(u8, o);
      if (at + 8 > o + len) return;
      // ICMP: queries and their answers have an identifier; errors belong to the mapping that they quote
      if (protocol === 1 ? u8[at] !== 8 : protocol !== 6 && protocol !== 17) return;
      key[0] = src | 0;
      key[1] = (protocol << 16) | (protocol === 1 ? u16(u8, at + 4) : u16(u8, at));
      const h = hashKey(table, key);
      if (findRecord(table, key, h) !== 0) return;
      if (table.count >= MOST) {
        full = true;
        return;
      }
      const rec = addRecord(table, key, h);
      table.data[rec * STRIDE + 2] = file;
      table.data[rec * STRIDE + 3] = frame;
    },
    list: () => Array.from({ length: table.count }, (_, i) => {
      const o = (i + 1) * STRIDE;
      const d = table.data;
      return { external: d[o] >>> 0, port: d[o + 1] & 0xffff, protocol: d[o + 1] >>> 16, file: d[o + 2], frame: d[o + 3] };
    }),
    get full() {
      return full;
    },
  };
}
