import { markWritten } from "../../../src/config/written.js";
import type { Config, SixRdDomain } from "../../../src/config/types.js";
import type { JudgeOptions } from "../../../src/judge/judge.js";
import { config, type Step } from "../build.js";

export interface Case { readonly steps: readonly Step[]; readonly config?: Config; readonly options?: Partial<JudgeOptions> }
/** A rule with traffic that keeps it, traffic that breaks it (for a MAY: traffic that makes use of it), and traffic that comes near without concerning it. */
export interface Exhibit {
  readonly rule: string;
  readonly conforming: readonly Case[];
  readonly violating?: readonly Case[];
  readonly observed?: readonly Case[];
  readonly near?: readonly Case[];
}
export const on = (...steps: Step[]): Case => ({ steps });
/** A configuration whose file names known relays (`knownRelays` alone stands for a default that nobody wrote). */
export function naming(c: Config): Config {
  for (const t of c.serviceSets[0].concentrators) markWritten(t, ["known-relays"]);
  return c;
}
export const under = (over: Partial<SixRdDomain>, ...steps: Step[]): Case => ({ steps, config: config(over) });
