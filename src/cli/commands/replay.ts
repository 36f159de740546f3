/** `softproof replay`: the user's traces through the reference. */
import type { CommandModule } from "yargs";
import { type TraceArgs, traceOptions } from "../options.js";

type Args = TraceArgs & { judge: boolean };

export const replayCommand: CommandModule<unknown, Args> = {
  command: "replay",
  describe: "replay captures through the reference concentrator, write what it sends, judge it",
  builder: (y) =>
    traceOptions(y)
      .option("judge", { type: "boolean", default: true, describe: "judge the exchange (--no-judge: only write the pcaps)" })
      .example("$0 replay --config br.yaml --access access.pcap --core core.pcap -o out", "writes out/access-out.pcap, out/core-out.pcap and the reports")
      .example("zcat big.pcap.gz | $0 replay --config br.yaml --access - -o out --no-judge", "from stdin, outputs only")
      .example("$0 replay --config br.yaml --both trace.pcapng --profile mx-ms-dpc@17.4R1 -o out", "as a modelled card") as never,
  handler: async (args) => {
    const { judged } = await import("../judged.js");
    process.exitCode = await judged("replay", args, args.judge);
  },
};
