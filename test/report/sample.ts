/** A made-up run record of realistic shape: 60 clauses x 6 profiles, two specs, findings with packets that were built here. */
import type { Exemplar, FindingGroup, Level, Severity } from "../../src/judge/types.js";
import type { CaseLine, ClauseLine, RecordLine, Verdict, VerdictLine } from "../../src/report/record.js";

/** Strings that a report has to survive. */
export const HOSTILE = "</script><img src=x onerror=\"document.title='owned'\">'\"&amp; \u{1f984} \u202eevil\u202c \u05e9\u05dc\u05d5\u05dd \u001b[31m";

const RFC: readonly (readonly [number, readonly string[]])[] = [
  [3056, ["2", "3", "5.2", "5.3"]], [3964, ["4.1", "4.2", "5.1"]], [4213, ["3.2.1", "3.4", "3.5", "3.6"]], [5969, ["4", "7.1.1", "8", "9.1", "9.2", "12"]], [6040, ["4.1", "4.2"]], [6333, ["5.3", "6.4", "8.2", "8.4"]],
];
const LEVELS: readonly Level[] = ["MUST", "MUST NOT", "SHOULD", "MAY", "REQUIRED-BY-TEXT"];
const STATEMENTS = [
  "The IPv4 address embedded in the inner source has to be the one in the outer source; otherwise the packet is not forwarded.",
  "Traffic Class goes into the outer ToS octet unless configured otherwise.", "With a static tunnel MTU the outer DF bit stays clear.",
  "Inner sources that are multicast, loopback, unspecified or IPv4-mapped are discarded without a word.", "The outer length is the inner payload length plus 60.",
  "A packet larger than the tunnel MTU is answered with Packet Too Big that names the tunnel MTU.", "A probe that is addressed to the sender's own delegated prefix goes back to it like any other packet.",
  "An outer source from a private range is refused.", "The inner hop limit goes down by one where the packet is forwarded.", "CE on the outside with Not-ECT inside means: drop.",
];
export const PROFILES = ["ms-dpc@10.4", "ms-500@9.6", "ms-mpc@17.4R1", "ams@18.2R1", "mpc-inline@14.1", "spc3@19.3"] as const;

function severityOf(level: Level): Severity { return level === "MAY" ? "observe" : level === "SHOULD" ? "warn" : "fail"; }

export const clauses: readonly ClauseLine[] = RFC.flatMap(([rfc, sections]) => Array.from({ length: 10 }, (_, i): ClauseLine => {
  const section = sections[i % sections.length] ?? "1";
  const level = LEVELS[(i * 3 + rfc) % LEVELS.length] ?? "MUST";
  const common = { type: "clause" as const, id: `RFC${rfc}-${section}-${Math.floor(i / sections.length) + 1}`, rfc, section, level, statement: STATEMENTS[(i * 7 + rfc) % STATEMENTS.length] ?? "", check: "Compare the outer and the inner header of the packet that left with the one that came." };
  return i === 9 ? { ...common, reason: "concerns configuration only, packets do not show it" } : { ...common, failure: "Customers can send with the address of a neighbour.", note: "The value is free (D7).", decisions: ["D7 Outer TTL: a constant"], rule: `rfc${rfc}/${section}/${i}`, severity: severityOf(level) };
}));

