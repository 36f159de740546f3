import type { Config, DsLite } from "../../config/types.js";
import type { Learned } from "./learned.js";
import type { Script } from "./script.js";

export function dsLite(_s: Script, _c: DsLite, _config: Config, _learned: Learned | undefined): void {}
