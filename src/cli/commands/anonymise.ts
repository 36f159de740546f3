/** `softproof anonymise CAPTURE...`: captures (and their configuration) that can be shown to others and get the same verdicts. */
import type { CommandModule } from "yargs";
import type { AnonymiseArgs } from "../talk/anonymise.js";

export const anonymiseCommand: CommandModule<unknown, AnonymiseArgs> = {
  command: "anonymise <capture...>",
  describe: "replace the addresses in captures and configuration by others, so that `check` still says the same",
  builder: (y) =>
    y
      .positional("capture", { type: "string", array: true, demandOption: true, describe: "captures of both sides; - is stdin" })
      .option("config", { alias: "c", type: "string", requiresArg: true, describe: "configuration of the device: tells which prefixes embed IPv4 addresses (6rd, PMT); written too" })
      .option("key", { type: "string", demandOption: true, requiresArg: true, describe: "any text of 8 characters or more: the same key gives the same addresses" })
      .option("output", { alias: "o", type: "string", demandOption: true, requiresArg: true, describe: "folder for the anonymised files" })
      .option("quiet", { alias: "q", type: "boolean", default: false, describe: "no advice on stderr" })
      .epilogue("One prefix-preserving permutation of IPv4, carried into 2002::/16, 6rd and PMT addresses, quoted packets, DHCP options and ALG text. Private, shared and well-known ranges stay. Checksums stay right, or equally wrong. Payloads, names, MAC addresses and times are not touched.\nRead once, written as it is read: files of any size.")
      .example("$0 anonymise access.pcap core.pcap --config br.yaml --key 'a long secret' -o shown", "then `softproof check --config shown/br.yaml --access shown/access.pcap --core shown/core.pcap`") as never,
  handler: async (args) => {
    process.exitCode = await (await import("../talk/anonymise.js")).anonymise(args);
  },
};
