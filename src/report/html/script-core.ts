/** Client script, part 1: the data, building elements from text, the state in the URL hash. No backtick and no template in client code. */
export const SCRIPT_CORE = String.raw`"use strict";
const D = JSON.parse(document.getElementById("data").textContent);
const NAMES = { pass: "pass", fail: "fail", warn: "warn", info: "info", observed: "observed", "not-exercised": "not exercised", "not-applicable": "not applicable",
  "known-deviation": "known deviation", waived: "waived", unspecified: "unspecified", error: "error", incomplete: "incomplete" };
const SIGN = { pass: "✓", fail: "✕", warn: "!", info: "i", observed: "◉", "not-exercised": "·", "not-applicable": "–", "known-deviation": "K", waived: "W", unspecified: "?", error: "E", incomplete: "…" };
const MEANS = { pass: "exercised, nothing against it", fail: "a MUST is broken", warn: "a SHOULD is broken", info: "worth knowing", observed: "a MAY that is made use of",
  "not-exercised": "no packet met the case; this is not a pass", "not-applicable": "the profile lacks the feature", "known-deviation": "documented by the profile", waived: "excused, with owner and expiry",
  unspecified: "not documented; the reference ran the RFC default", error: "softproof's own fault", incomplete: "the run broke off" };

/* Elements from text nodes only: nothing of the record is ever parsed as markup. */
function fill(e, kids) {
  for (const k of kids.flat(9)) if (k !== null && k !== undefined && k !== false) e.append(k instanceof Node ? k : document.createTextNode(String(k)));
  return e;
}
function el(tag, attrs, ...kids) {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(attrs || {})) {
    if (v === null || v === undefined || v === false) continue;
    if (k === "on") for (const [type, f] of Object.entries(v)) e.addEventListener(type, f);
    else e.setAttribute(k, v === true ? "" : String(v));
  }
  return fill(e, kids);
}
/* Text from files and captures: its own direction, never that of the page. */
function raw(text, cls) { return el("bdi", { class: cls || "raw" }, show(text)); }
function show(text) {
  return String(text).replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu, function (c) {
    return c === "\n" ? c : "\\u" + c.codePointAt(0).toString(16).padStart(4, "0");
  });
}
function num(n) { return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, "\u00a0"); }
/* The name without its folder where that is unique; the whole path when pointed at. */
function nameOf(file) { return Object.hasOwn(D.short, file) ? D.short[file] : file; }
function place(p) { const e = raw(nameOf(p.file) + (p.frame === 0 ? "" : ":" + p.frame), "place"); e.title = show(p.file) + (p.frame === 0 ? "" : ", frame " + p.frame); return e; }
function badge(v) { return el("span", { class: "badge v-" + v }, el("span", { "aria-hidden": "true" }, SIGN[v] + " "), NAMES[v]); }
/* Columns whose first cell is a number are set to the right. */
function table(caption, heads, rows, cls) {
  const right = heads.map(function (_, i) { return rows.length > 0 && typeof rows[0][i] === "string" && /^\d[\d\u00a0]*$/.test(rows[0][i]) ? "n" : null; });
  return el("div", { class: "scroll", tabindex: rows.length > 0 ? "0" : null, role: "region", "aria-label": caption },
    el("table", { class: cls || "plain" }, el("caption", null, caption),
      el("thead", null, el("tr", null, heads.map(function (h, i) { return el("th", { scope: "col", class: right[i] }, h); }))),
      el("tbody", null, rows.map(function (r) { return el("tr", null, r.map(function (c, i) { return i === 0 ? el("th", { scope: "row" }, c) : el("td", { class: right[i] }, c); })); }))));
}
function facts(pairs) {
  return el("dl", { class: "facts" }, pairs.filter(function (p) { return p[1] !== null && p[1] !== undefined && p[1] !== ""; })
    .map(function (p) { return [el("dt", null, p[0]), el("dd", null, p[1])]; }));
}

/* State: everything that one may want to send to a colleague stands in the hash. */
const KEYS = ["view", "id", "rfc", "level", "verdict", "mech", "profile", "q", "at"];
function read() {
  const p = new URLSearchParams(location.hash.slice(1));
  const s = {};
  for (const k of KEYS) s[k] = p.get(k) || "";
  if (!VIEWS[s.view]) { s.view = "matrix"; s.id = ""; }
  return s;
}
function href(change) {
  const s = Object.assign({}, state, change);
  const p = new URLSearchParams();
  if (!("at" in change)) s.at = "";
  for (const k of KEYS) if (s[k] && !(k === "view" && s[k] === "matrix")) p.set(k, s[k]);
  return "#" + p.toString();
}
function toClause(id) { return href({ view: "clause", id: id }); }
function toFinding(id) { return href({ view: "finding", id: id }); }
const VIEWS = Object.create(null);
let state = {};

const clauseOf = new Map(D.clauses.map(function (c, i) { c.row = i; return [c.id, c]; }));
const findingOf = new Map(D.findings.map(function (f) { return [f.id, f]; }));
const findingsBy = new Map();
for (const f of D.findings) {
  if (!findingsBy.has(f.clause)) findingsBy.set(f.clause, []);
  findingsBy.get(f.clause).push(f);
  f.profiles = [...new Set(f.where.map(function (w) { return D.cases[w[0]] ? D.cases[w[0]].profile : -1; }))].filter(function (i) { return i >= 0; });
}
function record(r) { return Object.fromEntries(D.keys[r[0]].map(function (k, i) { return [k, r[i + 1]]; })); }
for (const c of D.cases) { c.softwires = c.softwires.map(record); }
for (const c of D.clauses) c.text = (c.id + " rfc" + c.rfc + " rfc " + c.rfc + " " + c.section + " " + c.level + " " + c.statement + " " + c.check + " " + (c.rule || "")).toLowerCase();
function cell(c, p) {
  const v = D.cells[c.row][p];
  return v ? { verdict: D.verdicts[v[0]], exercised: v[1], violated: v[2], reason: v[3] < 0 ? "" : D.reasons[v[3]] } : null;
}
function columns() {
  const at = D.profiles.findIndex(function (p) { return p.id === state.profile; });
  return at >= 0 ? [at] : D.profiles.map(function (_, i) { return i; });
}
function wantedVerdicts() { return state.verdict ? state.verdict.split(",") : []; }
/* Does the clause pass every filter but the verdict's? */
function chosen(c) {
  if (state.rfc && String(c.rfc) !== state.rfc) return false;
  if (state.level && c.level !== state.level) return false;
  if (state.mech && !c.mechanisms.includes(state.mech)) return false;
  return state.q.toLowerCase().split(/\s+/).every(function (w) { return c.text.includes(w); });
}
function rows() {
  const wanted = wantedVerdicts(), cols = columns();
  return D.clauses.filter(function (c) {
    return chosen(c) && (wanted.length === 0 || cols.some(function (p) { const v = cell(c, p); return v && wanted.includes(v.verdict); }));
  });
}
`;
