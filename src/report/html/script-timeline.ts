/** Client script: what ran over capture time. One row a series, each with its own scale; all values stand in a table below. */
export const SCRIPT_TIMELINE = `
const GROUPS = [["state", "Softwires and flows over time"], ["nat", "NAT bindings per pool address over time"], ["drops", "Drops by reason over time"], ["packets", "Packets over time"]];
const CHART_W = 480, CHART_H = 40;
function spanText(ns) { const s = ns / 1e9; return s < 1 ? Math.round(s * 1e6) / 1e3 + " ms" : s < 600 ? Math.round(s * 1000) / 1000 + " s" : s < 7200 ? Math.round(s / 6) / 10 + " min" : Math.round(s / 360) / 10 + " h"; }
function spread(t, s) {
  const out = [];
  for (let i = 0, k = 0; i < t.buckets; i++) {
    if (t.at[k] === i) out.push(s.values[k++]);
    else out.push(s.kind === "level" && k > 0 ? s.values[k - 1] : 0);
  }
  return out;
}
function chart(t, s, values, peak) {
  const w = CHART_W / t.buckets, y = function (v) { return (CHART_H - 2 - (v / Math.max(1, peak)) * (CHART_H - 6)).toFixed(1); }, x = function (i) { return (i * w).toFixed(1); };
  let d = "";
  if (s.kind === "level") {
    values.forEach(function (v, i) { if (i === 0 || v !== values[i - 1]) d += (i === 0 ? "M0 " + y(v) : "H" + x(i) + "V" + y(v)); });
    d += "H" + CHART_W;
    return svg("svg", { class: "spark", viewBox: "0 0 " + CHART_W + " " + CHART_H, preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("path", { class: "spark-area", d: d + "V" + (CHART_H - 2) + "H0Z" }), svg("path", { class: "spark-line", d: d }));
  }
  const bar = Math.max(w, 2);
  values.forEach(function (v, i) { if (v > 0) d += "M" + x(i) + " " + (CHART_H - 2) + "V" + y(v) + "h" + bar.toFixed(1) + "V" + (CHART_H - 2) + "Z"; });
  return svg("svg", { class: "spark", viewBox: "0 0 " + CHART_W + " " + CHART_H, preserveAspectRatio: "none", "aria-hidden": "true" }, svg("path", { class: "spark-base", d: "M0 " + (CHART_H - 2) + "H" + CHART_W }), svg("path", { class: "spark-bars s-" + s.group, d: d }));
}
function timeline(index) {
  const t = D.timelines[index];
  if (!t || t.series.length === 0) return null;
  const span = spanText(t.buckets * t.widthNs), width = spanText(t.widthNs);
  const parts = GROUPS.map(function (g) {
    const list = t.series.filter(function (s) { return s.group === g[0]; });
    if (list.length === 0) return null;
    const counts = list[0].kind === "count";
    return table(g[1] + " (" + span + " from the first packet, buckets of " + width + ")", [g[0] === "nat" ? "Address" : g[0] === "drops" ? "Reason" : "What", "Over time", counts ? "Most in a bucket" : "Peak", counts ? "Total" : "At the end"], list.map(function (s) {
      const values = spread(t, s), peak = Math.max.apply(null, values), last = counts ? s.values.reduce(function (a, b) { return a + b; }, 0) : values[values.length - 1];
      return [g[0] === "state" || g[0] === "packets" ? raw(s.text) : [raw(s.id), g[0] === "drops" ? el("span", { class: "quiet" }, " ", raw(s.text)) : null], chart(t, s, values, peak), num(peak), num(last)];
    }), "plain timeline");
  });
  const all = el("details", null, el("summary", null, "All values as a table (" + t.at.length + " points)"));
  all.addEventListener("toggle", function () {
    if (!all.open || all.childElementCount > 1) return;
    fill(all, [table("Values at the end of each bucket in which something changed", ["Until"].concat(t.series.map(function (s) { return raw(s.group === "state" || s.group === "packets" ? s.text : s.id); })), t.at.map(function (b, k) {
      return ["+" + spanText((b + 1) * t.widthNs)].concat(t.series.map(function (s) { return num(s.values[k]); })); }), "plain")]);
  });
  return [parts, all];
}
`;
