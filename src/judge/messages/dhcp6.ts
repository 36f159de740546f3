/** DHCPv6 (RFC 8415) and its AFTR-Name option (RFC 6334). */
import { formatIpv6, readIpv6 } from "../../wire/address.js";
import { u16, u32 } from "../../wire/bits.js";
import { type Count, type Message, fieldOf } from "./message.js";

const IA_NA = 3, IA_ADDRESS = 5, REQUESTED = 6, RELAYED = 9, IA_PD = 25, IA_PREFIX = 26, AFTR_NAME = 64;
const REPLY = 7, RELAY_FORWARD = 12, RELAY_REPLY = 13;
/** Solicit, Advertise, Request, Renew, Rebind, Reply, Information-request. */
const CONFIGURES: ReadonlySet<number> = new Set([1, 2, 3, 5, 6, 7, 11]);
const KEPT = 1024, WATCHED = 64;

export const isDhcp6 = (b: Uint8Array, l4: number): boolean => (u16(b, l4) === 546 || u16(b, l4) === 547) && (u16(b, l4 + 2) === 546 || u16(b, l4 + 2) === 547);

export interface Dhcp6 {
  message(m: Message): void;
  /** A softwire packet came from the IPv6 address at `o`. */
  softwire(m: Message, o: number): void;
  /** Does it matter who uses a softwire? */
  watches(): boolean;
}

interface Given { readonly words: readonly number[]; readonly length: number }

/** Is it one name in uncompressed DNS form (RFC 1035 section 3.1)? */
function isName(b: Uint8Array, o: number, length: number): boolean {
  if (length <= 3) return false;
  let at = o;
  while (at < o + length && b[at] > 0 && b[at] <= 63) at += 1 + b[at];
  return at === o + length - 1 && b[at] === 0;
}

export function createDhcp6(count: Count): Dhcp6 {
  const askedFor = new Map<number, boolean>();
  let watched: Given[] = [];

  /** Options from `o` to `end`: `each` gets code, offset and length of each. */
  function options(b: Uint8Array, o: number, end: number, each: (code: number, at: number, length: number) => void): void {
    for (let at = o; at + 4 <= end; at += 4 + u16(b, at + 2)) if (at + 4 + u16(b, at + 2) <= end) each(u16(b, at), at + 4, u16(b, at + 2));
  }
  const given = (b: Uint8Array, at: number, length: number): Given => ({ words: [0, 4, 8, 12].map((k) => u32(b, at + k)), length });

  function read(m: Message, o: number, end: number, depth: number): void {
    const { b } = m;
    if (o + 4 > end) return;
    const type = b[o];
    if (type === RELAY_FORWARD || type === RELAY_REPLY) {
      if (depth < 8) options(b, o + 34, end, (code, at, length) => (code === RELAYED ? read(m, at, at + length, depth + 1) : undefined));
      return;
    }
    const transaction = u32(b, o) & 0xffffff;
    const other = m.sent ? "" : ".others";
    const gave: Given[] = [];
    let named = false, asks: boolean | undefined;
    options(b, o + 4, end, (code, at, length) => {
      if (code === REQUESTED) {
        asks = false;
        for (let k = at; k + 2 <= at + length; k += 2) if (u16(b, k) === AFTR_NAME) asks = true;
      } else if (code === IA_NA && length >= 12) options(b, at + 12, at + length, (c, k, n) => { if (c === IA_ADDRESS && n >= 24) gave.push(given(b, k, 128)); });
      else if (code === IA_PD && length >= 12) options(b, at + 12, at + length, (c, k, n) => { if (c === IA_PREFIX && n >= 25) gave.push(given(b, k + 9, b[k + 8])); });
      else if (code === AFTR_NAME) {
        named = true;
        const right = isName(b, at, length);
        count(`RFC6334-3-1${other}`, right ? undefined : "an AFTR-Name option holds no single name in DNS form", 0, right ? undefined : [fieldOf(m, "DHCPv6", "AFTR-Name", "labels, ended by one of length 0", `${length} octets`, at, Math.max(1, length))]);
        const fits = CONFIGURES.has(type);
        count(`RFC6334-3-2${other}`, fits ? undefined : `an AFTR-Name option stands in a message of type ${type}`, 0, fits ? undefined : [fieldOf(m, "DHCPv6", "message type", "1, 2, 3, 5, 6, 7 or 11", type, o, 1)]);
      }
    });
    if (asks !== undefined) {
      if (askedFor.size >= KEPT) askedFor.clear();
      askedFor.set(transaction, asks || askedFor.get(transaction) === true);
      if (asks) {
        count("RFC6334-5-1");
        count("RFC6333-5.4-1");
      }
    }
    // Who got the name unasked, and then uses a softwire, is a B4 that did not ask.
    if (type === REPLY && named && askedFor.get(transaction) === false) watched = [...watched, ...gave].slice(-WATCHED);
  }

  return {
    message: (m) => read(m, m.l4 + 8, m.end, 0),
    watches: () => watched.length > 0,
    softwire(m, o) {
      if (watched.length === 0) return;
      const i = watched.findIndex((g) => g.words.every((w, k) => {
        const bits = Math.max(0, Math.min(32, g.length - 32 * k));
        return bits === 0 || (w ^ u32(m.b, o + 4 * k)) >>> (32 - bits) === 0;
      }));
      if (i < 0) return;
      watched.splice(i, 1);
      const who = formatIpv6(readIpv6(m.b, o));
      const fields = [fieldOf(m, "IPv6 outer", "source", "a B4 that asked for the AFTR-Name", who, o, 16)];
      count("RFC6334-5-1", `${who} uses a softwire and got the AFTR-Name without asking for it`, 0, fields);
      count("RFC6333-5.4-1", `${who} uses a softwire and got the AFTR-Name without asking for it`, 0, fields);
    },
  };
}
