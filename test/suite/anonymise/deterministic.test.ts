/** Deterministic NAPT: anonymised packets show the mapping that the algorithm gives for the anonymised addresses. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.js";
import { createMapper } from "../../../src/suite/anonymise/addresses.js";
import { anonymiseConfig } from "../../../src/suite/anonymise/config.js";
import { severityOf } from "../../../src/suite/catalogue.js";
import { runPipeline } from "../../../src/suite/pipeline.js";
import { formatIpv6, type Ipv6, parseIpv6 } from "../../../src/wire/address.js";
import { readAll } from "../../capture/helpers.js";
import { pcap } from "../../cli/helper.js";
import { packet6 } from "../../concentrator/harness.js";
import { udp4 } from "../../concentrator/ds-lite/packets.js";
import { anonymised } from "./helper.js";

const dir = mkdtempSync(join(tmpdir(), "softproof-deterministic-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const config = (subscriberLength: number): string => `softproof: 1
access: { macs: ["02:00:00:00:00:01"], peer-mac: "02:00:00:00:00:02" }
core: { macs: ["02:00:00:00:00:03"], peer-mac: "02:00:00:00:00:04" }
service-sets:
  - softwire-concentrators:
      - ds-lite:
          softwire-address: "2a02:9::1"
          b4-prefixes: ["2a02:a:b00::/40", "2a02:7:700::/48"]
          subscriber-prefix-length: ${subscriberLength}
          nat: { allocation: deterministic, port-block-size: 2048, pool: { addresses: [81.9.0.3-81.9.0.14, 81.4.4.0/29, 80.1.1.1], ports: 1024-65535 } }
`;

test.each([56, 64, 128])("subscribers of /%i: the reference maps the anonymised packets to what the mapped ones become", async (length) => {
  const text = config(length);
  const map = createMapper("the key of the test", parseConfig(text, "c.yaml"));
  const low = (n: number): string => (length === 56 ? `${(n * 256).toString(16)}::5:${n + 1}` : length === 64 ? `${n}::5:${n + 1}` : `::aaaa:0:0:${n.toString(16)}`);
  const b4s = [...Array.from({ length: 30 }, (_, n) => `2a02:a:b00:${low(7 * n)}`.replace(":::", "::")), `2a02:7:700::${length === 128 ? "aaaa:0:0:" : ""}1`];
  const frames = pcap(b4s.map((src, i) => {
    const p = packet6({ src, dst: "2a02:9::1", next: 4, payload: udp4({ src: "192.168.1.2", dst: "81.77.1.1", sport: 5000 + i }) });
    return { sec: 1_700_000_000 + i, usec: 0, data: Uint8Array.of(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd, ...p) };
  }));
  const run = async (name: string, bytes: Uint8Array, c: string): Promise<string> => {
    const path = join(dir, `${length}-${name}.pcap`);
    writeFileSync(path, bytes);
    await runPipeline({ config: parseConfig(c, "c.yaml"), files: [{ path, side: 0 }], mode: "replay", judge: false, severityOf, outDir: join(dir, `${length}-${name}`) });
    return join(dir, `${length}-${name}`, "core-out.pcap");
  };
  const open = await run("open", frames, text);
  const hidden = await run("hidden", (await anonymised(join(dir, `${length}-open.pcap`), map)).bytes, anonymiseConfig(text, map));
  const expected = join(dir, `${length}-expected.pcap`);
  writeFileSync(expected, (await anonymised(open, map)).bytes);
  const data = async (path: string): Promise<string[]> => (await readAll(path)).frames.map((f) => Buffer.from(f.data).toString("hex"));
  expect((await data(expected)).length).toBeGreaterThan(20);
  expect(await data(hidden)).toEqual(await data(expected));
  expect(await data(hidden)).not.toEqual(await data(open));
});

test("prefixes are still preserved, and still change", () => {
  const map = createMapper("the key of the test", parseConfig(config(56), "c.yaml"));
  const bits = (a: Ipv6): string => a.slice(0, 2).map((w) => w.toString(2).padStart(32, "0")).join("");
  const shared = (a: Ipv6, b: Ipv6): number => {
    const at = [...bits(a)].findIndex((x, i) => x !== bits(b)[i]);
    return at < 0 ? 64 : at;
  };
  const near = fc.tuple(fc.constantFrom(0x2a02000a, 0x2a020007, 0x2a020009, 0x24001234), fc.constantFrom(0x0b000000, 0x07000000, 0), fc.nat(0xffffff)).map(([a, b, c]): Ipv6 => [a, (b | c) >>> 0, 0, 1]);
  fc.assert(fc.property(near, near, (a, b) => {
    expect(shared(map.v6(a), map.v6(b))).toBe(shared(a, b));
  }));
  expect(formatIpv6(map.v6(parseIpv6("2a02:a:b00::1")!))).not.toMatch(/^2a02:a:b/);
  const word = fc.integer({ min: 0x51040000, max: 0x510900ff });
  fc.assert(fc.property(word, word, (a, b) => {
    expect(Math.clz32((map.v4(a) ^ map.v4(b)) >>> 0)).toBe(Math.clz32((a ^ b) >>> 0));
  }));
});
