import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.js";
import { ACCESS } from "../../../src/config/types.js";
import { learnMacs } from "../../../src/suite/direction/learn-macs.js";

const config = (access: string): ReturnType<typeof parseConfig> =>
  parseConfig(
    `softproof: 1\naccess: { ipv4: [192.0.2.1]${access} }\nservice-sets:\n  - softwire-concentrators:\n      - v6rd: { softwire-address: 192.0.2.1, ipv4-prefix: 0.0.0.0/0, v6rd-prefix: "2001:db8::/32" }\n`,
    "test",
  );
const DEVICE = "020000000001";
const PEER = "020000000002";

/** A bare IPv4 header in an Ethernet frame. */
function frame(dst: string, src: string, from: string, to: string): string {
  return `${dst}${src}0800${`4500001400000000402900 00${from}${to}`.replaceAll(" ", "")}`;
}
function capture(frames: readonly string[]): string {
  const path = join(mkdtempSync(join(tmpdir(), "softproof-macs-")), "access.pcap");
  const head = Buffer.from("d4c3b2a1020004000000000000000000ffff000001000000", "hex");
  const records = frames.map((f) => {
    const b = Buffer.alloc(16 + f.length / 2);
    b.writeUInt32LE(f.length / 2, 8);
    b.writeUInt32LE(f.length / 2, 12);
    b.write(f, 16, "hex");
    return b;
  });
  writeFileSync(path, Buffer.concat([head, ...records]));
  return path;
}
const BR = "c0000201";
const CE = "c633640a";

test("the MAC address behind the device's IPv4 address is found in both directions", async () => {
  const path = capture([frame(DEVICE, PEER, CE, BR), frame(PEER, DEVICE, BR, CE), frame(DEVICE, PEER, CE, BR)]);
  const learned = await learnMacs(config(""), [{ path, side: ACCESS }]);
  expect(learned.macs[0]).toEqual(["02:00:00:00:00:01"]);
  expect(learned.notes[0]).toContain("3 of 3 telling frames");
});

test("two addresses with as many votes decide nothing, nor does a single frame", async () => {
  const split = capture([frame(DEVICE, PEER, CE, BR), frame(DEVICE, PEER, CE, BR), frame("020000000009", PEER, CE, BR), frame("020000000009", PEER, CE, BR)]);
  expect((await learnMacs(config(""), [{ path: split, side: ACCESS }])).macs[0]).toEqual([]);
  const one = capture([frame(DEVICE, PEER, CE, BR)]);
  expect((await learnMacs(config(""), [{ path: one, side: ACCESS }])).macs[0]).toEqual([]);
});

test("what the configuration says is not guessed again", async () => {
  const path = capture([frame(DEVICE, PEER, CE, BR), frame(DEVICE, PEER, CE, BR)]);
  expect((await learnMacs(config(', macs: ["02:00:00:00:00:77"]'), [{ path, side: ACCESS }])).macs[0]).toEqual([]);
});
