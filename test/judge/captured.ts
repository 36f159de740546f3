/** Judges capture files of someone's box, as `softproof check` does. */
import { createDirection } from "../../src/capture/direction.js";
import { createLinkPlace, locate } from "../../src/capture/link.js";
import { mergeSources } from "../../src/capture/merge.js";
import { openCapture } from "../../src/capture/open.js";
import { defaultSeverity, loadClauses } from "../../src/config/clauses.js";
import type { Config, Side } from "../../src/config/types.js";
import { createJudge } from "../../src/judge/index.js";
import type { JudgeResult } from "../../src/judge/types.js";
import { createMemory } from "../../src/wire/memory.js";

/** `paths`: the access side, then the core side if there is one. */
export async function judgeCaptures(config: Config, paths: readonly string[]): Promise<JudgeResult> {
  const memory = createMemory(96 << 20);
  const merged = mergeSources(await Promise.all(paths.map((path, fileIndex) => openCapture(path, { memory, fileIndex }))), { memory });
  const clauses = loadClauses();
  const judge = createJudge({ config, memory, files: paths, severityOf: (id) => defaultSeverity(clauses.get(id)!) });
  const directions = [createDirection(config.access, 0, memory.u8), createDirection(config.core, 1, memory.u8)];
  const link = createLinkPlace();
  for (;;) {
    const more = merged.next();
    if (!(typeof more === "boolean" ? more : await more)) break;
    if (!locate(memory.u8, merged.off, merged.capLen, merged.linkType, link)) continue;
    const direction = directions[merged.file](merged, link);
    if (direction < 0) continue;
    const wire = merged.wireLen - (link.l3 - merged.off);
    judge.packet(merged.file as Side, direction as 0 | 1, link.l3, link.l3Len, wire, merged.sec, merged.nsec, merged.file, merged.frame, -1);
  }
  judge.end();
  merged.close();
  return judge.result();
}
/** Fingerprints of what fails or warns, with their counts. */
export const broken = (r: JudgeResult, severity = "fail"): string[] => r.findings.filter((f) => f.severity === severity).map((f) => `${f.fingerprint} ${f.count}`).sort();
