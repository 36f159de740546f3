/** From argv to a command and its arguments: words, options, help and completion by yargs. */
import yargs, { type Argv, type CommandModule } from "yargs";
import { nearest } from "../config/problems.js";
import { COMPLETING, completions } from "./complete.js";
import { EXIT, problem } from "./outcome.js";
import { hideStdin, shownStdin, textWithStdin } from "./stdin-name.js";
import { toolVersion } from "./version.js";

type Command = CommandModule<unknown, never>;

/** In the order of the help text and of the README, each with the beginning of its own help. */
const COMMANDS: Readonly<Record<string, { readonly words: string; load(): Promise<Command> }>> = {
  run: { words: "[SPEC...] [--profile NAME[@RELEASE]] [-o DIR]", load: async () => (await import("./commands/run.js")).runCommand as Command },
  replay: { words: "--config FILE [--access PCAP...] [--core PCAP...] [--both PCAP...] [-o DIR]", load: async () => (await import("./commands/replay.js")).replayCommand as Command },
  check: { words: "[--config FILE] [--access PCAP...] [--core PCAP...] [--both PCAP...] [-o DIR]", load: async () => (await import("./commands/check.js")).checkCommand as Command },
  init: { words: "PCAP... [-o FILE], or init --junos FILE [-o FILE]", load: async () => (await import("./commands/init.js")).initCommand as Command },
  stimuli: { words: "--config FILE [-o DIR] [--learned PCAP...]", load: async () => (await import("./commands/stimuli.js")).stimuliCommand as Command },
  waivers: { words: "lint FILE, or waivers prune FILE --run RUN [--write]", load: async () => (await import("./commands/waivers.js")).waiversCommand as Command },
  golden: { words: "[SPEC...] [--check] [--review] [-o DIR]", load: async () => (await import("./commands/golden.js")).goldenCommand as Command },
  report: { words: "RUN [-o DIR] [--format FORMAT]", load: async () => (await import("./commands/report.js")).reportCommand as Command },
  merge: { words: "RUN... -o DIR", load: async () => (await import("./commands/merge.js")).mergeCommand as Command },
  compare: { words: "BEFORE AFTER [MORE...] [-o DIR]", load: async () => (await import("./commands/compare.js")).compareCommand as Command },
  anonymise: { words: "PCAP... --key TEXT -o DIR [--config FILE]", load: async () => (await import("./commands/anonymise.js")).anonymiseCommand as Command },
  rules: { words: "[--rfc NUMBER...] [--coverage]", load: async () => (await import("./commands/rules.js")).rulesCommand as Command },
  explain: { words: "ID", load: async () => (await import("./commands/explain.js")).explainCommand as Command },
  profiles: { words: "[list], or profiles show NAME[@RELEASE], or profiles lint FILE", load: async () => (await import("./commands/profiles.js")).profilesCommand as Command },
  info: { words: "PCAP...", load: async () => (await import("./commands/info.js")).infoCommand as Command },
};
const NAMES = [...Object.keys(COMMANDS), "completion"];

/** A word that is no command is a usage error even beside --help: a script with a typo must not look like success. */
function refuseUnknown(argv: readonly string[]): void {
  const word = argv.find((a) => !a.startsWith("-"));
  if (word === undefined || NAMES.includes(word) || argv[0] === COMPLETING) return;
  const near = nearest(word, NAMES);
  throw problem(EXIT.usage, `no command "${word}"${near === undefined ? "" : `; did you mean ${near}?`}. \`softproof --help\` lists them.`);
}

/** Thrown by the handlers that yargs calls: after one that returns, yargs makes the whole help text, which nobody reads, before the command can go on. */
const CHOSEN = new Error("a command was chosen");

/** The command that stands first is all that its line can speak of; help, completion and lines that begin otherwise need them all. */
const named = (argv: readonly string[]): readonly string[] => (Object.hasOwn(COMMANDS, argv[0] ?? "") ? [argv[0]] : Object.keys(COMMANDS));

/** What yargs knows of the options of the command on the line; its types keep it for themselves. */
interface Offers { readonly key: Readonly<Record<string, unknown>>; readonly array: readonly string[] }
const offers = (parser: unknown): Offers => (parser as { getOptions(): Offers }).getOptions();
const written = (name: string): string => `${name.length === 1 ? "-" : "--"}${name}`;

