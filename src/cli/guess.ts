/** `check` without a configuration: it is drafted from the captures, printed, and used. */
import { parseConfig } from "../config/load.js";
import type { Config } from "../config/types.js";
import { EXIT, problem } from "./outcome.js";
import type { Named } from "../suite/init/survey.js";
import { createProgress } from "./progress.js";

export const GUESSED = "guessed from the captures";

/** Reads the captures once more than a check with a configuration does. Throws a usage problem when they show no concentrator. */
export async function guessedConfig(captures: readonly Named[], quiet: boolean): Promise<{ readonly config: Config; /** As it is printed. */ readonly text: string }> {
  if (captures.some((c) => c.path === "-")) throw problem(EXIT.usage, "without --config the captures are read twice, and stdin can be read once: name files, or write a configuration (softproof init).");
  const [{ survey }, { draftConfig }] = await Promise.all([import("../suite/init/survey.js"), import("../suite/init/draft.js")]);
  const progress = createProgress("guess", quiet);
  const draft = draftConfig(await survey(captures, (p) => progress.update(p)).finally(() => progress.end()));
  if (draft.guesses.length === 0) throw problem(EXIT.usage, "no configuration named, and the captures show no softwire (no protocol 41, no IPv4 in IPv6 that fits one): write a configuration, see softproof init --help.");
  if (!quiet) process.stderr.write(`no --config: judged by this guess; keep it with \`softproof init\`, mend it, and pass it as --config\n${draft.text.trimEnd().split("\n").map((l) => `  | ${l}\n`).join("")}`);
  return { config: parseConfig(draft.text, GUESSED), text: draft.text };
}
