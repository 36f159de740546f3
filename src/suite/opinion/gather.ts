/** Reads the captures once more and keeps what the second opinion compares: what the box received and what it sent. */
import { setImmediate as pause } from "node:timers/promises";
import { createLinkPlace, locate } from "../../capture/link.js";
import { mergeSources } from "../../capture/merge.js";
import { openCapture } from "../../capture/open.js";
import type { CaptureSource } from "../../capture/source.js";
import type { Config, Side } from "../../config/types.js";
import { INTO, type Place } from "../../judge/types.js";
import { createMemory } from "../../wire/memory.js";
import { createDoor } from "../direction/door.js";
import { learnMacs } from "../direction/learn-macs.js";
import { fileNames, type PipelineFile } from "../pipeline.js";
import { isLinkHousekeeping } from "../transit.js";

/** A packet without link layer and padding. `place`: its frame; of the reference's packets that of the input that caused them. */
export interface Sent { readonly side: Side; readonly bytes: Uint8Array; readonly place: Place; readonly sec: number; readonly nsec: number }
export interface BoxSent extends Sent { /** After the last input that was kept: it may answer one that was, or a later one. */ readonly late: boolean }
/** By the reference. `cause`: index of the input; `reason`: index into REASONS. */
export interface ReferenceSent extends Sent { readonly cause: number; readonly reason: number }

/** All is held in memory, so there is an end to it. */
export interface Limit { readonly packets: number; readonly bytes: number }
export const LIMIT: Limit = { packets: 200_000, bytes: 256 << 20 };
/** After the limit the box's answers to the last inputs are still awaited: seconds of capture time, and frames. */
const AWAITED_SECONDS = 2;
const AWAITED_FRAMES = 20_000;
const PAUSE_EVERY = 1 << 16;

export interface Gathered { readonly inputs: readonly Sent[]; readonly box: readonly BoxSent[]; readonly capped: boolean; /** Time of the last packet that was kept before the limit. */ readonly last: readonly [sec: number, nsec: number] }

export async function gather(config: Config, files: readonly PipelineFile[], limit: Limit, signal: AbortSignal | undefined): Promise<Gathered> {
  const memory = createMemory(96 << 20);
  const learned = await learnMacs(config, files);
  const names = fileNames(files);
  const sources: CaptureSource[] = [];
  for (let i = 0; i < files.length; i++) sources.push(await openCapture(files[i].path, { memory, fileIndex: i }));
  const merged = mergeSources(sources, { memory });
  const link = createLinkPlace();
  const door = createDoor(config, files.map((f) => f.side), memory.u8, "check", learned.macs);
  const inputs: Sent[] = [];
  const box: BoxSent[] = [];
  let last: [number, number] = [0, 0];
  let bytes = 0;
  let capped = false;
  let awaited = 0;
  try {
    for (let n = 1; ; n++) {
      const got = merged.next();
      if (!(typeof got === "boolean" ? got : await got)) break;
      if (n % PAUSE_EVERY === 0) {
        await pause(); // lets signals in
        if (signal?.aborted === true) break;
      }
      if (capped && (++awaited > AWAITED_FRAMES || merged.sec > last[0] + AWAITED_SECONDS)) break;
      if (!locate(memory.u8, merged.off, merged.capLen, merged.linkType, link)) continue;
      if (memory.u8[link.l3] >>> 4 === 6 && isLinkHousekeeping(memory.u8, link.l3, link.l3Len)) continue;
      const direction = door.enter(merged, link);
      if (direction < 0 || (capped && direction === INTO)) continue;
      const length = ipLength(memory.u8, link.l3, link.l3Len);
      if (!capped && (inputs.length + box.length >= limit.packets || bytes + length > limit.bytes)) {
        capped = true;
        if (direction === INTO) continue;
      }
      const sent = { side: door.side, bytes: memory.u8.slice(link.l3, link.l3 + length), place: { file: names[merged.file], frame: merged.frame }, sec: merged.sec, nsec: merged.nsec };
      bytes += length;
      if (!capped) last = [merged.sec, merged.nsec];
      if (direction === INTO) inputs.push(sent);
      else box.push({ ...sent, late: capped });
    }
    return { inputs, box, capped, last };
  } finally {
    merged.close();
  }
}

/** Without link-layer padding. */
function ipLength(b: Uint8Array, o: number, len: number): number {
  const said = b[o] >>> 4 === 4 ? (b[o + 2] << 8) | b[o + 3] : 40 + ((b[o + 4] << 8) | b[o + 5]);
  return said > 0 && said < len ? said : len;
}
