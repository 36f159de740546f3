/** `softproof report RUN.jsonl`: every format again from a run record. */
import type { CommandModule } from "yargs";
import { PRINTED, SCHEMAS } from "../formats.js";
import type { ReportArgs } from "../talk/report.js";

export const reportCommand: CommandModule<unknown, ReportArgs> = {
  command: "report [run]",
  describe: "write the reports again from a run record, or print one format",
  builder: (y) =>
    y
      .positional("run", { type: "string", describe: "run.jsonl, or the folder that holds it; - is stdin" })
      .option("output", { alias: "o", type: "string", requiresArg: true, describe: "folder for the reports; the record's own unless told" })
      .option("json", { type: "boolean", default: false, describe: "print the report as JSON on stdout" })
      .option("format", { type: "string", choices: Object.keys(PRINTED), requiresArg: true, describe: "print this format on stdout and write nothing; github and gitlab are annotations" })
      .option("schema", { type: "string", choices: SCHEMAS, describe: "print a JSON schema: of report.json unless told" })
      .example("$0 report out --format github", "annotations for GitHub Actions")
      .example("$0 report --schema", "the JSON schema of report.json")
      .example("$0 report out/run.jsonl -o reports", "HTML, JSON, JUnit, SARIF, Markdown and the evidence pcapng, exit code of the run") as never,
  handler: async (args) => {
    process.exitCode = await (await import("../talk/report.js")).showReport(args);
  },
};
