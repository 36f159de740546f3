/** Cases of two runs side by side: verdicts, goldens, reason counters, softwire statistics, output bytes. */
import type { CaseChange, OutputDifferences } from "./compare-types.js";
import type { ProfilePair } from "./compare.js";
import type { Report } from "./model.js";
import type { CaseLine, Verdict } from "./record.js";
import { thousands } from "./text.js";

const bad = (v: Verdict): boolean => v === "fail" || v === "error";

function counterDetails(a: CaseLine, b: CaseLine): string[] {
  const before = new Map(a.counters.map((c) => [c.id, c]));
  const after = new Map(b.counters.map((c) => [c.id, c]));
  const out: string[] = [];
  for (const id of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(id), after.get(id)];
    if ((was?.packets ?? 0) !== (is?.packets ?? 0)) out.push(`counter ${id} (${(is ?? was)?.text ?? ""}): was ${thousands(was?.packets ?? 0)} packets, is ${thousands(is?.packets ?? 0)}`);
    else if ((was?.bytes ?? 0) !== (is?.bytes ?? 0)) out.push(`counter ${id}: was ${thousands(was?.bytes ?? 0)} bytes, is ${thousands(is?.bytes ?? 0)}`);
  }
  return out;
}

function softwireDetails(a: CaseLine, b: CaseLine): string[] {
  const out: string[] = [];
  for (const s of b.softwires) {
    const was = a.softwires.find((x) => x.serviceSet === s.serviceSet && x.concentrator === s.concentrator);
    if (was === undefined) continue;
    for (const [key, value] of Object.entries(s)) {
      const before = (was as unknown as Record<string, unknown>)[key];
      if (typeof value === "number" && typeof before === "number" && before !== value) out.push(`${s.concentrator} ${key}: was ${thousands(before)}, is ${thousands(value)}`);
    }
  }
  return out;
}

function goldenDetails(a: CaseLine, b: CaseLine): string[] {
  if (a.golden === undefined || b.golden === undefined) return [];
  if (a.golden.state !== b.golden.state) return [`golden: was ${a.golden.state}, is ${b.golden.state}`, ...b.golden.differences.map((d) => `golden: ${d}`)];
  return b.golden.differences.filter((d) => a.golden?.differences.includes(d) !== true).map((d) => `golden: ${d}`);
}

/** Counters and statistics are compared where the same packets went in. */
export function compareCases(a: Report, b: Report, pair: ProfilePair, outputs: OutputDifferences): CaseChange[] {
  const out: CaseChange[] = [];
  const names = pair.a === pair.b ? { profile: pair.a } : { profile: pair.a, profileB: pair.b };
  const of = (r: Report, profile: string): Map<string, CaseLine> => new Map(r.cases.filter((c) => c.profile === profile).map((c) => [c.id, c]));
  // The packets of a captured device do not tell its counters: none is not 0.
  const counts = (a.header?.command === "check") === (b.header?.command === "check");
  const [inA, inB] = [of(a, pair.a), of(b, pair.b)];
  for (const id of new Set([...inA.keys(), ...inB.keys()])) {
    const [was, is] = [inA.get(id), inB.get(id)];
    if (was === undefined || is === undefined) {
      const kind = was !== undefined ? "only-in-a" : is !== undefined && bad(is.verdict) ? "newly-failing" : "only-in-b";
      out.push({ kind, case: id, ...names, ...(was === undefined ? {} : { before: was.verdict }), ...(is === undefined ? {} : { after: is.verdict }), details: [] });
      continue;
    }
    const same = was.summary?.inputs === is.summary?.inputs;
    const details = [...goldenDetails(was, is), ...outputs(id, pair.a, pair.b), ...(same && counts ? [...counterDetails(was, is), ...softwireDetails(was, is)] : [])];
    const change = { case: id, ...names, before: was.verdict, after: is.verdict };
    if (was.verdict !== is.verdict) {
      const kind = bad(is.verdict) ? "newly-failing" : is.verdict === "warn" && !bad(was.verdict) ? "newly-warning" : bad(was.verdict) && is.verdict === "pass" ? "newly-passing" : "verdict-changed";
      out.push({ ...change, kind, details: is.reason === undefined ? details : [is.reason, ...details] });
    } else if (details.length > 0) out.push({ ...change, kind: "behaviour-changed", details });
  }
  return out;
}
