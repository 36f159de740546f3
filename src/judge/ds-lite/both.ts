/** Two judges side by side: each sees every packet, what they found is put together. */
import type { JudgeResult, TranscriptSink } from "../types.js";

type Judge = TranscriptSink & { result(): JudgeResult };

export function both(first: Judge, second: Judge): Judge {
  return {
    packet(side, direction, off, len, wireLen, sec, nsec, file, frame, cause) {
      first.packet(side, direction, off, len, wireLen, sec, nsec, file, frame, cause);
      second.packet(side, direction, off, len, wireLen, sec, nsec, file, frame, cause);
    },
    ahead(side, next) {
      first.ahead?.(side, next);
      second.ahead?.(side, next);
    },
    end() {
      first.end();
      second.end();
    },
    result() {
      const x = first.result();
      const y = second.result();
      const s = x.summary;
      const t = y.summary;
      return {
        rules: [...x.rules, ...y.rules], findings: [...x.findings, ...y.findings],
        summary: {
          inputs: s.inputs, outputs: s.outputs, paired: s.paired + t.paired, answeredInputs: (s.answeredInputs ?? 0) + (t.answeredInputs ?? 0), unansweredInputs: s.unansweredInputs + t.unansweredInputs, orphanOutputs: s.orphanOutputs + t.orphanOutputs,
          ambiguous: s.ambiguous + t.ambiguous, evicted: s.evicted + t.evicted, pairingAgreed: s.pairingAgreed + t.pairingAgreed, pairingDisagreed: s.pairingDisagreed + t.pairingDisagreed,
          firstSec: s.firstSec, lastSec: s.lastSec,
        },
        ...(x.partnerless === undefined || y.partnerless === undefined ? {} : { partnerless: { inputs: [...x.partnerless.inputs, ...y.partnerless.inputs], outputs: [...x.partnerless.outputs, ...y.partnerless.outputs] } }),
      };
    },
  };
}
