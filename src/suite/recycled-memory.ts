/** One packet memory for many small replays: what a run reserved is zeroed for the next, so each starts as if the memory were new. */
import { createMemory, DEFAULT_MEMORY_BYTES, type Memory } from "../wire/memory.js";

const FIRST = 64;

/** Gives the same bytes again with every call; the memory of the call before must no longer be used. */
export function recycledMemory(bytes: number = DEFAULT_MEMORY_BYTES): () => Memory {
  const { u8 } = createMemory(bytes);
  let dirty = 0;
  return () => {
    u8.fill(0, 0, dirty);
    let used = FIRST;
    dirty = FIRST;
    return {
      u8,
      alloc(wanted: number): number {
        const at = used;
        const next = (used + wanted + 63) & ~63;
        if (next > bytes) throw new RangeError(`packet memory of ${bytes} bytes is used up: ${wanted} more were asked for, ${bytes - used} are left`);
        used = next;
        dirty = next;
        return at;
      },
    };
  };
}
