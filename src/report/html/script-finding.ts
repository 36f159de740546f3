/** Client script, part 4: the page of a finding. */
import { LOWERED } from "../model.js";

export const SCRIPT_FINDING = `
const LOWERED = ${JSON.stringify(LOWERED)};
/* Field differences by layer, outermost first. */
function fieldDiff(e) {
  if (e.fields.length === 0) return null;
  return table("Fields that differ", ["Layer", "Field", "Expected", "Seen", "Packet", "Bytes from 0"], e.fields.map(function (d) {
    const p = e.packets[d.packet];
    return [raw(d.layer), raw(d.field), raw(d.expected, "raw want"), raw(d.seen, "raw got"), p ? [String(d.packet + 1) + ", ", place(p.place)] : String(d.packet + 1), d.length > 0 ? d.offset + (d.length > 1 ? "–" + (d.offset + d.length - 1) : "") : ""];
  }), "plain diff");
}
function exemplar(e, i, f) {
  const shownPackets = e.packets.map(function (p, k) {
    const marked = e.fields.filter(function (d) { return d.packet === k; });
    return el("details", { open: marked.length > 0 || e.packets.length < 3 }, el("summary", null, "Packet " + (k + 1) + ": ", place(p.place), " " + p.direction + (p.direction === "received" ? " from " : " to ") + p.side + ", " + p.bytes + " bytes"),
      el("p", { class: "heads" }, summarise(belowLabels(p)).join("  |  ")), hexdump(p, marked));
  });
  return el("section", { class: "exemplar" }, el("h3", null, f.exemplars.length > 1 ? "Example " + (i + 1) + " of " + f.exemplars.length : "Example"), e.message !== f.title ? el("p", null, raw(e.message)) : null,
    e.packets.length > 0 ? ladder(e.packets, e.fields) : null, fieldDiff(e),
    e.why ? el("div", { class: "why" }, el("h4", null, "Why this was expected"), el("p", null, raw(e.why))) : null,
    e.filter ? el("div", null, el("h4", null, "Wireshark filter"), el("pre", { class: "filter", tabindex: "0" }, raw(e.filter))) : null, shownPackets);
}
function caseLink(i) { return D.cases[i] ? el("a", { href: href({ view: "cases", id: String(i) }) }, raw(D.cases[i].id)) : "?"; }
VIEWS.finding = function () {
  const f = findingOf.get(state.id);
  if (!f) return ["Finding", [el("h2", null, "No such finding"), el("p", null, "This report has no finding ", raw(state.id), ". ", el("a", { href: href({ view: "matrix", id: "" }) }, "Back to the matrix"))]];
  const c = clauseOf.get(f.clause);
  return [f.found, [crumbs([[toClause(f.clause), f.clause]]), el("h2", { tabindex: "-1" }, badge(f.verdict), " ", raw(f.found)),
    facts([["Clause", [el("a", { href: toClause(f.clause) }, raw(f.clause)), c ? " " + c.level + ", RFC " + c.rfc + " section " + show(c.section) : ""]], ["It asks", c ? raw(c.statement) : ""], ["Rule", raw(f.rule + ": " + f.title)],
      ["Count", [num(f.count), ", first ", place(f.first), ", last ", place(f.last)]], ["Departs", f.kind === "declared" ? "from the declared configuration, not from the clause itself" : ""], ["Lowered", f.lowered === undefined ? "" : LOWERED[f.lowered]], ["Certainty", f.certainty === "seen" ? "seen in the packets" : f.certainty === "content" ? "seen in packets that only their content pairs" : "inferred from other packets"], ["Fingerprint", raw(f.fingerprint)], ["Waived", f.waived.length > 0 ? raw(f.waived.join("; ")) : ""],
      ["Examples", f.exemplarsTotal > f.exemplars.length ? f.exemplars.length + " of " + f.exemplarsTotal + " shown here, to keep the page small; all are in evidence.pcapng and run.jsonl" : ""]]),
    f.exemplars.map(function (e, i) { return exemplar(e, i, f); }),
    f.where.length > 0 ? table("Where it turned up", ["Profile", "Case", "Verdict", "First", "Last"], f.where.map(function (w) {
      const k = D.cases[w[0]], p = k ? D.profiles[k.profile] : null;
      return [p ? raw(p.id) : "?", caseLink(w[0]), badge(D.verdicts[w[1]]), place(w[2]), place(w[3])];
    })) : null]];
};
`;
