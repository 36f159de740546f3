/** How much the judge keeps in sight at a time, for inputs whose size is known beforehand. */
export interface JudgeWindow { readonly ringRecords?: number; readonly ringBytes?: number }

/** Windows from here on are not worth fitting: the judge's own is about as large. */
const LARGE = 1 << 13;
const LEAST_RECORDS = 1 << 7, LEAST_BYTES = 1 << 18;

/**
 * A window that holds a short transcript of so many packets and bytes whole, with room to spare for what the judge joins of fragments. The judge makes its
 * tables anew for each transcript, which for a dozen packets would cost more than judging them. Empty (the judge's own) for a long one.
 */
export function judgeWindow(packets: number, bytes: number): JudgeWindow {
  if (packets >= LARGE) return {};
  return { ringRecords: Math.max(LEAST_RECORDS, 1 << (34 - Math.clz32(packets))), ringBytes: Math.max(LEAST_BYTES, 1 << (34 - Math.clz32(bytes))) };
}
