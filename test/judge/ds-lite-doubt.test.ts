/** When captures do not fit together, and when a restart explains what was lost. */
import { expect, test } from "vitest";
import { createRestart } from "../../src/judge/ds-lite/restart.js";
import { createStorms } from "../../src/judge/ds-lite/storms.js";

test("a lonely output is no storm, most of eight are", () => {
  const s = createStorms();
  for (let i = 0; i < 100; i++) s.paired(i, 0.001, true, true);
  s.orphan(100);
  s.paired(101, 0.001, true, true);
  expect(s.any).toBe(false);
  for (let i = 0; i < 6; i++) s.orphan(102 + i);
  expect(s.near(105, 0)).toBe(true);
  expect(s.near(80, 4)).toBe(false);
});

test("a delay that jumps for good is a storm from its first pair on, one slow pair is none", () => {
  const s = createStorms();
  for (let i = 0; i < 10; i++) s.paired(i, 0.001, true, true);
  s.paired(10, 1.5, true, true);
  s.paired(11, 0.001, true, true);
  expect(s.any).toBe(false);
  for (let i = 0; i < 4; i++) s.paired(20 + i, 1.001, true, true);
  expect(s.near(20, 0)).toBe(true);
  expect(s.near(11, 2)).toBe(false);
});

test("one restart explains bindings that are lost at once, not those that are lost at times apart", () => {
  const r = createRestart();
  r.moved(10, 20);
  r.moved(12, 25);
  expect(r.explains).toBe(true);
  r.moved(30, 40);
  expect(r.explains).toBe(false);
});

test("a binding that is kept over the time refutes the restart, before or after", () => {
  const before = createRestart();
  before.kept(5, 21);
  before.moved(10, 20);
  expect(before.explains).toBe(false);
  const after = createRestart();
  after.moved(10, 20);
  after.kept(19, 22);
  expect(after.explains).toBe(true);
  after.kept(9, 23);
  expect(after.explains).toBe(false);
});
