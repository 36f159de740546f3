/** What the captures show of a device's counters: packets that it sent, whatever headers it wrote before the inner packet. */
import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import { ACCESS } from "../../src/config/types.js";
import { compileFrames } from "../../src/suite/notation/index.js";
import { createSeen } from "../../src/suite/seen.js";

const config = parseConfig(`softproof: 1
access: { ipv6: ["2001:db8:af::1"] }
service-sets: [{ softwire-concentrators: [{ ds-lite: { softwire-address: "2001:db8:af::1" } }] }]
`, "t.yaml");
const inner = 'ipv4(192.0.2.80 > 192.168.1.10) / udp(53 > 5000) / "an answer that is long enough to be cut"';
const soft = (then: string): string => `ipv6(2001:db8:af::1 > 2001:db8:b4::1) / ${then}`;

/** The amounts that are not 0 after the device sent these to the access side. */
function amounts(...packets: readonly string[]): Record<string, number> {
  const b = new Uint8Array(4096);
  const seen = createSeen(config, b);
  for (const text of packets) {
    const { frames, first } = compileFrames(text);
    for (const f of frames) {
      b.set(f, 64);
      seen.sent(ACCESS, 64 + first.ip, f.length - first.ip);
    }
  }
  return Object.fromEntries([...seen.amounts()].filter(([, n]) => n !== 0));
}

test("an encapsulated packet counts once, with a tunnel encapsulation limit too, and however it is cut", () => {
  expect(amounts(soft(inner), soft(`dstopts(options=040104010100) / ${inner}`))).toEqual({ "ds-lite-encapsulated": 2 });
  expect(amounts(`fragments(80) / ${soft(inner)}`)).toEqual({ "ds-lite-encapsulated": 1, "ds-lite-fragmented": 1 });
  expect(amounts(`fragments(96) / ${soft(`dstopts(options=040104010100) / ${inner}`)}`)).toEqual({ "ds-lite-encapsulated": 1, "ds-lite-fragmented": 1 });
  expect(amounts(soft(`frag6(id=7) / ${inner}`))).toEqual({ "ds-lite-encapsulated": 1 });
});
test("what is no IPv4 packet in the softwire does not count", () => {
  expect(amounts(soft("udp(1 > 2)"), `fragments(80) / ${soft('dstopts / udp(1 > 2) / "text that is long enough to be cut in two parts"')}`)).toEqual({});
});
test("echo replies of the device, outside of the softwire and in it", () => {
  expect(amounts(soft('icmp6(reply id=1 seq=1) / "x"'), soft('dstopts / icmp6(reply id=1 seq=1) / "x"'))).toEqual({ "ds-lite-echo6-replies": 2 });
  expect(amounts(soft('ipv4(192.0.0.1 > 192.168.1.10) / icmp4(reply id=1 seq=1) / "x"'), soft('dstopts / ipv4(192.0.0.1 > 192.168.1.10) / icmp4(reply id=1 seq=1) / "x"'))).toEqual({ "ds-lite-encapsulated": 2, "ds-lite-echo4-replies": 2 });
});
