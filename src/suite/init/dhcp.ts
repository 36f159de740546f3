/** Provisioning that a capture may hold: DHCPv4 option 212 (6rd, RFC 5969 section 7.1.1) and DHCPv6 option 64 (AFTR-Name, RFC 6334 section 3). */
import { type Ipv6, readIpv6 } from "../../wire/address.js";
import { u16, u32 } from "../../wire/bits.js";

export interface SixRdOption { readonly maskLength: number; readonly prefixLength: number; readonly prefix: Ipv6; readonly relays: readonly number[] }

const COOKIE = 0x63825363;
const OPTION_6RD = 212;

/** `o`: the UDP payload (BOOTP message), `len` its bytes. RFC 2131 section 2, RFC 3396: parts of one option are joined. */
export function sixRdOption(b: Uint8Array, o: number, len: number): SixRdOption | undefined {
  if (len < 240 || u32(b, o + 236) !== COOKIE) return undefined;
  const data: number[] = [];
  for (let at = o + 240; at < o + len && b[at] !== 255;) {
    if (b[at] === 0) {
      at++;
      continue;
    }
    if (at + 2 > o + len || at + 2 + b[at + 1] > o + len) return undefined;
    if (b[at] === OPTION_6RD) data.push(...b.subarray(at + 2, at + 2 + b[at + 1]));
    at += 2 + b[at + 1];
  }
  // option-length is 18 plus 4 for each BR address, and there is one at least
  if (data.length < 22 || (data.length - 18) % 4 !== 0) return undefined;
  const bytes = Uint8Array.from(data);
  const relays: number[] = [];
  for (let at = 18; at < bytes.length; at += 4) relays.push(u32(bytes, at));
  if (bytes[0] > 32 || bytes[1] > 128) return undefined;
  return { maskLength: bytes[0], prefixLength: bytes[1], prefix: readIpv6(bytes, 2), relays };
}

const OPTION_RELAY_MSG = 9;
const OPTION_AFTR_NAME = 64;
/** Relays of relays: RFC 8415 section 9 allows 8 hops. */
const RELAYS = 8;

/** `o`: the UDP payload (DHCPv6 message). The name in text, without the last dot. */
export function aftrName(b: Uint8Array, o: number, len: number, depth = 0): string | undefined {
  if (len < 4 || depth > RELAYS) return undefined;
  const relayed = b[o] === 12 || b[o] === 13;
  const end = o + len;
  for (let at = o + (relayed ? 34 : 4); at + 4 <= end;) {
    const code = u16(b, at);
    const size = u16(b, at + 2);
    at += 4;
    if (at + size > end) return undefined;
    if (code === OPTION_AFTR_NAME) return domainName(b, at, size);
    if (relayed && code === OPTION_RELAY_MSG) return aftrName(b, at, size, depth + 1);
    at += size;
  }
  return undefined;
}

/** RFC 1035 section 3.1 labels, no compression (RFC 8415 section 10). */
function domainName(b: Uint8Array, o: number, len: number): string | undefined {
  const labels: string[] = [];
  for (let at = o; at < o + len;) {
    const n = b[at++];
    if (n === 0) return labels.length === 0 ? undefined : labels.join(".");
    if (n > 63 || at + n > o + len) return undefined;
    labels.push([...b.subarray(at, at + n)].map((c) => (c > 32 && c < 127 ? String.fromCharCode(c) : "?")).join(""));
    at += n;
  }
  return undefined;
}
