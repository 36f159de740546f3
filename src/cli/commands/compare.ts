/** `softproof compare A B...`: run records side by side. */
import type { CommandModule } from "yargs";
import type { CompareArgs } from "../talk/compare.js";

export const compareCommand: CommandModule<unknown, CompareArgs> = {
  command: "compare <a> <b> [more..]",
  describe: "two runs side by side (or several against the first): newly failing, warning and passing, behaviour that changed",
  builder: (y) =>
    y
      .positional("a", { type: "string", demandOption: true, describe: "run.jsonl or its folder: the run before, or the first vendor" })
      .positional("b", { type: "string", demandOption: true, describe: "run.jsonl or its folder: the run after, or the second vendor" })
      .positional("more", { type: "string", array: true, describe: "further runs, each compared with the first" })
      .option("json", { type: "boolean", default: false, describe: "as JSON on stdout (specs/schemas/compare.schema.json)" })
      .option("markdown", { type: "boolean", default: false, describe: "as Markdown on stdout" })
      .option("output", { alias: "o", type: "string", requiresArg: true, describe: "folder for compare.json and compare.md" })
      .option("fail-on", { type: "string", choices: ["warn", "change"], requiresArg: true, describe: "exit 1 for new warnings too, or for any difference" })
      .epilogue("Exit codes: 0 nothing fails that did not fail before, 1 something does (or what --fail-on says), 2 usage, 3 a record is unreadable or incomplete.")
      .example("$0 compare out-17.4 out-18.2", "two releases of a device")
      .example("$0 compare before after --markdown >> $GITHUB_STEP_SUMMARY", "in a CI job")
      .example("$0 compare vendor-a vendor-b vendor-c", "a matrix of vendors") as never,
  handler: async (args) => {
    process.exitCode = (await import("../talk/compare.js")).showComparison(args);
  },
};
