/** From what was seen to a concentrator: mechanism, addresses, prefixes. Every value carries where it comes from. */
import type { Mechanism } from "../../config/types.js";
import { type Ipv6, type Prefix6, mask32 } from "../../wire/address.js";
import { sixRdDomains } from "./domains.js";
import { type Fit, fitEmbedding } from "./fit.js";
import { type Crossing, type Pair4, type Seen, total, type Where } from "./seen.js";
import type { Survey } from "./survey.js";

export interface Counted<T> { readonly value: T; readonly count: number; readonly first: Where }

export interface SixInFourGuess {
  readonly kind: Exclude<Mechanism, "ds-lite">;
  readonly address: Counted<number>;
  readonly alsoAccepts: readonly Counted<number>[];
  /** The embedding that the initiators' addresses show; a 6to4 one is 2002::/16. */
  readonly fit?: Fit;
  /** From DHCPv4 option 212: it says what the packets can only suggest. */
  readonly option?: { readonly v6: Prefix6; readonly v4Length: number; readonly first: Where };
  readonly defaultRelay?: Counted<number>;
  readonly providerPrefix?: Counted<Prefix6>;
  readonly subnetId?: number;
  /** 6to4: further ends of the sites' tunnels, from which packets were forwarded, or might have been. Any relay's address may be a source (RFC 3056 section 9), so it is taken for one of the device's. */
  readonly alsoFrom?: readonly Counted<number>[];
  /** Ends of tunnels whose packets were forwarded and that fit no domain. */
  readonly leftOut?: readonly Counted<number>[];
}
export interface DsLiteGuess {
  readonly kind: "ds-lite";
  readonly address: Counted<Ipv6>;
  readonly b4s: readonly Counted<Ipv6>[];
  readonly pool: readonly Counted<number>[];
  readonly inner: readonly Counted<number>[];
}
export type Guess = SixInFourGuess | DsLiteGuess;

const V6_6TO4 = 0x2002;
const is6to4 = (a: Ipv6): boolean => a[0] >>> 16 === V6_6TO4;
const embeds = (a: Ipv6, v4: number): boolean => is6to4(a) && (((a[0] << 16) | (a[1] >>> 16)) >>> 0) === v4;
const keyOf = (v: number | Ipv6): string => (typeof v === "number" ? String(v) : v.join(","));

/** Adds up by value; most frequent first. */
export function ranked<S, T extends number | Ipv6>(seen: readonly Seen<S>[], pick: (s: S) => T | undefined): Counted<T>[] {
  const by = new Map<string, { value: T; count: number; first: Where }>();
  for (const s of seen) {
    const value = pick(s.value);
    if (value === undefined) continue;
    const had = by.get(keyOf(value));
    if (had === undefined) by.set(keyOf(value), { value, count: s.count, first: s.first });
    else had.count += s.count;
  }
  return [...by.values()].sort((a, b) => b.count - a.count);
}

/** Ends of tunnels that a device may be: few, since each is tried. */
const TRIED = 4;

/** More packets, then more initiators, then more bits of their addresses: a host's low bits may look like an address by chance. */
function isBetter(a: Fit | undefined, b: Fit | undefined): boolean {
  if (a === undefined || b === undefined) return a !== undefined;
  return a.fitting !== b.fitting ? a.fitting > b.fitting : a.addresses !== b.addresses ? a.addresses > b.addresses : a.masks[0] < b.masks[0];
}

