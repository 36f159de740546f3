/** Freedoms of AFTRs and their NAT, and artefacts of taps beside them: the choice of external ends, restarts, offload, stepped clocks, other devices on the link. */
import { OUT_OF } from "../../src/judge/types.js";
import type { Mechanism } from "../../src/config/types.js";
import { put16, put32, u16, u32 } from "../../src/wire/bits.js";
import { finish, pseudo4 } from "../../src/wire/checksum.js";
import type { Mutant } from "./mutant.js";
import { aftr } from "./nat-common.js";
import { retimed } from "./retimed.js";
import { checksumAt, look, seal } from "./seen.js";
import type { Event, Transcript } from "./transcript.js";

const DS_LITE: readonly Mechanism[] = ["ds-lite"];
const seconds = (e: Event): number => e.sec + e.nsec * 1e-9;
const middle = (t: Transcript): number => seconds(t.events[Math.floor(t.events.length / 2)] ?? t.events[0]);
/** From the middle on the clock of one tap is `by` seconds off. */
const stepped = (side: 0 | 1, by: number): Mutant["apply"] => (t) => {
  if (t.events.length < 4) return undefined;
  const from = middle(t);
  return retimed(t, (e) => (e.side === side && seconds(e) >= from ? by : 0));
};

/** An external end as it is chosen anew; `late`: in the second half of the transcript. `b4` names the subscriber ("" = unknown). */
type Turn = (address: number, proto: number, port: number, b4: string, late: boolean) => readonly [address: number, port: number];

/** Every external end of the NAT gets the one that `turn` names, in headers and in what errors quote. Not where configuration fixes the ends, fragments hide ports or hairpins show both. */
function turned(t: Transcript, turn: Turn): readonly Event[] | undefined {
  const nat = aftr(t)?.nat;
  if (nat === undefined || nat.allocation === "deterministic" || nat.staticMappings.length > 0 || nat.alg.length > 0 || nat.pool.portTo - nat.pool.portFrom < 30_000) return undefined;
  if (t.events.some((e) => { const s = look(e.bytes); return (s.userVersion === 4 && (u16(e.bytes, s.user + 6) & 0x3fff) !== 0) || e.reason === "aftr-hairpinned" || e.bytes[6] === 44; })) return undefined;
  const inPool = (v: number): boolean => nat.pool.ranges.some((x) => v >= x.from && v <= x.to);
  const owner = new Map<string, string>();
  for (const e of t.events) {
    if (e.direction !== OUT_OF || e.side !== 1) continue;
    const cause = t.events.find((i) => i.direction !== OUT_OF && i.ordinal === e.ordinal);
    const s = look(e.bytes);
    if (cause !== undefined && cause.bytes[0] >>> 4 === 6 && s.upper > 0) owner.set(`${u32(e.bytes, 12)} ${s.protocol} ${u16(e.bytes, s.upper + (s.protocol === 1 ? 4 : 0))}`, cause.bytes.subarray(8, 24).join());
  }
  const from = middle(t);
  /** The IPv4 packet at `at`; `source`: its external end is the source. */
  const end = (b: Uint8Array, at: number, source: boolean, late: boolean): void => {
    const l4 = at + (b[at] & 15) * 4;
    const proto = b[at + 9];
    const address = at + (source ? 12 : 16);
    if (l4 + 8 > b.length || !inPool(u32(b, address))) return;
    const port = proto === 1 ? ([0, 8, 13, 14].includes(b[l4]) ? l4 + 4 : 0) : proto === 6 || proto === 17 ? l4 + (source ? 0 : 2) : 0;
    const [a, p] = turn(u32(b, address), proto, port === 0 ? 0 : u16(b, port), port === 0 ? "" : (owner.get(`${u32(b, address)} ${proto} ${u16(b, port)}`) ?? ""), late);
    put32(b, address, a);
    if (port > 0) put16(b, port, p);
  };
  return t.events.map((e) => {
    if (e.side !== 1 || e.bytes[0] >>> 4 !== 4 || e.bytes.length < 28) return e;
    const bytes = e.bytes.slice();
    const before = bytes.slice();
    seal(before);
    if (before.some((v, i) => v !== e.bytes[i])) return e; // a wrong checksum stays as wrong as it is
    const s = look(bytes);
    const late = seconds(e) >= from;
    if (s.quoted > 0 && s.quoted + 28 <= bytes.length) {
      end(bytes, s.quoted, e.direction !== OUT_OF, late);
      put16(bytes, s.quoted + 10, 0);
      let sum = 0;
      for (let i = s.quoted; i < s.quoted + (bytes[s.quoted] & 15) * 4; i += 2) sum += u16(bytes, i);
      put16(bytes, s.quoted + 10, finish(sum));
      if (e.direction !== OUT_OF) put32(bytes, 16, u32(bytes, s.quoted + 12));
      else if (inPool(u32(bytes, 12))) put32(bytes, 12, u32(bytes, s.quoted + 16));
    } else end(bytes, 0, e.direction === OUT_OF, late);
    seal(bytes);
    return { ...e, bytes };
  });
}

