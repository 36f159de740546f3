/** What the reader of a report sees as one finding. */
import { expect, it } from "vitest";
import { createGroups } from "../../src/judge/groups.js";
import * as B from "./ds-lite/build.js";

it("violations that have one name are one finding, whatever a rule keeps beside it for its explanation", () => {
  const rule = { clause: "RFC0-1", title: "t", mechanisms: [] };
  const groups = createGroups([{ ...rule, id: "one", deviation: () => "too-long" }, { ...rule, id: "many", deviation: (code: number) => `code-${code}` }], ["fail", "fail"], (file, frame) => ({ file: String(file), frame }));
  for (const r of [0, 1]) for (const code of [1600, 1700, 1600]) groups.add(r, code, "seen", 0, code);
  expect(groups.result().map((g) => [g.fingerprint, g.count])).toEqual([["one:too-long", 3], ["many:code-1600", 2], ["many:code-1700", 1]]);
});

it("softwire packets of several lengths that are longer than the link takes are one finding", () => {
  const f: B.Flow = { sport: 10000, eport: 40000 };
  const long = (k: number): B.Step[] => {
    const g: B.Four = { payload: B.bytes(1440 + k * 8, k), id: k };
    return B.inward(f, k, g);
  };
  const r = B.judge([...B.outward(f, 0), ...[1, 2, 3, 4].flatMap(long)], { over: { nat: { parity: false }, written: ["mtu-v6"] } });
  expect(r.findings.filter((x) => x.rule === "RFC8200-5-1.mtu").map((x) => x.count)).toEqual([4]);
});
