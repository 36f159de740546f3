/** `softproof merge RUN...`: the shards of a run become one run. */
import type { CommandModule } from "yargs";
import type { MergeArgs } from "../talk/merge.js";

export const mergeCommand: CommandModule<unknown, MergeArgs> = {
  command: "merge <run...>",
  describe: "make one run of the shards of `run --shard`: the same record and reports as of an undivided run",
  builder: (y) =>
    y
      .positional("run", { type: "string", array: true, demandOption: true, describe: "run.jsonl files of all shards, or their folders" })
      .option("output", { alias: "o", type: "string", requiresArg: true, demandOption: true, describe: "folder for the merged record, outputs and reports" })
      .option("json", { type: "boolean", default: false, describe: "print the report as JSON on stdout" })
      .option("fail-on", { type: "string", choices: ["warn"], requiresArg: true, describe: "exit 1 for warnings too" })
      .option("quiet", { alias: "q", type: "boolean", default: false, describe: "say nothing on stderr" })
      .epilogue("Exit codes: those of `softproof run`; 2 when a shard is missing, twice there, or of another run; 3 when a shard broke off.")
      .example("$0 merge shard-1 shard-2 shard-3 shard-4 -o out", "after `softproof run --shard 1/4 -o shard-1` and so on") as never,
  handler: async (args) => {
    process.exitCode = (await import("../talk/merge.js")).mergeRuns(args);
  },
};
