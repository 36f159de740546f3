/** Several captures as one, by time: equal times keep the order of the inputs. */
import type { Memory } from "../wire/memory.js";
import { lookAhead } from "./reorder.js";
import type { CaptureSource } from "./source.js";
import type { Straight } from "./straight.js";
import type { CaptureFault, FrameSource } from "./types.js";

export interface MergeOptions {
  readonly memory: Memory;
  /** Look-ahead per file in frames, see reorder.ts; 64 unless told. */
  readonly frames?: number;
  readonly spareBytes?: number;
}

export interface MergedSource extends FrameSource {
  /** Index, among the sources given, of the one that the current frame is from. */
  readonly current: number;
  /** All sources' faults. */
  readonly faults: readonly CaptureFault[];
  readonly reordered: number;
  readonly clamped: number;
  /**
   * Frames that `next` would give one after the other now, at once: whoever takes them from the list (straight.ts) does what `next` does, without its
   * cost. Only where there is one source. The frame's other fields (link type, interface, hint, file) stay as they are.
   */
  readonly listed: Straight | undefined;
}

/**
 * Merges `sources` by time; each is first put in order within its look-ahead (reorder.ts), so the time that comes out never runs backwards.
 * The frame's bytes stay valid until the next `next()`. The smallest time is found by looking at all: meant for tens of files, not thousands.
 */
export function mergeSources(sources: readonly CaptureSource[], options: MergeOptions): MergedSource {
  const inputs = sources.map((source) => lookAhead(source, options));
  const sec = new Float64Array(inputs.length).fill(Number.POSITIVE_INFINITY);
  const nsec = new Float64Array(inputs.length);
  let todo = 0; // inputs before this one have their next frame ready
  let last = inputs.length; // and so have those behind it
  const merged = {
    name: sources.map((s) => s.name).join(" + "),
    next,
    current: -1,
    off: 0,
    capLen: 0,
    wireLen: 0,
    sec: 0,
    nsec: 0,
    linkType: 0,
    interfaceName: "",
    hint: 0 as 0 | 1 | 2,
    frame: 0,
    file: sources[0]?.file ?? 0,
    get faults(): readonly CaptureFault[] {
      return sources.flatMap((s) => s.faults);
    },
    get listed(): Straight | undefined {
      return inputs.length === 1 ? inputs[0].listed : undefined;
    },
    get reordered(): number {
      return inputs.reduce((n, s) => n + s.reordered, 0);
    },
    get clamped(): number {
      return inputs.reduce((n, s) => n + s.clamped, 0);
    },
    get position(): number {
      return sources.reduce((n, s) => n + s.position, 0);
    },
    get size(): number {
      return sources.every((s) => s.size > 0) ? sources.reduce((n, s) => n + s.size, 0) : 0;
    },
    close(): void {
      for (const s of sources) s.close();
    },
  };

  function next(): boolean | Promise<boolean> {
    if (inputs.length === 1) {
      const got = inputs[0].prepare();
      return typeof got === "boolean" ? got && only() : got.then((ok) => ok && only());
    }
    while (todo < last) {
      const got = inputs[todo].prepare();
      if (typeof got !== "boolean") {
        return got.then((ok) => {
          took(todo++, ok);
          return next();
        });
      }
      took(todo++, got);
    }
    return choose();
  }

  function only(): true {
    inputs[0].take(merged, merged.current < 0);
    merged.current = 0;
    return true;
  }

  function took(i: number, ok: boolean): void {
    sec[i] = ok ? inputs[i].head[0] : Number.POSITIVE_INFINITY;
    nsec[i] = ok ? inputs[i].head[1] : 0;
  }

  function choose(): boolean {
    let best = 0;
    for (let i = 1; i < inputs.length; i++) {
      if (sec[i] < sec[best] || (sec[i] === sec[best] && nsec[i] < nsec[best])) best = i;
    }
    if (inputs.length === 0 || sec[best] === Number.POSITIVE_INFINITY) {
      todo = last;
      return false;
    }
    inputs[best].take(merged, best !== merged.current);
    if (best !== merged.current) {
      merged.current = best;
      merged.file = sources[best].file;
    }
    todo = best; // its frame is used up by the next call
    last = best + 1;
    return true;
  }
  return merged;
}
