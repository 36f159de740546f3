/** `softproof rules`: the clauses and their rules; with --coverage, how many are judged. */
import type { CommandModule } from "yargs";
import type { RulesArgs } from "../talk/rules.js";

export const rulesCommand: CommandModule<unknown, RulesArgs> = {
  command: "rules",
  describe: "the clauses of the RFCs, their severities, and the rules that judge them",
  builder: (y) =>
    y
      .option("rfc", { type: "number", array: true, requiresArg: true, default: [] as number[], defaultDescription: "those with rules", describe: "RFC numbers" })
      .option("coverage", { type: "boolean", default: false, describe: "how many clauses of each RFC are judged" })
      .option("json", { type: "boolean", default: false, describe: "one JSON object a line" })
      .example("$0 rules --rfc 5969", "every clause of RFC 5969")
      .example("$0 rules --coverage", "the table of all RFCs"),
  handler: async (args) => {
    (await import("../talk/rules.js")).showRules(args);
  },
};
