/** The key under which an input and the output that forwards it meet, also where a PMT relay translates between them. */
import { wordsOf } from "../../wire/words.js";
import type { Domain } from "../domain.js";
import * as F from "../facts.js";
import type { SixToFourDomain } from "../six-to-four/domain.js";
import type { Records } from "../transcript.js";
import { INTO } from "../types.js";
import { innerKey } from "./key.js";
import { type PmtFlow, type PmtKeys, createPmtKeys } from "./pmt.js";

export interface RecordKeys {
  readonly pmt: PmtKeys;
  /** The relay, where there is one. */
  readonly anyPmt: SixToFourDomain | undefined;
  /** The PMT relay through which a record goes; a native output may carry any source, and a tunnelled one may have left from an address that is not the relay's, so it is the only one's. */
  pmtFor(slot: number): SixToFourDomain | undefined;
  /** `pmt`: the relay that translates it. */
  of(slot: number, pmt: SixToFourDomain | undefined, flow: PmtFlow): number;
  /** The same of the IPv6 packet at `o`, of which `len` bytes are visible. */
  at(o: number, len: number, pmt: SixToFourDomain | undefined, flow: PmtFlow): number;
}

export function createRecordKeys(b: Uint8Array, r: Records, domains: readonly Domain[], seed: number): RecordKeys {
  const w = wordsOf(b);
  const pmt = createPmtKeys(b, seed);
  const pmtOf = domains.map((d) => (d.sixToFour?.provider === undefined ? undefined : d.sixToFour));
  const anyPmt = pmtOf.find((d) => d !== undefined);
  const at: RecordKeys["at"] = (o, len, relay, flow) => (relay === undefined ? innerKey(b, w, o, len, seed) : pmt.key(o, len, flow));
  return {
    pmt, anyPmt,
    pmtFor: (slot) => (anyPmt === undefined ? undefined : r.domain[slot] < domains.length ? pmtOf[r.domain[slot]] : r.kind[slot] === F.K_NATIVE || (r.kind[slot] === F.K_TUNNEL && r.direction[slot] !== INTO) ? anyPmt : undefined),
    of: (slot, relay, flow) => at(r.inner[slot], r.innerLen[slot], relay, flow),
    at,
  };
}
