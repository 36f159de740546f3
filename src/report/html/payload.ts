/** What the page knows: the report with repetition taken out (verdict cells, counters, names of statistics as numbers), and examples within a budget. */
import type { Exemplar } from "../../judge/types.js";
import { caseProblems, foundText, reportNotes, shortNames, subjectNote, VERDICTS, waiverTexts, waiverTrouble, type Report } from "../model.js";
import { exitText } from "../outcome.js";
import { captureDoubts, pairingRows } from "../pairing.js";
import { comparedText, limitTexts, type OpinionExample, type OpinionLine } from "../opinion.js";
import type { ClauseLine } from "../record.js";

/** Characters of examples in the page; beyond it a finding says where its packets are instead. Keeps the page of a big run below 3 MB. */
const EXAMPLE_BUDGET = 1_400_000;
/** The same for examples of the second opinion. */
const OPINION_BUDGET = 600_000;
/** Hex characters of one packet. */
const PACKET_HEX = 3200;
const EXEMPLARS = 3;

/** RFC -> mechanism, for records whose clause lines do not name them. */
const MECHANISM: Record<number, readonly string[]> = {
  3056: ["6to4"], 3068: ["6to4"], 3964: ["6to4"], 6343: ["6to4"], 7526: ["6to4"], 6732: ["6to4"], 5969: ["6rd"], 4213: ["6rd", "6to4"], 6324: ["6rd", "6to4"], 5571: ["6rd"],
  6333: ["ds-lite"], 6334: ["ds-lite"], 7335: ["ds-lite"], 6908: ["ds-lite"], 7785: ["ds-lite"], 2473: ["ds-lite"], 4787: ["ds-lite"], 5382: ["ds-lite"], 5508: ["ds-lite"],
  6888: ["ds-lite"], 7857: ["ds-lite"], 3022: ["ds-lite"], 6598: ["ds-lite"], 3032: ["ds-lite"], 4798: ["ds-lite"], 8504: ["ds-lite"],
};
const mechanisms = (c: Pick<ClauseLine, "rfc" | "mechanisms">): readonly string[] => c.mechanisms ?? MECHANISM[c.rfc] ?? ["common"];

/** Numbers strings in the order in which they are met. */
function numbering(): { readonly list: string[]; index(text: string): number } {
  const list: string[] = [];
  const at = new Map<string, number>();
  return {
    list,
    index(text) {
      const known = at.get(text);
      if (known !== undefined) return known;
      at.set(text, list.length);
      return list.push(text) - 1;
    },
  };
}

function trimExemplar(e: Exemplar): object {
  return { ...e, packets: e.packets.map((p) => ({ ...p, hex: p.hex.slice(0, PACKET_HEX), bytes: p.hex.length / 2 })) };
}

/** The examples of each finding that fit: the first of every finding, worst first, then the second of every finding, and so on. */
function chooseExemplars(findings: Report["findings"]): object[][] {
  const chosen: object[][] = findings.map(() => []);
  let left = EXAMPLE_BUDGET;
  for (let n = 0; n < EXEMPLARS; n++) {
    for (const [i, f] of findings.entries()) {
      const e = f.group.exemplars[n];
      if (e === undefined || chosen[i]?.length !== n) continue;
      const trimmed = trimExemplar(e);
      const size = JSON.stringify(trimmed).length;
      if (size > left) continue;
      left -= size;
      chosen[i]?.push(trimmed);
    }
  }
  return chosen;
}

/** The second opinion: the first example of every difference, then the second, and so on within the budget. */
function opinion(o: OpinionLine): object {
  const chosen: object[][] = o.differences.map(() => []);
  const trim = (e: OpinionExample): object => ({ ...e, packets: e.packets.map(({ length, ...p }) => ({ ...p, hex: p.hex.slice(0, PACKET_HEX), bytes: length })) });
  let left = OPINION_BUDGET;
  for (let n = 0; n < EXEMPLARS; n++) {
    for (const [i, d] of o.differences.entries()) {
      if (d.examples[n] === undefined || chosen[i].length !== n) continue;
      const example = trim(d.examples[n]);
      const size = JSON.stringify(example).length;
      if (size > left) continue;
      left -= size;
      chosen[i].push(example);
    }
  }
  const { type: _, version: __, ...rest } = o;
  return { ...rest, text: comparedText(o), limits: limitTexts(o), differences: o.differences.map((d, i) => ({ ...d, examples: chosen[i], examplesTotal: d.examples.length })) };
}

