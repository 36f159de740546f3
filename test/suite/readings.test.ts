import { expect, test } from "vitest";
import { ACCESS, CORE } from "../../src/config/types.js";
import { INTO, OUT_OF } from "../../src/judge/types.js";
import { compileFrames } from "../../src/suite/notation/index.js";
import { createTraffic } from "../../src/suite/readings.js";

const initiators = (...packets: readonly (readonly [side: typeof ACCESS | typeof CORE, direction: typeof INTO | typeof OUT_OF, text: string])[]): number | undefined => {
  const t = createTraffic();
  for (const [side, direction, text] of packets) {
    const { frames, first } = compileFrames(text);
    for (const f of frames) t.packet(side, direction, f, first.ip, f.length - first.ip);
  }
  return t.read().find((r) => r.id === "initiators")?.value;
};
const inner = 'ipv4(192.168.1.10 > 192.0.2.80) / udp(5000 > 53) / "a question that is long enough to be cut"';
const b4 = (n: number, then: string): string => `ipv6(2001:db8:b4::${n} > 2001:db8:af::1) / ${then}`;

test("initiators are outer sources of tunnelled packets, each counted once", () => {
  expect(initiators([ACCESS, INTO, b4(1, inner)], [ACCESS, INTO, b4(1, inner)], [ACCESS, INTO, b4(2, inner)], [ACCESS, OUT_OF, b4(3, inner)], [CORE, INTO, b4(4, inner)])).toBe(2);
  expect(initiators([ACCESS, INTO, "ipv4(10.0.0.2 > 10.0.0.1) / ipv6(2001:db8::1 > 2001:db8::2) / udp(1 > 2)"], [ACCESS, INTO, "ipv4(10.0.0.3 > 10.0.0.1) / udp(1 > 2)"])).toBe(1);
});
test("B4s that write a tunnel encapsulation limit or send fragments count too, fragments of other packets do not", () => {
  expect(initiators([ACCESS, INTO, b4(1, `dstopts(options=040104010100) / ${inner}`)], [ACCESS, INTO, b4(2, `hopopts / dstopts / ${inner}`)])).toBe(2);
  expect(initiators([ACCESS, INTO, `fragments(80) / ${b4(1, `dstopts / ${inner}`)}`])).toBe(1);
  expect(initiators([ACCESS, INTO, `fragments(80) / ${b4(1, 'udp(1 > 2) / "text that is long enough to be cut in two parts"')}`])).toBe(0);
});
