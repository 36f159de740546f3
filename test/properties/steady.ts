/** Random but sound traffic: flows that go on, answers to what was sent, retransmissions, errors about packets on their way, two equal packets at once. */
import type { Config } from "../../src/config/types.js";
import { OUT_OF } from "../../src/judge/types.js";
import type { Memory } from "../../src/wire/memory.js";
import { icmpError } from "../mutants/mutant.js";
import { look, seal } from "../mutants/seen.js";
import type { Event } from "../mutants/transcript.js";
import { createDrive } from "./drive.js";
import type { Random } from "./random.js";
import { type Draw, reply, traffic } from "./traffic.js";

/** The packet once more with other data behind its transport header. */
function goesOn(r: Random, d: Draw): Draw {
  const bytes = d.bytes.slice();
  const s = look(bytes);
  const data = s.upper === 0 ? bytes.length : s.upper + (s.protocol === 6 ? 20 : 8);
  for (let i = data; i < bytes.length; i++) bytes[i] = r.below(256);
  if (s.upper > 0 && s.protocol === 6 && s.upper + 20 <= bytes.length) {
    bytes.set(r.bytes(4), s.upper + 4);
    bytes[s.upper + 13] = 0x10;
  }
  if (bytes[0] >>> 4 === 4 && bytes.length > 20) bytes.set(r.bytes(2), 4);
  seal(bytes);
  return { ...d, bytes };
}

/** An error of somebody on the way of a packet that the device sent. */
function errorAbout(r: Random, e: Event): Draw | undefined {
  const s = look(e.bytes);
  if (s.error || s.userVersion === 0) return undefined;
  if (s.version === 4) {
    if (e.bytes.length < 28) return undefined;
    return { side: e.side, bytes: icmpError(e.bytes, r.pick([3, 11]), r.pick([0, 1]), Uint8Array.from([203, 0, 113, 99])) };
  }
  return { side: e.side, bytes: icmpError(e.bytes, r.pick([1, 3]), r.pick([0, 1]), Uint8Array.from([0x20, 1, 0xd, 0xb8, 0, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x99])) };
}

export function steady(config: Config, memory: Memory, r: Random, steps: number, pauses: boolean): readonly Event[] {
  const drive = createDrive(config, memory);
  const drawn: Draw[] = [];
  const next = (): readonly (Draw | undefined)[] => {
    const sent = drive.events.filter((e) => e.direction === OUT_OF);
    const kind = r.below(10);
    if (kind < 4 && drawn.length > 0) return [goesOn(r, r.pick(drawn))];
    if (kind < 7 && sent.length > 0) {
      const e = r.pick(sent.slice(-40));
      const back = look(e.bytes).error ? undefined : reply(e.side, e.bytes);
      if (back === undefined) return [];
      const said = r.chance(0.7) ? goesOn(r, back) : back;
      drawn.push(said);
      return [said];
    }
    if (kind === 7 && drawn.length > 0) return r.chance(0.5) ? [r.pick(drawn.slice(-10))] : [drawn[drawn.length - 1], drawn[drawn.length - 1]];
    if (kind === 8 && sent.length > 0 && r.chance(0.7)) return [errorAbout(r, r.pick(sent.slice(-20)))];
    const fresh = traffic(r, config);
    drawn.push(...fresh);
    return fresh;
  };
  for (let n = 0; n < steps; n++) {
    for (const d of next()) {
      if (d === undefined) continue;
      drive.send(d.side, d.bytes, pauses && r.chance(0.02) ? r.below(400) * 1_000_000 : r.pick([0, 1, 30, 300, 2000, 15_000]));
    }
  }
  drive.end();
  return drive.events;
}
