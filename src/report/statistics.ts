/** statistics.txt and its part of the terminal report: the run in the words of the card's own show command. */
import type { CaseLine, ProfileLine } from "./record.js";
import type { Report } from "./model.js";
import { visible } from "./text.js";

/** So many profiles are shown at length. */
export const FEW = 3;
type CounterSet = NonNullable<ProfileLine["counterSets"]>[number];
/** Groups of counters, and the heading that each stands under. */
export const GROUPS = [["statistics", "Statistics"], ["transient", "Transient Errors"], ["errors", "Errors"]] as const;

/**
 * One set as the card shows it: banner, name of the card, groups of "text: value". A value that cannot be told stands as "-".
 * The layout is that of the MS-DPC's command as remembered, not a documented format; names and texts are documented.
 */
export function setText(set: CounterSet, values: readonly (number | null)[], card: string): string[] {
  const out = [`${set.title}:`];
  const width = Math.max(...set.counters.map((c) => c.text.length)) + 2;
  set.counters.forEach((c) => {
    if (c.group === "name") out.push(`  ${c.text}: ${visible(card)}`);
  });
  for (const [group, title] of GROUPS) {
    const rows = set.counters.flatMap((c, i) => (c.group === group ? [`    ${`${c.text}:`.padEnd(width)}${String(values[i] ?? "-").padStart(14)}`] : []));
    if (rows.length > 0) out.push("", `  ${title}`, ...rows);
  }
  return out;
}

/** Sums over cases; null only where no case can tell. */
function summed(cases: readonly CaseLine[], set: string): (number | null)[] | undefined {
  const all = cases.flatMap((c) => c.statistics ?? []).filter((s) => s.set === set);
  if (all.length === 0) return undefined;
  return all[0].values.map((_, i) => {
    const told = all.map((s) => s.values[i]).filter((v) => v !== null && v !== undefined);
    return told.length === 0 ? null : told.reduce((a, b) => a + b, 0);
  });
}

/** The sets of one profile over all cases, or one case of it. Empty when the card has none. */
export function profileStatistics(report: Report, profile: ProfileLine, only?: CaseLine): string[] {
  const cases = only === undefined ? report.cases.filter((c) => c.profile === profile.id) : [only];
  return (profile.counterSets ?? []).flatMap((set) => {
    const values = summed(cases, set.name);
    return values === undefined ? [] : ["", `${visible(profile.id)}> ${set.command}`, ...setText(set, values, profile.id)];
  });
}

function firewallText(c: CaseLine): string[] {
  return (c.firewalls ?? []).flatMap((f) => [
    "", `Stateful firewall of service set ${visible(f.serviceSet)}: ${f.sessionsCreated} sessions created, ${f.sessionsEnded} ended, ${f.packetsInSession} packets in sessions`,
    ...f.rules.map((r) => `  rule ${visible(r.name)} (${r.action}): matched by ${r.matched} first packets`),
  ]);
}

/** The whole file; says so when there is nothing to show. */
export function statisticsText(report: Report): string {
  const derived = report.header?.command === "check" ? "what the captures show of the device's counters; - = packets alone do not tell" : "derived from what the reference did; - = it cannot be told";
  const out = [`Statistics in the words of the card, ${derived}`];
  // Case by case for a few profiles only: the cases of all cards would fill a book.
  const several = report.cases.length > report.profiles.length && report.profiles.length <= FEW;
  for (const p of report.profiles) {
    const total = profileStatistics(report, p);
    if (total.length === 0) continue;
    if (several) out.push("", `=== ${visible(p.id)}: all ${report.cases.filter((c) => c.profile === p.id && c.statistics !== undefined).length} cases ===`);
    out.push(...total);
    if (several) for (const c of report.cases) if (c.profile === p.id && c.statistics !== undefined) out.push("", `--- ${visible(p.id)}, case ${visible(c.id)} ---`, ...profileStatistics(report, p, c));
  }
  const seen = new Set<string>();
  for (const c of report.cases) {
    const text = firewallText(c);
    if (text.length === 0 || seen.has(c.id + text.join())) continue;
    seen.add(c.id + text.join());
    out.push("", `--- ${visible(c.id)}, ${visible(c.profile)} ---`, ...text);
  }
  if (out.length === 1) out.push("", "No profile of this run has counters of its own for these mechanisms: name one with --profile.");
  return `${out.join("\n")}\n`;
}
