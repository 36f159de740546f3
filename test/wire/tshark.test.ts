/** An outside witness: tshark's dissection of real tunnel traffic and ours must agree, header by header. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createLinkPlace, locate } from "../../src/capture/link.js";
import { parseCapture } from "../../src/capture/pcap-parser.js";
import { formatIpv6, parseIpv6, textIpv4At, textIpv6At } from "../../src/wire/address.js";
import { checksum } from "../../src/wire/checksum.js";
import * as ipv4 from "../../src/wire/ipv4.js";
import * as ipv6 from "../../src/wire/ipv6.js";
import { sharedDir } from "../shared.js";

const linux = sharedDir() === undefined ? undefined : join(sharedDir() ?? "", "captures", "linux");
const tshark = spawnSync("tshark", ["--version"]).status === 0;
const why = linux === undefined ? " (skipped: the shared captures are not here)" : tshark ? "" : " (skipped: tshark is not installed)";

const FIELDS = ["ip.src", "ip.dst", "ip.proto", "ip.len", "ip.checksum", "ip.ttl", "ip.checksum.status", "ipv6.src", "ipv6.dst", "ipv6.nxt", "ipv6.plen", "ipv6.hlim", "ipv6.tclass", "ipv6.flow"];

/** All IP headers of a packet from outside inwards, in tshark's words: one list per field. Fragments are not followed (tshark does so only when it reassembles). */
function dissect(b: Uint8Array, start: number, len: number): string[] {
  const v4: string[][] = [];
  const v6: string[][] = [];
  const upper = ipv6.createUpper();
  let o = start;
  let left = len;
  for (;;) {
    if (b[o] >>> 4 === 4 && left >= 20) {
      const hl = ipv4.headerLength(b, o);
      v4.push([textIpv4At(b, o + ipv4.SRC), textIpv4At(b, o + ipv4.DST), String(b[o + 9]), String(ipv4.totalLength(b, o)), String(ipv4.headerChecksum(b, o)), String(b[o + 8]), checksum(b, o, hl) === 0 ? "1" : "0"]);
      if (b[o + hl] >>> 4 !== (b[o + 9] === 41 ? 6 : 4)) break; // crafted: the version does not fit the protocol number
      if (ipv4.fragmentOffset(b, o) !== 0 || ipv4.mf(b, o) || (b[o + 9] !== 41 && b[o + 9] !== 4)) break;
      o += hl;
      left -= hl;
    } else if (b[o] >>> 4 === 6 && left >= 40) {
      v6.push([
        textIpv6At(b, o + ipv6.SRC), textIpv6At(b, o + ipv6.DST), String(ipv6.nextHeader(b, o)), String(ipv6.payloadLength(b, o)), String(ipv6.hopLimit(b, o)),
        String(ipv6.trafficClass(b, o)), String(ipv6.flowLabel(b, o)),
      ]);
      ipv6.walk(b, o, left, upper);
      if (upper.fragment !== 0 || !upper.whole || (upper.protocol !== 4 && upper.protocol !== 41)) break;
      left -= upper.off - o;
      o = upper.off;
    } else break;
  }
  const columns = (rows: string[][], n: number): string[] => Array.from({ length: n }, (_, i) => rows.map((r) => r[i]).join(","));
  return [...columns(v4, 7), ...columns(v6, 7)];
}

/** Packets whose payload tshark dissects further than a tunnel (quoted headers) or puts together are compared on the first headers only. */
function comparable(ours: string, theirs: string): string {
  const n = ours === "" ? 0 : ours.split(",").length;
  // The width of its hex numbers changes between versions; ::192.0.2.1 and ::c000:201 are one address.
  const plain = (v: string): string => (v.startsWith("0x") ? String(Number(v)) : v.includes(":") ? formatIpv6(parseIpv6(v) ?? [0, 0, 0, 0]) : v);
  return theirs.split(",").slice(0, n).map(plain).join(",");
}

const scenarios = linux !== undefined && existsSync(linux) ? readdirSync(linux).filter((d) => existsSync(join(linux, d, "access.pcap"))) : [];

describe.skipIf(linux === undefined || !tshark)(`our dissection agrees with tshark's${why}`, () => {
  test.each(scenarios.filter((s) => s !== "07a-6rd-load").flatMap((s) => [[s, "access.pcap"], [s, "core.pcap"]]))("%s %s", async (scenario, file) => {
    const path = join(linux ?? "", scenario, file);
    const args = ["-r", path, "-n", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-o", "ip.check_checksum:TRUE", "-T", "fields", "-E", "separator=;"];
    const text = execFileSync("tshark", [...args, ...FIELDS.flatMap((f) => ["-e", f])], { maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "ignore"] }).toString();
    const lines = text.trimEnd().split("\n");
    const place = createLinkPlace();
    let compared = 0;
    let n = 0;
    for await (const frame of parseCapture(path)) {
      const theirs = lines[n++].split(";");
      if (!locate(frame.data, 0, frame.data.length, frame.linkType, place)) continue;
      const ours = dissect(frame.data, place.l3, place.l3Len);
      ours.forEach((value, i) => {
        expect(comparable(value, theirs[i]), `frame ${frame.number} ${FIELDS[i]}`).toBe(value);
      });
      compared++;
    }
    expect(n).toBe(lines.length);
    expect(compared).toBeGreaterThan(10);
  });
});
