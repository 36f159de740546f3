/** Judges the MPLS label stacks of what the device sends; beside the judges of packets, for all mechanisms alike. */
import { createGroups } from "./groups.js";
import { NA, OBSERVED, VIOLATED, severityFor } from "./rule.js";
import { STACK_RULES, type Stack } from "./rules/rfc3032/stack.js";
import { type Direction, type FindingGroup, OUT_OF, type Place, type RuleTally, type Severity } from "./types.js";
import type { Side } from "../config/types.js";

const ENTRY_BYTES = 4;
const BOTTOM = 0x100;
/** Evidence holds the stack and the beginning of the packet. */
const EVIDENCE_BYTES = 256;

export interface LabelJudge {
  /** The frame's label stack begins at `at`, `len` bytes from there are captured, `wireLen` were sent. */
  labels(side: Side, direction: Direction, at: number, len: number, wireLen: number, sec: number, nsec: number, file: number, frame: number): void;
  tallies(): readonly RuleTally[];
  findings(): readonly FindingGroup[];
}

export function createLabelJudge(b: Uint8Array, severityOf: (clause: string) => Severity, place: (file: number, frame: number) => Place): LabelJudge {
  const severities = STACK_RULES.map((rule) => severityFor(rule, severityOf));
  const groups = createGroups(STACK_RULES, severities, place);
  const exercised = STACK_RULES.map(() => 0);
  const violated = STACK_RULES.map(() => 0);
  const observed = STACK_RULES.map(() => 0);
  const s: Stack = { b, at: 0, behind: 0, bottom: false, cut: false, version: -1, code: 0 };

  return {
    labels(side, direction, at, len, wireLen, sec, nsec, file, frame) {
      if (direction !== OUT_OF || len < ENTRY_BYTES) return;
      s.at = s.behind = at;
      s.bottom = false;
      s.cut = wireLen > len;
      while (!s.bottom && s.behind + ENTRY_BYTES <= at + len) {
        s.bottom = (b[s.behind + 2] & (BOTTOM >>> 8)) !== 0;
        s.behind += ENTRY_BYTES;
      }
      // Nine bytes show the TTL of either version.
      s.version = s.behind + 9 <= at + len ? b[s.behind] >>> 4 : -1;
      for (let i = 0; i < STACK_RULES.length; i++) {
        s.code = 0;
        const outcome = STACK_RULES[i].check(s);
        if (outcome === NA) continue;
        exercised[i]++;
        if (outcome === OBSERVED) observed[i]++;
        if (outcome !== VIOLATED) continue;
        violated[i]++;
        if (!groups.add(i, s.code, "seen", file, frame)) continue;
        const { message, why, explain } = STACK_RULES[i];
        const e = explain(s);
        const hex = [...b.subarray(at, at + Math.min(len, EVIDENCE_BYTES))].map((x) => x.toString(16).padStart(2, "0")).join("");
        groups.explain({ message, why, filter: "mpls", fields: [{ packet: 0, layer: "MPLS", field: e.field, expected: e.expected, seen: e.seen, offset: e.offset, length: 1 }] },
          [{ side: side === 0 ? "access" : "core", direction: "sent", place: place(file, frame), sec, nsec, hex, labels: true }]);
      }
    },
    tallies: () => STACK_RULES.map((rule, i) => ({ rule: rule.id, clause: rule.clause, severity: severities[i], exercised: exercised[i], violated: violated[i], observed: observed[i] })),
    findings: () => groups.result(),
  };
}
