/** From `--profile NAME@RELEASE` to what a run needs of a profile. */
import type { Config } from "../config/types.js";
import { InputProblem } from "../config/problems.js";
import type { ProfileChoice } from "./traces.js";

export function chooseProfiles(names: readonly string[], _config: Config, _command: "replay" | "check"): ProfileChoice[] {
  if (names.length === 0) return [];
  throw new InputProblem([{ file: "--profile", line: 1, column: 1, message: `no profile ${names[0]}`, hint: "" }]);
}
