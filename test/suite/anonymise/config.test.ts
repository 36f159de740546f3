import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.js";
import { createMapper, unsupported } from "../../../src/suite/anonymise/addresses.js";
import { anonymiseConfig, mappedText } from "../../../src/suite/anonymise/config.js";
import { CONFIG } from "./helper.js";

const map = createMapper("a key of the test", parseConfig(CONFIG, "t.yaml"));

describe("the configuration", () => {
  test("is valid, says the same with other addresses, and has lost its comments", () => {
    const text = anonymiseConfig(CONFIG, map);
    expect(text).not.toContain("customer");
    const other = parseConfig(text, "other.yaml");
    const [rd, aftr] = other.serviceSets.flatMap((s) => s.concentrators);
    expect(rd).toMatchObject({ kind: "6rd", ipv4Prefix: { address: map.v4(0x51020000) & 0xffff0000, length: 16 }, v6rdPrefix: { length: 28 } });
    if (aftr.kind !== "ds-lite") throw new Error("no AFTR");
    const pool = aftr.nat?.pool.ranges.flatMap((r) => Array.from({ length: r.to - r.from + 1 }, (_, i) => r.from + i)).sort((x, y) => x - y);
    const wanted = [...[2, 3, 4, 5, 6].map((n) => map.v4(0x51030000 + n)), ...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => map.v4(0x51040000 + n))].sort((x, y) => x - y);
    expect(pool).toEqual(wanted);
  });
  test("words, numbers and MAC addresses are no addresses", () => {
    for (const text of ["endpoint-independent", "1024-65535", "02:00:00:00:00:01", "10.4R1", "ss1"]) expect(mappedText(map, text), text).toBeUndefined();
  });
  test("what a permutation cannot keep is named", () => {
    const prefixes = (list: string): string => unsupported(parseConfig(CONFIG.replace("nat: { pool", `b4-prefixes: [${list}], nat: { allocation: deterministic, pool`), "t.yaml")).join();
    expect(prefixes('"2a02:a::/40"')).toBe("");
    expect(prefixes('"2000::/3"')).toContain("hardly a bit of any IPv6 address would change");
    expect(prefixes('"2a02:1234::/40"')).toContain("embed IPv4 addresses");
  });
});
