import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The package's `specs` folder: beside `src` in a checkout, beside `dist` when installed. */
export const specsDir = (): string => join(dirname(fileURLToPath(import.meta.url)), "..", "..", "specs");

/** The package's `fixtures` folder. */
export const fixturesDir = (): string => join(specsDir(), "..", "fixtures");

/** A JSON file of the package below `specs`. Throws when the installation is damaged. */
export const readSpecsJson = (...path: string[]): unknown => JSON.parse(readFileSync(join(specsDir(), ...path), "utf8"));
