/** `softproof report RUN.jsonl`: every format again from a run record. */
import type { CommandModule } from "yargs";
import type { ReportArgs } from "../talk/report.js";

export const reportCommand: CommandModule<unknown, ReportArgs> = {
  command: "report <run>",
  describe: "write the reports again from a run record",
  builder: (y) =>
    y
      .positional("run", { type: "string", demandOption: true, describe: "run.jsonl, or the folder that holds it" })
      .option("output", { alias: "o", type: "string", requiresArg: true, describe: "folder for the reports; the record's own unless told" })
      .option("json", { type: "boolean", default: false, describe: "print the report as JSON on stdout" })
      .example("$0 report out/run.jsonl -o reports", "HTML, JSON, JUnit, SARIF, Markdown and the evidence pcapng, exit code of the run"),
  handler: async (args) => {
    process.exitCode = (await import("../talk/report.js")).showReport(args);
  },
};
