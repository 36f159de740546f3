/**
 * The judge: from a transcript (packets with side, direction, time and place) to facts about clauses.
 *
 * A packet is parsed once (parse.ts: kind, facts), paired with its cause (pairing/), and met by the rules that its kind, flow or facts call for (engine.ts).
 *
 * How to add a rule: write a `Rule` (rule.ts) in rules/rfcNNNN/SECTION.ts and list it below.
 * - `on: "output"`: each packet the device sends (`when`: mask of `1 << K_*`). For what can be read from one packet.
 * - `on: "pair"`: a forwarded packet with its input (`when`: mask of FLOW_*). For "input X becomes output Y".
 * - `on: "answer"`: an ICMP error or echo reply that the device made (`when`: mask of ANSWER_*; `x.input` asked, `x.output` is the answer).
 * - `on: "input"`: an input whose window is over (`facts`: mask of F_*): what was forwarded (`x.output`), what answered (`x.answer`), and
 *   `x.absence` when silence is sure. A verdict from silence sets `x.inferred`.
 * `check` allocates nothing, judges only what is visible, and returns NA in doubt; `x.code` is the class of deviation. `explain` may allocate.
 * `sure` (optional, beside `check`): with which aspects of an ordinary packet the outcome follows (aspects.ts), so that it is counted and not asked for (bulk.ts). Only for
 * checks that leave the state alone; the tests judge everything both ways.
 * test/judge/exhibits holds a conforming and a violating exhibit of every rule; the test fails for a rule without both.
 * DS-Lite has a judge of its own (ds-lite/, rules listed in rules/dslite/): the same events, with learned NAT bindings beside them.
 * For a new mechanism: give domain.ts its tunnels and parse.ts its facts, name the mechanism in `mechanisms` of the rules that hold for it.
 */
import { both } from "./ds-lite/both.js";
import { createDsLiteJudge } from "./ds-lite/judge.js";
import { createJudgeWith, type JudgeOptions } from "./judge.js";
import type { Rule, RuleInfo } from "./rule.js";
import { severityFor } from "./rule.js";
import { CONFIG_RULES, judgeConfig } from "./rules/config.js";
import { CONFIG_RULES_DS_LITE } from "./rules/config-ds-lite.js";
import { DS_LITE_RULES } from "./rules/dslite/index.js";
import { PACKET_RULES } from "./rules/index.js";
import { NOT_JUDGED } from "./rules/not-judged.js";
import { createLabelJudge } from "./labels.js";
import { MESSAGE_RULES, createMessageJudge } from "./messages/judge.js";
import { STACK_RULES } from "./rules/rfc3032/stack.js";
import { SUM_RULES, addUp } from "./rules/sums.js";
import type { JudgeResult, Place, RuleMeta, Severity, TranscriptSink } from "./types.js";

export type { JudgeOptions } from "./judge.js";
export type { Rule, RuleInfo } from "./rule.js";
export { judgeConfig } from "./rules/config.js";
export { SUM_RULES, sums } from "./rules/sums.js";
export { DS_LITE_RULES, NOT_JUDGED, PACKET_RULES };

/** Every rule, on packets and on the configuration, without its severity (that follows from the clause). */
export const RULES: readonly RuleInfo[] = [...(PACKET_RULES as readonly RuleInfo[]), ...(DS_LITE_RULES as readonly RuleInfo[]), ...CONFIG_RULES, ...CONFIG_RULES_DS_LITE, ...STACK_RULES, ...SUM_RULES, ...MESSAGE_RULES];

/** Those that read the configuration and no packet. */
export const CONFIG_RULE_IDS: readonly string[] = [...CONFIG_RULES, ...CONFIG_RULES_DS_LITE].map((r) => r.id);

/** What the sums count: rules on DS-Lite. */
const OF_DS_LITE: ReadonlySet<string> = new Set([...DS_LITE_RULES, ...CONFIG_RULES_DS_LITE].map((r) => r.id));

/** The rules with their severities. */
export const ruleMetas = (severityOf: (clauseId: string) => Severity): readonly RuleMeta[] =>
  RULES.map((r) => ({ id: r.id, clause: r.clause, title: r.title, mechanisms: r.mechanisms, severity: severityFor(r, severityOf) }));

export type Judge = TranscriptSink & { result(): JudgeResult };

/** What the configuration itself keeps or breaks, beside what packets do; the judge of the other tunnels tells it already. */
function withConfig(judge: Judge, options: JudgeOptions): Judge {
  const told = judgeConfig(options.config, options.severityOf);
  return {
    packet: judge.packet, end: judge.end, ...(judge.ahead === undefined ? {} : { ahead: judge.ahead }),
    result() {
      const r = judge.result();
      return { ...r, rules: [...r.rules, ...told.rules], findings: [...r.findings, ...told.findings] };
    },
  };
}

function createPacketJudge(options: JudgeOptions): Judge {
  const kinds = new Set(options.config.serviceSets.flatMap((s) => s.concentrators.map((c) => c.kind)));
  if (!kinds.has("ds-lite")) return createJudgeWith(PACKET_RULES as readonly Rule[], options);
  const softwire = createDsLiteJudge(DS_LITE_RULES, options);
  // Packets of the other tunnels pass the judge of DS-Lite by, and the reverse.
  return kinds.size === 1 ? withConfig(softwire, options) : both(createJudgeWith(PACKET_RULES as readonly Rule[], options), softwire);
}

export function createJudge(options: JudgeOptions): Judge {
  const packets = createPacketJudge(options);
  const { files } = options;
  const place = (file: number, frame: number): Place => ({ file: files[file] ?? `file ${file}`, frame });
  const stacks = createLabelJudge(options.memory.u8, options.severityOf, place);
  const messages = createMessageJudge(options.memory.u8, options.config, options.severityOf, place);
  return {
    packet(side, direction, off, len, wireLen, sec, nsec, file, frame, cause) {
      messages.packet(side, direction, off, len, wireLen, sec, nsec, file, frame);
      packets.packet(side, direction, off, len, wireLen, sec, nsec, file, frame, cause);
    },
    end() {
      messages.end();
      packets.end();
    },
    labels: stacks.labels,
    ...(packets.ahead === undefined ? {} : { ahead: packets.ahead }),
    result() {
      const r = packets.result();
      return { ...r, rules: [...r.rules, ...addUp(r.rules, r.findings, (id) => OF_DS_LITE.has(id), options.severityOf), ...stacks.tallies(), ...messages.tallies()], findings: [...r.findings, ...stacks.findings(), ...messages.findings()] };
    },
  };
}
