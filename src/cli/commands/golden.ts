/** `softproof golden`: regenerates the golden pcaps of specs, and says field by field what changed. */
import type { CommandModule } from "yargs";
import { EXIT, problem } from "../outcome.js";

interface Args { spec: string[] | undefined; check: boolean; review: boolean; output: string | undefined }

async function golden(args: Args): Promise<number> {
  const [{ mkdtempSync, rmSync }, { tmpdir }, { join }] = await Promise.all([import("node:fs"), import("node:os"), import("node:path")]);
  const [{ findSpecs, loadSpecs }, { regenerate }, { mechanismsIn }, { runProfiles }] = await Promise.all([
    import("../../suite/spec.js"), import("../../suite/regenerate.js"), import("../../suite/run.js"), import("../../suite/run-profiles.js"),
  ]);
  // In CI a changed golden is a finding, never something to write.
  if ((process.env.CI ?? "") !== "" && !args.check) throw problem(EXIT.usage, "goldens are not regenerated in CI (the environment has CI set): run it on your own machine and commit the result, or use --check.");
  if (args.review && args.check) throw problem(EXIT.usage, "--review decides what is written, --check writes nothing: use one of them.");
  const specs = loadSpecs(findSpecs(args.spec ?? []));
  if (specs.length === 0) throw problem(EXIT.usage, "no specs found.");
  const dir = args.output ?? mkdtempSync(join(tmpdir(), "softproof-golden-"));
  try {
    const review = args.review ? (await import("../review.js")).createReview(process.stdin, process.stdout) : undefined;
    const result = await regenerate({ specs, profiles: runProfiles([], mechanismsIn(specs)), outDir: dir, check: args.check, ...(review === undefined ? {} : { decide: review.ask }) });
    review?.close();
    for (const line of result.lines) process.stdout.write(`${line}\n`);
    return result.refused > 0 || (args.check && result.changed > 0) ? EXIT.nonConforming : EXIT.conforming;
  } finally {
    if (args.output === undefined) rmSync(dir, { recursive: true, force: true });
  }
}

export const goldenCommand: CommandModule<unknown, Args> = {
  command: "golden [spec..]",
  describe: "regenerate golden pcaps with a semantic diff; refuses while a spec's expectation is unmet or a MUST fails",
  builder: (y) =>
    y
      .positional("spec", { type: "string", array: true, describe: "spec files or folders (default: the bundled ones)" })
      .option("check", { type: "boolean", default: false, describe: "write nothing; exit 1 when a golden would change" })
      .option("review", { type: "boolean", default: false, describe: "show each change and ask: accept, skip or quit" })
      .option("output", { alias: "o", type: "string", requiresArg: true, describe: "keep traces and outputs in this folder" })
      .example("$0 golden", "all bundled specs")
      .example("$0 golden my-specs --review", "look at each change, then accept or skip it")
      .example("$0 golden --check", "in CI: are the goldens up to date?") as never,
  handler: async (args) => {
    process.exitCode = await golden(args);
  },
};
