/** Differences between the box's packets and the reference's, in groups with a few examples. */
import { REASONS } from "../../concentrator/reasons.js";
import { type Side, SIDE_NAME } from "../../config/types.js";
import type { FindingGroup, Place } from "../../judge/types.js";
import type { Difference, OpinionExample, OpinionField, OpinionLine, OpinionPacket } from "../../report/opinion.js";
import type { FieldDifference } from "../notation/index.js";
import { type Freedoms, realDifferences, shapeOf } from "./compare.js";
import { fieldBytes } from "./fields.js";
import type { BoxSent, ReferenceSent, Sent } from "./gather.js";
import type { Matched, Pair } from "./match.js";

export interface Known { readonly inputs: readonly Sent[]; readonly findings: readonly FindingGroup[]; readonly freedoms: Freedoms; readonly box: readonly BoxSent[]; readonly last: readonly [sec: number, nsec: number]; readonly capped: boolean }

/** Kinds that are listed, examples of each, bytes of a packet in an example. */
const MOST_KINDS = 100;
const EXAMPLES = 3;
const EVIDENCE_BYTES = 2048;
/** Kinds that are told apart while counting: hostile traffic could make any number of them. */
const COUNTED_KINDS = 10_000;
/** Seconds before the end of the captures in which a packet of the reference need not have its counterpart. */
const EDGE = 0.1;

function packetOf(s: Sent, by: OpinionPacket["by"]): OpinionPacket {
  return {
    by, side: SIDE_NAME[s.side], direction: by === "input" ? "received" : "sent", place: s.place, sec: s.sec, nsec: s.nsec,
    length: s.bytes.length, hex: Buffer.from(s.bytes.subarray(0, EVIDENCE_BYTES)).toString("hex"),
  };
}
function fieldsOf(p: Pair, fields: readonly FieldDifference[]): OpinionField[] {
  return fields.map((d) => {
    const [box, reference] = [fieldBytes(p.box.bytes, d), fieldBytes(p.reference.bytes, d)];
    return { layer: d.layer, field: d.field, reference: d.expected, box: d.seen, referenceOffset: reference.at, boxOffset: box.at, length: box.length };
  });
}

interface Group { readonly kind: Difference["kind"]; readonly side: Side; readonly what: string; readonly first: Place; readonly examples: OpinionExample[]; readonly rules: Map<FindingGroup, string>; count: number }

/** What the record says of the differences. A group with frames of findings is explained by their rules when they are as many. */
export function differences(m: Matched, known: Known): Pick<OpinionLine, "equal" | "edge" | "differing" | "explained" | "differences" | "left"> {
  const told = new Map<string, Set<FindingGroup>>();
  for (const g of known.findings) {
    for (const p of [g.first, g.last, ...g.exemplars.flatMap((e) => e.packets.map((x) => x.place))]) {
      const key = `${p.file}:${p.frame}`;
      told.set(key, (told.get(key) ?? new Set()).add(g));
    }
  }
  const groups = new Map<string, Group>();
  const note = (kind: Difference["kind"], s: Sent, what: string, example: () => OpinionExample): void => {
    const rest = groups.size >= COUNTED_KINDS && !groups.has(`${kind}/${s.side}/${what}`);
    const name = rest ? "other kinds of packets or fields" : what;
    const key = `${kind}/${s.side}/${name}`;
    let g = groups.get(key);
    if (g === undefined) {
      g = { kind, side: s.side, what: name, first: s.place, examples: [], rules: new Map(), count: 0 };
      groups.set(key, g);
    }
    if (g.examples.length < EXAMPLES) g.examples.push(example());
    g.count++;
    for (const f of told.get(`${s.place.file}:${s.place.frame}`) ?? []) g.rules.set(f, f.rule);
  };
  const caused = (r: ReferenceSent): OpinionPacket[] => [packetOf(known.inputs[r.cause], "input")];
  const reason = (r: ReferenceSent): { reason?: string } => (REASONS[r.reason] === undefined ? {} : { reason: REASONS[r.reason].text });
  let equal = 0;
  for (const p of m.pairs) {
    const fields = realDifferences(p, known.freedoms);
    if (fields.length === 0) equal++;
    else note("differs", p.box, [...new Set(fields.map((d) => `${d.layer}.${d.field.replace(/^byte \d+$/, "bytes")}`))].join(", "), () => ({ packets: [...caused(p.reference), packetOf(p.box, "box"), packetOf(p.reference, "reference")], fields: fieldsOf(p, fields), ...reason(p.reference) }));
  }
  for (const b of m.boxOnly) if (!b.late) note("box-only", b, shapeOf(b.bytes).names, () => ({ packets: [packetOf(b, "box")], fields: [] }));
  const isEdge = edgeOf(known);
  let edge = 0;
  for (const r of m.referenceOnly) {
    if (isEdge(r)) edge++;
    else note("reference-only", r, shapeOf(r.bytes).names, () => ({ packets: [...caused(r), packetOf(r, "reference")], fields: [], ...reason(r) }));
  }
  return { equal, edge, ...listed([...groups.values()]) };
}

/** A packet of the reference whose counterpart may have come after the end of its tap: in the last moment, after the box's last packet on that side. Behind a limit the answers were awaited. */
function edgeOf({ box, last, capped }: Known): (r: ReferenceSent) => boolean {
  if (capped) return () => false;
  const latest: [number, number] = [-Infinity, -Infinity];
  for (const b of box) latest[b.side] = Math.max(latest[b.side], b.sec + b.nsec / 1e9);
  const end = last[0] + last[1] / 1e9;
  return (r) => {
    const at = r.sec + r.nsec / 1e9;
    return at > end - EDGE && at > latest[r.side];
  };
}

function listed(groups: readonly Group[]): Pick<OpinionLine, "differing" | "explained" | "differences" | "left"> {
  const all = groups.map((g): Difference => ({
    kind: g.kind, side: SIDE_NAME[g.side], what: g.what, count: g.count, first: g.first, rules: [...new Set(g.rules.values())].sort(),
    explained: g.rules.size > 0 && [...g.rules.keys()].reduce((n, f) => n + f.count, 0) >= g.count, examples: g.examples,
  })).sort((a, b) => Number(a.explained) - Number(b.explained) || b.count - a.count);
  const sum = (list: readonly Difference[]): number => list.reduce((n, d) => n + d.count, 0);
  return { differing: sum(all), explained: sum(all.filter((d) => d.explained)), differences: all.slice(0, MOST_KINDS), left: Math.max(0, all.length - MOST_KINDS) };
}
