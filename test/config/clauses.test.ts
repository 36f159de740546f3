import { expect, test } from "vitest";
import { type Clause, citation, defaultSeverity, loadClauses, loadDecisions, loadDocuments } from "../../src/config/clauses.js";
import { readSpecsJson } from "../../src/config/specs-dir.js";

const all = [...loadClauses().values()];
const clause = (id: string): Clause => loadClauses().get(id)!;
const count = (key: (c: Clause) => string): Record<string, number> => {
  const out: Record<string, number> = {};
  for (const c of all) out[key(c)] = (out[key(c)] ?? 0) + 1;
  return out;
};

test("every clause is whole, and its id names its RFC and section", () => {
  expect(all).toHaveLength(515);
  for (const c of all) {
    expect(c.id, c.id).toMatch(new RegExp(`^RFC${c.rfc}-${c.section.replaceAll(".", "\\.")}-\\d+$`.replaceAll(" ", "-"), "i"));
    for (const text of [c.statement, c.check, c.failure]) expect(text.length, c.id).toBeGreaterThan(3);
    expect(c.role.length, c.id).toBeGreaterThan(0);
    expect(["from-output", "from-input-output", "from-state", "config", "not-observable"], c.id).toContain(c.observable);
    expect(loadDocuments().has(c.rfc), c.id).toBe(true);
  }
});

test("severity by level", () => {
  expect(count((c) => `${c.level}: ${defaultSeverity(c)}`)).toMatchInlineSnapshot(`
    {
      "MAY: observe": 43,
      "MUST NOT: fail": 37,
      "MUST NOT: warn": 5,
      "MUST: fail": 121,
      "MUST: warn": 24,
      "REQUIRED-BY-TEXT: fail": 49,
      "REQUIRED-BY-TEXT: info": 33,
      "REQUIRED-BY-TEXT: warn": 82,
      "SHOULD NOT: info": 5,
      "SHOULD NOT: warn": 18,
      "SHOULD: info": 21,
      "SHOULD: warn": 77,
    }
  `);
});

test("severity: one of each kind", () => {
  expect(defaultSeverity(clause("RFC5969-9.1-2"))).toBe("fail"); // MUST, Proposed Standard
  expect(defaultSeverity(clause("RFC3056-4-1"))).toBe("warn"); // SHOULD NOT
  expect(defaultSeverity(clause("RFC4213-3.5-6"))).toBe("fail"); // declarative: protocol 41 and the checksum
  expect(defaultSeverity(clause("RFC4213-3.5-2"))).toBe("warn"); // declarative: ToS 0
  expect(defaultSeverity(clause("RFC3964-5.2-4"))).toBe("warn"); // MUST of an Informational listing
  expect(defaultSeverity(clause("RFC6908-2.10-1"))).toBe("info"); // should, Informational
  expect(defaultSeverity(clause("RFC8201-4-3"))).toBe("warn"); // should in lower case, Internet Standard
  expect(defaultSeverity(clause("RFC5969-12-2"))).toBe("warn"); // should in lower case, Proposed Standard
  expect(defaultSeverity(clause("RFC6732-4.1-1"))).toBe("info"); // should, Historic
  expect(defaultSeverity(clause("RFC6343-4.4-1"))).toBe("warn"); // must in lower case, Informational
  expect(defaultSeverity(clause("RFC6343-4.4-6"))).toBe("info"); // declarative, Informational
  expect(defaultSeverity(clause("RFC6888-3-16"))).toBe("fail"); // BCP
  expect(all.filter((c) => c.level === "MAY").every((c) => defaultSeverity(c) === "observe")).toBe(true);
});

test("the wire format list names clauses that would not fail by their wording", () => {
  for (const id of readSpecsJson("clauses", "wire-format.json") as string[]) {
    expect(clause(id), id).toBeDefined();
    expect(clause(id).levelBasis, id).not.toBe("rfc2119");
  }
});

test("citation", () => expect(citation(clause("RFC5969-9.2-1"))).toBe("RFC 5969 section 9.2"));

test("decisions name clauses that exist and keys that the configuration has", () => {
  const decisions = loadDecisions();
  expect(decisions.map((d) => d.id)).toEqual(Array.from({ length: 36 }, (_, i) => `D${i + 1}`));
  const schema = JSON.stringify(readSpecsJson("schemas", "config.schema.json"));
  for (const d of decisions) {
    for (const id of d.clauses) expect(loadClauses().has(id), `${d.id} ${id}`).toBe(true);
    for (const key of d.policy?.split(", ") ?? []) expect(schema.includes(`"${key}":`), `${d.id} ${key}`).toBe(true);
  }
});

test("every decision touches clauses, and a note that names a decision is on one of its clauses", () => {
  const decisions = loadDecisions();
  for (const d of decisions) expect(d.clauses.length, d.id).toBeGreaterThan(0);
  for (const c of all) {
    for (const [id] of (c.note ?? "").matchAll(/\bD\d+\b/g)) expect(decisions.find((d) => d.id === id)?.clauses, `${c.id} names ${id}`).toContain(c.id);
  }
});
