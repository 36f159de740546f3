/** Client script, part 6: cases with counters and softwire statistics, profiles with capabilities, faults. */
export const SCRIPT_PANELS = `
function faults() {
  if (D.faults.length === 0) return null;
  return el("section", { class: "loud" }, el("h2", null, "Input that could not be read to its end"), el("ul", null, D.faults.map(function (f) {
    return el("li", null, raw(f.file), ": after frame " + num(f.frame) + ", byte " + num(f.offset) + ": ", raw(f.message)); })));
}
const STAT = { softwiresCreated: "softwires created", softwiresCreatedReverse: "created from the core side", softwiresDeleted: "softwires deleted", softwiresActive: "softwires active", softwiresPeak: "softwires peak",
  flowsCreated: "flows created", flowsDeleted: "flows deleted", flowsActive: "flows active", flowsPeak: "flows peak", initiators: "initiators", decapsulatedPackets: "packets decapsulated", decapsulatedBytes: "bytes decapsulated",
  encapsulatedPackets: "packets encapsulated", encapsulatedBytes: "bytes encapsulated", hairpinnedPackets: "packets hairpinned",
  hairpinnedBytes: "bytes hairpinned", flowsCreatedReverse: "flows created from the core side", clientFragments: "IPv4 fragments from B4s", serverFirstFragments: "first IPv4 fragments from the core", serverMoreFragments: "middle IPv4 fragments from the core", serverLastFragments: "last IPv4 fragments from the core" };
function caseDetail(c) {
  const kinds = { forward: 0, answer: 1, consume: 2, drop: 3 };
  const cs = c.counters.map(function (r) { return { id: D.counters[r[0]][0], kind: D.counters[r[0]][1], text: D.counters[r[0]][2], packets: r[1], bytes: r[2] }; }).filter(function (r) { return r.packets > 0; })
    .sort(function (a, b) { return (kinds[a.kind] ?? 9) - (kinds[b.kind] ?? 9) || b.packets - a.packets; });
  const most = Math.max(1, ...cs.map(function (r) { return r.packets; }));
  return [c.problems.length > 0 ? el("ul", { class: "problems" }, c.problems.map(function (p) { return el("li", null, raw(p)); })) : null,
    c.pairing.length > 0 ? table("What the judge saw", ["", "Packets", "First of them"], c.pairing.map(function (r) {
      const what = D.pairings[r[0]];
      return [what[1] ? el("span", { class: "part" }, what[0]) : what[0], num(r[1]), r.slice(2).map(function (p, i) { return [i > 0 ? ", " : "", place(p)]; })]; })) : null,
    cs.length > 0 ? table("Counters: why each packet went where it went", ["Reason", "Kind", "Packets", "", "Bytes", "Meaning"], cs.map(function (r) {
      return [raw(r.id), el("span", { class: "kind k-" + r.kind }, r.kind), num(r.packets), el("meter", { min: "0", max: String(most), value: String(r.packets), "aria-hidden": "true" }), num(r.bytes), raw(r.text)]; }), "plain") : null,
    c.softwires.length > 0 ? table("Softwires and flows", [""].concat(c.softwires.map(function (s) { return raw(s.serviceSet + " / " + s.concentrator); })), [...new Set(c.softwires.flatMap(Object.keys))].filter(function (k) { return k !== "serviceSet" && k !== "concentrator"; })
      .map(function (k) { return [STAT[k] || show(k)].concat(c.softwires.map(function (s) { return Object.hasOwn(s, k) ? num(s[k]) : ""; })); }), "plain") : null,
    c.beside ? [table("Beside the packets: " + num(c.beside.equal) + " of " + num(c.beside.compared) + " values that the device tells are as its packets show; differences inform, they fail nothing", ["What", "The device says", "In", "The packets show"],
      c.beside.differences.map(function (d) { return [raw(d.subject), raw(d.told), raw(d.source, "place"), raw(d.seen)]; })), c.beside.notes.map(function (n) { return el("p", { class: "note" }, raw(n)); })] : null,
    timeline(c.timeline),
    c.statistics.map(function (s) {
      const set = ((D.profiles[c.profile] || {}).counterSets || []).find(function (k) { return k.name === s.set; });
      return set ? table(show(set.command) + ": " + show(set.title), ["Counter", "Value", "Name"], set.counters.flatMap(function (k, i) { return k.group === "name" ? [] : [[raw(k.text), s.values[i] === null ? "-" : num(s.values[i]), raw(k.name)]]; }), "plain") : null; }),
    c.firewalls.map(function (f) { return table("Stateful firewall of service set " + show(f.serviceSet), ["Rule", "Action", "First packets"], f.rules.map(function (r) { return [raw(r.name), show(r.action), num(r.matched)]; }), "plain"); }),
    c.outputs.length > 0 ? el("p", null, "Written: ", c.outputs.map(function (o, i) { return [i > 0 ? ", " : "", raw(o, "place")]; })) : null];
}
VIEWS.cases = function () {
  const wanted = columns();
  const list = D.cases.map(function (c, i) { return [c, i]; }).filter(function (r) { return wanted.includes(r[0].profile) || String(r[1]) === state.id; });
  return ["Cases", [el("h2", { tabindex: "-1" }, "Cases, counters and softwires"), list.length === 0 ? el("p", { class: "note" }, "No cases.") : null, list.map(function (r) {
    const c = r[0], open = String(r[1]) === state.id || list.length === 1;
    const d = el("details", { class: "case", open: open, id: open ? "here" : null }, el("summary", null, badge(c.verdict), " ", raw(c.id), el("span", { class: "quiet" }, " ", D.profiles[c.profile] ? raw(D.profiles[c.profile].id) : "", c.title !== c.id ? [", ", raw(c.title)] : "",
      c.golden && c.golden !== "not-compared" ? ", golden " + c.golden : "", c.reason ? [", ", raw(c.reason)] : "")));
    const once = function () { if (d.open && d.childElementCount === 1) fill(d, [caseDetail(c)]); };
    d.addEventListener("toggle", once); once();
    return d;
  })]];
};
function excuses(profile, verdict, label) {
  const list = D.clauses.map(function (c) { return [c, cell(c, profile)]; }).filter(function (r) { return r[1] && r[1].verdict === verdict; });
  return list.length === 0 ? null : el("details", null, el("summary", null, list.length + " " + label), table(NAMES[verdict], ["Clause", "Level", "It asks", "Reason"], list.map(function (r) {
    return [el("a", { href: href({ view: "clause", id: r[0].id, at: D.profiles[profile].id }) }, raw(r[0].id)), r[0].level, raw(r[0].statement), raw(r[1].reason)]; })));
}
VIEWS.profiles = function () {
  return ["Profiles", [el("h2", { tabindex: "-1" }, "Profiles and what they can do"), D.profiles.map(function (p, i) {
    const counts = {};
    for (const c of D.clauses) { const v = cell(c, i); if (v) counts[v.verdict] = (counts[v.verdict] || 0) + 1; }
    return el("section", { class: "profile-box", id: p.id === state.id ? "here" : null }, el("h3", null, raw(p.id), el("span", { class: "quiet" }, p.title !== p.id ? [" ", raw(p.title)] : "", p.release ? [", release ", raw(p.release)] : "")),
      el("p", { class: "badges" }, D.verdicts.filter(function (v) { return counts[v]; }).map(function (v) { return el("a", { class: "badge v-" + v, href: href({ view: "matrix", id: "", profile: p.id, verdict: v }) }, SIGN[v] + " " + counts[v] + " " + NAMES[v]); })),
      p.capabilities.length > 0 ? el("details", { open: p.id === state.id || D.profiles.length < 4 }, el("summary", null, p.capabilities.length + " capabilities, with source and confidence"), table("Capabilities", ["Capability", "Support", "Since", "Source", "Confidence"], p.capabilities.map(function (k) {
        return [raw(k.name), raw(k.support), k.since ? raw(k.since) : "", raw(k.source), raw(k.confidence)]; }))) : el("p", { class: "note" }, "No capabilities are on record: every clause applies."),
      excuses(i, "known-deviation", "known deviations, documented by the profile"), excuses(i, "unspecified", "clauses on which its documents say nothing: the RFC default ran"));
  })]];
};
`;
