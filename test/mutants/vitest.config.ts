import { defineConfig } from "vitest/config";

export default defineConfig({ test: { include: ["test/mutants/table.ts"], setupFiles: ["test/setup.ts"] } });
