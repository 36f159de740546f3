/** `softproof profiles`: the hardware profiles, and a check of one's own. */
import type { CommandModule } from "yargs";
import type { ProfilesArgs } from "../talk/profiles.js";

export const profilesCommand: CommandModule<unknown, ProfilesArgs> = {
  command: "profiles [action] [name]",
  describe: "list the hardware profiles, show one, or check a profile file",
  builder: (y) =>
    y
      .positional("action", { type: "string", describe: "list (the default), show NAME[@RELEASE], lint FILE" })
      .positional("name", { type: "string", describe: "profile or file" })
      .option("json", { type: "boolean", default: false, describe: "as JSON" })
      .example("$0 profiles", "which card supports which mechanism, since when")
      .example("$0 profiles show mx-ms-dpc@17.4R1", "capabilities, behaviours and deviations with their sources")
      .example("$0 profiles lint my-card.yaml", "checks a profile of your own"),
  handler: async (args) => {
    (await import("../talk/profiles.js")).showProfiles(args);
  },
};
