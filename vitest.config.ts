import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// Left to itself vitest keeps a core free, which on two cores is half of the machine.
export default defineConfig({
  test: { include: ["test/**/*.test.ts"], setupFiles: ["test/setup.ts"], maxWorkers: availableParallelism(), testTimeout: 120_000, hookTimeout: 120_000 },
});
