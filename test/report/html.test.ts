import { mkdtempSync, rmSync } from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildReport } from "../../src/report/model.js";
import { reportHtml } from "../../src/report/html/page.js";
import { writeReports } from "../../src/report/index.js";
import { findChromium, openPage, type Page } from "./browser.js";
import { clauses, HOSTILE, PROFILES, sampleRecord } from "./sample.js";

const hostilePage = reportHtml(buildReport(sampleRecord({ hostile: true, complete: false, fault: true })));

describe("the text of the page", () => {
  test("the policy forbids everything but the one style and the one script, whose hashes are right", () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(hostilePage)?.[1] ?? "";
    const sha = (text: string | undefined): string => `'sha256-${createHash("sha256").update(text ?? "").digest("base64")}'`;
    const style = /<style>([\s\S]*?)<\/style>/.exec(hostilePage)?.[1];
    const script = /<script>([\s\S]*?)<\/script>/.exec(hostilePage)?.[1];
    expect(policy.split("; ")).toEqual(["default-src 'none'", `script-src ${sha(script)}`, `style-src ${sha(style)}`, "base-uri 'none'", "form-action 'none'"]);
  });
  test("hostile text of the record cannot end the data element, and is kept letter by letter", () => {
    const data = /<script type="application\/json" id="data">([\s\S]*?)<\/script>/.exec(hostilePage)?.[1] ?? "";
    expect(data).not.toContain("<");
    expect((JSON.parse(data) as { run: { inputs: { name: string }[] } }).run.inputs[0]?.name).toBe(`cap ${HOSTILE}.pcap`);
    expect(hostilePage.match(/<\/?script/g)).toHaveLength(4);
    expect(hostilePage).not.toContain("<img");
  });
  test("the page refers to nothing outside itself and builds no markup from text", () => {
    expect(hostilePage).not.toMatch(/\b(src|href)="(https?:)?\/\//);
    expect(hostilePage).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function/);
  });
  test("the same record gives the same bytes", () => {
    expect(reportHtml(buildReport(sampleRecord({ hostile: true, complete: false, fault: true })))).toBe(hostilePage);
  });
});

