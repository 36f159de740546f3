/**
 * Datagrams whose first fragment does not show everything that is to be replaced, or comes after others: an inner or quoted header, a checksum, DHCP or ALG text
 * goes on in later fragments, and the checksum over all of it stands in the first. They are rewritten as a whole, and their frames wait for that
 * (queue.ts). What is remembered is bounded in number, bytes and capture time; what does not become whole in time is rewritten as far as it goes.
 */
import type { Mapper } from "./addresses.js";
import { rewriteDatagram } from "./packet.js";
import { changed, createScrub, type Fragments, type Part, restore, type Scrub } from "./scrub.js";
import { addPart, contradicts, createTrain, forgetBytes, isSettled, isWhole, reachOf, sizeOf, takeFrom, type Train, type Waiting } from "./train.js";

/** RFC 8200 section 4.5: what is not whole after a minute never will be. */
export const REASSEMBLY_SECONDS = 60;
const MOST_TRAINS = 4096;
/** A first fragment that holds a fragment: only the whole tells. */
const WITHIN: Fragments = { meet: (s) => void (s.wanting = true) };

export interface Trains extends Fragments {
  /** Capture time of the current frame, seconds; its number in the file, from 1. */
  seconds: number;
  frame: number;
  /** Settles a datagram that is not whole. */
  giveUp(t: Train): void;
  /** ALG texts that became zeros, in datagrams that were rewritten as a whole. */
  readonly blanked: number;
  /** Fragments whose beginning was not seen in time: they stand as they were. */
  readonly lonely: number;
  /** Fragments that came after their datagram had been given up: a checksum before them does not count what they changed. */
  readonly late: number;
  /** The frames of the first ones of both, 0 without any. */
  readonly firstLonely: number;
  readonly firstLate: number;
  /** Bytes held, and the most that ever were. */
  readonly bytes: number;
  readonly mostBytes: number;
}

