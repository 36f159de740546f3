/** The remote ends that a binding has been in contact with: the first, and the latest of the others. */
import { P_ICMP } from "./facts.js";

/** Remote ends remembered of one binding. */
export const REMOTES = 4;

export interface RemoteEnds {
  contact(i: number, address: number, port: number): void;
  knows(i: number, address: number, port: number): boolean;
  knowsAddress(i: number, address: number): boolean;
  /** Was it the first remote end in contact? False when that is forgotten. */
  madeFor(i: number, address: number, port: number): boolean;
  /** Has it been in contact with no more than one remote end? */
  hasOneRemote(i: number): boolean;
  /** Is it the remote end that the binding came into contact with last? */
  isLatestRemote(i: number, address: number, port: number): boolean;
  /** Are all remote ends remembered? Otherwise an unknown one may have been in contact. */
  remembersAll(i: number): boolean;
}

/**
 * All by the place `i` of a binding's record: `seen` counts remote ends in its upper half and has the port of the first in its lower, `first` is the address of the first,
 * `others` has addresses and ports of the others in pairs from word 2i on; `wellKnown` is the bit that a remote port below 1024 sets in `flags`.
 */
export function createRemoteEnds(seen: Uint32Array, first: Uint32Array, others: Uint32Array, proto: Uint32Array, flags: Int32Array, wellKnown: number): RemoteEnds {
  /** Word of `others` with the address of remote end k > 0. */
  const other = (i: number, k: number): number => 2 * (i + k - 1);
  const countOf = (i: number): number => Math.min(seen[i] >>> 16, REMOTES);
  function knows(i: number, address: number, port: number): boolean {
    const n = countOf(i);
    if (n > 0 && first[i] === address && (seen[i] & 0xffff) === port) return true;
    for (let k = 1; k < n; k++) if (others[other(i, k)] === address && others[other(i, k) + 1] === port) return true;
    return false;
  }
  return {
    knows,
    contact(i, address, port) {
      if (port < 1024 && proto[i] !== P_ICMP) flags[i] |= wellKnown;
      if (knows(i, address, port)) return;
      const count = seen[i] >>> 16;
      const k = count % REMOTES;
      if (k === 0) first[i] = address;
      else {
        others[other(i, k)] = address;
        others[other(i, k) + 1] = port;
      }
      seen[i] = ((count < 250 ? count + 1 : REMOTES) << 16) | (k === 0 ? port : seen[i] & 0xffff);
    },
    knowsAddress(i, address) {
      const n = countOf(i);
      if (n > 0 && first[i] === address) return true;
      for (let k = 1; k < n; k++) if (others[other(i, k)] === address) return true;
      return false;
    },
    madeFor: (i, address, port) => remembersAll(i) && seen[i] >>> 16 > 0 && first[i] === address && (seen[i] & 0xffff) === port,
    hasOneRemote: (i) => seen[i] >>> 16 <= 1,
    isLatestRemote(i, address, port) {
      const k = ((seen[i] >>> 16) - 1) % REMOTES;
      if (k <= 0) return k === 0 && first[i] === address && (seen[i] & 0xffff) === port;
      return others[other(i, k)] === address && others[other(i, k) + 1] === port;
    },
    remembersAll,
  };
  function remembersAll(i: number): boolean {
    return seen[i] >>> 16 <= REMOTES;
  }
}
