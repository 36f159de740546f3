/** Flags of one word have a bit each: two that share one would be taken for each other in silence. */
import { expect, test } from "vitest";
import * as bindings from "../../src/judge/ds-lite/bindings.js";
import * as dsAspects from "../../src/judge/ds-lite/aspects.js";
import * as dsFacts from "../../src/judge/ds-lite/facts.js";
import * as notes from "../../src/judge/ds-lite/notes.js";
import * as aspects from "../../src/judge/aspects.js";
import * as facts from "../../src/judge/facts.js";
import * as forwarded from "../../src/judge/forwarded.js";

const WORDS: readonly (readonly [string, object, string])[] = [
  ["bindings", bindings, "B_"], ["facts", facts, "F_"], ["facts of DS-Lite", dsFacts, "F_"], ["notes", notes, "N_"], ["aspects of forwarded inputs", forwarded, "C_"],
  ["aspects of pairs", aspects, "B_"], ["aspects of DS-Lite pairs", dsAspects, "P_"], ["aspects of DS-Lite outputs", dsAspects, "O_"], ["aspects of DS-Lite inputs", dsAspects, "I_"],
];

test.each(WORDS)("%s", (_, module, prefix) => {
  const single = Object.entries(module).filter((e): e is [string, number] => e[0].startsWith(prefix) && typeof e[1] === "number" && e[1] !== 0 && (e[1] & (e[1] - 1)) === 0);
  expect(single.length).toBeGreaterThan(5);
  const byBit = new Map<number, string[]>();
  for (const [name, bit] of single) byBit.set(bit, [...(byBit.get(bit) ?? []), name]);
  expect([...byBit.values()].filter((names) => names.length > 1)).toEqual([]);
});
