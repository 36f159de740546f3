/** Findings grouped by rule and fingerprint: memory grows with groups, never with packets. */
import type { Explanation, RuleInfo } from "./rule.js";
import type { Certainty, Exemplar, FindingGroup, Lowered, PacketEvidence, Place, Severity } from "./types.js";

export const EXEMPLARS = 5;
const ORDER: readonly Certainty[] = ["seen", "inferred", "content"];
const BY_CONTENT = "Paired by content: no other input and no other output around them has this payload, and all else that must be kept is alike";

interface Group { rule: number; code: number; certainty: Certainty; count: number; first: Place; last: { file: number; frame: number }; exemplars: Exemplar[] }

/** What a group needs of its rule. */
export type GroupRule = RuleInfo & { deviation?(code: number): string };

export interface Groups {
  /** Counts one violation; true when its explanation is wanted (`explain` next). */
  add(rule: number, code: number, certainty: Certainty, file: number, frame: number): boolean;
  explain(explanation: Explanation, packets: readonly PacketEvidence[]): void;
  /** `weigh` says how a group counts: its severity as it is, why it is lowered to a warning, or undefined to leave the group out. */
  result(weigh?: (rule: number, certainty: Certainty) => Weight | undefined): readonly FindingGroup[];
}
export type Weight = "full" | Lowered;

export function createGroups(rules: readonly GroupRule[], severities: readonly Severity[], place: (file: number, frame: number) => Place): Groups {
  const groups = new Map<number, Group>();
  let current: Group | undefined;
  /** Does the name of a deviation depend on the code? Otherwise it is something that the explanation alone needs, such as a length. */
  const named = rules.map((r) => (r.deviation?.length ?? 0) > 0);
  return {
    add(rule, code, certainty, file, frame) {
      const key = (rule * 65536 + (named[rule] ? code & 0x7fff : 0)) * 4 + ORDER.indexOf(certainty);
      current = groups.get(key);
      if (current === undefined) {
        current = { rule, code, certainty, count: 0, first: place(file, frame), last: { file, frame }, exemplars: [] };
        groups.set(key, current);
      }
      current.count++;
      current.last.file = file;
      current.last.frame = frame;
      return current.exemplars.length < EXEMPLARS;
    },
    explain(e, packets) {
      const why = current?.certainty === "content" ? `${e.why}. ${BY_CONTENT}` : e.why;
      current?.exemplars.push({ message: e.message, packets, fields: e.fields, why, filter: e.filter });
    },
    result(weigh = () => "full") {
      return [...groups.values()].sort((x, y) => x.rule - y.rule || x.code - y.code).flatMap((g) => {
        const weight = weigh(g.rule, g.certainty);
        if (weight === undefined) return [];
        const severity = weight === "full" ? severities[g.rule] : "warn";
        const rule = rules[g.rule];
        const kind = rule.deviation?.(g.code) ?? "deviation";
        return [{
          rule: rule.id, clause: rule.clause, severity, fingerprint: `${rule.id}:${kind}`, title: rule.title,
          certainty: g.certainty, ...(rule.declared === true ? { kind: "declared" as const } : {}), ...(weight === "full" ? {} : { lowered: weight }), count: g.count, first: g.first, last: place(g.last.file, g.last.frame), exemplars: g.exemplars,
        }];
      });
    },
  };
}
