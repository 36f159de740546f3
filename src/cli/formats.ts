/** Formats of `report --format`, each loaded when asked for; and the schemas of `--schema`. */
import type { Report } from "../report/model.js";

export const PRINTED: Readonly<Record<string, (report: Report) => Promise<string>>> = {
  github: async (r) => (await import("../report/annotations.js")).githubAnnotations(r),
  gitlab: async (r) => (await import("../report/annotations.js")).gitlabCodeQuality(r),
  markdown: async (r) => (await import("../report/summary.js")).summaryMarkdown(r),
  json: async (r) => (await import("../report/json.js")).reportJson(r),
  junit: async (r) => (await import("../report/junit.js")).junitXml(r),
  sarif: async (r) => (await import("../report/sarif.js")).sarifJson(r),
  html: async (r) => (await import("../report/html/page.js")).reportHtml(r),
};
export const SCHEMAS = ["report", "run-record", "compare"] as const;
