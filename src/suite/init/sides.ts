/** The two sides of the device: its MAC addresses and neighbours, its own addresses on the link, the files that were captured there. */
import type { Ipv6 } from "../../wire/address.js";
import type { Counted } from "./guess.js";
import type { Seen } from "./seen.js";
import type { FileShare, Survey } from "./survey.js";

export interface SideGuess {
  readonly macs: readonly Counted<string>[];
  readonly peer?: Counted<string>;
  readonly addresses: readonly Counted<number | Ipv6>[];
  readonly files: readonly FileShare[];
  /** Largest IP packet in bytes. */
  readonly largest: number;
}
export interface Sides { readonly access: SideGuess; readonly core: SideGuess; readonly both: readonly FileShare[] }

const isTunnelled = (f: FileShare): boolean => f.tunnelled > 0 && f.tunnelled * 20 >= f.frames;

/** Do the files contradict the sides that were named for them? The tunnels are on the access side. */
export const seemSwapped = (files: readonly FileShare[]): boolean => files.some((f) => f.side === "core" && isTunnelled(f)) && !files.some((f) => f.side === "access" && isTunnelled(f));

const NO_MAC = "00:00:00:00:00:00";

function votes(seen: readonly Seen<unknown>[], pick: (value: never) => string): Counted<string>[] {
  const by = new Map<string, { value: string; count: number; first: Counted<string>["first"] }>();
  for (const s of seen) {
    const value = pick(s.value as never);
    if (value === "" || value === NO_MAC || (Number.parseInt(value.slice(0, 2), 16) & 1) === 1) continue;
    const had = by.get(value);
    if (had === undefined) by.set(value, { value, count: s.count, first: s.first });
    else had.count += s.count;
  }
  const all = [...by.values()].sort((a, b) => b.count - a.count);
  const sum = all.reduce((n, v) => n + v.count, 0);
  return all.filter((v) => v.count * 20 >= sum); // a stray twentieth is chance
}

/** Files are of the side that was named for them. Of the others: those that hold tunnels are of the access side; when one file holds packets before and after the device, it is of both. */
function sideFiles(files: readonly FileShare[], crossed: boolean): { access: FileShare[]; core: FileShare[]; both: FileShare[] } {
  const named = (side: FileShare["side"]): FileShare[] => files.filter((f) => f.side === side);
  const open = named(undefined);
  const tunnels = open.filter(isTunnelled);
  const others = open.filter((f) => !tunnels.includes(f));
  // One file with both ways of a packet, and no other that could hold the far one.
  const whole = crossed && others.length === 0 && named("core").length === 0;
  return { access: [...named("access"), ...(whole ? [] : tunnels)], core: [...named("core"), ...others], both: [...named("both"), ...(whole ? tunnels : [])] };
}

export function guessSides(s: Survey): Sides {
  const crossings = s.crossings.list();
  const { access, core, both } = sideFiles(s.files, crossings.some((c) => c.value.hairpin !== true));
  const side = (files: readonly FileShare[], mac: "accessMac" | "coreMac", peer: "accessPeer" | "corePeer"): SideGuess => {
    const macs = votes(crossings, (c: Record<string, string>) => c[mac]);
    const peers = votes(crossings, (c: Record<string, string>) => c[peer]);
    const own = new Set(macs.map((m) => m.value));
    return {
      macs, ...(peers[0] === undefined ? {} : { peer: peers[0] }), files, largest: Math.max(0, ...files.map((f) => f.largest)),
      addresses: s.neighbours.list().filter((n) => own.has(n.value.mac)).map((n) => ({ value: n.value.address, count: n.count, first: n.first })),
    };
  };
  return { access: side([...access, ...both], "accessMac", "accessPeer"), core: side([...core, ...both], "coreMac", "corePeer"), both };
}