function hexOf(...bytes: readonly number[]): string { return Buffer.from(bytes).toString("hex"); }
/** IPv6 UDP packet in IPv4: ToS and the last octet of the outer source can be chosen. */
export function tunnelled(tos: number, last: number, hop: number): string {
  return hexOf(0x45, tos, 0, 76, 0, 1, 0, 0, 64, 41, 0, 0, 192, 0, 2, last, 198, 51, 100, 1) + native(hop);
}
export function native(hop: number): string {
  return hexOf(0x60, 0x20, 0, 0, 0, 16, 17, hop, 0x20, 1, 0x0d, 0xb8, 0xc0, 0, 2, 9, 0, 0, 0, 0, 0, 0, 0, 1, 0x20, 1, 0x0d, 0xb8, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x35)
    + hexOf(0xc3, 0x50, 0, 53, 0, 16, 0xab, 0xcd) + Buffer.from("softwire", "utf8").toString("hex");
}
function exemplar(n: number, file: string, message: string): Exemplar {
  const sec = 1_700_000_000 + n;
  return {
    message,
    packets: [
      { side: "access", direction: "received", place: { file, frame: 17 + n }, sec, nsec: 123_456_789, hex: tunnelled(0, 10, 64) },
      { side: "core", direction: "sent", place: { file: "core.pcap", frame: 12 + n }, sec, nsec: 123_499_001, hex: native(63) },
    ],
    fields: [
      { packet: 0, layer: "outer IPv4", field: "source", expected: "192.0.2.9 (embedded in 2001:db8:c000:209::1)", seen: "192.0.2.10", offset: 12, length: 4 },
      { packet: 1, layer: "IPv6", field: "presence", expected: "no packet on the core side", seen: "forwarded", offset: 7, length: 1 },
    ],
    why: "The domain embeds all 32 bits of the CE address after 2001:db8::/32; the packet came from another address, so it had to be dropped and counted.",
    filter: "ip.src == 192.0.2.10 && ipv6.src == 2001:db8:c000:209::1",
  };
}
export function finding(clause: ClauseLine, n: number, file: string, title: string): FindingGroup {
  const severity = clause.severity ?? "info";
  return { rule: clause.rule ?? clause.id, clause: clause.id, severity, fingerprint: `source-mismatch/${n}`, title, certainty: n % 4 === 3 ? "inferred" : "seen", count: 12_345 + n, first: { file, frame: 17 + n }, last: { file, frame: 90_001 + n }, exemplars: [exemplar(n, file, `${title}: outer source 192.0.2.10`), exemplar(n + 100, file, `${title}: outer source 192.0.2.11`)] };
}

function verdictAt(clause: ClauseLine, row: number, column: number): Verdict {
  if (clause.rule === undefined) return "not-exercised";
  if (row % 10 === 8 && column === 2) return "not-applicable";
  if (row % 7 === 3) return column === 4 ? "known-deviation" : column === 5 ? "unspecified" : "not-exercised";
  if (row % 13 === 5) return clause.severity === "fail" ? (column === 1 ? "waived" : "fail") : clause.severity === "warn" ? "warn" : "observed";
  return clause.severity === "observe" ? (row % 2 === 0 ? "observed" : "info") : "pass";
}
const REASON: Partial<Record<Verdict, string>> = {
  "not-exercised": "no packet of the traces met the case", "not-applicable": "the card has no 6rd (capability 6rd: no)", "known-deviation": "inline decapsulation does not check the source (junos.md, documented)",
  waived: "ticket LAB-12, owner k.meier, until 2027-01-31", unspecified: "the card's documents do not say",
};

export interface SampleOptions { readonly hostile?: boolean; readonly complete?: boolean; readonly command?: "run" | "check"; readonly fault?: boolean }

