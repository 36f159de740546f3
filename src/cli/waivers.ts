/**
 * The day of a run and its waivers. A waiver that never ends is no waiver, and a day that must be typed ends up fixed in a script, where nothing expires:
 * so the day is today (UTC) unless --as-of names it. It is asked for only when a waiver file is given, and stands in the record's header: `--as-of` with
 * that day repeats the run to the byte. Without waivers no clock is read.
 */
import type { Waivers } from "../suite/waivers/types.js";
import { EXIT, problem } from "./outcome.js";

const TODAY = (): string => new Date().toISOString().slice(0, 10);

/** `asOf` is "" when neither a day nor waivers were named. Throws a usage problem, or InputProblem with the faults of the file. */
export async function dayAndWaivers(args: { readonly asOf: string | undefined; readonly waivers: string | undefined }): Promise<{ asOf: string; waivers?: Waivers }> {
  if (args.asOf === undefined && args.waivers === undefined) return { asOf: "" };
  const { isDay, loadWaivers } = await import("../suite/waivers/load.js");
  if (args.asOf !== undefined && !isDay(args.asOf)) throw problem(EXIT.usage, `--as-of ${args.asOf}: expected a day as YYYY-MM-DD.`);
  const asOf = args.asOf ?? TODAY();
  return args.waivers === undefined ? { asOf } : { asOf, waivers: { ...loadWaivers(args.waivers), asOf } };
}
