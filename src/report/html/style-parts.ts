/** Style, part 2: verdict colours, matrix, ladder, hexdump, narrow windows, print. */
const TONES: readonly (readonly [string, string])[] = [
  ["fail", "fail"], ["error", "error"], ["incomplete", "error"], ["warn", "warn"], ["pass", "pass"], ["info", "info"], ["observed", "info"], ["known-deviation", "known"], ["waived", "known"],
];
const tones = TONES.map(([verdict, tone]) => `.v-${verdict}{background:var(--${tone}-bg);color:var(--${tone})}`).join("\n");

export const STYLE_PARTS = `
${tones}
.v-unspecified,.v-not-exercised,.v-not-applicable{background:var(--none-bg);color:var(--quiet)}
.v-difference{background:none;color:var(--fg);border:1px solid var(--quiet)}
.badge{display:inline-block;border-radius:.3rem;padding:0 .5rem;font-size:.8125rem;font-weight:600;white-space:nowrap;text-decoration:none}
.badges{display:flex;flex-wrap:wrap;gap:.3rem}
.part{padding-left:1.25rem}
.level{display:inline-block;font-size:.6875rem;font-weight:600;border:1px solid var(--line);border-radius:.25rem;padding:0 .3rem;color:var(--quiet);white-space:nowrap}
.l-MUST{color:var(--fg);border-color:var(--quiet)}
h2 .level{margin-left:.6rem;font-size:.8125rem;vertical-align:middle}
.findings{list-style:none;margin:.3rem 0;padding:0}
.findings li{padding:.3rem 0;border-bottom:1px solid var(--line)}
.legend ul{list-style:none;padding:0;columns:22rem;margin:.4rem 0}.legend li{padding:.1rem 0;break-inside:avoid}
summary{cursor:pointer;padding:.15rem 0}
.matrix{font-size:.875rem;width:100%;table-layout:auto}
.matrix-box{max-height:85vh;overflow:auto;border:1px solid var(--line);border-radius:.4rem;margin-top:.6rem}
.matrix thead th{position:sticky;top:0;background:var(--bg);z-index:2;vertical-align:bottom;padding:.4rem .2rem;border-bottom:1px solid var(--line)}
.matrix .corner{text-align:left;padding-left:.6rem;width:100%}
.matrix .profile{font-weight:500;min-width:2.6rem}
.matrix .profile a{writing-mode:vertical-rl;transform:rotate(180deg);white-space:nowrap;max-height:14rem;overflow:hidden;text-overflow:ellipsis;display:inline-block;text-decoration:none;color:var(--fg)}
.matrix .rfc th{text-align:left;background:var(--soft);padding:.3rem .6rem;position:sticky;left:0}
.matrix tbody tr:hover{background:var(--soft)}
.matrix tbody th{text-align:left;font-weight:400;padding:.12rem .6rem}
.matrix .id{display:grid;grid-template-columns:4.2rem 6.2rem 1fr;gap:.4rem;color:inherit;text-decoration:none;align-items:baseline}
.matrix .id .level{justify-self:start}
.matrix .id:hover .statement{text-decoration:underline}
.section{color:var(--quiet);min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.section.named{grid-column:1/-1;white-space:normal}.section.named+.level{grid-column:2}
.matrix td{padding:1px;text-align:center}
.cell{display:block;min-width:2.4rem;height:1.55rem;line-height:1.55rem;border-radius:.2rem;text-decoration:none;font-weight:700}
.cell.dim{opacity:.25}.cell.none{background:none}
.v-fail.cell{box-shadow:inset 0 0 0 2px var(--fail)}
.crumbs{font-size:.875rem;margin-top:1rem}
.lead{font-size:1.05rem;max-width:60rem}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:.6rem 0;max-width:75rem}
.facts dt{color:var(--quiet)}.facts dd{margin:0}
.here{font-weight:700;border-left:4px solid var(--link);padding-left:.4rem}
.exemplar{border-top:2px solid var(--line);margin-top:1.2rem}
.why p{max-width:60rem}
.want{color:var(--pass)}.got{color:var(--fail);font-weight:600}
.filter{background:var(--soft);border:1px solid var(--line);border-radius:.3rem;padding:.4rem .7rem;white-space:pre-wrap;user-select:all;margin:.2rem 0 .6rem}
.heads{font-size:.875rem;color:var(--quiet)}
.hex{background:var(--soft);border-radius:.3rem;padding:.5rem .8rem;overflow-x:auto;line-height:1.5;margin:.2rem 0 .8rem}
.offset,.ascii{color:var(--quiet)}
mark{background:var(--mark);color:var(--mark-fg);font-weight:700;text-decoration:underline;border-radius:2px}
.ladder{display:block;max-width:none;font-family:inherit;font-size:12px}
.ladder text{fill:var(--fg)}
.lane{stroke:var(--line);stroke-width:2}.lane-name{text-anchor:middle;font-weight:600}
.hop line{stroke:var(--link);stroke-width:2}.hop polygon{fill:var(--link)}
.differs line{stroke:var(--fail)}.differs polygon{fill:var(--fail)}
.hop-place{text-anchor:middle;font-weight:600}.ladder .hop-time,.ladder .hop-head{fill:var(--quiet)}.hop-time{text-anchor:middle}
.ladder .hop text{paint-order:stroke;stroke:var(--bg);stroke-width:4px;stroke-linejoin:round}
.ladder .differs .hop-place{fill:var(--fail)}
.case{border:1px solid var(--line);border-radius:.4rem;padding:.2rem .8rem;margin:.4rem 0}
.problems{color:var(--fail)}
.kind{font-size:.8125rem}.k-drop{color:var(--warn)}.k-forward{color:var(--pass)}.k-answer{color:var(--info)}
table.timeline{width:100%;table-layout:fixed}.timeline th:first-child{width:26%}.timeline th:nth-child(n+3){width:6.5rem}.timeline td:nth-child(2){padding-right:.8rem}
.facts dd p:first-child{margin-top:0}
@media (min-width:48rem){.plain tbody th>.raw:only-child{white-space:nowrap}.timeline tbody th>.raw:only-child{white-space:normal}}
@media (max-width:48rem){table.timeline{min-width:0}.timeline th:nth-child(n+3){width:4rem}.timeline td,.timeline th{padding-right:.4rem}}
.spark{display:block;width:100%;height:2.5rem}
.spark-line{fill:none;stroke:var(--link);stroke-width:1.5;vector-effect:non-scaling-stroke}.spark-area{fill:var(--link);opacity:.15}
.spark-base{stroke:var(--line);vector-effect:non-scaling-stroke}.spark-bars{fill:var(--link)}.spark-bars.s-drops{fill:var(--warn)}
meter{width:7rem;height:.8rem}
.profile-box{border-bottom:1px solid var(--line);padding-bottom:.6rem}
@media (max-width:48rem){body{padding:.6rem .6rem 3rem}.matrix .id{grid-template-columns:auto 1fr;gap:0 .4rem;min-width:11rem}.section.named+.level{grid-column:1}.matrix .statement{grid-column:1/-1;display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden}
.matrix td .cell{min-width:1.9rem}.facts{grid-template-columns:1fr}.facts dt{margin-top:.3rem}.card{flex-basis:8rem}.card strong{font-size:1.2rem}}
@media print{:root{color-scheme:light}body{max-width:none;padding:0;font-size:9pt}nav,#filters,.skip,.legend summary{display:none}.matrix-box{max-height:none;overflow:visible;border:0}.scroll{overflow:visible}
.badge,.cell,mark,.card,.loud{print-color-adjust:exact;-webkit-print-color-adjust:exact}tr,.exemplar h3,.hop{break-inside:avoid}.matrix thead{display:table-header-group}.matrix thead th{position:static}.hex{white-space:pre-wrap}a{color:inherit}.ladder{max-width:100%;height:auto}}
`;
