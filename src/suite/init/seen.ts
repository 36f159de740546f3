/** What `init` remembers of captures: who talked to whom, where first. Bounded: what does not fit is counted and told. */
import { visible } from "../../report/text.js";
import type { Ipv6 } from "../../wire/address.js";

export interface Where { readonly file: string; readonly frame: number }
/** A file's name without its folder, as it may stand in a comment: a line break in it must not end the comment. */
export const baseName = (path: string): string => (path === "-" ? "stdin" : visible(path.slice(path.lastIndexOf("/") + 1)));
export const whereText = (w: Where): string => `${baseName(w.file)} frame ${w.frame}`;

/** A value with how often and where it was seen first. */
export interface Seen<T> { readonly value: T; count: number; readonly first: Where }

/** How often all of them were seen. */
export const total = (list: readonly { readonly count: number }[]): number => list.reduce((n, x) => n + x.count, 0);

/** Values by their key, most frequent first when listed. */
export interface Tally<T> {
  add(key: string, value: () => T, where: Where, times?: number): void;
  /** Most frequent first; ties in order of appearance. */
  list(): Seen<T>[];
  readonly lost: number;
}

const ENTRIES = 1 << 16;

export function createTally<T>(limit = ENTRIES): Tally<T> {
  const map = new Map<string, Seen<T>>();
  let lost = 0;
  return {
    add(key, value, where, times = 1) {
      const had = map.get(key);
      if (had !== undefined) had.count += times;
      else if (map.size >= limit) lost++;
      else map.set(key, { value: value(), count: times, first: { ...where } });
    },
    list: () => [...map.values()].sort((a, b) => b.count - a.count),
    get lost() {
      return lost;
    },
  };
}

/** One tunnel packet's end as an embedding would tie it: outer IPv4 address, inner IPv6 address, and the other end's IPv4 address. */
export interface Pair4 { readonly v4: number; readonly v6: Ipv6; readonly other: number }
export interface Pair6 { readonly from: Ipv6; readonly to: Ipv6 }

/** A packet that was seen tunnelled and plain, with one hop between: it shows which way the device forwarded it. */
export interface Crossing {
  readonly kind: "v4" | "v6";
  readonly toCore: boolean;
  /** Outer addresses of the tunnel: the device's own and the initiator's, as text-free words. */
  readonly own: number | Ipv6;
  readonly initiator: number | Ipv6;
  /** The customer's address inside the tunnel and as the core sees it: equal unless it is translated. */
  readonly inner: number | Ipv6;
  readonly outside: number | Ipv6;
  readonly accessMac: string;
  readonly coreMac: string;
  readonly accessPeer: string;
  readonly corePeer: string;
  /** It left in another softwire, so that nothing is known of the core side. */
  readonly hairpin?: true;
}
