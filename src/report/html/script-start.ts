/** Client script, part 7: the frame of the page, and drawing whenever the hash changes. */
export const SCRIPT_START = `
function notes() {
  const guess = D.guess === null ? [] : ["the guessed configuration"];
  if (D.notes.length + guess.length === 0) return null;
  return el("details", { class: "notes" }, el("summary", null, "Read, assumed, not judged: " + [D.notes.length === 1 ? "1 note" : D.notes.length + " notes"].concat(guess).join(" and ")),
    el("ul", null, D.notes.map(function (n) { return el("li", null, raw(n.text), n.profiles.length > 0 ? [" (", n.profiles.map(function (p, i) { return [i > 0 ? ", " : "", raw(p)]; }), ")"] : ""); })),
    D.guess === null ? null : [el("p", null, "No configuration was named; this one was guessed from the captures. Keep it with ", el("code", null, "softproof init"), ", mend it, and pass it as ", el("code", null, "--config"), "."), el("pre", { class: "filter" }, show(D.guess))]);
}
function buildTop() {
  const r = D.run;
  fill(document.getElementById("top"), [el("div", { class: "title" }, el("h1", null, "Softproof report"), r ? el("span", { class: "subject" }, show(r.subject)) : null, el("span", { class: "exit" + (D.complete && /^exit 0/.test(D.exit) ? " good" : "") }, D.exit)),
    D.complete ? null : el("p", { class: "loud", role: "alert" }, el("strong", null, "INCOMPLETE RUN. "), "It broke off before its end. Everything below is of what was done until then; absence of a failure says nothing."),
    D.waivers.length > 0 ? el("ul", { class: "problems" }, D.waivers.map(function (w) { return el("li", w.loud ? { role: "alert" } : null, raw(w.text)); })) : null,
    D.note ? el("p", { class: "note" }, D.note) : null,
    r ? el("p", { class: "quiet" }, show(r.tool + " " + r.version + " " + r.command), r.config ? [", config ", raw(r.config)] : "", ", seed " + r.seed, r.asOf ? [", as of ", raw(r.asOf)] : "",
      r.inputs.length > 0 ? [", read ", r.inputs.slice(0, 8).map(function (i, k) { return [k > 0 ? ", " : "", raw(i.name), " (", raw(i.side), ")"]; }), r.inputs.length > 8 ? " and " + (r.inputs.length - 8) + " more" : ""] : "") : null,
    notes()]);
}
function updateNav() {
  const active = state.view === "clause" || state.view === "finding" ? "matrix" : state.view;
  document.getElementById("nav").replaceChildren(el("ul", null, [["matrix", "Matrix"], ["cases", "Cases and counters"], ["profiles", "Profiles"]].concat(D.opinion ? [["opinion", "Second opinion"]] : []).map(function (v) {
    return el("li", null, el("a", { href: href({ view: v[0], id: "" }), "aria-current": v[0] === active ? "page" : null }, v[1])); })));
}
let last = "";
function draw() {
  state = read();
  const main = document.getElementById("main"), made = VIEWS[state.view](), where = state.view + " " + state.id;
  document.getElementById("filters").hidden = state.view !== "matrix";
  updateNav();
  if (state.view === "matrix") updateFilters(rows());
  main.replaceChildren();
  fill(main, [made[1]]);
  document.title = show(made[0]) + (D.complete ? "" : " (INCOMPLETE)") + " - Softproof report";
  if (last !== "" && last !== where) {
    const here = document.getElementById("here"), head = main.querySelector("h2[tabindex]");
    if (head) head.focus({ preventScroll: true });
    if (here) here.scrollIntoView(); else window.scrollTo(0, 0);
  }
  last = where;
}
buildTop();
buildFilters();
/* The skip link moves the focus only: the hash is the state. */
document.querySelector(".skip").addEventListener("click", function (e) { e.preventDefault(); document.getElementById("main").focus(); });
window.addEventListener("hashchange", draw);
window.addEventListener("beforeprint", function () { for (const d of document.querySelectorAll("main details")) d.open = true; });
draw();
`;
