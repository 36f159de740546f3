/** What `softproof waivers lint` and `prune` do. */
import { existsSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { readTextFile } from "../../config/load.js";
import { loadProfiles } from "../../profiles/index.js";
import { writeAtomic } from "../../report/files.js";
import { counted } from "../../report/text.js";
import { readRecord } from "../../report/index.js";
import { RECORD_FILE } from "../../suite/record-lines.js";
import { isPrunable, pruned, reviewOf } from "../../suite/waivers/prune.js";
import { isExpired, scopeText, type Waivers } from "../../suite/waivers/types.js";
import { EXIT, problem, why } from "../outcome.js";
import { dayAndWaivers } from "../waivers.js";

export interface WaiversArgs { action: "lint" | "prune"; file: string; run: string | undefined; write: boolean; asOf: string | undefined; json: boolean }

/** Profiles that a run has without naming one. */
const OWN_NAMES = ["device", "reference"];

function lint(w: Waivers, json: boolean): number {
  const names = [...OWN_NAMES, ...loadProfiles().map((p) => p.name)];
  const remarks = w.waivers.flatMap((x) => [
    ...(isExpired(x, w.asOf) ? [{ waiver: x, kind: "expired", text: `expired on ${x.expires} (as of ${w.asOf}): it excuses nothing` }] : []),
    ...(x.scope.profile !== undefined && !names.includes(x.scope.profile.toLowerCase()) ? [{ waiver: x, kind: "profile", text: `profile "${x.scope.profile}" is not a bundled one; it matches a profile file of that name only` }] : []),
    ...(x.scope.fingerprint === undefined ? [{ waiver: x, kind: "wide", text: `excuses every deviation from ${scopeText(x.scope)}: add the fingerprint of one (of its finding in report.html or report.json) to excuse only that` }] : []),
  ]);
  const expired = remarks.filter((r) => r.kind === "expired").length;
  if (json) process.stdout.write(`${JSON.stringify({ file: w.path, asOf: w.asOf, waivers: w.waivers.length, expired, remarks: remarks.map((r) => ({ id: r.waiver.id, line: r.waiver.place.line, kind: r.kind, text: r.text })) })}\n`);
  else {
    for (const r of remarks) process.stdout.write(`${w.path}:${r.waiver.place.line}:${r.waiver.place.column}: ${r.waiver.id}: ${r.text}\n`);
    process.stdout.write(`${w.path}: ${counted(w.waivers.length, "waiver")}, ${expired} expired as of ${w.asOf}\n`);
  }
  return expired > 0 ? EXIT.nonConforming : EXIT.conforming;
}

function prune(w: Waivers, args: WaiversArgs): number {
  if (args.run === undefined) throw problem(EXIT.usage, "waivers prune: name the run with --run run.jsonl.");
  const path = existsSync(args.run) && statSync(args.run).isDirectory() ? join(args.run, RECORD_FILE) : args.run;
  const read = readRecord(path);
  // What a broken-off run did not show is no reason to drop a waiver.
  if (!read.complete) throw problem(EXIT.input, `${read.problem ?? `${path}: the run broke off`}: an incomplete run is no ground for pruning.`);
  const review = reviewOf(w, read.lines, true);
  const going = review.filter(isPrunable);
  if (args.write && going.length > 0) {
    try {
      // Through a link to the file itself, and whole or not at all: it is somebody's work.
      writeAtomic(realpathSync(args.file), pruned(readTextFile(args.file), new Set(going.map((g) => g.id))));
    } catch (e) {
      throw problem(EXIT.usage, `cannot write ${args.file}: ${why(e)}.`);
    }
  }
  if (args.json) process.stdout.write(`${JSON.stringify({ file: args.file, run: path, asOf: w.asOf, written: args.write && going.length > 0, waivers: review.map((r) => ({ id: r.id, state: r.state, note: r.note, pruned: isPrunable(r) })) })}\n`);
  else {
    for (const r of review) process.stdout.write(`${isPrunable(r) ? (args.write ? "removed" : "remove ") : "keep   "}  ${r.id}  ${r.state}${r.note === "" ? `: ${counted(r.findings, "finding")}` : `: ${r.note}`}\n`);
    process.stdout.write(`${going.length} of ${review.length} ${args.write ? "removed from" : "would be removed from"} ${args.file}${args.write || going.length === 0 ? "" : "; do it with --write"}\n`);
  }
  return EXIT.conforming;
}

export async function waivers(args: WaiversArgs): Promise<number> {
  const { waivers: loaded } = await dayAndWaivers({ asOf: args.asOf, waivers: args.file });
  if (loaded === undefined) throw new Error("a waiver file was named but not loaded");
  return args.action === "lint" ? lint(loaded, args.json) : prune(loaded, args);
}
