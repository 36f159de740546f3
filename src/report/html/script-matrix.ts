/** Client script, part 3: the summary, the filters and the matrix of clauses by profiles. */
export const SCRIPT_MATRIX = `
function card(value, label, cls) { return el("div", { class: "card " + (cls || "") }, el("strong", null, value), el("span", null, label)); }
function summary() {
  const n = D.numbers;
  return el("section", { "aria-label": "The four numbers" }, el("div", { class: "cards" },
    card(num(n.exercised) + " of " + num(n.applicable), "exercised of applicable", ""),
    card(num(n.failed), "failed", n.failed > 0 ? "c-fail" : ""),
    card(num(n.waivedOrKnown), "waived or known", n.waivedOrKnown > 0 ? "c-known" : ""),
    card(num(n.errors), "errors", n.errors > 0 ? "c-error" : "")),
    el("p", { class: "note" }, n.warned > 0 ? num(n.warned) + " warned. " : "", "Counted in clauses × profiles. Not exercised is never counted as pass."));
}
function findingItem(f) {
  const c = clauseOf.get(f.clause);
  return el("li", null, badge(f.verdict), " ", el("a", { href: toFinding(f.id), title: show("rule: " + f.title) }, raw(f.found)), el("span", { class: "quiet" },
    " ", raw(f.clause), c ? " " + c.level : "", ", ", f.count === 1 ? "once, " : num(f.count) + " times, ", place(f.first),
    f.profiles.length > 0 ? [", ", f.profiles.length === D.profiles.length && D.profiles.length > 1 ? "all profiles" : f.profiles.map(function (p) { return D.profiles[p].id; }).map(show).join(", ")] : ""));
}
function loudFindings(shown) {
  const ids = new Set(shown.map(function (c) { return c.id; })), cols = columns(), wanted = wantedVerdicts();
  const list = D.findings.filter(function (f) {
    const row = clauseOf.has(f.clause) ? ids.has(f.clause) : shown.length === D.clauses.length;
    return row && (wanted.length > 0 ? wanted.includes(f.verdict) : ["fail", "error", "warn"].includes(f.verdict)) && (f.profiles.length === 0 || f.profiles.some(function (p) { return cols.includes(p); }));
  });
  if (list.length === 0) return null;
  const head = list.slice(0, 12), tail = list.slice(12);
  return el("section", { class: "loud-list" }, el("h2", null, wanted.length > 0 ? "Findings" : "What to look at first"), el("ul", { class: "findings" }, head.map(findingItem)),
    tail.length > 0 ? el("details", null, el("summary", null, tail.length + " more findings"), el("ul", { class: "findings" }, tail.map(findingItem))) : null);
}

function select(name, label, options) {
  const s = el("select", { name: name, on: { change: function () { location.hash = href({ [name]: s.value, view: "matrix", id: "" }); } } }, options.map(function (o) { return el("option", { value: o[0] }, o[1]); }));
  return el("label", null, el("span", null, label), s);
}
let typing = 0;
function buildFilters() {
  const f = document.getElementById("filters");
  const uniq = function (list) { return [...new Set(list)]; };
  const rfcs = uniq(D.clauses.map(function (c) { return c.rfc; })), levels = uniq(D.clauses.map(function (c) { return c.level; })), mechs = uniq(D.clauses.flatMap(function (c) { return c.mechanisms; })).sort();
  const q = el("input", { type: "search", name: "q", placeholder: "clause, section, word", autocomplete: "off", on: { input: function () {
    clearTimeout(typing); typing = setTimeout(function () { typing = 0; location.replace(href({ q: q.value, view: "matrix", id: "" })); }, 150); } } });
  const all = [["", "all"]], same = function (x) { return [String(x), String(x)]; };
  fill(f, [select("rfc", "RFC", all.concat(rfcs.map(same))), select("level", "Level", all.concat(levels.map(same))), select("mech", "Mechanism", all.concat(mechs.map(same))),
    select("profile", "Profile", all.concat(D.profiles.map(function (p) { return [p.id, show(p.id)]; }))), el("label", null, el("span", null, "Text"), q),
    el("fieldset", null, el("legend", null, "Verdict"), el("div", { class: "checks", id: "checks" })),
    el("a", { class: "button", href: "#" }, "Clear filters"), el("span", { id: "shown", role: "status" })]);
  f.addEventListener("submit", function (e) { e.preventDefault(); });
}
function updateFilters(shown) {
  const f = document.getElementById("filters");
  for (const k of ["rfc", "level", "mech", "profile", "q"]) { const i = f.elements[k]; if (i && i.value !== state[k] && (k !== "q" || typing === 0)) i.value = state[k]; }
  const counts = {}, wanted = wantedVerdicts(), cols = columns();
  for (const c of D.clauses) if (chosen(c)) for (const p of cols) { const v = cell(c, p); if (v) counts[v.verdict] = (counts[v.verdict] || 0) + 1; }
  const box = document.getElementById("checks"), held = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.verdict : "";
  box.replaceChildren();
  for (const v of D.verdicts) {
    if (!counts[v] && !wanted.includes(v)) continue;
    const i = el("input", { type: "checkbox", "data-verdict": v, checked: wanted.includes(v), on: { change: function () {
      const now = new Set(wantedVerdicts()); if (i.checked) now.add(v); else now.delete(v); location.hash = href({ verdict: [...now].join(","), view: "matrix", id: "" }); } } });
    box.append(el("label", { class: "check v-" + v, title: MEANS[v] }, i, el("span", { "aria-hidden": "true", class: "sign" }, SIGN[v]), NAMES[v] + " " + num(counts[v] || 0)));
    if (held === v) i.focus();
  }
  document.getElementById("shown").textContent = num(shown.length) + " of " + num(D.clauses.length) + " clauses";
}

/* A document without numbers has its sections named (RFC 792): a name gets a line of its own, for the column is as wide as a number. */
function sectionLabel(section) {
  return /^[\\dA-Z][\\d.]*$/.test(section) ? el("span", { class: "section" }, "§ " + section) : el("span", { class: "section named" }, "§ ", show(section).replace(/-/g, " "));
}
function matrixCell(c, p, wanted) {
  const v = cell(c, p), name = show(D.profiles[p].id);
  if (!v) return el("td", null, el("span", { class: "cell none", title: "no verdict" }, " "));
  const label = c.id + ", " + name + ": " + NAMES[v.verdict] + (v.violated > 0 ? ", " + v.violated + " of " + v.exercised : "") + (v.reason ? ", " + v.reason : "");
  return el("td", null, el("a", { class: "cell v-" + v.verdict + (wanted.length > 0 && !wanted.includes(v.verdict) ? " dim" : ""), href: href({ view: "clause", id: c.id, at: D.profiles[p].id }), tabindex: "-1", title: show(label), "aria-label": show(label) }, SIGN[v.verdict]));
}
function matrix(shown) {
  if (shown.length === 0) return el("p", { class: "note" }, D.clauses.length === 0 ? "The record names no clause." : "No clause passes these filters.");
  const cols = columns(), wanted = wantedVerdicts(), body = el("tbody");
  let rfc = 0, section = "";
  for (const c of shown) {
    if (c.rfc !== rfc) { rfc = c.rfc; section = ""; body.append(el("tr", { class: "rfc" }, el("th", { colspan: cols.length + 1, scope: "rowgroup" }, "RFC " + rfc))); }
    body.append(el("tr", null, el("th", { scope: "row" }, el("a", { href: toClause(c.id), tabindex: "-1", class: "id", title: show(c.id) },
      c.section !== section ? sectionLabel(c.section) : el("span", { class: "section" }), el("span", { class: "level l-" + c.level.split(" ")[0] }, c.level === "REQUIRED-BY-TEXT" ? "text" : c.level), el("span", { class: "statement" }, raw(c.statement)))), cols.map(function (p) { return matrixCell(c, p, wanted); })));
    section = c.section;
  }
  const t = el("table", { class: "matrix", "aria-label": "Verdicts of clauses by profiles; arrow keys move" }, el("thead", null, el("tr", null, el("th", { scope: "col", class: "corner" }, "Clause"),
    cols.map(function (p) { return el("th", { scope: "col", class: "profile" }, el("a", { href: href({ view: "profiles", id: D.profiles[p].id }), title: show(D.profiles[p].title) }, raw(D.profiles[p].id))); }))), body);
  const first = t.querySelector("tbody a"); if (first) first.tabIndex = 0;
  t.addEventListener("focusin", function (e) { if (e.target.closest("tbody")) { const old = t.querySelector("tbody a[tabindex='0']"); if (old) old.tabIndex = -1; e.target.tabIndex = 0; } });
  t.addEventListener("keydown", function (e) {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -1000], End: [0, 1000] }[e.key], at = e.target.closest("tbody th, tbody td");
    if (!step || !at) return;
    const trs = [...body.rows].filter(function (r) { return !r.classList.contains("rfc"); }), y = trs.indexOf(at.parentNode) + step[0], x = Math.max(0, Math.min(cols.length, at.cellIndex + step[1]));
    const to = trs[y] && trs[y].cells[x] && trs[y].cells[x].querySelector("a");
    e.preventDefault(); if (to) to.focus();
  });
  return el("div", { class: "scroll matrix-box" }, t);
}
function legend() {
  return el("details", { class: "legend" }, el("summary", null, "What the signs mean"), el("ul", null, D.verdicts.map(function (v) { return el("li", null, badge(v), " " + MEANS[v]); })));
}
VIEWS.matrix = function () {
  const shown = rows();
  return ["Matrix", [summary(), faults(), loudFindings(shown), el("section", null, el("h2", null, "Clauses × profiles"), legend(), matrix(shown))]];
};
`;
