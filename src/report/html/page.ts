/**
 * report.html: one file that works offline. The policy allows exactly the one style and the one script below, by hash; the record
 * is data in a script element that never runs, and the script builds the page from text nodes only.
 */
import { createHash } from "node:crypto";
import type { Report } from "../model.js";
import { embeddedJson, payload } from "./payload.js";
import { SCRIPT_CLAUSE } from "./script-clause.js";
import { SCRIPT_CORE } from "./script-core.js";
import { SCRIPT_FINDING } from "./script-finding.js";
import { SCRIPT_MATRIX } from "./script-matrix.js";
import { SCRIPT_OPINION } from "./script-opinion.js";
import { SCRIPT_PACKET } from "./script-packet.js";
import { SCRIPT_PANELS } from "./script-panels.js";
import { SCRIPT_TIMELINE } from "./script-timeline.js";
import { SCRIPT_START } from "./script-start.js";
import { STYLE } from "./style.js";
import { STYLE_PARTS } from "./style-parts.js";

const hash = (text: string): string => `'sha256-${createHash("sha256").update(text, "utf8").digest("base64")}'`;

export function reportHtml(report: Report): string {
  const style = STYLE + STYLE_PARTS;
  const script = [SCRIPT_CORE, SCRIPT_PACKET, SCRIPT_MATRIX, SCRIPT_FINDING, SCRIPT_CLAUSE, SCRIPT_TIMELINE, SCRIPT_PANELS, SCRIPT_OPINION, SCRIPT_START].join("");
  const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Softproof report</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header id="top"></header>
<noscript><p class="loud">This report is drawn by the script inside it. Allow scripts for this file, or read report.json, summary.md or run.jsonl beside it.</p></noscript>
<nav id="nav" aria-label="Views"></nav>
<form id="filters" aria-label="Filters" hidden></form>
<main id="main" tabindex="-1"></main>
<script type="application/json" id="data">${embeddedJson(payload(report))}</script>
<script>${script}</script>
</body>
</html>
`;
}
