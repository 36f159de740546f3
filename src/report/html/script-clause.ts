/** Client script, part 5: the page of a clause. */
export const SCRIPT_CLAUSE = `
function crumbs(steps) {
  return el("p", { class: "crumbs" }, el("a", { href: href({ view: "matrix", id: "" }) }, "Matrix"), steps.map(function (s) { return [" / ", el("a", { href: s[0] }, raw(s[1]))]; }));
}
VIEWS.clause = function () {
  const c = clauseOf.get(state.id);
  if (!c) return ["Clause", [el("h2", null, "No such clause"), el("p", null, "This report does not speak of ", raw(state.id), ". ", el("a", { href: href({ view: "matrix", id: "" }) }, "Back to the matrix"))]];
  const found = findingsBy.get(c.id) || [];
  const list = D.profiles.map(function (p, i) { return [p, cell(c, i)]; }).filter(function (r) { return r[1] !== null; });
  return [c.id, [crumbs([]), el("h2", { tabindex: "-1" }, raw(c.id), el("span", { class: "level l-" + c.level.split(" ")[0] }, c.level === "REQUIRED-BY-TEXT" ? "required by the text" : c.level)),
    el("p", { class: "lead" }, raw(c.statement)),
    facts([["Where", "RFC " + c.rfc + " section " + show(c.section)], ["Mechanisms", c.mechanisms.join(", ")], ["Why it matters", c.basis ? [raw(c.basis), c.severity ? ". Broken, it " + ({ fail: "fails the run", warn: "warns", info: "informs", observe: "is only observed: a permission cannot be broken" })[c.severity] + "." : ""] : ""], ["When broken", c.failure ? raw(c.failure) : ""], ["Check", raw(c.check)], ["How we read it", c.note ? raw(c.note) : ""], ["Where the text is open", c.decisions && c.decisions.length > 0 ? c.decisions.map(function (d) { return el("p", null, raw(d)); }) : ""],
      ["Rule", c.rule ? [raw(c.rule), c.severity ? " (broken: " + c.severity + ")" : ""] : ""], ["Not judged", c.reason ? raw(c.reason) : ""]]),
    el("h3", null, found.length === 0 ? "No findings" : found.length === 1 ? "1 finding" : found.length + " findings"), found.length > 0 ? el("ul", { class: "findings" }, found.map(findingItem)) : null,
    list.length > 0 ? table("Verdict per profile", ["Profile", "Verdict", "Exercised", "Violated", "Reason"], list.map(function (r) {
      return [el("span", { class: r[0].id === state.at ? "here" : "" }, raw(r[0].id)), badge(r[1].verdict), num(r[1].exercised), num(r[1].violated), raw(r[1].reason)];
    })) : el("p", { class: "note" }, "No verdict was reached on this clause.")]];
};
`;
