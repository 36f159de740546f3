/** Transcripts as taps with other clocks would have written them. */
import { type Random, randomOf } from "../properties/random.js";
import type { Event, Transcript } from "./transcript.js";

/** Moves events in time, and puts them in order again. */
export function retimed(t: Transcript, by: (e: Event, r: Random) => number): readonly Event[] {
  const r = randomOf(7);
  const moved = t.events.map((e, i) => {
    const ns = e.nsec + Math.round(by(e, r) * 1e6) * 1000;
    const carry = Math.floor(ns / 1e9);
    return { i, e: { ...e, sec: e.sec + carry, nsec: ns - carry * 1e9 } };
  });
  return moved.sort((a, b) => a.e.sec - b.e.sec || a.e.nsec - b.e.nsec || a.i - b.i).map((m) => m.e);
}
