/** `softproof stimuli`: packets for the user's own box that exercise what ordinary traffic does not. */
import type { CommandModule } from "yargs";
import { DRAFTED } from "../options.js";
import type { StimuliArgs } from "../talk/stimuli.js";

export const stimuliCommand: CommandModule<unknown, StimuliArgs> = {
  command: "stimuli",
  describe: "write pcaps addressed to your box, for tcpreplay, that exercise the clauses of its mechanism",
  builder: (y) =>
    y
      .option("config", { alias: "c", type: "string", demandOption: DRAFTED, requiresArg: true, describe: "configuration of the box (YAML), with macs and peer-mac of both sides" })
      .option("output", { alias: "o", type: "string", requiresArg: true, default: "softproof-stimuli", describe: "folder for the pcaps and the sending script" })
      .option("learned", { type: "string", array: true, requiresArg: true, default: [] as string[], defaultDescription: "none: phase 1", describe: "captures of the core side during phase 1: writes phase 2, to the external ports that they show (PCAP...)" })
      .option("json", { type: "boolean", default: false, describe: "print what was written as JSON" })
      .example("$0 stimuli --config br.yaml -o lab", "then: cd lab; ACCESS=eth1 CORE=eth2 ./send.sh, while tcpdump runs on both")
      .example("$0 stimuli --config aftr.yaml --learned core.pcap -o lab", "DS-Lite: phase 2, to be sent within two minutes of phase 1") as never,
  handler: async (args) => {
    process.exitCode = await (await import("../talk/stimuli.js")).stimuli(args);
  },
};
