/** Client script: the second opinion. Differences between the device and the reference: no verdict, so no verdict colours. */
import { KIND_TEXT, NO_VIOLATION } from "../opinion.js";

export const SCRIPT_OPINION = `
const KIND = ${JSON.stringify(KIND_TEXT)}, NO_VIOLATION = ${JSON.stringify(NO_VIOLATION)};
const BY = { input: "input", box: "the box's", reference: "the reference's" };
function toDifference(i) { return href({ view: "opinion", id: String(i) }); }
function difference() { return el("span", { class: "badge v-difference" }, el("span", { "aria-hidden": "true" }, "≠ "), "difference"); }
function differs(d) { return [KIND[d.kind] + ", " + d.side + ": ", raw(d.what)]; }
/* Findings of the rules that name frames of the difference. */
function ruleLinks(d) {
  return d.rules.map(function (r, i) { const f = D.findings.find(function (x) { return x.rule === r; }); return [i > 0 ? ", " : "", f ? el("a", { href: toFinding(f.id) }, raw(r)) : raw(r)]; });
}
function firstOf(d) { return [d.kind === "reference-only" ? "because of " : "", place(d.first)]; }
function opinionTable(caption, list) {
  return list.length === 0 ? null : table(caption, ["Difference", "Packets", "First", "Example", "Rules"], list.map(function (r) {
    const d = r[0], f = d.examples[0] && d.examples[0].fields[0];
    return [el("a", { href: toDifference(r[1]) }, differs(d)), num(d.count), firstOf(d), f ? [raw(f.field), ": reference ", raw(f.reference), ", box ", raw(f.box)] : d.examples[0] && d.examples[0].reason ? ["the reference: ", raw(d.examples[0].reason)] : "", [d.rules.length > 0 && !d.explained ? "in part " : "", ruleLinks(d)]];
  }), "plain");
}
function opinionPacket(p, fields) {
  const marks = p.by === "input" ? [] : fields.map(function (f) { return { layer: f.layer, field: f.field, offset: p.by === "box" ? f.boxOffset : f.referenceOffset, length: f.length }; });
  return el("details", { open: p.by !== "input" }, el("summary", null, el("strong", null, BY[p.by] + (p.by === "input" ? "" : " packet")), ": ", p.by === "reference" ? "caused by " : "", place(p.place), " " + p.direction + (p.direction === "received" ? " from " : " to ") + p.side + ", " + num(p.bytes) + " bytes"),
    el("p", { class: "heads" }, summarise(bytesOf(p.hex)).join("  |  ")), hexdump(p, marks));
}
function opinionExample(e, i, d) {
  return el("section", { class: "exemplar" }, el("h3", null, d.examples.length > 1 ? "Example " + (i + 1) + " of " + d.examples.length : "Example"),
    e.reason ? el("p", null, "The reference: ", raw(e.reason), ".") : null,
    e.fields.length > 0 ? table("Fields that differ", ["Layer", "Field", "The reference", "The box", "Bytes of the box's packet, from 0"], e.fields.map(function (f) {
      return [raw(f.layer), raw(f.field), raw(f.reference), raw(f.box), f.length > 0 ? f.boxOffset + (f.length > 1 ? "–" + (f.boxOffset + f.length - 1) : "") : ""]; }), "plain diff") : null,
    e.packets.map(function (p) { return opinionPacket(p, e.fields); }));
}
VIEWS.opinion = function () {
  const o = D.opinion, crumb = el("p", { class: "crumbs" }, el("a", { href: href({ view: "opinion", id: "" }) }, "Second opinion"));
  if (!o) return ["Second opinion", [el("h2", { tabindex: "-1" }, "Second opinion"), el("p", { class: "note" }, "None was asked for: check --second-opinion also sends the inputs through the reference.")]];
  if (state.id !== "") {
    const d = o.differences[Number(state.id)];
    if (!d) return ["Difference", [el("h2", { tabindex: "-1" }, "No such difference"), crumb]];
    return ["Difference", [crumb, el("h2", { tabindex: "-1" }, difference(), " ", differs(d)), el("p", { class: "note" }, NO_VIOLATION),
      facts([["Packets", [num(d.count), ", first ", firstOf(d)]], [d.explained ? "Explained by" : "In part explained by", d.rules.length > 0 ? ruleLinks(d) : ""],
        ["Examples", d.examples.length < d.examplesTotal ? d.examples.length + " of " + d.examplesTotal + " shown here, to keep the page small; all are in run.jsonl" : ""]]),
      d.examples.map(function (e, i) { return opinionExample(e, i, d); })]];
  }
  const list = o.differences.map(function (d, i) { return [d, i]; });
  return ["Second opinion", [el("h2", { tabindex: "-1" }, "Second opinion"), el("p", { class: "lead" }, "What the reference sends for the packets that the device received, beside what the device sent."), el("p", { class: "note" }, NO_VIOLATION),
    facts([["Compared", o.text], ["Packets", num(o.inputs) + " into the device; out of it " + num(o.box) + ", out of the reference " + num(o.reference)], ["Left out", o.limits.join("; ")], ["Differences", o.differing === 0 ? "none" : num(o.differing) + ", " + num(o.explained) + " explained by findings"]]),
    opinionTable("Differences that no rule explains", list.filter(function (r) { return !r[0].explained; })), opinionTable("Differences that findings explain", list.filter(function (r) { return r[0].explained; })),
    o.left > 0 ? el("p", { class: "note" }, num(o.left) + " more kinds of difference are counted above and not listed.") : null]];
};
`;