/** The nearest option of each that yargs does not know: "Unknown argument: acess". */
function suggestions(message: string, { key }: Offers): string[] {
  const words = /^Unknown arguments?: (.*)$/.exec(message)?.[1]?.split(", ") ?? [];
  const names = Object.keys(key).filter((name) => name.length > 1);
  return [...new Set(words.flatMap((word) => nearest(word, names) ?? []))].map(written);
}

/** An option that takes one value and stands twice: yargs would make a list of it, which no command expects. */
function refuseTwice(args: Readonly<Record<string, unknown>>, { key, array }: Offers): void {
  const twice = Object.keys(args).find((name) => Array.isArray(args[name]) && Object.hasOwn(key, name) && !array.includes(name));
  if (twice !== undefined) throw problem(EXIT.usage, `${written(twice)} stands there ${(args[twice] as unknown[]).length} times and takes one value.`);
}

const sentence = (text: string): string => `${text[0].toUpperCase()}${text.slice(1)}.`;

/** Runs the command that `argv` (without node and script) names. Throws problems for people with their exit codes; sets the exit code else. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  refuseUnknown(argv);
  const offered = argv[0] === COMPLETING ? await completions(argv.slice(1)) : undefined;
  if (offered !== undefined) {
    process.stdout.write(offered.map((o) => `${o}\n`).join(""));
    return;
  }
  let start: (() => void | Promise<void>) | undefined;
  const commands = (await Promise.all(named(argv).map(async (name) => ({ name, words: COMMANDS[name].words, c: await COMMANDS[name].load() })))).map(({ name, words, c }) => ({
    ...c,
    builder: (y: Argv): unknown => (c.builder as (y: Argv) => unknown)(y.usage(`$0 ${name} ${words}\n\n${sentence(String(c.describe))}`)),
    handler: (args: never): never => {
      refuseTwice(args, offers(parser));
      start = () => c.handler(shownStdin(args));
      throw CHOSEN;
    },
  }));
  const parser = yargs(hideStdin(argv))
    .scriptName("softproof")
    .locale("en") // the same text on every machine
    .usage("$0 COMMAND\n\nReplays packet captures through a reference softwire concentrator (6rd, 6to4, DS-Lite), judges real ones against the RFCs.")
    .command(commands as never)
    .example("$0 init access.pcap core.pcap -o br.yaml", "a box of your own: first a draft of its configuration, from captures of both its sides,")
    .example("$0 check --config br.yaml --access access.pcap --core core.pcap -o out", "then what it does by the RFCs, and what not")
    .example("$0 run", "the reference, under every hardware profile")
    .demandCommand(1, "Name a command; `softproof --help` lists them.")
    .strict()
    .completion("completion", "print a completion script for bash or zsh: softproof completion >> ~/.bashrc")
    .help()
    .alias("help", "h")
    .version(toolVersion)
    .epilogue("Exit codes: 0 conforming, 1 non-conforming, 2 usage or configuration, 3 input unreadable or truncated, 4 no packet exercised a clause, 70 internal error, 130 interrupted.\nData goes to stdout, talk and progress to stderr. NO_COLOR is honoured. `-` is stdin.")
    .wrap(Math.min(120, process.stdout.columns ?? 100))
    .exitProcess(false)
    .fail((said, error) => {
      // What yargs itself throws is about the words on the line (a flag without its value, say); all else is a command's own error.
      if (error !== undefined && error.name !== "YError") throw error;
      const message = textWithStdin(said ?? error?.message ?? "");
      const meant = suggestions(message, offers(parser));
      if (meant.length > 0) throw problem(EXIT.usage, `${message}; did you mean ${meant.join(", ")}?\nTry \`softproof --help\`, or \`softproof COMMAND --help\` for examples.`);
      throw problem(EXIT.usage, `${message}\nTry \`softproof --help\`, or \`softproof COMMAND --help\` for examples.`);
    });
  try {
    await parser.parseAsync();
  } catch (e) {
    if (e !== CHOSEN) throw e;
  }
  await start?.();
}
