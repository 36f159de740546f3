/** Transcripts of the reference on traffic that lies beside a checkout: what conforming devices received, replayed. None elsewhere. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseConfig } from "../../src/config/load.js";
import { deviceConfig } from "../defects/device-config.mjs";
import { sharedDir } from "../shared.js";
import { type Transcript, transcriptOf } from "./transcript.js";

export async function realTranscripts(): Promise<Transcript[]> {
  const shared = sharedDir();
  const cases = shared === undefined ? "" : join(shared, "defects", "cases");
  if (!existsSync(cases)) return [];
  const out: Transcript[] = [];
  for (const id of readdirSync(cases).sort()) {
    const kase = JSON.parse(readFileSync(join(cases, id, "case.json"), "utf8")) as { readonly verdict: string };
    const config = kase.verdict === "conforming" ? deviceConfig(kase) : undefined;
    if (config === undefined) continue;
    out.push(await transcriptOf(id, parseConfig(JSON.stringify(config), `${id}.yaml`), [{ path: join(cases, id, "access.pcap"), side: 0 }, { path: join(cases, id, "core.pcap"), side: 1 }]));
  }
  return out;
}
