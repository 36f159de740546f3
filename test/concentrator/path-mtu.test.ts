import { expect, it } from "vitest";
import { createPathMtus, learnPathMtu, pathMtu } from "../../src/concentrator/six-in-four/path-mtu.js";

it("a router that tells no MTU: the next lower plateau (RFC 1191 section 7.1)", () => {
  const p = createPathMtus(1);
  learnPathMtu(p, 5, 0, 1500, 100, 1500);
  expect(pathMtu(p, 5, 100, 1500)).toBe(1492);
  learnPathMtu(p, 5, 0, 1492, 101, 1500);
  expect(pathMtu(p, 5, 101, 1500)).toBe(1006);
});
it("values only fall, never below 68, and are forgotten after ten minutes (RFC 1191 sections 3, 6, 6.3)", () => {
  const p = createPathMtus(1);
  learnPathMtu(p, -5, 10, 1500, 100, 1500);
  learnPathMtu(p, -5, 1400, 1500, 101, 1500);
  expect([pathMtu(p, -5, 700, 1500), pathMtu(p, -5, 701, 1500), pathMtu(p, 6, 100, 1500)]).toEqual([68, 1500, 1500]);
  learnPathMtu(p, -5, 1400, 1500, 800, 1500);
  expect(pathMtu(p, -5, 800, 1500)).toBe(1400);
});
it("the table is bounded: the newest is always known", () => {
  const p = createPathMtus(1);
  for (let i = 1; i <= (1 << 17) + 10; i++) learnPathMtu(p, i, 1300, 1500, 100, 1500);
  expect([pathMtu(p, (1 << 17) + 10, 100, 1500), p.table.count]).toEqual([1300, 10]);
});