/** A permutation of the ports 1024 to 65535 that looks random. */
const shuffled = (p: number, salt: number): number => (p < 1024 ? p : 1024 + (((p - 1024) * 24_571 + salt * 7919) % 64_512));
/** Blocks of 512 ports, one for each subscriber and protocol, filled from below. */
function blocks(): Turn {
  const block = new Map<string, number>();
  const given = new Map<string, number>();
  const filled = new Map<string, number>();
  return (address, proto, port, b4) => {
    const key = `${address} ${proto} ${port}`;
    if (b4 === "" || port === 0) return [address, port];
    if (!block.has(b4)) block.set(b4, block.size % 100);
    const at = `${b4} ${proto}`;
    if (!given.has(key)) {
      given.set(key, 2048 + block.get(b4)! * 512 + (filled.get(at) ?? 0));
      filled.set(at, (filled.get(at) ?? 0) + 1);
    }
    return [address, given.get(key)!];
  };
}
/** Another address of the pool for the subscribers of each address. */
const otherAddress = (t: Transcript): readonly Event[] | undefined => {
  const range = aftr(t)?.nat?.pool.ranges[0];
  if (range === undefined || range.to === range.from) return undefined;
  return turned(t, (a, _proto, port) => [a >= range.from && a <= range.to ? range.from + (range.to - a) : a, port]);
};

/** From the middle on every B4 has an address of another prefix, and with it new bindings. */
function renumbered(t: Transcript): readonly Event[] | undefined {
  if (aftr(t)?.subscriberPrefixLength === undefined) return undefined;
  const events = turned(t, (a, _proto, port, _b4, late) => [a, late && port > 0 ? shuffled(port, 6) : port]);
  const from = middle(t);
  return events?.map((e) => {
    if (e.side !== 0 || seconds(e) < from || e.bytes[0] >>> 4 !== 6) return e;
    const bytes = e.bytes.slice();
    bytes[e.direction === OUT_OF ? 29 : 13] ^= 0x40;
    return { ...e, bytes };
  });
}

/** Segmentation offload: what crosses the taps in large frames is cut behind them, and joined before. */
function large(t: Transcript): readonly Event[] | undefined {
  const grown = new Set<number>();
  for (const e of t.events) {
    const s = look(e.bytes);
    const outs = t.events.filter((o) => o.direction === OUT_OF && o.ordinal === e.ordinal);
    if (e.direction !== OUT_OF && outs.length === 1 && s.protocol === 6 && s.upper > 0 && (e.bytes[s.upper + 13] & 7) === 0 && look(outs[0].bytes).protocol === 6 && e.bytes[6] !== 44 && e.wireLen === e.bytes.length && (u16(e.bytes, s.user + 6) & 0x3fff) === 0) grown.add(e.ordinal);
  }
  if (grown.size === 0) return undefined;
  return t.events.map((e) => {
    const s = look(e.bytes);
    if (!grown.has(e.ordinal)) return e;
    const end = s.user + u16(e.bytes, s.user + 2);
    const bytes = new Uint8Array(end + 4000).fill(0x5a, end);
    bytes.set(e.bytes.subarray(0, end));
    put16(bytes, s.user + 2, u16(bytes, s.user + 2) + 4000);
    bytes[s.user + 6] |= 0x40;
    if (s.inner > 0) put16(bytes, 4, u16(bytes, 4) + 4000);
    seal(bytes);
    return { ...e, bytes, wireLen: bytes.length };
  });
}

