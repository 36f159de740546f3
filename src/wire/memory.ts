/**
 * One ArrayBuffer holds every packet of a run: input chunks, output chunks, reassembly buffers, the judge's window.
 * A packet is a place (offset, length in bytes) in it, so moving one is a `copyWithin` and allocates nothing.
 * The pages are touched only when used: a large memory costs address space, not resident memory.
 */
export interface Memory {
  readonly u8: Uint8Array;
  /** Reserves `bytes` for good and returns their offset. Throws RangeError when the memory is used up (set-up time only). */
  alloc(bytes: number): number;
}

export const DEFAULT_MEMORY_BYTES = 256 * 1024 * 1024;

export function createMemory(bytes: number = DEFAULT_MEMORY_BYTES): Memory {
  const u8 = new Uint8Array(bytes);
  let used = 64; // offset 0 stays free: it means "no place" in tables
  return {
    u8,
    alloc(wanted: number): number {
      const at = used;
      const next = (used + wanted + 63) & ~63;
      if (next > bytes) {
        throw new RangeError(`packet memory of ${bytes} bytes is used up: ${wanted} more were asked for, ${bytes - used} are left`);
      }
      used = next;
      return at;
    },
  };
}
