/** `softproof info PCAP...`: what captures hold, with an eye to softwires. */
import type { CommandModule } from "yargs";
import type { InfoArgs } from "../talk/info.js";

export const infoCommand: CommandModule<unknown, InfoArgs> = {
  command: "info <pcap...>",
  describe: "what captures hold: frames, time, link types, outer and inner protocols",
  builder: (y) =>
    y
      .positional("pcap", { type: "string", array: true, demandOption: true, describe: "pcap or pcapng, plain, gzip or zstd; - is stdin" })
      .option("json", { type: "boolean", default: false, describe: "one JSON object a file" })
      .example("$0 info access.pcap core.pcapng.gz", "like capinfos, with the softwire content"),
  handler: async (args) => {
    process.exitCode = await (await import("../talk/info.js")).showInfo(args);
  },
};
