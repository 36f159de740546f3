#!/usr/bin/env node
/** The command line: one file a command in commands/, exit codes in outcome.ts. */
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { anonymiseCommand } from "./commands/anonymise.js";
import { checkCommand } from "./commands/check.js";
import { compareCommand } from "./commands/compare.js";
import { explainCommand } from "./commands/explain.js";
import { infoCommand } from "./commands/info.js";
import { mergeCommand } from "./commands/merge.js";
import { initCommand } from "./commands/init.js";
import { profilesCommand } from "./commands/profiles.js";
import { replayCommand } from "./commands/replay.js";
import { reportCommand } from "./commands/report.js";
import { goldenCommand } from "./commands/golden.js";
import { runCommand } from "./commands/run.js";
import { rulesCommand } from "./commands/rules.js";
import { stimuliCommand } from "./commands/stimuli.js";
import { waiversCommand } from "./commands/waivers.js";
import { nearest } from "../config/problems.js";
import { COMPLETING, completions } from "./complete.js";
import { EXIT, errorText, exitCodeOf, problem, why } from "./outcome.js";
import { toolVersion } from "./version.js";

// `softproof check | head` ends the pipe early: that is no error, and no reason to leave files unwritten or to forget the verdict.
// A full disk is: what was printed is not there, so the exit code says so.
process.stdout.on("error", (e: NodeJS.ErrnoException) => {
  if (e.code === "EPIPE") return;
  try {
    process.stderr.write(`softproof: cannot write to stdout: ${why(e)}.\n`);
  } finally {
    process.on("exit", () => {
      if (process.exitCode !== EXIT.internal) process.exitCode = EXIT.usage;
    });
  }
});
// Talk that nobody can read is no reason to stop the work.
process.stderr.on("error", () => undefined);

const COMMANDS = [
  runCommand, replayCommand, checkCommand, goldenCommand, rulesCommand, explainCommand, profilesCommand, infoCommand, reportCommand, compareCommand, waiversCommand, mergeCommand, initCommand, stimuliCommand, anonymiseCommand,
] as const;
const NAMES = [...COMMANDS.map((c) => String(c.command).split(" ")[0]), "completion"];

/** A word that is no command is a usage error even beside --help: a script with a typo must not look like success. */
function refuseUnknown(argv: readonly string[]): void {
  const word = argv.find((a) => !a.startsWith("-"));
  if (word === undefined || NAMES.includes(word) || argv[0] === COMPLETING) return;
  const near = nearest(word, NAMES);
  throw problem(EXIT.usage, `no command "${word}"${near === undefined ? "" : `; did you mean ${near}?`}. \`softproof --help\` lists them.`);
}

/** yargs takes a lone "-" after an option that holds a list for the end of the list; here it is a name: stdin. */
const stdinNames = (argv: readonly string[]): string[] =>
  argv.flatMap((a, i) => (a === "-" && i > 0 && /^--(access|core|both)$/.test(argv[i - 1]) ? [] : argv[i + 1] === "-" && /^--(access|core|both)$/.test(a) ? [`${a}=-`] : [a]));

const parser = yargs(stdinNames(hideBin(process.argv)))
  .scriptName("softproof")
  .locale("en") // the same text on every machine
  .usage("$0 COMMAND\n\nReplays packet captures through a reference softwire concentrator (6rd, 6to4, DS-Lite), judges real ones against the RFCs.")
  .command(COMMANDS as never)
  .demandCommand(1, "Name a command; `softproof --help` lists them.")
  .strict()
  .completion("completion", "print a completion script for bash or zsh: softproof completion >> ~/.bashrc")
  .help()
  .alias("help", "h")
  .version(toolVersion)
  .epilogue("Exit codes: 0 conforming, 1 non-conforming, 2 usage or configuration, 3 input unreadable or truncated, 4 no packet exercised a clause, 70 internal error, 130 interrupted.\nData goes to stdout, talk and progress to stderr. NO_COLOR is honoured. `-` is stdin.")
  .wrap(Math.min(120, process.stdout.columns ?? 100))
  .exitProcess(false)
  .fail((message, error) => {
    throw error ?? problem(EXIT.usage, `${message}\nTry \`softproof --help\`, or \`softproof COMMAND --help\` for examples.`);
  });

try {
  const argv = hideBin(process.argv);
  refuseUnknown(argv);
  const offered = argv[0] === COMPLETING ? await completions(argv.slice(1)) : undefined;
  if (offered === undefined) await parser.parseAsync();
  else process.stdout.write(offered.map((o) => `${o}\n`).join(""));
} catch (e) {
  process.stderr.write(`${errorText(e)}\n`);
  process.exitCode = exitCodeOf(e);
}
