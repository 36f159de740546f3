/** DHCPv4 (RFC 2131, RFC 2132) and its 6rd option (RFC 5969 section 7.1.1). */
import { formatIpv4 } from "../../wire/address.js";
import { u16, u32 } from "../../wire/bits.js";
import { type Count, type Message, fieldOf } from "./message.js";

const COOKIE = 0x63825363;
const REQUEST_LIST = 55, MESSAGE_TYPE = 53, SIX_RD = 212;
const ACK = 5;
const KEPT = 1024;

/** What an address was given: an option that nobody may use, or one that nobody asked for. */
const MASK = 1, LONG = 2, UNASKED = 4;
const BROKEN: readonly (readonly [flag: number, rule: string, text: string])[] = [
  [MASK, "RFC5969-7.1.1-2", "uses 6rd after it got an option with an IPv4MaskLen above 32"], [LONG, "RFC5969-7.1.1-3", "uses 6rd after it got an option that makes delegated prefixes longer than 128 bits"],
  [UNASKED, "RFC5969-7.1.1-5", "uses 6rd after it got the option without asking for it"], [UNASKED, "RFC5969-7.1-1", "uses 6rd after it got the option without asking for it"],
];

export interface Dhcp4 {
  message(m: Message): void;
  /** Somebody with this IPv4 address sent a tunnel packet. */
  tunnels(m: Message, source: number): void;
  /** Is there anybody of whom `tunnels` wants to know? */
  watches(): boolean;
  /** The capture is over. */
  end(): void;
}

export const isDhcp4 = (b: Uint8Array, l4: number): boolean => (u16(b, l4) === 67 || u16(b, l4) === 68) && (u16(b, l4 + 2) === 67 || u16(b, l4 + 2) === 68);

export function createDhcp4(count: Count): Dhcp4 {
  /** By transaction: did the client ask for the option? */
  const askedFor = new Map<number, boolean>();
  const watched = new Map<number, number>();

  function option(m: Message, o: number, length: number): number {
    const { b } = m;
    const other = m.sent ? "" : ".others";
    const fits = length >= 22 && (length - 18) % 4 === 0;
    count(`RFC5969-7.1.1-1${other}`, fits ? undefined : `a 6rd option has ${length} octets`, 0, fits ? undefined : [fieldOf(m, "DHCPv4", "6rd option length", "22, or 4 more for each other BR", length, o - 1, 1)]);
    if (length < 18) return 0;
    const mask = b[o], prefixLength = b[o + 1];
    let flags = mask > 32 ? MASK : 0;
    if (32 - mask + prefixLength > 128) flags |= LONG;
    if (prefixLength <= 128) {
      let stray = false;
      for (let i = 0; i < 16; i++) {
        const bits = Math.max(0, Math.min(8, prefixLength - 8 * i));
        if ((b[o + 2 + i] & (0xff >>> bits)) !== 0) stray = true;
      }
      count(`RFC5969-7.1.1-4${other}`, stray ? `bits behind 6rdPrefixLen ${prefixLength} are set` : undefined, 0, stray ? [fieldOf(m, "DHCPv4", "6rdPrefix", `zero behind ${prefixLength} bits`, "other bits set", o + 2, 16)] : undefined);
    }
    return flags;
  }

  return {
    message(m) {
      const { b } = m;
      const o = m.l4 + 8;
      if (o + 241 > m.end || u32(b, o + 236) !== COOKIE) return;
      const transaction = u32(b, o + 4);
      let type = 0, at6rd = 0, length6rd = 0, list = 0, listLength = 0;
      for (let at = o + 240; at + 2 <= m.end && b[at] !== 255; ) {
        if (b[at] === 0) {
          at++;
          continue;
        }
        const length = b[at + 1];
        if (at + 2 + length > m.end) break;
        if (b[at] === MESSAGE_TYPE && length === 1) type = b[at + 2];
        else if (b[at] === REQUEST_LIST) [list, listLength] = [at + 2, length];
        else if (b[at] === SIX_RD) [at6rd, length6rd] = [at + 2, length];
        at += 2 + length;
      }
      if (b[o] === 1 && list > 0) {
        const asks = b.subarray(list, list + listLength).includes(SIX_RD);
        if (askedFor.size >= KEPT) askedFor.clear();
        askedFor.set(transaction, asks || askedFor.get(transaction) === true);
        if (asks) {
          count("RFC5969-7.1.1-5");
          count("RFC5969-7.1-1");
        }
      }
      if (b[o] !== 2) return;
      const address = u32(b, o + 16);
      if (at6rd === 0) {
        if (type === ACK) watched.delete(address);
        return;
      }
      const flags = option(m, at6rd, length6rd) | (askedFor.get(transaction) === false ? UNASKED : 0);
      if (type !== ACK || address === 0) return;
      if (watched.size >= KEPT) watched.clear();
      if (flags === 0) watched.delete(address);
      else watched.set(address, flags);
    },
    watches: () => watched.size > 0,
    tunnels(m, source) {
      const flags = watched.size === 0 ? undefined : watched.get(source);
      if (flags === undefined) return;
      watched.delete(source);
      for (const [flag, rule, text] of BROKEN) {
        if ((flags & flag) !== 0) count(rule, `${formatIpv4(source)} ${text}`, 0, [fieldOf(m, "IPv4 outer", "source", "no 6rd from this address", formatIpv4(source), m.at + 12, 4)]);
      }
    },
    end() {
      for (const flags of watched.values()) {
        if ((flags & MASK) !== 0) count("RFC5969-7.1.1-2");
        if ((flags & LONG) !== 0) count("RFC5969-7.1.1-3");
      }
      watched.clear();
    },
  };
}