/** A record as [index of its list of keys, values...]. */
function row(keys: { index(text: string): number }, value: object): unknown[] {
  return [keys.index(JSON.stringify(Object.keys(value))), ...Object.values(value)];
}

export function payload(report: Report): object {
  const reasons = numbering();
  const counters = numbering();
  const keys = numbering();
  const timelines = numbering();
  const pairings = numbering();
  const exemplars = chooseExemplars(report.findings);
  const caseIndex = new Map(report.cases.map((c, i) => [JSON.stringify([c.id, c.profile]), i]));
  const profileIndex = new Map(report.profiles.map((p, i) => [p.id, i]));
  const h = report.header;
  const short = shortNames(report);
  const files = new Set<string>();
  for (const f of report.findings) for (const p of [f.group.first, f.group.last, ...f.where.flatMap((w) => [w.first, w.last]), ...f.group.exemplars.flatMap((e) => e.packets.map((x) => x.place))]) files.add(p.file);
  for (const c of report.cases) for (const p of [...(c.partnerless?.inputs ?? []), ...(c.partnerless?.outputs ?? [])]) files.add(p.file);
  for (const d of report.opinion?.differences ?? []) for (const p of [d.first, ...d.examples.flatMap((e) => e.packets.map((x) => x.place))]) files.add(p.file);
  return {
    short: Object.fromEntries([...files].filter((f) => short(f) !== f).map((f) => [f, short(f)])),
    run: h === undefined ? null : { tool: h.tool, version: h.toolVersion, command: h.command, subject: h.subject, inputs: h.inputs, config: h.config, seed: h.seed, asOf: h.asOf },
    complete: report.complete, exit: exitText(report), note: subjectNote(report), notes: [...captureDoubts(report).map((text) => ({ text, profiles: [] })), ...reportNotes(report)], guess: h?.guess ?? null, verdicts: VERDICTS,
    numbers: report.numbers,
    profiles: report.profiles.map(({ type: _, ...p }) => p),
    clauses: report.clauses.map(({ type: _, ...c }) => ({ ...c, mechanisms: mechanisms(c) })),
    cells: report.clauses.map((c) => report.profiles.map((p) => {
      const v = report.verdict(c.id, p.id);
      return v === undefined ? 0 : [VERDICTS.indexOf(v.verdict), v.exercised, v.violated, v.reason === undefined ? -1 : reasons.index(v.reason)];
    })),
    findings: report.findings.map((f, i) => ({
      id: f.id, verdict: f.verdict, ...f.group, found: foundText(f.group), waived: waiverTexts(f),
      exemplars: exemplars[i] ?? [], exemplarsTotal: f.group.exemplars.length,
      where: f.where.map((w) => [caseIndex.get(JSON.stringify([w.case, w.profile])) ?? -1, VERDICTS.indexOf(w.verdict), w.first, w.last]),
    })),
    cases: report.cases.map((c) => ({
      id: c.id, title: c.title, profile: profileIndex.get(c.profile) ?? -1, verdict: c.verdict, reason: c.reason ?? "", problems: caseProblems(c),
      golden: c.golden?.state ?? "", counters: c.counters.map((r) => [counters.index(JSON.stringify([r.id, r.kind, r.text])), r.packets, r.bytes]),
      softwires: c.softwires.map((s) => row(keys, s)), pairing: pairingRows(c).map((r) => [pairings.index(JSON.stringify([r.text, r.part])), r.packets, ...r.first]), timeline: c.timeline === undefined ? -1 : timelines.index(JSON.stringify(c.timeline)), outputs: c.outputs,
      beside: c.beside ?? null, statistics: c.statistics ?? [], firewalls: c.firewalls ?? [],
    })),
    pairings: pairings.list.map((k) => JSON.parse(k) as unknown), timelines: timelines.list.map((k) => JSON.parse(k) as unknown),
    counters: counters.list.map((k) => JSON.parse(k) as unknown), reasons: reasons.list, keys: keys.list.map((k) => JSON.parse(k) as unknown),
    opinion: report.opinion === undefined ? null : opinion(report.opinion),
    faults: report.faults.map(({ type: _, ...f }) => f), waivers: waiverTrouble(report),
  };
}

/** JSON that may stand inside a script element: no `<`, so neither an end tag nor a comment can begin. */
export function embeddedJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