function sixInFour(s: Survey): SixInFourGuess[] {
  const pairs = s.pairs4.list();
  if (pairs.length === 0) return [];
  const crossings = s.crossings.list().filter((c) => c.value.kind === "v6");
  const sent = ranked(crossings, (c) => (c.toCore ? undefined : (c.own as number)));
  const received = ranked(crossings, (c) => (c.toCore ? (c.own as number) : undefined));
  // An address that it sends from but is never reached at is a fault to be found, not the address of the box.
  const own = sent.find((a) => received.some((r) => r.value === a.value)) ?? received[0] ?? sent[0];
  const options = s.sixRdOptions.list();
  // Without crossings: the end that most packets share, and whose other ends show an embedding.
  const ends = own !== undefined ? [own] : ranked(pairs, (p) => p.v4).slice(0, TRIED);
  let best: { address: Counted<number>; fit: Fit | undefined } | undefined;
  for (const address of ends) {
    const accepted = new Set([address.value, ...received.map((r) => r.value)]);
    const fit = fitEmbedding(pairs.filter((p) => accepted.has(p.value.other) && !accepted.has(p.value.v4)));
    if (best === undefined || isBetter(fit, best.fit)) best = { address, fit };
  }
  if (best === undefined) return [];
  const { address, fit } = best;
  const alsoAccepts = received.filter((r) => r.value !== address.value && r.count > total(received) / 100);
  const told = options.find((o) => o.value.relays.includes(address.value)) ?? options[0];
  if (told !== undefined) {
    const { prefix, prefixLength, maskLength } = told.value;
    const v6: Prefix6 = { address: prefix.map((w, i) => (w & mask32(prefixLength - 32 * i)) >>> 0) as unknown as Ipv6, length: prefixLength };
    return [{ kind: "6rd", address, alsoAccepts, ...(fit === undefined ? {} : { fit }), option: { v6, v4Length: maskLength, first: told.first } }];
  }
  const others = pairs.filter((p) => p.value.other === address.value);
  const sixToFour = others.filter((p) => embeds(p.value.v6, p.value.v4));
  if (total(sixToFour) * 2 < total(others) && (fit === undefined || fit.v6.address[0] >>> 16 !== V6_6TO4)) return fit === undefined ? [] : sixRdDomains({ kind: "6rd", address, alsoAccepts, fit }, pairs, { received, sent, ends: ranked(pairs, (p) => p.v4).slice(0, TRIED) });
  const kind = sixToFourOf(pairs, crossings, address.value);
  const relays = crossings.length > 0 ? sent.filter((a) => !received.some((r) => r.value === a.value) && a.count > total(sent) / 20) : kind.kind === "6to4-router" ? [] : relayEnds(pairs);
  const alsoFrom = relays.filter((a) => a.value !== address.value);
  return [{ ...kind, address, alsoAccepts, ...(alsoFrom.length === 0 ? {} : { alsoFrom }), ...(fit === undefined ? {} : { fit }) }];
}

/** Ends that no forwarded packet showed to be the device's: native addresses stand behind them, 6to4 sites at the other end. */
function relayEnds(pairs: readonly Seen<Pair4>[]): Counted<number>[] {
  return ranked(pairs.filter((p) => !is6to4(p.value.v6)), (p) => p.v4).slice(0, TRIED).filter((e) => {
    const far = pairs.filter((p) => p.value.other === e.value);
    return !pairs.some((p) => p.value.v4 === e.value && embeds(p.value.v6, e.value)) && total(far.filter((p) => embeds(p.value.v6, p.value.v4))) * 10 > total(far) * 8;
  });
}

type Kind = Pick<SixInFourGuess, "kind" | "defaultRelay" | "providerPrefix" | "subnetId">;

function sixToFourOf(pairs: ReturnType<Survey["pairs4"]["list"]>, seen: readonly Seen<Crossing>[], address: number): Kind {
  const crossings = seen.filter((c) => c.value.hairpin !== true);
  // A relay's own end carries native addresses, a router's the addresses of its site.
  const ownEnd = pairs.filter((p) => p.value.v4 === address);
  if (total(ownEnd.filter((p) => embeds(p.value.v6, address))) * 2 > total(ownEnd)) {
    const relays = ranked(pairs.filter((p) => p.value.other === address && !is6to4(p.value.v6)), (p) => p.v4);
    return { kind: "6to4-router", ...(relays[0] === undefined ? {} : { defaultRelay: relays[0] }) };
  }
  const translated = crossings.filter((c) => keyOf(c.value.inner) !== keyOf(c.value.outside) && is6to4(c.value.inner as Ipv6) && !is6to4(c.value.outside as Ipv6));
  if (total(translated) * 2 > total(crossings)) {
    const fit = fitEmbedding(translated.map((c) => ({ ...c, value: { v4: c.value.initiator as number, v6: c.value.outside as Ipv6, other: 0 } })));
    if (fit !== undefined && fit.v4.length === 0) {
      const subnet = ranked(translated, (c) => (c.inner as Ipv6)[1] & 0xffff)[0];
      return { kind: "6to4-pmt", providerPrefix: { value: fit.v6, count: fit.fitting, first: fit.example.first }, subnetId: subnet.value };
    }
  }
  return { kind: "6to4-relay" };
}

