/** What `softproof anonymise` does. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { openOutput } from "../../capture/output-file.js";
import { loadConfigFile } from "../../config/load.js";
import { writeAtomic } from "../../report/files.js";
import { createMapper, unsupported } from "../../suite/anonymise/addresses.js";
import { anonymiseConfig } from "../../suite/anonymise/config.js";
import { anonymiseFile } from "../../suite/anonymise/file.js";
import { EXIT, problem, unwritable, why } from "../outcome.js";
import { refuseOverwriting } from "../same-file.js";

export interface AnonymiseArgs { capture: string[]; config: string | undefined; key: string; output: string; quiet: boolean }

/** "x.pcap.gz" -> "x.pcap": what is written is not compressed. */
const plainName = (path: string): string => basename(path).replace(/\.(gz|zst)$/, "");

export function anonymise(args: AnonymiseArgs): number {
  if (args.key.length < 8) throw problem(EXIT.usage, "--key: at least 8 characters; whoever knows the key can undo the permutation, so keep it.");
  const config = args.config === undefined ? undefined : loadConfigFile(args.config);
  const cannot = config === undefined ? [] : unsupported(config);
  if (cannot.length > 0) throw problem(EXIT.usage, `${args.config ?? ""} cannot be anonymised with the same verdicts: ${cannot.join("; ")}.`);
  const inputs = [...args.capture, ...(args.config === undefined ? [] : [args.config])];
  const names = inputs.map(plainName);
  const twin = names.find((n, i) => names.indexOf(n) !== i);
  if (twin !== undefined) throw problem(EXIT.usage, `two inputs are named ${twin}: their outputs would overwrite each other; rename one.`);
  for (const path of inputs) {
    if (!existsSync(path)) throw problem(EXIT.input, `cannot read ${path}: it does not exist.`);
  }
  refuseOverwriting(inputs, [...args.capture.map((p) => join(args.output, plainName(p))), ...(args.config === undefined ? [] : [join(args.output, basename(args.config))])]);
  const map = createMapper(args.key, config);
  let blanked = 0;
  let untouched = 0;
  let damaged = false;
  for (const path of args.capture) {
    const done = ((): ReturnType<typeof anonymiseFile> => {
      try {
        return anonymiseFile(path, map);
      } catch (e) {
        throw problem(EXIT.input, e instanceof Error && "code" in e ? `cannot read ${path}: ${why(e)}.` : e instanceof Error ? e.message : String(e));
      }
    })();
    const target = join(args.output, plainName(path));
    try {
      mkdirSync(args.output, { recursive: true });
      const out = openOutput(target);
      try {
        out.write(done.bytes, 0, done.bytes.length);
        out.finish();
      } finally {
        out.abort();
      }
    } catch (e) {
      throw unwritable(args.output, e);
    }
    blanked += done.blanked;
    untouched += done.untouched;
    damaged ||= done.damaged;
    process.stdout.write(`${target}: ${done.frames.toLocaleString("en-US")} frames\n`);
    for (const note of done.notes) process.stderr.write(`note: ${path}: ${note}\n`);
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
  if (blanked > 0) process.stderr.write(`note: ${blanked} addresses in FTP, RTSP or SIP text became zeros, since the new ones do not fit into their length\n`);
  if (untouched > 0) process.stderr.write(`note: ${untouched} frames are neither IP nor ARP (or of a link type that is not read): they were copied as they are, with any addresses in them; take them out before you hand the files on\n`);
  if (!args.quiet) process.stderr.write("Payloads, names, hardware addresses and times are as they were: look at them before you hand the files on.\n");
  return damaged ? EXIT.input : EXIT.conforming;
}
