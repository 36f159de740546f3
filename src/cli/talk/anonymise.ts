/** What `softproof anonymise` does. */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type OutputFile, openOutput } from "../../capture/output-file.js";
import { loadConfigFile } from "../../config/load.js";
import { makeFolder, writeAtomic } from "../../report/files.js";
import { counted, thousands } from "../../report/text.js";
import { createMapper, type Mapper, unsupported } from "../../suite/anonymise/addresses.js";
import { anonymiseConfig } from "../../suite/anonymise/config.js";
import { type Anonymised, anonymiseFile, firstFrame } from "../../suite/anonymise/file.js";
import { checkCaptures } from "../captures.js";
import { EXIT, problem, unwritable } from "../outcome.js";
import { createProgress } from "../progress.js";
import { refuseOverwriting } from "../same-file.js";

export interface AnonymiseArgs { capture: string[]; config: string | undefined; key: string; output: string; quiet: boolean }

/** "x.pcap.gz" -> "x.pcap": what is written is not compressed. */
const plainName = (path: string): string => (path === "-" ? "stdin.pcap" : basename(path).replace(/\.(gz|zst)$/, ""));

/** One capture, written beside its place and renamed when it is complete. What could be read of a damaged one is written too. */
async function one(path: string, map: Mapper, dir: string, signal: AbortSignal, quiet: boolean): Promise<Anonymised> {
  const target = join(dir, plainName(path));
  const progress = createProgress(`anonymise ${path === "-" ? "stdin" : path}`, quiet);
  let out: OutputFile | undefined;
  const writing = (step: () => void): void => {
    try {
      step();
    } catch (e) {
      throw unwritable(dir, e);
    }
  };
  const start = (): OutputFile => {
    makeFolder(dir);
    return openOutput(target);
  };
  try {
    const sink = { write: (u8: Uint8Array, off: number, length: number) => writing(() => (out ??= start()).write(u8, off, length)) };
    const done = await anonymiseFile(path, map, sink, { signal, onProgress: (p) => progress.update(p) });
    if (!done.recognised) throw problem(EXIT.input, `cannot read ${done.faults[0].file}: ${done.faults[0].message}.`);
    if (!done.interrupted) writing(() => out?.finish());
    return done;
  } finally {
    progress.end();
    out?.abort();
  }
}

/** What stderr is told of a capture; true when its reading ended early. */
function tell(path: string, done: Anonymised): boolean {
  for (const note of done.notes) process.stderr.write(`note: ${path}: ${note}\n`);
  if (done.untouched > 0) process.stderr.write(`note: ${path}: ${counted(done.untouched, "frame is", "frames are")} neither IP nor ARP (or of a link type that is not read), ${firstFrame(done.untouched, done.firstUntouched)}: copied as ${done.untouched === 1 ? "it is" : "they are"}, with any addresses in ${done.untouched === 1 ? "it; take it" : "them; take them"} out before you hand the file on\n`);
  for (const f of done.faults) process.stderr.write(`${f.recovered ? "note" : "softproof"}: ${f.file}: byte ${f.offset}, after frame ${f.frame}: ${f.message}\n`);
  return done.faults.some((f) => !f.recovered);
}

export async function anonymise(args: AnonymiseArgs): Promise<number> {
  if (args.key.length < 8) throw problem(EXIT.usage, "--key: at least 8 characters; whoever knows the key can undo the permutation, so keep it.");
  const config = args.config === undefined ? undefined : loadConfigFile(args.config);
  const cannot = config === undefined ? [] : unsupported(config);
  if (cannot.length > 0) throw problem(EXIT.usage, `${args.config ?? ""} cannot be anonymised with the same verdicts: ${cannot.join("; ")}.`);
  const inputs = [...args.capture, ...(args.config === undefined ? [] : [args.config])];
  const names = inputs.map(plainName);
  const twin = names.find((n, i) => names.indexOf(n) !== i);
  if (twin !== undefined) throw problem(EXIT.usage, `two inputs are named ${twin}: their outputs would overwrite each other; rename one.`);
  checkCaptures(args.capture);
  refuseOverwriting(inputs, [...args.capture.map((p) => join(args.output, plainName(p))), ...(args.config === undefined ? [] : [join(args.output, basename(args.config))])]);
  const map = createMapper(args.key, config);
  const abort = new AbortController();
  const interrupt = (): void => abort.abort();
  process.once("SIGINT", interrupt); // a second Ctrl-C ends at once
  process.once("SIGTERM", interrupt);
  let blanked = 0;
  let damaged = false;
  try {
    for (const path of args.capture) {
      const done = await one(path, map, args.output, abort.signal, args.quiet);
      if (done.interrupted) {
        process.stderr.write(`interrupted: ${join(args.output, plainName(path))} was not written\n`);
        return EXIT.interrupted;
      }
      blanked += done.blanked;
      process.stdout.write(`${join(args.output, plainName(path))}: ${thousands(done.frames)} frames\n`);
      if (tell(path, done)) damaged = true;
    }
  } finally {
    process.removeListener("SIGINT", interrupt);
    process.removeListener("SIGTERM", interrupt);
  }
  if (args.config !== undefined) {
    const target = join(args.output, basename(args.config));
    try {
      writeAtomic(target, anonymiseConfig(readFileSync(args.config, "utf8"), map));
    } catch (e) {
      throw unwritable(args.output, e);
    }
    process.stdout.write(`${target}: configuration\n`);
  }
  if (blanked > 0) process.stderr.write(`note: ${counted(blanked, "address in FTP, RTSP or SIP text became zeros, since the new one does not fit into its length", "addresses in FTP, RTSP or SIP text became zeros, since the new ones do not fit into their length")}\n`);
  if (args.config === undefined) process.stderr.write("note: without --config no 6rd or PMT prefix is known: of addresses that embed an IPv4 address only those of 6to4 still embed the right one, so that `check` says something else of a 6rd or PMT domain\n");
  if (!args.quiet) process.stderr.write("Payloads, names, hardware addresses and times are as they were: look at them before you hand the files on.\n");
  return damaged ? EXIT.input : EXIT.conforming;
}
