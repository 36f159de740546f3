import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of captures, oracle cases and RFC facts that lies beside a checkout on a developer's machine; undefined elsewhere. */
export function sharedDir(): string | undefined {
  const dir = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "shared");
  return existsSync(join(dir, "captures")) ? dir : undefined;
}
