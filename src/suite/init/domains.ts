/** Several 6rd domains in one device: each end of tunnels whose initiators show another embedding is a domain of its own (RFC 5969 section 4). */
import { type Ipv6, type Prefix6, inPrefix4, mask32 } from "../../wire/address.js";
import { explains, type Fit, fitEmbedding } from "./fit.js";
import type { Counted, SixInFourGuess } from "./guess.js";
import { type Pair4, type Seen, total } from "./seen.js";

type Pairs = readonly Seen<Pair4>[];
interface Domain { readonly address: Counted<number>; alsoAccepts: Counted<number>[]; pairs: Pairs; fit: Fit }
/** `received`, `sent`: ends that forwarded packets showed; `ends`: ends of tunnels by packets, most frequent first. */
export interface Ends { readonly received: readonly Counted<number>[]; readonly sent: readonly Counted<number>[]; readonly ends: readonly Counted<number>[] }

const explained = (fit: Fit, pairs: Pairs): number => total(pairs.filter((p) => explains(fit, p.value)));
const within = (a: Ipv6, p: Prefix6): boolean => a.every((w, i) => ((w ^ p.address[i]) & mask32(p.length - 32 * i)) === 0);
const overlap = (a: Fit, b: Fit): boolean => within(a.v6.address, { ...b.v6, length: Math.min(a.v6.length, b.v6.length) });

/** The embedding that both share; undefined when one domain does not explain the two. */
function joint(d: Domain, mine: Pairs): Fit | undefined {
  const fit = fitEmbedding([...d.pairs, ...mine]);
  return fit !== undefined && explained(fit, mine) * 2 >= total(mine) && explained(fit, d.pairs) * 10 >= explained(d.fit, d.pairs) * 9 ? fit : undefined;
}

/** Fewest initiators that make an end a domain when no forwarded packet showed that it is the device's: one may have another 6rd domain's traffic by chance. */
const INITIATORS = 2;
/** A device has few addresses where its tunnels end; each one more costs a look at all pairs. */
const MOST_ENDS = 32;

/** `main`: what the captures show with one domain. An end that is no domain and belongs to none is left out and told: a guess accuses nobody. */
export function sixRdDomains(main: SixInFourGuess & { readonly fit: Fit }, pairs: Pairs, { received, sent, ends }: Ends): SixInFourGuess[] {
  const pairsOf = (end: number): Pairs => pairs.filter((p) => p.value.other === end);
  const own = fitEmbedding(pairsOf(main.address.value)) ?? main.fit;
  const domains: Domain[] = [{ address: main.address, alsoAccepts: [], pairs: pairsOf(main.address.value), fit: own }];
  const leftOut: Counted<number>[] = [];
  const forwarded = [...received, ...sent.filter((e) => !received.some((r) => r.value === e.value))];
  for (const end of [...forwarded.slice(0, MOST_ENDS), ...ends.filter((e) => !forwarded.some((f) => f.value === e.value))]) {
    if (domains.some((d) => d.address.value === end.value)) continue;
    const mine = pairsOf(end.value);
    // Most ends are initiators of this device, with nobody at their other end: no need to look at all pairs for them.
    if (mine.length < INITIATORS && !forwarded.includes(end)) continue;
    const isReceiving = received.some((r) => r.value === end.value);
    const home = domains.map((d) => ({ d, fit: joint(d, mine) })).find((x) => x.fit !== undefined);
    if (home?.fit !== undefined) {
      // An address that it sends from but is never reached at is a fault to be found, not the address of the box.
      if (isReceiving && main.alsoAccepts.some((a) => a.value === end.value)) Object.assign(home.d, { alsoAccepts: [...home.d.alsoAccepts, end], pairs: [...home.d.pairs, ...mine], fit: home.fit });
      continue;
    }
    const isForwarding = forwarded.includes(end);
    const fit = fitEmbedding(mine);
    const isInitiator = domains.some((d) => inPrefix4(end.value, d.fit.v4) && explained(d.fit, pairs.filter((p) => p.value.v4 === end.value)) > 0);
    const isSure = fit !== undefined && fit.v6.address[0] >>> 16 !== 0x2002 && !isInitiator && (isForwarding ? fit.fitting * 2 >= fit.of : fit.addresses >= INITIATORS && fit.fitting * 10 >= fit.of * 9);
    if (isSure) domains.push({ address: end, alsoAccepts: [], pairs: mine, fit });
    else if (isForwarding) leftOut.push(end);
  }
  // 6rd prefixes of two domains do not overlap: masks that were taken for being usual give way to what was seen.
  for (const d of domains) if (domains.some((o) => o !== d && overlap(o.fit, d.fit))) d.fit = fitEmbedding(d.pairs, true) ?? d.fit;
  const kept = domains.filter((d, i) => !domains.slice(0, i).some((o) => overlap(o.fit, d.fit)));
  leftOut.push(...domains.filter((d) => !kept.includes(d)).map((d) => d.address));
  return kept.map((d, i) => ({ kind: "6rd", address: d.address, alsoAccepts: d.alsoAccepts, fit: d.fit, ...(i === 0 && leftOut.length > 0 ? { leftOut } : {}) }));
}
