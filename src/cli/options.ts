/** Options that replay and check share. */
import type { Argv } from "yargs";

export interface TraceArgs {
  config: string | undefined;
  access: string[];
  core: string[];
  both: string[];
  profile: string[];
  output: string | undefined;
  json: boolean;
  failOn: string | undefined;
  asOf: string | undefined;
  waivers: string | undefined;
  quiet: boolean;
  /** `check` only. */
  counters?: string[];
  natLog?: string[];
}

export const list = (describe: string, argument: string) =>
  ({ type: "string", array: true, requiresArg: true, default: [] as string[], defaultDescription: "none", describe: `${describe} (${argument})` }) as const;

export const WAIVERS = { type: "string", requiresArg: true, describe: "deviations that are excused until a day (YAML)" } as const;
export const AS_OF = { type: "string", requiresArg: true, describe: "day (YYYY-MM-DD, UTC) on which waivers are judged; today unless told; written to the record" } as const;

/** What stands below "Missing required argument: config". */
export const DRAFTED = "`softproof init CAPTURE... -o FILE` drafts one.";

/** `guessed`: without a configuration, one is drafted from the captures. */
export function traceOptions<T>(y: Argv<T>, guessed = false): Argv<T & TraceArgs> {
  return y
    .option("config", { alias: "c", type: "string", demandOption: guessed ? false : DRAFTED, requiresArg: true, describe: `configuration of the concentrator (YAML)${guessed ? "; without it, it is guessed from the captures" : ""}` })
    .option("access", list("captures of the access side: tunnelled customer traffic", "PCAP..."))
    .option("core", list("captures of the core side: native traffic", "PCAP..."))
    .option("both", list("captures that hold both sides", "PCAP..."))
    .option("profile", list("hardware profiles, `softproof profiles` lists them", "NAME[@RELEASE]..."))
    .option("output", { alias: "o", type: "string", requiresArg: true, describe: "folder for output pcaps, run record and reports" })
    .option("json", { type: "boolean", default: false, describe: "print the result as JSON on stdout" })
    .option("fail-on", { type: "string", choices: ["warn"], requiresArg: true, describe: "exit 1 for warnings too" })
    .option("waivers", WAIVERS)
    .option("as-of", AS_OF)
    .option("quiet", { alias: "q", type: "boolean", default: false, describe: "no progress on stderr" }) as unknown as Argv<T & TraceArgs>;
}
