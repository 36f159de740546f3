/** Captures that people name, looked at before anything is read. */
import { accessSync, constants, statSync } from "node:fs";
import { EXIT, problem, why } from "./outcome.js";

/** Throws an input problem for the first that is missing, a folder, or not to be read. `-` is stdin. */
export function checkCaptures(paths: readonly string[]): void {
  for (const path of paths) {
    if (path === "-") continue;
    let folder = false;
    try {
      folder = statSync(path).isDirectory();
      accessSync(path, constants.R_OK);
    } catch (e) {
      throw problem(EXIT.input, `cannot read ${path}: ${why(e)}. Expected a capture: pcap or pcapng, plain, gzip or zstd, or - for stdin.`);
    }
    if (folder) throw problem(EXIT.input, `${path}: it is a folder; name the captures in it.`);
  }
}
