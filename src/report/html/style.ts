/** Style, part 1: colours (light and dark by the reader's setting), page, filters, tables. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#fff;--fg:#1c2127;--quiet:#59636e;--line:#d5dae0;--soft:#f3f5f7;--link:#0b57b0;--focus:#0b57b0;
--fail:#b3141d;--fail-bg:#fbd9d9;--warn:#7a4b00;--warn-bg:#fdeab8;--pass:#14622f;--pass-bg:#dcf3e2;--info:#1a5276;--info-bg:#dcebf7;--known:#4b3b99;--known-bg:#e5e0fa;--error:#8a1070;--error-bg:#f9d9f1;--none-bg:#eef0f2;--mark:#ffe08a;--mark-fg:#2b1d00}
@media screen and (prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e3e7eb;--quiet:#9aa5b1;--line:#333b44;--soft:#1d2228;--link:#7db7ff;--focus:#7db7ff;
--fail:#ff9d9d;--fail-bg:#5a1519;--warn:#ffd37a;--warn-bg:#4d3500;--pass:#8fdca5;--pass-bg:#143a20;--info:#9cccf2;--info-bg:#16364d;--known:#c6baff;--known-bg:#342b66;--error:#ffa8e8;--error-bg:#571048;--none-bg:#20262c;--mark:#7a5b00;--mark-fg:#fff3cf}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:100rem;padding:1rem 1.25rem 4rem;background:var(--bg);color:var(--fg);font:0.9375rem/1.45 system-ui,"Segoe UI","DejaVu Sans",sans-serif;overflow-wrap:anywhere}
a{color:var(--link)}
:focus-visible{outline:2px solid var(--focus);outline-offset:1px}
h1{font-size:1.35rem;margin:0}h2{font-size:1.1rem;margin:1.4rem 0 .5rem}h3{font-size:1rem;margin:1.2rem 0 .4rem}h4{font-size:.875rem;margin:.9rem 0 .2rem}
h2:focus{outline:none}
p{margin:.4rem 0}
main:focus{outline:none}
.skip{position:absolute;left:-99rem}.skip:focus{position:static}
.title{display:flex;flex-wrap:wrap;gap:.3rem .8rem;align-items:baseline}
.subject{border:1px solid var(--line);border-radius:1rem;padding:.05rem .7rem;font-weight:600}
.exit{font-weight:600;color:var(--fail)}.exit.good{color:var(--pass)}
.quiet{color:var(--quiet)}.note{color:var(--quiet);font-size:.875rem}
.loud{background:var(--fail-bg);color:var(--fail);border:2px solid var(--fail);border-radius:.4rem;padding:.5rem .9rem}
.loud h2{margin:.2rem 0}.loud ul{margin:.3rem 0;padding-left:1.2rem}
.raw,.place{unicode-bidi:isolate}
.place,.diff .raw,pre{font-family:ui-monospace,"DejaVu Sans Mono",Consolas,monospace;font-size:.875em}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem;list-style:none;margin:.9rem 0 .6rem;padding:0;border-bottom:1px solid var(--line)}
nav a{display:block;padding:.35rem .8rem;text-decoration:none;border-bottom:3px solid transparent}
nav a[aria-current]{border-color:var(--link);font-weight:600;color:var(--fg)}
#filters{display:flex;flex-wrap:wrap;gap:.5rem .8rem;align-items:end;background:var(--soft);border-radius:.4rem;padding:.6rem .8rem}
#filters[hidden]{display:none}
#filters label>span:first-child{display:block;font-size:.75rem;color:var(--quiet)}
select,input[type=search]{font:inherit;color:inherit;background:var(--bg);border:1px solid var(--line);border-radius:.3rem;padding:.2rem .4rem;max-width:14rem}
fieldset{border:0;margin:0;padding:0;flex-basis:100%;min-width:0}
legend{font-size:.75rem;color:var(--quiet);padding:0}
.checks{display:flex;flex-wrap:wrap;gap:.3rem}
#filters .check{display:inline-flex;align-items:center;gap:.35rem;border-radius:.3rem;padding:.1rem .55rem .1rem .35rem;font-size:.875rem;cursor:pointer}
#filters .check span:first-child,#filters .check .sign{display:inline;font-size:inherit;color:inherit;font-weight:700}
.check input{margin:0}
.button{border:1px solid var(--line);border-radius:.3rem;padding:.2rem .7rem;text-decoration:none;background:var(--bg)}
#shown{color:var(--quiet);font-size:.875rem;padding-bottom:.25rem}
.cards{display:flex;flex-wrap:wrap;gap:.7rem;margin:1rem 0 .3rem}
.card{flex:1 1 10rem;border:1px solid var(--line);border-radius:.5rem;padding:.55rem .9rem;background:var(--soft)}
.card strong{display:block;font-size:1.5rem;font-weight:650;line-height:1.2}.card span{color:var(--quiet)}
.c-fail{background:var(--fail-bg);border-color:var(--fail)}.c-fail strong,.c-fail span{color:var(--fail)}
.c-known{background:var(--known-bg)}.c-known strong,.c-known span{color:var(--known)}
.c-error{background:var(--error-bg);border-color:var(--error)}.c-error strong,.c-error span{color:var(--error)}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse}
caption{text-align:left;font-weight:600;padding:.9rem 0 .3rem}
.plain{min-width:min(100%,34rem)}
.plain th,.plain td{border-bottom:1px solid var(--line);padding:.25rem .8rem .25rem 0;text-align:left;vertical-align:top}
.plain thead th{color:var(--quiet);font-weight:500;font-size:.8125rem}.plain tbody th{font-weight:500}
.plain td,.plain th{overflow-wrap:break-word;min-width:3rem}
.plain .n{text-align:right;font-variant-numeric:tabular-nums}
`;