/** More ends than this are no AFTRs of one device. */
const MOST_AFTRS = 16;

function dsLite(s: Survey): DsLiteGuess[] {
  const pairs = s.pairs6.list();
  const crossings = s.crossings.list().filter((c) => c.value.kind === "v4");
  // A stray packet of IPv4 in IPv6 among others is a customer's own tunnel.
  if (pairs.length === 0 || (crossings.length === 0 && total(pairs) * 10 < total(s.pairs4.list()))) return [];
  // One packet one way between two ends that nothing tells apart: it was received, so that nobody is accused by a guess.
  const ends = pairs.length === 1 ? ranked(pairs, (p) => p.to) : [...ranked(pairs, (p) => p.from), ...ranked(pairs, (p) => p.to)];
  const address = ranked(crossings, (c) => c.own as Ipv6)[0] ?? ranked(s.aftrEnds.list(), (v) => v)[0] ?? ranked(ends.map((e) => ({ value: e.value, count: e.count, first: e.first })), (v) => v)[0];
  const aftrs = [address, ...furtherAftrs(s, address)];
  return aftrs.map((aftr, n) => {
    const at = keyOf(aftr.value);
    const mine = crossings.filter((c) => (aftrs.length === 1 ? true : keyOf(c.value.own) === at));
    // An external address belongs to one pool: where two AFTRs share them, the first has them.
    const earlier = new Set(aftrs.slice(0, n).map((a) => keyOf(a.value)));
    const taken = new Set(crossings.filter((c) => earlier.has(keyOf(c.value.own))).map((c) => c.value.outside));
    return {
      kind: "ds-lite", address: aftr,
      b4s: ranked(pairs, (p) => (keyOf(p.to) === at ? p.from : keyOf(p.from) === at ? p.to : undefined)),
      pool: ranked(mine, (c) => (c.outside !== c.inner && !taken.has(c.outside) ? (c.outside as number) : undefined)),
      inner: ranked(mine, (c) => c.inner as number),
    };
  });
}

/**
 * Ends of customers' softwires beside the first: B4s send to them, or hear from them and have no other AFTR.
 * One that answers for another AFTR is a fault to be found (RFC 2473 section 3.1), not an AFTR.
 */
function furtherAftrs(s: Survey, first: Counted<Ipv6>): Counted<Ipv6>[] {
  // Captures of other tunnels have tens of thousands of ends: each pair is looked at once.
  const peers = new Map<string, Set<string>>();
  const reached = new Set<string>();
  const note = (end: string, peer: string): void => void (peers.get(end)?.add(peer) ?? peers.set(end, new Set([peer])));
  for (const { value } of s.pairs6.list()) {
    const [from, to] = [keyOf(value.from), keyOf(value.to)];
    note(from, to);
    note(to, from);
    reached.add(to);
  }
  const found: Counted<Ipv6>[] = [];
  const known = new Set<string>();
  /** B4s of those that were found. */
  const served = new Set<string>();
  for (const end of [first, ...ranked(s.crossings.list().filter((c) => c.value.kind === "v4"), (c) => c.own as Ipv6), ...ranked(s.aftrEnds.list(), (v) => v)]) {
    const at = keyOf(end.value);
    const mine = [...(peers.get(at) ?? [])];
    const isOne = known.size === 0 || (!known.has(at) && !served.has(at) && (reached.has(at) || mine.every((b4) => !served.has(b4))));
    if (!isOne) continue;
    if (found.length > MOST_AFTRS) break;
    found.push(end);
    known.add(at);
    for (const b4 of mine) served.add(b4);
  }
  return found.slice(1);
}

/** The concentrators that the captures show; none when there is no tunnel in them. */
export function guessConcentrators(s: Survey): Guess[] {
  return [...sixInFour(s), ...dsLite(s)];
}
