/** What `softproof init` does: the draft goes to stdout or a file, what was not found out to stderr. */
import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { thousands, visible } from "../../report/text.js";
import { draftConfig } from "../../suite/init/draft.js";
import { seemSwapped } from "../../suite/init/sides.js";
import { type Named, type Survey, survey } from "../../suite/init/survey.js";
import { parseConfig } from "../../config/load.js";
import { checkCaptures } from "../captures.js";
import { EXIT, problem, why } from "../outcome.js";
import { shellWord } from "../shell-word.js";
import { createProgress } from "../progress.js";

export interface InitArgs { capture: string[] | undefined; access: string[]; core: string[]; both: string[]; junos: string | undefined; output: string | undefined }

/** False also for a name that no file can have. */
const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();

/** A draft of people's work must not be lost: an existing file is never replaced. */
function put(text: string, output: string | undefined): void {
  if (output === undefined) {
    process.stdout.write(text);
    return;
  }
  try {
    writeFileSync(output, text, { flag: "wx" });
  } catch (e) {
    // Half a draft (full disk) would stand in the way of the next one.
    if (!(e instanceof Error && "code" in e && e.code === "EEXIST") && isFile(output)) rmSync(output, { force: true });
    throw problem(EXIT.usage, `cannot write ${output}: ${why(e)}.`);
  }
}

/** The tables of the survey are bounded; what came when one was full was not counted, so its counts are lower bounds. */
function lostText(s: Survey): string[] {
  const tables = [["tunnels by IPv4 addresses", s.pairs4], ["tunnels by IPv6 addresses", s.pairs6], ["packets seen on both sides", s.crossings], ["neighbours", s.neighbours]] as const;
  return tables.filter(([, t]) => t.lost > 0).map(([name, t]) => `more different ${name} than the draft remembers: ${thousands(t.lost)} packets of further ones are not counted in it, so its numbers are lower bounds`);
}

async function fromCaptures(captures: readonly Named[], output: string | undefined): Promise<number> {
  checkCaptures(captures.map((c) => c.path));
  const progress = createProgress("init");
  const seen = await survey(captures, (p) => progress.update(p)).finally(() => progress.end());
  for (const f of seen.faults) process.stderr.write(`softproof: ${visible(f)}\n`);
  const draft = draftConfig(seen);
  for (const l of lostText(seen)) process.stderr.write(`note: ${l}\n`);
  if (draft.guesses.length === 0) {
    process.stderr.write(`softproof: ${thousands(seen.frames)} frames read, and no softwire in them: no protocol 41 whose addresses fit 6rd or 6to4, no IPv4 in IPv6. Are these the captures of the tunnelled side?\n`);
    return seen.frames === 0 && seen.faults.length > 0 ? EXIT.input : EXIT.nothingExercised;
  }
  if (seemSwapped(seen.files)) process.stderr.write("note: a capture named with --core holds the tunnelled packets, and none named with --access does: are the sides swapped?\n");
  // It must load: a draft that check refuses would be our fault.
  parseConfig(draft.text, output ?? "the draft");
  put(draft.text, output);
  const { access, core, both } = draft.sides;
  const files = [...access.files.filter((f) => !both.includes(f)).map((f) => `--access ${shellWord(f.path)}`), ...core.files.filter((f) => !both.includes(f)).map((f) => `--core ${shellWord(f.path)}`), ...both.map((f) => `--both ${shellWord(f.path)}`)];
  process.stderr.write(`${output === undefined ? "" : `draft in ${visible(output)}\n`}next: softproof check --config ${output === undefined ? "FILE" : shellWord(output)} ${files.join(" ")}\n`);
  return seen.faults.length > 0 ? EXIT.input : EXIT.conforming;
}

export async function init(args: InitArgs): Promise<number> {
  const captures: Named[] = [...(args.capture ?? []).map((path) => ({ path })), ...(["access", "core", "both"] as const).flatMap((side) => args[side].map((path) => ({ path, side })))];
  const twin = captures.find((c, i) => captures.findIndex((d) => d.path === c.path) !== i);
  if (twin !== undefined) throw problem(EXIT.usage, `${twin.path} is named twice; a capture that holds both sides goes with --both.`);
  if ((captures.length === 0) === (args.junos === undefined)) throw problem(EXIT.usage, "init: name captures, or a Junos configuration with --junos FILE (one of the two).");
  if (args.junos === undefined) return fromCaptures(captures, args.output);
  const { draftFromJunos } = await import("../../suite/init/junos/draft.js");
  const { readTextFile } = await import("../../config/load.js");
  const { text, remarks, empty } = draftFromJunos(readTextFile(args.junos), args.junos);
  put(text, args.output);
  for (const r of remarks) process.stderr.write(`${visible(r)}\n`);
  if (empty) return EXIT.nothingExercised;
  try {
    parseConfig(text, args.output ?? "the draft");
    return EXIT.conforming;
  } catch (e) {
    // Junos allows what we cannot take over, and files may be cut: the draft is worth keeping, but not to be mistaken for one that loads.
    throw problem(EXIT.usage, `the draft does not load as it is; mend these lines of it (they name the lines of ${args.junos}):\n${e instanceof Error ? e.message : String(e)}`);
  }
}
