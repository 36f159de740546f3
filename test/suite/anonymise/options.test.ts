/** What somebody wrote into a pcapng file may hold the addresses that its packets no longer do. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createMapper } from "../../../src/suite/anonymise/addresses.js";
import { anonymised } from "./helper.js";

const dir = mkdtempSync(join(tmpdir(), "softproof-options-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** One section, one interface, two Enhanced Packet Blocks; written as Wireshark does. */
function pcapng(little: boolean, packet: Buffer): Buffer {
  const u16 = (v: number): Buffer => { const b = Buffer.alloc(2); if (little) b.writeUInt16LE(v); else b.writeUInt16BE(v); return b; };
  const u32 = (v: number): Buffer => { const b = Buffer.alloc(4); if (little) b.writeUInt32LE(v); else b.writeUInt32BE(v); return b; };
  const padded = (b: Buffer): Buffer => Buffer.concat([b, Buffer.alloc(-b.length & 3)]);
  const option = (code: number, data: Buffer): Buffer => Buffer.concat([u16(code), u16(data.length), padded(data)]);
  const text = (code: number, t: string): Buffer => option(code, Buffer.from(t));
  const block = (type: number, body: Buffer, ...options: Buffer[]): Buffer => {
    const all = Buffer.concat([body, ...options, ...(options.length > 0 ? [u32(0)] : [])]);
    return Buffer.concat([u32(type), u32(all.length + 12), all, u32(all.length + 12)]);
  };
  const epb = (...options: Buffer[]): Buffer => block(6, Buffer.concat([u32(0), u32(0), u32(1000), u32(packet.length), u32(packet.length), padded(packet)]), ...options);
  const rest = [
    block(1, Buffer.concat([u16(101), u16(0), u32(0)]), text(2, "ge-0/0/0"), text(3, "to 198.51.100.7"), text(1, "host 198.51.100.7"), option(11, Buffer.from("\0host 198.51.100.7")), option(9, Buffer.from([9]))),
    epb(text(1, "sent by 198.51.100.7"), option(2, u32(1))), epb(),
  ];
  const section = (length: number): Buffer => block(0x0a0d0d0a, Buffer.concat([u32(0x1a2b3c4d), u16(1), u16(0), ...(little ? [u32(length), u32(0)] : [u32(0), u32(length)])]), text(1, "from 198.51.100.7"), text(4, "dumpcap"));
  return Buffer.concat([section(rest.reduce((n, b) => n + b.length, 0)), ...rest]);
}

/** UDP from 198.51.100.7 to 203.0.113.9. */
const packet = Buffer.from("4500001e 00004000 40110000 c6336407 cb007109 04000035 000a0000 6162".replaceAll(" ", ""), "hex");

describe("options of pcapng", () => {
  test.each([["little", true], ["big", false]] as const)("%s endian: no text with addresses stays; names, resolution and flags do", async (name, little) => {
    const path = join(dir, `${name}.pcapng`);
    writeFileSync(path, pcapng(little, packet));
    const done = await anonymised(path, createMapper("the key of the test", undefined));
    const out = done.bytes;
    expect(done.frames).toBe(2);
    expect(done.notes).toEqual([]);
    expect(out.includes("198.51.100.7")).toBe(false);
    expect(out.includes(Buffer.from([198, 51, 100, 7]))).toBe(false);
    for (const kept of ["ge-0/0/0", "dumpcap"]) expect(out.includes(kept), kept).toBe(true);
    const hidden = join(dir, `${name}-hidden.pcapng`);
    writeFileSync(hidden, out);
    // Once more, nothing goes: the blocks are well formed.
    expect((await anonymised(hidden, createMapper("another key of the test", undefined))).bytes.length).toBe(out.length);
    const tshark = spawnSync("tshark", ["-r", hidden, "-T", "fields", "-e", "frame.interface_name", "-e", "frame.packet_flags", "-e", "udp.dstport"], { encoding: "utf8" });
    if (tshark.error !== undefined) return;
    expect(tshark.stderr.replace(/^Running as user.*\n/m, "")).toBe("");
    expect(tshark.stdout.trim().split("\n")).toEqual(["ge-0/0/0\t0x00000001\t53", "ge-0/0/0\t\t53"]);
  });
});
