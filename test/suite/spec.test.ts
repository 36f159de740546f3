import { expect, test } from "vitest";
import { InputProblem } from "../../src/config/problems.js";
import { parseSpec } from "../../src/suite/spec.js";

const GOOD = `id: my-spec
title: A spec for the loader
mechanism: 6rd
clauses: [RFC5969-9.2-1]
config: 6rd/static-1480.yaml
let:
  inner: 'ipv6(2001:db8:6464:100::1 > 3fff:2::1) / udp(1 > 2)'
packets:
  - {at: 0, access: 'ipv4(10.100.100.1 > 10.0.0.1) / $inner', expect: [{core: '$inner(hop=63)'}]}
  - at: 1.5
    core: >-
      ipv6(3fff:2::1 > 2001:db8:6464:100::1)
      / udp(2 > 1)
    repeat: 3
    every: 0.25
    expect:
      - access: {ipv4.src: 10.0.0.1, ipv6.hop: 63}
        times: 3
counters: {decapsulated: 1, encapsulated: 3}
`;
const problems = (text: string): string[] => {
  try {
    parseSpec(text, "my.yaml");
    return [];
  } catch (e) {
    if (e instanceof InputProblem) return e.message.split("\n");
    throw e;
  }
};

test("a spec is packets with times, sides and expectations", () => {
  const s = parseSpec(GOOD, "my.yaml");
  expect(s.frames.map((f) => [f.at, f.side, f.entry])).toEqual([[0, 0, 1], [1.5e9, 1, 2], [1.75e9, 1, 2], [2e9, 1, 2]]);
  expect(s.frames[0].bytes.length).toBe(14 + 20 + 40 + 8);
  expect(s.expect.get(2)?.length).toBe(3);
  expect(s.counters.get("encapsulated")).toBe(3);
});

test.each([
  ["an unknown key", GOOD.replace("title:", "titel:"), 'my.yaml:2:1: unknown key "titel"'],
  ["a fault in the notation, in flow style", GOOD.replace("10.0.0.1) / $inner", "10.0.0.1 tll=3) / $inner"), 'my.yaml:9:51: ipv4 has no field "tll"; did you mean ttl?'],
  ["a fault in folded text", GOOD.replace("udp(2 > 1)", "udp(2 > 1 chek=0)"), 'my.yaml:13:19: udp has no field "chek"; did you mean check?'],
  ["a fault in a definition", GOOD.replace("/ udp(1 > 2)'", "/ udp(1 > 2'"), 'my.yaml:7:55: the "(" of udp is never closed'],
  ["an unknown clause", GOOD.replace("RFC5969-9.2-1", "RFC5969-9.2-7"), 'my.yaml:4:11: no such clause: "RFC5969-9.2-7"'],
  ["an unknown counter", GOOD.replace("decapsulated: 1", "decapsulatd: 1"), 'no such counter: "decapsulatd" (did you mean decapsulated?)'],
  ["a part of a counter's name", GOOD.replace("decapsulated: 1", "decap: 1"), 'no such counter: "decap" (there is decapsulated)'],
  ["a counter like no other", GOOD.replace("decapsulated: 1", "zzzzzzzz: 1"), 'no such counter: "zzzzzzzz" (report.html lists'],
  ["an unknown feature", GOOD.replace("config:", "requires: [6rd-hairpn]\nconfig:"), 'my.yaml:5:12: no such feature of a hardware profile: "6rd-hairpn" (did you mean 6rd-hairpin?)'],
  ["a received packet with a free field", GOOD.replace("10.0.0.1) / $inner", "10.0.0.1 id=any) / $inner"), "my.yaml:9:21: a packet that the device receives has a free field"],
  ["an undefined name", GOOD.replace("$inner'", "$iner'"), 'my.yaml:9:54: $iner is not defined; "let" has: $inner'],
  ["a packet without expectation", GOOD.replace(", expect: [{core: '$inner(hop=63)'}]", ""), "my.yaml:9:5: entry 1 has no expectation"],
  ["two packets at one time", GOOD.replace("at: 1.5", "at: 0"), "entry 2 has a packet at the time of one of entry 1"],
  ["an unknown configuration", GOOD.replace("static-1480", "static-1481"), 'my.yaml:5:9: no such configuration: "6rd/static-1481.yaml"'],
  ["a packet on no side", GOOD.replace("access: 'ipv4", "why: 'ipv4"), "my.yaml:9:5: an entry of packets has either access or core"],
  ["a fault in an inline configuration", GOOD.replace("config: 6rd/static-1480.yaml", "config: {softproof: 1, service-sets: [{softwire-concentrators: [{v6rd: {softwire-address: 10.0.0.1, ipv4-prefix: 10.0.0.0/8, v6rd-prefix: '2001:db8::/32', ttll: 3}}]}]}"), 'unknown key "ttll" in config.service-sets[0].softwire-concentrators[0].v6rd'],
])("%s is told with its place", (_, text, message) => {
  expect(problems(text).join("\n")).toContain(message);
});
