import { describe, expect, it } from "vitest";
import { compareExpected, compileText, fieldAt, textOf } from "../../../src/suite/notation/index.js";

const below = "ipv6(2001:db8::1 > 2001:db8::2) / udp(1 > 2)";
const want = compileText(`mpls(label=1000) / mpls(label=2) / ${below}`);
const told = (seen: string): string[] => compareExpected(want, compileText(seen).bytes).map(textOf);

describe("label stacks in expectations", () => {
  it("takes the stack that it names", () => {
    expect(told(`mpls(label=1000) / mpls(label=2) / ${below}`)).toEqual([]);
  });
  it("tells another label, another TTL and a stack of another depth", () => {
    expect(told(`mpls(label=1001) / mpls(label=2) / ${below}`)).toEqual(["mpls[0].label: expected 1000, seen 1001"]);
    expect(told(`mpls(label=1000) / mpls(label=2 ttl=9) / ${below}`)).toEqual(["mpls[1].ttl: expected 64, seen 9"]);
    expect(told(`mpls(label=1000) / ${below}`).length).toBeGreaterThan(0);
  });
  it("reads fields of labels", () => {
    expect(fieldAt(want.bytes, "mpls[1].label")).toBe("2");
    expect(fieldAt(want.bytes, "mpls[1].s")).toBe("1");
    expect(fieldAt(want.bytes, "mpls.s")).toBe("0");
  });
});
