/** `softproof explain ID`: a clause, our reading of it, how it is judged. */
import type { CommandModule } from "yargs";
import type { ExplainArgs } from "../talk/explain.js";

export const explainCommand: CommandModule<unknown, ExplainArgs> = {
  command: "explain <id>",
  describe: "a clause or rule: what the RFC asks, in our words, and how it is judged; or a decision (D12) that a finding names",
  builder: (y) =>
    y
      .positional("id", { type: "string", demandOption: true, describe: "for example RFC5969-9.2-1, or D12; part of an id (5969, RFC5969-9.2) lists what begins so" })
      .option("json", { type: "boolean", default: false, describe: "as JSON" })
      .example("$0 explain RFC5969-9.2-1", "the anti-spoofing check of a 6rd border relay")
      .example("$0 explain 6040", "the clauses of RFC 6040, each with its rule"),
  handler: async (args) => {
    await (await import("../talk/explain.js")).showClause(args);
  },
};
