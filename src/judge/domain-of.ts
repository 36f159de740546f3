/** Which of several domains a packet belongs to. */
import { inPrefix6At } from "../wire/address.js";
import { type Domain, isOwnAddress } from "./domain.js";
import { concernsNative, ownsNativeOutput } from "./six-to-four/facts.js";

export interface DomainFinder {
  /** By the device's address in the outer header (int32); of domains that share it, the one whose prefix the inner source at `inner` (0: none) has. */
  byOuter(address: number, inner: number): Domain | undefined;
  /** That of the native packet at `o`: by its destination when the device received it, by its source when it sent it. */
  byNative(o: number, input: boolean, fromCore: boolean): Domain | undefined;
  /** Whose affair it is what is said to and by an IPv4 address of the device: its tunnel's, or the first one's. */
  owner(address: number): Domain | undefined;
}

export const createDomainFinder = (b: Uint8Array, domains: readonly Domain[], ownIpv4: readonly number[]): DomainFinder => ({
  owner: (address) => domains.find((d) => isOwnAddress(d, address)) ?? (ownIpv4.includes(address) ? domains[0] : undefined),
  byOuter(address, inner) {
    let found: Domain | undefined;
    for (let i = 0; i < domains.length; i++) {
      const d = domains[i];
      if (!isOwnAddress(d, address)) continue;
      if (found === undefined) found = d;
      else if (inner > 0 && inPrefix6At(b, inner, d.tunnel.v6rdPrefix)) return d;
    }
    return found;
  },
  byNative(o, input, fromCore) {
    for (let i = 0; i < domains.length; i++) {
      const d = domains[i];
      const s = d.sixToFour;
      if (s === undefined ? inPrefix6At(b, input ? o + 24 : o + 8, d.tunnel.v6rdPrefix) : input ? concernsNative(d, s, b, o, fromCore) : ownsNativeOutput(d, s, b, o)) return d;
    }
    return undefined;
  },
});
