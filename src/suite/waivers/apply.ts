/**
 * Waivers over verdicts. A clause is `waived` under a profile when every finding that broke it is excused; when some are left, it keeps the verdict of the
 * gravest of those. An expired waiver excuses nothing. A waiver whose case arose without its deviation is an unexpected pass: the device was mended, or
 * the waiver was never right; both must be looked at, so the run fails (exit 1).
 */
import type { FindingGroup, Severity } from "../../judge/types.js";
import type { CaseLine, ProfileLine, Verdict, VerdictLine, WaivedFinding, WaiverLine } from "../../report/record.js";
import { settleSums } from "../verdicts.js";
import { isExpired, type Waiver, type Waivers } from "./types.js";

type Key = Pick<FindingGroup, "rule" | "clause" | "fingerprint">;
type Column = Pick<ProfileLine, "id" | "release">;

const nameOf = (p: Column): string => (p.id.includes("@") ? p.id.slice(0, p.id.lastIndexOf("@")) : p.id);

/** Is the profile in the waiver's scope? */
export function concernsProfile(w: Waiver, p: Column): boolean {
  const { profile, release } = w.scope;
  if (profile !== undefined && profile !== p.id && profile.toLowerCase() !== nameOf(p).toLowerCase()) return false;
  return release === undefined || release === p.release;
}

/** Is the finding in the waiver's scope, the profile aside? */
export function concernsFinding(w: Waiver, g: Key): boolean {
  const { clause, rule, fingerprint } = w.scope;
  return (clause === undefined || clause === g.clause) && (rule === undefined || rule === g.rule) && (fingerprint === undefined || fingerprint === g.fingerprint);
}

/** What a reader must know of an excuse: reason, owner, ticket, last day. */
export const excuse = (w: Waiver): string => `waiver ${w.id}: ${w.reason} (owner ${w.owner}, issue ${w.issue}, expires ${w.expires})`;

/** The first waiver in the file that excuses the finding now. */
function excusing(waivers: Waivers, p: Column, g: Key): Waiver | undefined {
  return waivers.waivers.find((w) => !isExpired(w, waivers.asOf) && concernsProfile(w, p) && concernsFinding(w, g));
}

const RANK: Readonly<Record<Severity, number>> = { fail: 3, warn: 2, info: 1, observe: 0 };
const EXCUSABLE: ReadonlySet<Verdict> = new Set(["fail", "warn", "info"]);

/** The verdicts of one profile with its waivers laid over them. `findings`: of all its cases. */
export function waive(waivers: Waivers | undefined, verdicts: readonly VerdictLine[], findings: readonly FindingGroup[], profile: Column): VerdictLine[] {
  if (waivers === undefined) return [...verdicts];
  return settleSums(verdicts.map((v) => {
    if (!EXCUSABLE.has(v.verdict)) return v;
    const groups = findings.filter((g) => g.clause === v.clause && g.severity !== "observe");
    const with_ = groups.map((g) => ({ g, w: excusing(waivers, profile, g) }));
    const used = [...new Set(with_.flatMap((x) => (x.w === undefined ? [] : [x.w])))];
    if (used.length === 0) return v;
    const left = with_.filter((x) => x.w === undefined).map((x) => x.g);
    if (left.length === 0) return { ...v, verdict: "waived", reason: used.map(excuse).join("; ") };
    const gravest = left.reduce<Severity>((s, g) => (RANK[g.severity] > RANK[s] ? g.severity : s), "info");
    return { ...v, verdict: gravest === "observe" ? "info" : gravest, reason: `in part ${used.map(excuse).join("; ")}` };
  }));
}

/** Which findings of a case are excused, and by what. */
export function waivedFindings(waivers: Waivers | undefined, findings: readonly FindingGroup[], profile: Column): WaivedFinding[] {
  if (waivers === undefined) return [];
  return findings.flatMap((g) => {
    const w = g.severity === "observe" ? undefined : excusing(waivers, profile, g);
    return w === undefined ? [] : [{ rule: g.rule, clause: g.clause, fingerprint: g.fingerprint, waiver: w.id, text: excuse(w) }];
  });
}

export type WaiverState = WaiverLine["state"];

/** What became of each waiver. `complete`: false when the run broke off; what did not turn up then says nothing. */
export function waiverLines(waivers: Waivers, profiles: readonly Column[], cases: readonly CaseLine[], verdicts: readonly VerdictLine[], complete: boolean): WaiverLine[] {
  return waivers.waivers.map((w) => {
    const columns = new Set(profiles.filter((p) => concernsProfile(w, p)).map((p) => p.id));
    const inScope = cases.filter((c) => columns.has(c.profile));
    let findings = 0;
    for (const c of inScope) for (const g of c.findings) if (g.severity !== "observe" && concernsFinding(w, g)) findings++;
    return { type: "waiver", id: w.id, reason: w.reason, owner: w.owner, issue: w.issue, expires: w.expires, scope: w.scope, findings, ...stateOf(w, waivers.asOf, findings, inScope, verdicts.filter((v) => columns.has(v.profile)), complete) };
  });
}

function stateOf(w: Waiver, asOf: string, findings: number, cases: readonly CaseLine[], verdicts: readonly VerdictLine[], complete: boolean): { state: WaiverState; note: string } {
  if (isExpired(w, asOf)) return { state: "expired", note: `its last day was ${w.expires}, the run is as of ${asOf}: ${findings > 0 ? "its findings are no longer excused" : "nothing of it turned up either; prune it"}` };
  if (findings > 0) {
    const known = verdicts.every((v) => v.verdict === "known-deviation" || !cases.some((c) => c.profile === v.profile && c.findings.some((g) => g.clause === v.clause && concernsFinding(w, g))));
    return known ? { state: "needless", note: "the hardware profile documents the deviation already (known-deviation)" } : { state: "used", note: "" };
  }
  if (!complete) return { state: "unmatched", note: "the run broke off, so this says nothing" };
  const tallies = cases.flatMap((c) => c.rules).filter((t) => (w.scope.rule === undefined || t.rule === w.scope.rule) && (w.scope.clause === undefined || t.clause === w.scope.clause));
  const exercised = tallies.reduce((n, t) => n + t.exercised, 0);
  if (exercised > 0 && tallies.every((t) => t.violated === 0)) return { state: "unexpected-pass", note: `the case arose ${exercised === 1 ? "once" : `${exercised} times`}, and the clause was kept: take the waiver out, or narrow it` };
  if (exercised > 0) return { state: "unmatched", note: "the clause was violated, but not with this fingerprint" };
  return { state: "unmatched", note: cases.length === 0 ? "no profile of the run is in its scope" : "no packet of the run brought up its case" };
}
