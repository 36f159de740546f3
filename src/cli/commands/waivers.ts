/** `softproof waivers`: checks a waiver file, and takes out of it what a run no longer needs. */
import type { CommandModule } from "yargs";
import { AS_OF } from "../options.js";
import type { WaiversArgs } from "../talk/waivers.js";

const FORMAT = `softproof-waivers: 1
waivers:
  - id: lab-12
    reason: DSCP copy comes with the next release
    owner: k.meier
    issue: LAB-12
    expires: 2027-01-31
    scope: { clause: RFC5969-9-3, fingerprint: "RFC5969-9-3:outer-dscp-0" }

scope: clause or rule; also fingerprint (of its finding in report.html), profile, release.`;

export const waiversCommand: CommandModule<unknown, WaiversArgs> = {
  command: "waivers <action> <file>",
  describe: "check a file of waivers, or prune it by a run",
  builder: (y) =>
    y
      .positional("action", { type: "string", demandOption: true, choices: ["lint", "prune"] as const, describe: "lint FILE, prune FILE --run run.jsonl" })
      .positional("file", { type: "string", demandOption: true, describe: "the waivers (YAML)" })
      .option("run", { type: "string", requiresArg: true, describe: "prune: run.jsonl, or the folder that holds it" })
      .option("write", { type: "boolean", default: false, describe: "prune: change the file (comments stay); without it, only say what would go" })
      .option("as-of", AS_OF)
      .option("json", { type: "boolean", default: false, describe: "as JSON" })
      .example("$0 waivers lint waivers.yaml", "faults with line and column (exit 2), expired ones (exit 1)")
      .example("$0 waivers prune waivers.yaml --run out/run.jsonl --write", "takes out what is expired or passed unexpectedly")
      .epilogue(`A file of waivers:\n\n${FORMAT}`) as never,
  handler: async (args) => {
    process.exitCode = await (await import("../talk/waivers.js")).waivers(args);
  },
};
