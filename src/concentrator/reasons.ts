import type { Reason } from "./device.js";

const registry: Reason[] = [];

/** Every reason of the reference, in the order of declaration. Index = the number that `Device.receive` and `Sink.commit` use. */
export const REASONS: readonly Reason[] = registry;

/** Declares a reason at module load and returns its index; ids are unique. */
export function declareReason(id: string, kind: Reason["kind"], text: string, clause?: string): number {
  if (registry.some((r) => r.id === id)) throw new Error(`reason ${id} is declared twice`);
  registry.push(clause === undefined ? { id, kind, text } : { id, kind, text, clause });
  return registry.length - 1;
}