/** The record, first line header, last line footer (none when `complete` is false). */
export function sampleRecord(options: SampleOptions = {}): RecordLine[] {
  const file = options.hostile === true ? `cap ${HOSTILE}.pcap` : "access.pcap";
  const title = options.hostile === true ? `Spoofed source ${HOSTILE}` : "A packet with a spoofed source was forwarded";
  const verdicts: VerdictLine[] = clauses.flatMap((c, row) => PROFILES.map((profile, column): VerdictLine => {
    const verdict = verdictAt(c, row, column);
    const idle = verdict === "not-exercised" || verdict === "not-applicable" || verdict === "unspecified";
    const reason = REASON[verdict];
    return { type: "verdict", clause: c.id, profile, verdict, ...(reason === undefined ? {} : { reason }), exercised: idle ? 0 : 500 + row, violated: ["fail", "warn", "waived", "known-deviation"].includes(verdict) ? 12 + row : 0 };
  }));
  const bad = clauses.filter((c, row) => c.rule !== undefined && row % 13 === 5 && row % 7 !== 3);
  const cases: CaseLine[] = PROFILES.flatMap((profile, column) => ["6rd/source-check", "ds-lite/hairpin"].map((id, k): CaseLine => ({
    type: "case", id, title: k === 0 ? "6rd border relay checks the embedded source" : "DS-Lite hairpin between two subscribers", profile, verdict: k === 0 ? "fail" : "pass",
    expectation: { met: !(column === 0 && k === 0), problems: column === 0 && k === 0 ? ["frame 3: expected a drop with reason 6rd.spoof, seen forwarded on core"] : [] },
    golden: { state: k === 0 && column < 2 ? "differs" : "equal", differences: k === 0 && column < 2 ? [`core-out.pcap:12 inner hop limit: golden 63, now 62 ${options.hostile === true ? HOSTILE : ""}`] : [] },
    counters: [
      { id: "6rd.decapsulated", kind: "forward", text: "decapsulated and forwarded to the core", packets: 91_233, bytes: 12_345_678 }, { id: "6rd.encapsulated", kind: "forward", text: "encapsulated towards the CE", packets: 120_001, bytes: 99_345_678 },
      { id: "6rd.spoof", kind: "drop", text: "outer source is not the embedded one", packets: 12_345, bytes: 987_654 }, { id: "icmp.too-big", kind: "answer", text: "Packet Too Big", packets: 31, bytes: 4030 }, { id: "frag.held", kind: "consume", text: "held for reassembly", packets: 512, bytes: 400_000 },
    ],
    softwires: [{ serviceSet: "ss-1", concentrator: "br-1", softwiresCreated: 60_000, softwiresCreatedReverse: 12, softwiresDeleted: 59_000, softwiresActive: 1000, softwiresPeak: 60_000, flowsCreated: 180_000, flowsDeleted: 177_000, flowsActive: 3000, flowsPeak: 91_000, initiators: 60_000,
      decapsulatedPackets: 91_233, decapsulatedBytes: 12_345_678, encapsulatedPackets: 120_001, encapsulatedBytes: 99_345_678, hairpinnedPackets: 77 }],
    summary: { inputs: 224_122, outputs: 211_265, paired: 211_240, unansweredInputs: 12_857, orphanOutputs: 21, ambiguous: 4, evicted: 0, pairingAgreed: 211_240, pairingDisagreed: 0, firstSec: 1_700_000_000, lastSec: 1_700_000_900 },
    ...(k === 1 ? { timeline: { startSec: 1_700_000_000, startNsec: 0, widthNs: 2_048_000_000, buckets: 440, at: [0, 7, 439], series: [
      { id: "flows", group: "state", kind: "level", text: "flows active", values: [3, 90, 4] }, { id: "192.0.2.1", group: "nat", kind: "level", text: "bindings", values: [1, 2, 2] },
      { id: "aftr-no-mapping", group: "drops", kind: "count", text: `no mapping ${options.hostile === true ? HOSTILE : ""}`, values: [0, 5, 1] },
    ] } } : {}),
    rules: clauses.flatMap((c) => (c.rule === undefined ? [] : [{ rule: c.rule, clause: c.id, severity: c.severity ?? "info", exercised: 500, violated: 0, observed: 0 }])),
    findings: k === 0 ? bad.map((c, n) => finding(c, n, file, title)) : [], outputs: [`${profile}/${id}/core-out.pcap`],
  })));
  const count = (...v: Verdict[]): number => verdicts.filter((x) => v.includes(x.verdict)).length;
  const lines: RecordLine[] = [
    { type: "header", version: 1, tool: "softproof", toolVersion: "0.1.0", command: options.command ?? "run", subject: options.command === "check" ? "captured device" : "modelled card", inputs: [{ name: file, side: "access" }, { name: "core.pcap", side: "core" }], config: "br.yaml", seed: 1, asOf: "2026-11-24" },
    ...PROFILES.map((id): RecordLine => ({ type: "profile", id, title: `Card ${id.split("@")[0] ?? id}`, release: id.split("@")[1] ?? "", capabilities: [
      { name: "6rd", support: "yes", since: "10.4", source: "J-6RD", confidence: "documented" }, { name: "ds-lite", support: "partial", source: "J-DSL", confidence: "inferred" }, { name: "reassembly", support: "unknown", source: "none", confidence: "not-found" }] })),
    ...clauses, ...cases, ...verdicts,
  ];
  if (options.fault === true) lines.push({ type: "fault", file, offset: 1_234_567, frame: 4711, message: "the packet of 1500 bytes ends after 812 bytes: the file is truncated; capture again or accept the part that was read" });
  if (options.complete !== false) lines.push({ type: "footer", complete: true, exitCode: 1, exercised: verdicts.filter((v) => v.exercised > 0).length, applicable: verdicts.length - count("not-applicable"), failed: count("fail"), warned: count("warn"), waivedOrKnown: count("waived", "known-deviation"), errors: 0 });
  return lines;
}
