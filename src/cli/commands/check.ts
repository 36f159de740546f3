/** `softproof check`: the captures of a real box; the reference is asked only for a second opinion. */
import type { CommandModule } from "yargs";
import { list, type TraceArgs, traceOptions } from "../options.js";

type Args = TraceArgs & { secondOpinion: boolean };

export const checkCommand: CommandModule<unknown, Args> = {
  command: "check",
  describe: "judge the captures of a real device: what it received, what it sent",
  builder: (y) =>
    traceOptions(y, true)
      .option("counters", list("`show services softwire statistics` of the device, text or XML: after the capture, or one before and one after", "FILE..."))
      .option("nat-log", list("the device's NAT log (syslog)", "FILE..."))
      .option("second-opinion", { type: "boolean", default: false, describe: "list where the reference would have sent something else; never a violation" })
      .example("$0 check --config br.yaml --access access.pcap --core core.pcap -o out", "the verdicts, and out/evidence.pcapng for Wireshark")
      .example("$0 check --access access.pcap --core core.pcap", "guesses addresses and prefixes from the packets, and prints the guess")
      .example("$0 check --config aftr.yaml --access a.pcap --core c.pcap --counters before.xml after.xml --nat-log nat.log", "what the device says of itself beside what it sent")
      .example("$0 check --config br.yaml --both tap.pcapng --fail-on warn", "exit 1 for a broken SHOULD too") as never,
  handler: async (args) => {
    const { judged } = await import("../judged.js");
    process.exitCode = await judged("check", args, true);
  },
};
