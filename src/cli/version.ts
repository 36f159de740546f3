import { readFileSync } from "node:fs";

/** The package's version, from its package.json; the same relative way from src/cli and from dist/cli. */
export const toolVersion: string = (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }).version;
