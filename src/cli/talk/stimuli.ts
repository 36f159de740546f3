/** What `softproof stimuli` does, and the end of a check: what was not exercised, and the stimuli that would. */
import { loadConfigFile } from "../../config/load.js";
import type { Config } from "../../config/types.js";
import type { Catalogue } from "../../suite/catalogue.js";
import type { RecordLine } from "../../report/record.js";
import { counted } from "../../report/text.js";
import { buildStimuli, checkAddressed, topicsOf } from "../../suite/stimuli/build.js";
import { secondsOf } from "../../suite/stimuli/coverage.js";
import { learnExternals } from "../../suite/stimuli/learned.js";
import { suggest } from "../../suite/stimuli/table.js";
import { writeStimuli } from "../../suite/stimuli/write.js";
import { checkCaptures } from "../captures.js";
import { EXIT, problem, unwritable } from "../outcome.js";
import { shellWord } from "../shell-word.js";

export interface StimuliArgs { config: string; output: string; learned: string[]; json: boolean }

export async function stimuli(args: StimuliArgs): Promise<number> {
  const config = loadConfigFile(args.config);
  checkAddressed(config);
  const twoPhases = topicsOf(config).some((t) => t.phase === 2);
  const phase = args.learned.length > 0 ? 2 : 1;
  if (phase === 2 && !twoPhases) throw problem(EXIT.usage, "--learned: nothing of this mechanism depends on external ports; phase 1 is all there is.");
  checkCaptures(args.learned);
  const learned = phase === 2 ? await learnExternals(args.learned) : undefined;
  if (learned?.size === 0) throw problem(EXIT.input, `${args.learned.join(", ")}: none of the marked packets of phase 1 came out on the core side: is it the capture of the core side, taken while send.sh ran?`);
  const first = phase === 2 ? secondsOf(buildStimuli(config).flatMap((t) => t.frames)) + 20 : 0;
  const topics = buildStimuli(config, learned, first);
  const written = ((): ReturnType<typeof writeStimuli> => {
    try {
      return writeStimuli(config, topics, args.output, phase);
    } catch (e) {
      throw unwritable(args.output, e);
    }
  })();
  if (args.json) {
    process.stdout.write(`${JSON.stringify({ dir: args.output, phase, topics: written })}\n`);
    return EXIT.conforming;
  }
  const width = Math.max(...written.map((w) => w.stem.length));
  for (const w of written) process.stdout.write(`${w.stem.padEnd(width)}  ${String(w.packets).padStart(5)} packets  ${String(w.seconds).padStart(4)} s  ${String(w.clauses.length).padStart(3)} clauses  ${w.title}${w.slow ? " (slow: SLOW=1)" : ""}\n`);
  if (learned !== undefined) process.stderr.write(`external ports of ${learned.size} bindings learnt\n`);
  process.stderr.write(`send them with: cd ${shellWord(args.output)} && ACCESS=eth1 CORE=eth2 ./${phase === 1 ? "send.sh" : "send-2.sh"}   (your interfaces; captures running, see the lab guide)\n`);
  if (phase === 1 && twoPhases) process.stderr.write(`then, within two minutes: softproof stimuli --config ${shellWord(args.config)} --learned CORE.pcap -o ${shellWord(args.output)}\n`);
  return EXIT.conforming;
}

const CLAUSES_SHOWN = 6;

/** Ends with a newline; empty when every judged clause was exercised. `written`: there is a report.html. `nothing`: no packet exercised a clause, so that a list would be one of all clauses. */
export function notExercisedText(config: Config, catalogue: Catalogue, lines: readonly RecordLine[], configPath: string, written: boolean, nothing: boolean): string {
  const s = suggest(config, catalogue.clauses, catalogue.onConfig, lines.filter((l) => l.type === "verdict"));
  if (s.missing.length === 0) return "";
  const some = (clauses: readonly string[]): string => `${clauses.slice(0, CLAUSES_SHOWN).join(", ")}${clauses.length > CLAUSES_SHOWN ? ` and ${clauses.length - CLAUSES_SHOWN} more` : ""}`;
  const others = new Set(lines.flatMap((l) => (l.type === "verdict" && l.verdict === "not-exercised" ? [l.clause] : []))).size - s.missing.length;
  const out = [`Not exercised: ${s.missing.length} of the ${s.judged} clauses that are judged on packets.${others > 0 ? ` The other ${others} of the count above are not judged on packets; report.html${written ? "" : " (-o DIR writes it)"} says why.` : ""}`];
  const clauses = s.topics.reduce((n, t) => n + t.clauses.length, 0);
  const command = `\`softproof stimuli --config ${shellWord(configPath)}\``;
  if (nothing) {
    out.push(`${command} writes packets for ${clauses} of them in ${counted(s.topics.length, "topic")}, and prints what each is; its stimuli.json lists their clauses.`);
    return `\n${out.join("\n")}\n`;
  }
  if (s.topics.length > 0) {
    out.push(`${command} writes packets for ${clauses} of them (MTU modes, timers and the like are judged once the configuration declares them):`);
    const width = Math.max(...s.topics.map((t) => t.stem.length));
    for (const t of s.topics) out.push(`  ${t.stem.padEnd(width)}  ${some(t.clauses)}`);
  }
  for (const u of s.undeclared) out.push(`  once declared: ${some(u.clauses)} (${u.keys})`);
  if (s.without.length > 0) out.push(`  no stimulus: ${some(s.without)}`);
  return `\n${out.join("\n")}\n`;
}
