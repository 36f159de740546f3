/** `softproof init`: a draft of the configuration, from captures or from a Junos configuration. */
import type { CommandModule } from "yargs";
import { list } from "../options.js";
import type { InitArgs } from "../talk/init.js";

export const initCommand: CommandModule<unknown, InitArgs> = {
  command: "init [capture..]",
  describe: "draft a configuration from captures, or from a Junos configuration",
  builder: (y) =>
    y
      .positional("capture", { type: "string", array: true, describe: "captures; which side each is of is found out from its packets" })
      .option("access", list("captures of the access side: tunnelled customer traffic", "PCAP..."))
      .option("core", list("captures of the core side: native traffic", "PCAP..."))
      .option("both", list("captures that hold both sides", "PCAP..."))
      .option("junos", { type: "string", requiresArg: true, describe: "a Junos configuration in `display set` form" })
      .option("output", { alias: "o", type: "string", requiresArg: true, describe: "write the draft to this file (not over an existing one)" })
      .example("$0 init access.pcap core.pcap -o br.yaml", "mechanism, prefixes, addresses, each with the frame where it was seen")
      .example("$0 init --access a.pcap --core c.pcap -o br.yaml", "the same, with the sides named as for check")
      .example("$0 init --junos router.set", "softwire-concentrators, rules, NAT pools and service sets; what is not understood is listed") as never,
  handler: async (args) => {
    process.exitCode = await (await import("../talk/init.js")).init(args);
  },
};