export function createTrains(map: Mapper, limit: number): Trains {
  const table = new Map<string, Train>();
  const self = { seconds: 0, frame: 0, blanked: 0, lonely: 0, late: 0, firstLonely: 0, firstLate: 0, bytes: 0, mostBytes: 0, meet, giveUp };

  function meet(s: Scrub, p: Part): void {
    const met = s.trains.get(p.key);
    if (met !== undefined) {
      use(s, p, met);
      return;
    }
    if (s.quoted > 0) {
      quoted(s, p);
      return;
    }
    let t = found(s, p);
    const isFirst = p.offset === 0 && t?.state !== "done" && t?.state !== "late";
    if (isFirst && !isCut(s, p)) {
      plain(t ?? begin(p), p);
      return;
    }
    if (t?.state === "plain") {
      if (!isFirst) {
        plain(t, p);
        return;
      }
      close(t); // the identification is used again
      t = undefined;
    }
    t ??= begin(p);
    s.trains.set(p.key, t);
    extend(t, s, p);
    use(s, p, t);
  }

  /** The datagram of a fragment, unless it is too old, or of other bytes. */
  function found(s: Scrub, p: Part): Train | undefined {
    const t = table.get(p.key);
    if (t === undefined) return undefined;
    if (Math.abs(self.seconds - t.seconds) <= REASSEMBLY_SECONDS && !contradicts(t, s.old, p)) return t;
    close(t);
    return undefined;
  }

  /** Rewrites a first fragment by itself; true when that does not do, and it is as it was. */
  function isCut(s: Scrub, p: Part): boolean {
    const alone = createScrub(map, s.now, s.old, WITHIN);
    rewriteDatagram(alone, p, p.at, p.end, p.stated, false);
    if (alone.wanting) {
      restore(s, p.at, p.end);
      return true;
    }
    s.blanked += alone.blanked;
    changed(s, p.end);
    return false;
  }

  /** A fragment of an ICMP error's quote: what is known of its datagram serves, else its own bytes. */
  function quoted(s: Scrub, p: Part): void {
    const t = table.get(p.key);
    if (t !== undefined && t.state !== "plain" && !contradicts(t, s.old, p)) {
      s.trains.set(p.key, t);
      use(s, p, t);
    } else if (p.offset === 0) {
      rewriteDatagram(s, p, p.at, p.end, p.stated, false);
    }
  }

  function use(s: Scrub, p: Part, t: Train): void {
    if (t.state === "done" || t.state === "late") {
      takeFrom(t, s.old, s.now, p);
      changed(s, p.end);
    } else if (t.state !== "plain") s.waiting = true;
  }

  function begin(p: Part): Train {
    const t = createTrain(p, self.seconds);
    table.set(p.key, t);
    account(sizeOf(t));
    for (const oldest of table.values()) {
      if (table.size <= MOST_TRAINS) break;
      close(oldest);
    }
    return t;
  }
  /** Datagrams are given up in another order than their fragments came. */
  function lonely(frame: number): void {
    self.lonely++;
    if (self.firstLonely === 0 || frame < self.firstLonely) self.firstLonely = frame;
  }
  function account(bytes: number): void {
    self.bytes += bytes;
    self.mostBytes = Math.max(self.mostBytes, self.bytes);
  }

  function extend(t: Train, s: Scrub, p: Part): void {
    const size = sizeOf(t);
    const { covered } = t;
    t.seconds = self.seconds;
    if (t.state !== "done" && t.state !== "joined") addPart(t, s.old, p, self.frame);
    if (t.state === "open" && isWhole(t)) join(t);
    else if (t.state === "late") {
      if (p.offset > reachOf(t)) lonely(self.frame);
      else if (t.covered > covered) {
        self.late++;
        self.firstLate ||= self.frame;
        asFarAsItGoes(t);
      }
    }
    weigh(t, size);
    for (const oldest of table.values()) {
      if (self.bytes <= limit || oldest === t) break;
      close(oldest);
    }
  }

  /** No fragment of it needs another: those that came before the first one may go. */
  function plain(t: Train, p: Part): void {
    const size = sizeOf(t);
    if (p.last) t.total = p.offset + p.stated;
    t.seconds = self.seconds;
    if (t.state === "open") {
      forgetBytes(t);
      settle(t, "plain");
    }
    weigh(t, size);
  }

  /** Its size has changed, and it was met last. */
  function weigh(t: Train, size: number): void {
    if (table.get(t.key) !== t) return;
    account(sizeOf(t) - size);
    table.delete(t.key);
    table.set(t.key, t);
  }

  /** The whole datagram: rewritten, or waiting for a fragment within it. */
  function join(t: Train): void {
    t.state = "joined";
    const end = reachOf(t);
    t.now = t.old.slice(0, end);
    const s = createScrub(map, t.now, t.old, self);
    const waiting: Waiting = { again };
    function again(): void {
      if (t.state !== "joined") return;
      s.now.set(t.old.subarray(0, end));
      s.changedTo = 0;
      s.blanked = 0;
      s.waiting = false;
      rewriteDatagram(s, t, 0, end, t.total, end === t.total);
      if (!s.waiting) {
        self.blanked += s.blanked;
        settle(t, "done");
      }
    }
    again();
    for (const within of s.waiting ? s.trains.values() : []) if (!isSettled(within)) within.waiting.add(waiting);
  }

  function settle(t: Train, state: "plain" | "done" | "late"): void {
    t.state = state;
    const waiting = [...t.waiting];
    t.waiting.clear();
    for (const w of waiting) w.again();
  }

  /** Its first bytes, up to a gap. */
  function asFarAsItGoes(t: Train): void {
    const end = reachOf(t);
    t.now = t.old.slice(0, end);
    const s = createScrub(map, t.now, t.old);
    rewriteDatagram(s, t, 0, end, t.total, false);
    self.blanked += s.blanked;
  }

  function giveUp(t: Train): void {
    if (isSettled(t)) return;
    const size = sizeOf(t);
    if (t.state === "open") {
      asFarAsItGoes(t);
      for (const { offset, frame } of t.later) if (offset >= t.reach) lonely(frame);
    }
    if (table.get(t.key) === t) account(sizeOf(t) - size);
    settle(t, "late");
  }

  function close(t: Train): void {
    giveUp(t);
    if (table.get(t.key) !== t) return;
    table.delete(t.key);
    self.bytes -= sizeOf(t);
  }

  return self;
}
