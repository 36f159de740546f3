import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { embeddedJson } from "../../src/report/html/payload.js";
import { code, markdown, thousands, visible, wellFormed, wrap, xml } from "../../src/report/text.js";
import { parseXml } from "./xml.js";

/** Any UTF-16, with lone surrogates, controls, overrides and markup more often than chance would have it. */
const anything = fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("</script>", "<!--", "]]>", "&", "\"", "'", "`", "``", "|", "\\", "\n", "\r", "\t", "\0", "\u001b[2J", "\u202e", "\u2028", "\ud800", "\udfff", "\ufffe", "\u{1f984}", "\u05d0")), { maxLength: 12 }).map((a) => a.join(""));
const unbidi = (text: string): string => text.replace(/[\u2028\u2029]/g, "");

describe("text of foreign origin", () => {
  test("is XML in content and in attributes, and comes back but for what XML cannot hold", () => {
    fc.assert(fc.property(anything, (text) => {
      const node = parseXml(`<?xml version="1.0" encoding="UTF-8"?>\n<a b="${xml(text)}">${xml(text)}</a>`);
      const kept = wellFormed(text).replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd");
      expect([node.attributes["b"], node.text]).toEqual([kept, kept]);
    }));
  });
  test("stays inside a script element and is the same JSON", () => {
    fc.assert(fc.property(anything, (text) => {
      const json = embeddedJson({ [text]: text });
      expect(json).not.toMatch(/[<>&\u2028\u2029]/);
      expect(Object.entries(JSON.parse(json) as object)).toEqual([[text, text]]);
    }));
  });
  test("neither drives a terminal nor turns a line round, and two texts never look the same by accident of controls", () => {
    fc.assert(fc.property(anything, (text) => { expect(visible(text)).not.toMatch(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u); }));
    expect(visible("a\u001b[31m\n\u202eb")).toBe("a\\x1b[31m\\x0a\\u202eb");
    expect(visible("a\nb", true)).toBe("a\nb");
  });
  test("has no markup meaning in Markdown, and a code span holds it whole on one line", () => {
    fc.assert(fc.property(anything, (text) => {
      expect(markdown(text)).not.toMatch(/[<>`*_[\]|~@\n]/);
      const span = code(text);
      const fence = /^`+/.exec(span)?.[0] ?? "";
      expect(span.endsWith(fence)).toBe(true);
      expect(span.slice(fence.length, -fence.length).split(/[^`]+/)).not.toContain(fence);
      expect(span).not.toContain("\n");
    }));
  });
  test("wrapping keeps every word and breaks before the width", () => {
    fc.assert(fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 60 }), (words) => {
      const lines = wrap(words.join(" "), 30, "  ").split("\n");
      expect(lines.join(" ").split(/ +/)).toEqual(words);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(30);
    }));
  });
  test("numbers are grouped by three", () => {
    expect(["0", "999", "1000", "1234567"].map((n) => unbidi(thousands(Number(n))))).toEqual(["0", "999", "1\u00a0000", "1\u00a0234\u00a0567"]);
  });
});

function hasPython(): boolean {
  try {
    execFileSync("python3", ["-c", "import xml.etree.ElementTree"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
test.skipIf(!hasPython())("another XML parser agrees (skipped without python3)", () => {
  const text = "</x>&\"'\u001b\u{1f984}\ud800\n\u202e";
  const source = `<?xml version="1.0" encoding="UTF-8"?>\n<a b="${xml(text)}"/>`;
  const out = execFileSync("python3", ["-c", "import sys,json,xml.etree.ElementTree as E; print(json.dumps(E.fromstring(sys.stdin.buffer.read()).get('b')))"], { input: source, encoding: "utf8" });
  expect(JSON.parse(out)).toBe("</x>&\"'\ufffd\u{1f984}\ufffd\n\u202e");
});
