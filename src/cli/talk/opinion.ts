/** `check --second-opinion`: where the reference would have sent something else. */
import { join } from "node:path";
import type { Config } from "../../config/types.js";
import type { FindingGroup } from "../../judge/types.js";
import { writeAtomic } from "../../report/files.js";
import { thousands, visible } from "../../report/text.js";
import { MOST_PACKETS, secondOpinion } from "../../suite/opinion/opinion.js";
import type { Difference, Opinion } from "../../suite/opinion/types.js";
import type { PipelineFile } from "../../suite/pipeline.js";
import { unwritable } from "../outcome.js";

const SHOWN = 12;
const n = thousands;
const KIND: Readonly<Record<Difference["kind"], string>> = { differs: "differs", "box-only": "only the box sent", "reference-only": "only the reference sends" };

function text(o: Opinion): string {
  const open = o.differences.filter((d) => d.rules.length === 0);
  const explained = o.differences.filter((d) => d.rules.length > 0);
  const out = [`Second opinion: ${n(o.equal)} of ${n(o.compared)} packets that both sent are equal but for what is free${o.learned > 0 ? `; ${n(o.learned)} external ends of the NAT were found again` : ""}.`];
  if (o.capped) out.push(`  compared up to ${n(MOST_PACKETS)} packets; the rest of the captures was left out`);
  if (explained.length > 0) out.push(`  ${n(explained.reduce((s, d) => s + d.count, 0))} differences are explained by findings: ${[...new Set(explained.flatMap((d) => d.rules))].join(", ")}`);
  if (open.length === 0) out.push("  no other difference");
  else out.push("  Differences that no rule explains (no violations):");
  for (const d of open.slice(0, SHOWN)) {
    out.push(`    ${KIND[d.kind]}, ${d.side}: ${visible(d.what)}, ${d.count === 1 ? "once" : `${n(d.count)} times`}, first ${d.kind === "reference-only" ? "because of " : ""}${visible(d.first.file.slice(d.first.file.lastIndexOf("/") + 1))}:${d.first.frame}`);
    for (const e of d.example.slice(0, 3)) out.push(`      ${visible(e)}`);
  }
  if (open.length > SHOWN) out.push(`    and ${open.length - SHOWN} more kinds`);
  return `\n${out.join("\n")}\n`;
}

/** Text for the terminal; `second-opinion.json` goes into `dir`. */
export async function opinionText(config: Config, files: readonly PipelineFile[], findings: readonly FindingGroup[], dir: string | undefined): Promise<string> {
  const opinion = await secondOpinion(config, files, findings);
  if (dir !== undefined) {
    try {
      writeAtomic(join(dir, "second-opinion.json"), `${JSON.stringify(opinion, null, 1)}\n`);
    } catch (e) {
      throw unwritable(dir, e);
    }
  }
  return text(opinion);
}
