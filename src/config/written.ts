/** Which keys a person wrote, as against defaults: a hardware profile's own default gives way to what is written. */
const written = new WeakMap<object, ReadonlySet<string>>();

/** Remembers that `keys` (of the file's vocabulary) stood at the configured object. */
export function markWritten<T extends object>(configured: T, keys: readonly string[]): T {
  written.set(configured, new Set(keys));
  return configured;
}

/** Did the file name `key` for this object? False for objects that no file described. */
export const wasWritten = (configured: object, key: string): boolean => written.get(configured)?.has(key) ?? false;

/** The keys a file named for this object, for a copy that replaces it. */
export const writtenKeys = (configured: object): readonly string[] => [...(written.get(configured) ?? [])];