/** The transport checksum is left to the card behind the tap: that of the pseudo-header stands in its place. */
const partial = (side: 0 | 1, direction: 0 | 1): Mutant["apply"] => (t) => {
  let hit = false;
  const events = t.events.map((e) => {
    const s = look(e.bytes);
    const at = checksumAt(s);
    if (e.side !== side || e.direction !== direction || at === 0 || s.userVersion !== 4 || s.protocol === 1 || (u16(e.bytes, s.user + 6) & 0x3fff) !== 0) return e;
    const bytes = e.bytes.slice();
    put16(bytes, at, ~finish(pseudo4(bytes, s.user + 12, u16(bytes, s.user + 2) - (s.upper - s.user), s.protocol)) & 0xffff);
    hit = true;
    return { ...e, bytes };
  });
  return hit ? events : undefined;
};

/** The tap sees nothing of the B4 that speaks first. */
function missesB4(t: Transcript): readonly Event[] | undefined {
  const first = t.events.find((e) => e.side === 0 && e.direction !== OUT_OF && look(e.bytes).inner > 0)?.bytes.slice(8, 24);
  return first === undefined ? undefined : t.events.filter((e) => e.side !== 0 || e.bytes.length < 40 || !first.every((v, i) => v === e.bytes[(e.direction === OUT_OF ? 24 : 8) + i]));
}

/** Every B4 has a softwire to another AFTR too, with the same inner addresses, and its packets come first. */
const twoAftrs = (t: Transcript): readonly Event[] => t.events.flatMap((e) => {
  if (e.direction === OUT_OF || e.side !== 0 || e.bytes.length < 40) return [e];
  const bytes = e.bytes.slice();
  bytes[39] ^= 0x55;
  seal(bytes);
  return [{ ...e, bytes }, e];
});

type Row = readonly [id: string, title: string, mechanisms: readonly Mechanism[], apply: Mutant["apply"]];
export const DS_LITE_FREEDOMS: readonly Row[] = [
  ["core-clock-steps-2s-ahead", "the clock of the core tap steps 2 s ahead in the middle", DS_LITE, stepped(1, 2)],
  ["core-clock-steps-2s-back", "the clock of the core tap steps 2 s back in the middle", DS_LITE, stepped(1, -2)],
  ["access-clock-steps-2s-ahead", "the clock of the access tap steps 2 s ahead in the middle", DS_LITE, stepped(0, 2)],
  ["access-clock-steps-2s-back", "the clock of the access tap steps 2 s back in the middle", DS_LITE, stepped(0, -2)],
  ["clock-drift-100ppm", "the clock of the core tap gains 100 ppm", DS_LITE, (t) => retimed(t, (e) => (e.side === 1 ? (seconds(e) - seconds(t.events[0])) * 1e-4 : 0))],
  ["core-clock-49ms-early", "the clock of the core tap is 49 ms ahead", DS_LITE, (t) => retimed(t, (e) => (e.side === 1 ? 0.049 : 0))],
  ["other-pool-address", "subscribers get another address of the pool", DS_LITE, otherAddress],
  ["random-ports", "external ports are given out at random", DS_LITE, (t) => turned(t, (a, _p, port) => [a, port > 0 ? shuffled(port, 4) : 0])],
  ["port-blocks", "each subscriber gets a block of 512 ports", DS_LITE, (t) => turned(t, blocks())],
  ["nat-restart", "the NAT restarts in the middle: every binding is new", DS_LITE, (t) => turned(t, (a, _p, port, _b, late) => [a, late && port > 0 ? shuffled(port, 2) : port])],
  ["b4-renumbered", "the prefix of every B4 changes in the middle", DS_LITE, renumbered],
  ["large-frames", "TCP frames larger than the MTU: segmentation offload at the taps", DS_LITE, large],
  ["partial-checksums-core", "transport checksums of sent packets are left to the card on the core side", DS_LITE, partial(1, 1)],
  ["partial-checksums-access", "transport checksums of received packets are partial on the access side (virtual machines)", DS_LITE, partial(0, 0)],
  ["misses-one-b4", "the access tap misses one B4 entirely", DS_LITE, missesB4],
  ["two-aftrs", "another AFTR on the link gets packets of the same B4s", DS_LITE, twoAftrs],
];
