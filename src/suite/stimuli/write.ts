/** The folder of stimuli: a pcap for each topic and side, a script that sends them with tcpreplay, and a manifest. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ACCESS, type Config, CORE, SIDE_NAME } from "../../config/types.js";
import { mechanismsOf } from "../catalogue.js";
import { writeTrace } from "../frames.js";
import { makeFolder } from "../../report/files.js";
import type { BuiltTopic } from "./build.js";
import { stimulusTable } from "./table.js";

export interface WrittenTopic { readonly stem: string; readonly title: string; readonly slow: boolean; readonly files: readonly string[]; readonly packets: number; readonly seconds: number; readonly clauses: readonly string[] }

/** Writes pcaps, the sending script and stimuli.json into `dir`. Throws the system's errors. */
export function writeStimuli(config: Config, topics: readonly BuiltTopic[], dir: string, phase: 1 | 2): WrittenTopic[] {
  makeFolder(dir);
  const table = stimulusTable();
  const kinds = [...mechanismsOf(config)];
  const written = topics.map((t): WrittenTopic => {
    const files = [ACCESS, CORE].flatMap((side) => {
      const frames = t.frames.filter((f) => f.side === side);
      if (frames.length === 0) return [];
      const name = `${t.stem}-${SIDE_NAME[side]}.pcap`;
      writeTrace(join(dir, name), frames);
      return [name];
    });
    const first = t.frames[0]?.at ?? 0;
    return {
      stem: t.stem, title: t.title, slow: t.slow, files, packets: t.frames.length, seconds: Math.ceil(((t.frames.at(-1)?.at ?? 0) - first) / 1e9),
      clauses: [...new Set(kinds.flatMap((m) => Object.entries(table[m] ?? {}).filter(([, names]) => names.includes(t.name)).map(([clause]) => clause)))],
    };
  });
  const script = join(dir, phase === 1 ? "send.sh" : "send-2.sh");
  writeFileSync(script, sendScript(topics, phase));
  chmodSync(script, 0o755);
  writeFileSync(join(dir, phase === 1 ? "stimuli.json" : "stimuli-2.json"), `${JSON.stringify({ config: config.source, phase, topics: written }, null, 1)}\n`);
  return written;
}

/**
 * Both sides of a topic have to keep their places in time, but tcpreplay sends one file on one interface: so the two are started together, each waiting for
 * its own first packet.
 */
function sendScript(topics: readonly BuiltTopic[], phase: 1 | 2): string {
  const lines = topics.flatMap((t) => {
    const start = t.frames[0]?.at ?? 0;
    const send = [ACCESS, CORE].flatMap((side) => {
      const first = t.frames.find((f) => f.side === side);
      return first === undefined ? [] : [`(sleep ${((first.at - start) / 1e9).toFixed(3)}; exec tcpreplay --quiet -i "$${SIDE_NAME[side].toUpperCase()}" ${t.stem}-${SIDE_NAME[side]}.pcap) &`];
    });
    const body = [`echo "${t.stem}: ${t.title}"`, ...send, "wait", "sleep 3"];
    return t.slow ? ['if [ "$SLOW" = 1 ]; then', ...body.map((l) => `  ${l}`), "else", `  echo "${t.stem}: left out, it waits for timers; SLOW=1 sends it"`, "fi"] : body;
  });
  return [
    "#!/bin/sh", `# Sends the stimuli${phase === 2 ? " of phase 2" : ""} with tcpreplay (as root). Usage: ACCESS=eth1 CORE=eth2 ${phase === 1 ? "./send.sh" : "./send-2.sh"}`,
    "# ACCESS and CORE are the interfaces of this host that face the two sides of the device.", "set -e", 'cd "$(dirname "$0")"', ': "$' + '{ACCESS:?name the interface}" "$' + '{CORE:?name the interface}"', ...lines, "",
  ].join("\n");
}