const chromium = findChromium();
describe.skipIf(chromium === undefined)(`in headless Chromium${chromium === undefined ? " (skipped: no chromium on PATH)" : ""}`, () => {
  let dir = "";
  let page: Page;
  /** Does something that changes the hash, and waits until the page has drawn (its listener runs before ours); a hash that stays needs no drawing. */
  const act = async (code: string): Promise<void> => {
    await page.eval(`new Promise((done) => { addEventListener("hashchange", () => done(null), { once: true }); setTimeout(() => done(null), 2000); ${code}; })`);
  };
  const go = async (hash: string): Promise<void> => { await act(`if (location.hash === ${JSON.stringify(hash === "#" ? "" : hash)}) done(null); location.hash = ${JSON.stringify(hash)}`); };
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "softproof-report-"));
    writeReports(sampleRecord({ hostile: true, complete: false, fault: true }), dir);
    page = await openPage(chromium ?? "", pathToFileURL(join(dir, "report.html")).href);
  });
  afterAll(async () => {
    await page?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  test("shows the matrix, the numbers and that the run broke off", async () => {
    expect(await page.eval("document.querySelectorAll('.matrix tbody tr:not(.rfc)').length")).toBe(clauses.length);
    expect(await page.eval("document.querySelectorAll('.matrix a.cell').length")).toBe(clauses.length * PROFILES.length);
    expect(await page.eval("document.querySelectorAll('.card').length")).toBe(4);
    expect(await page.eval("document.querySelector('[role=alert]').textContent")).toContain("INCOMPLETE");
    expect(await page.eval("document.title")).toBe("Matrix (INCOMPLETE) - Softproof report");
  });
  test("filters, and keeps the filters in the address", async () => {
    await act(`(() => { const s = document.forms.filters?.elements.rfc ?? document.querySelector('select[name=rfc]'); s.value = '6040'; s.dispatchEvent(new Event('change')); })()`);
    expect(await page.eval("location.hash")).toBe("#rfc=6040");
    expect(await page.eval("document.querySelectorAll('.matrix tbody tr:not(.rfc)').length")).toBe(10);
    await act("document.querySelector('input[data-verdict=warn]').click()");
    expect(await page.eval("location.hash")).toBe("#rfc=6040&verdict=warn");
    expect(await page.eval("document.querySelectorAll('.matrix tbody tr:not(.rfc)').length")).toBe(1);
    await go("#q=tunnel+mtu&profile=" + encodeURIComponent(PROFILES[0]));
    expect(await page.eval("document.querySelector('input[name=q]').value")).toBe("tunnel mtu");
    expect(await page.eval("document.querySelectorAll('.matrix thead th.profile').length")).toBe(1);
    await go("#mech=6rd&level=MAY");
    expect(await page.eval<string[]>("[...document.querySelectorAll('.matrix tbody .level')].map((e) => e.textContent)")).toSatisfy((levels: string[]) => levels.length > 0 && levels.every((l) => l === "MAY"));
    await go("#");
  });
  test("arrow keys move in the matrix, one tab stop leads into it", async () => {
    expect(await page.eval("document.querySelectorAll('.matrix tbody a[tabindex=\"0\"]').length")).toBe(1);
    await page.eval("document.querySelector('.matrix tbody a[tabindex=\"0\"]').focus()");
    for (const key of ["ArrowDown", "ArrowRight"]) await page.send("Input.dispatchKeyEvent", { type: "keyDown", key });
    expect(await page.eval("document.activeElement.getAttribute('aria-label')")).toMatch(/^RFC3056-2-2, ms-dpc@10\.4: observed/);
  });
  test("the skip link moves the focus and keeps the filters", async () => {
    await go("#rfc=6333");
    await page.eval("document.querySelector('.skip').click()");
    expect(await page.eval("[document.activeElement.id, location.hash]")).toEqual(["main", "#rfc=6333"]);
    await go("#");
  });
  test("text that is typed filters without losing the focus", async () => {
    await page.eval("document.querySelector('input[name=q]').focus()");
    const drawn = act("");
    await page.send("Input.insertText", { text: "packet too big" });
    await drawn;
    expect(await page.eval("[document.activeElement.name, location.hash]")).toEqual(["q", "#q=packet+too+big"]);
    const shown = clauses.filter((c) => c.statement.includes("Packet Too Big")).length;
    expect(await page.eval("document.querySelectorAll('.matrix tbody tr:not(.rfc)').length")).toBe(shown);
    await act("document.querySelector('a.button').click()");
    expect(await page.eval("document.querySelector('input[name=q]').value")).toBe("");
  });
  test("drills down from the cell to the clause, the finding and its packets", async () => {
    await act("document.querySelector('.matrix a.cell.v-fail').click()");
    expect(await page.eval("document.querySelector('h2').textContent")).toContain("RFC3056-3-2");
    expect(await page.eval("document.querySelector('main').textContent")).toMatch(/How we read it\s*The value is free \(D7\)\.\s*Where the text is open\s*D7 Outer TTL/);
    await act("document.querySelector('.findings a').click()");
    expect(await page.eval("location.hash")).toContain("view=finding");
    expect(await page.eval("document.querySelectorAll('svg.ladder .hop').length")).toBe(4);
    expect(await page.eval("[...document.querySelectorAll('.hex')][0].querySelector('mark').textContent.trim()")).toBe("c0");
    expect(await page.eval("[...document.querySelectorAll('.hex')][0].querySelectorAll('.ascii mark').length")).toBe(4);
    expect(await page.eval("document.querySelector('pre.filter').textContent")).toBe("ip.src == 192.0.2.10 && ipv6.src == 2001:db8:c000:209::1");
    expect(await page.eval("document.querySelector('.heads').textContent")).toContain("IPv4 192.0.2.10 → 198.51.100.1");
  });
  test("timelines: a row with a drawing for each series, and all values as a table", async () => {
    await go("#view=cases&id=1");
    expect(await page.eval("[...document.querySelectorAll('#here table.timeline caption')].map((c) => c.textContent.replace(/ \\(.*/, ''))")).toEqual(["Softwires and flows over time", "NAT bindings per pool address over time", "Drops by reason over time"]);
    expect(await page.eval("[...document.querySelectorAll('#here table.timeline tbody tr')].map((r) => [r.cells[0].firstChild.textContent, r.cells[2].textContent, r.cells[3].textContent])")).toEqual([["flows active", "90", "4"], ["192.0.2.1", "2", "2"], ["aftr-no-mapping", "5", "6"]]);
    expect(await page.eval("document.querySelector('#here .spark-line').getAttribute('d')")).toMatch(/^M0 \d/);
    await page.eval("new Promise((done) => { const d = [...document.querySelectorAll('#here details')].at(-1); d.addEventListener('toggle', () => setTimeout(done, 0)); d.open = true; })");
    expect(await page.eval("[...[...document.querySelectorAll('#here details')].at(-1).querySelectorAll('tbody tr')].map((r) => r.textContent)")).toEqual(["+2.048 s310", "+16.384 s9025", "+15 min421"]);
  });
  test("every view can be drawn, an unknown id is answered", async () => {
    await go("#view=cases&id=0");
    expect(await page.eval("document.querySelector('main').textContent")).toContain("outer source is not the embedded one");
    await go("#view=profiles");
    expect(await page.eval("document.querySelectorAll('.profile-box').length")).toBe(PROFILES.length);
    await go("#view=finding&id=nonsense");
    expect(await page.eval("document.querySelector('h2').textContent")).toBe("No such finding");
    await go("#view=__proto__&id=%3Cimg%3E");
    expect(await page.eval("document.querySelectorAll('.matrix').length")).toBe(1);
  });
  test("a narrow window does not scroll sideways", async () => {
    await page.send("Emulation.setDeviceMetricsOverride", { width: 380, height: 800, deviceScaleFactor: 1, mobile: false });
    for (const hash of ["#", "#view=cases&id=0", "#view=profiles", "#view=clause&id=RFC3056-3-2"]) {
      await go(hash);
      expect(await page.eval("document.documentElement.scrollWidth"), hash).toBeLessThanOrEqual(380);
    }
    await page.send("Emulation.clearDeviceMetricsOverride");
  });
  test("prints dark on white, whatever the reader's screen is set to", async () => {
    await go("#");
    for (const [media, background] of [["screen", "rgb(20, 23, 27)"], ["print", "rgb(255, 255, 255)"]] as const) {
      await page.send("Emulation.setEmulatedMedia", { media, features: [{ name: "prefers-color-scheme", value: "dark" }] });
      expect(await page.eval("getComputedStyle(document.body).backgroundColor"), media).toBe(background);
    }
    await page.send("Emulation.setEmulatedMedia", { media: "", features: [] });
  });
  test("hostile text made no element, no request and no complaint", async () => {
    await go("#");
    expect(await page.eval("document.querySelectorAll('img').length")).toBe(0);
    expect(await page.eval("document.querySelector('main').textContent.includes('</script><img')")).toBe(true);
    expect(page.requests.filter((u) => !u.endsWith("/report.html"))).toEqual([]);
    expect(page.complaints).toEqual([]);
  });
});
