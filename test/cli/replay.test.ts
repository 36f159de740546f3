import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { pcap, pcapng, type Ran, root, scratch, softproof } from "./helper.js";
import { accessFrames, accessPcap, CONFIG, corePcap } from "./traffic.js";

let dir = "";
const path = (name: string): string => join(dir, name);
const bytes = (name: string): Buffer => readFileSync(path(name));
const replay = (...args: string[]): Ran => softproof(["replay", "--config", path("br.yaml"), ...args]);
/** Lengths of the packets in one of our outputs: 16-byte record headers after 24 bytes. */
function lengths(file: Buffer): number[] {
  const out: number[] = [];
  for (let o = 24; o < file.length; o += 16 + file.readUInt32LE(o + 8)) out.push(file.readUInt32LE(o + 8));
  return out;
}

beforeAll(() => {
  dir = scratch();
  writeFileSync(path("br.yaml"), CONFIG);
  writeFileSync(path("access.pcap"), accessPcap());
  writeFileSync(path("core.pcap"), corePcap());
  writeFileSync(path("empty.pcap"), "");
  writeFileSync(path("none.pcap"), pcap([]));
  writeFileSync(path("text.pcap"), "this is a letter, no capture\n");
  writeFileSync(path("cut.pcap"), accessPcap().subarray(0, accessPcap().length - 10));
});

describe("replay", () => {
  let first: Ran;
  beforeAll(() => {
    first = replay("--access", path("access.pcap"), "--core", path("core.pcap"), "-o", path("one"));
  });

  it("decapsulates, encapsulates, hairpins, and drops the spoofed one", () => {
    const notes = (JSON.parse(readFileSync(path("one/run.jsonl"), "utf8").split("\n").find((l) => l.includes('"type":"case"'))!) as { notes: string[] }).notes;
    expect(notes[0]).toBe("8 frames read, 6 fed to the reference, 1 not IP, 1 Neighbor or listener discovery.");
    expect(first.err).toContain("8 frames read, 6 fed to the reference, 1 not IP, 1 Neighbor or listener discovery");
    // Ethernet + IPv6 + UDP + payload to the core; outer IPv4 on top to the access side.
    expect(lengths(bytes("one/core-out.pcap"))).toEqual([94, 95, 96]);
    expect(lengths(bytes("one/access-out.pcap"))).toEqual([114, 114]);
  });
  it("conforms, says so in four numbers, and exits 0", () => {
    expect(first.code).toBe(0);
    expect(first.out).toMatch(/exercised \d+ of \d+ applicable, failed 0, waived or known 0, errors 0/);
  });
  it("writes the record with header first and footer last, and every report", () => {
    const lines = bytes("one/run.jsonl").toString().trimEnd().split("\n").map((l) => JSON.parse(l) as { type: string; complete?: boolean; exitCode?: number });
    expect(lines[0]?.type).toBe("header");
    expect(lines.at(-1)).toMatchObject({ type: "footer", complete: true, exitCode: 0 });
    expect(readdirSync(path("one")).sort()).toEqual(expect.arrayContaining(["access-out.pcap", "core-out.pcap", "evidence.pcapng", "junit.xml", "report.html", "report.json", "run.jsonl", "summary.md"]));
    expect(readdirSync(path("one")).filter((f) => f.includes(".part"))).toEqual([]);
  });
  it("says where the reports are, and how to have them where there are none", () => {
    expect(first.err).toContain(`reports and outputs are in ${path("one")}\n`);
    expect(first.out).toMatch(/observations?: see report\.html\n/);
    const without = replay("--access", path("access.pcap"), "--core", path("core.pcap"));
    expect(without.out).toMatch(/observations?: see report\.html \(-o DIR writes it\)\n/);
    expect(without.err).not.toContain("reports and outputs");
    expect(replay("--access", path("access.pcap"), "--no-judge", "-o", path("bare")).err).toContain(`outputs are in ${path("bare")}\n`);
    const check = softproof(["check", "--config", path("br.yaml"), "--access", path("access.pcap"), "--core", path("core.pcap"), "-o", path("judged")]);
    expect(check.err).toContain(`reports are in ${path("judged")}\n`);
    expect(check.out).toContain("are not judged on packets; report.html says why.");
    expect(softproof(["check", "--config", path("br.yaml"), "--access", path("access.pcap"), "--core", path("core.pcap")]).out).toContain("are not judged on packets; report.html (-o DIR writes it) says why.");
  });
  it("gives the same bytes again", () => {
    replay("--access", path("access.pcap"), "--core", path("core.pcap"), "-o", path("two"));
    for (const f of readdirSync(path("one"))) expect(bytes(`two/${f}`).equals(bytes(`one/${f}`)), f).toBe(true);
  });
  it("reads gzip, pcapng and stdin as the same packets", () => {
    writeFileSync(path("access.pcapng"), pcapng(accessFrames()));
    expect(replay("--access", path("access.pcapng"), "--core", path("core.pcap"), "-o", path("ng")).code).toBe(0);
    writeFileSync(path("access.pcap.gz"), gzipSync(accessPcap()));
    expect(replay("--access", path("access.pcap.gz"), "--core", path("core.pcap"), "-o", path("gz")).code).toBe(0);
    expect(softproof(["replay", "--config", path("br.yaml"), "--access", "-", "--core", path("core.pcap"), "-o", path("stdin")], accessPcap()).code).toBe(0);
    for (const f of ["access-out.pcap", "core-out.pcap"]) {
      expect(bytes(`gz/${f}`).equals(bytes(`one/${f}`)), f).toBe(true);
      expect(bytes(`ng/${f}`).equals(bytes(`one/${f}`)), f).toBe(true);
      expect(bytes(`stdin/${f}`).equals(bytes(`one/${f}`)), f).toBe(true);
    }
    const body = (name: string, input: string): string => bytes(`${name}/run.jsonl`).toString().replaceAll(input, "INPUT");
    expect(body("gz", path("access.pcap.gz"))).toBe(body("one", path("access.pcap")));
    expect(body("ng", path("access.pcapng"))).toBe(body("one", path("access.pcap")));
    expect(body("stdin", "stdin")).toBe(body("one", path("access.pcap")));
  });
  it("prints JSON on stdout and nothing else there", () => {
    const r = replay("--access", path("access.pcap"), "--json");
    const report = JSON.parse(r.out) as { complete: boolean; exitCode: number };
    expect(report).toMatchObject({ complete: true, exitCode: 0 });
  });
  it("writes only pcaps with --no-judge", () => {
    expect(replay("--access", path("access.pcap"), "--core", path("core.pcap"), "-o", path("plain"), "--no-judge").code).toBe(0);
    expect(bytes("plain/core-out.pcap").equals(bytes("one/core-out.pcap"))).toBe(true);
    expect(readdirSync(path("plain")).sort()).toEqual(["access-out.pcap", "core-out.pcap", "run.jsonl"]);
  });
  it("does not feed what the device sent itself", () => {
    const frames = accessFrames();
    for (const f of frames.slice(1)) f.data.copyWithin(6, 0, 6); // source MAC = the device's
    writeFileSync(path("own.pcap"), pcap(frames));
    const r = replay("--access", path("own.pcap"));
    expect(r.err).toContain("0 fed to the reference");
    expect(r.code).toBe(4);
  });
});

describe("check", () => {
  it("judges the reference's own output like any box's: two-way captures, same verdict", () => {
    const r = softproof(["check", "--config", path("br.yaml"), "--access", path("access.pcap"), path("one/access-out.pcap"), "--core", path("core.pcap"), path("one/core-out.pcap"), "-o", path("check")]);
    expect(r.err).toContain("11 judged");
    expect(r.out).toContain("captured device");
    expect(r.out).toMatch(/failed 0,/);
    expect(r.code).toBe(0);
  });
  it("fails with the clause when the box forwards a spoofed source", () => {
    // The box decapsulates the spoofed packet (last access frame) as if it were good.
    const spoofed = accessFrames().at(-1);
    if (spoofed === undefined) throw new Error("no frames");
    const inner = spoofed.data.subarray(34);
    const sent = new Uint8Array(14 + inner.length);
    sent.set([2, 0, 0, 0, 0, 0x98, 2, 0, 0, 0, 0, 0x02, 0x86, 0xdd], 0);
    sent.set(inner, 14);
    sent[14 + 7]--; // hop limit
    writeFileSync(path("bad-core.pcap"), pcap([{ ...spoofed, usec: spoofed.usec + 50, data: sent }]));
    const r = softproof(["check", "--config", path("br.yaml"), "--access", path("access.pcap"), "--core", path("bad-core.pcap")]);
    expect(r.out).toContain("RFC5969-9.2-1");
    expect(r.code).toBe(1);
  });
});

describe("bad input", () => {
  it.each([
    ["an empty file", "empty.pcap", "the file is empty", 3],
    ["a text file", "text.pcap", "it is no capture", 3],
    ["a truncated capture", "cut.pcap", "frame 5", 3],
    ["a capture without packets", "none.pcap", "no packet exercised a clause", 4],
  ])("%s", (_, file, message, code) => {
    const r = replay("--access", path(file), "-o", path(`bad-${file}`));
    expect(r.out + r.err).toContain(message);
    expect(r.code).toBe(code);
    expect(bytes(`bad-${file}/run.jsonl`).toString()).toContain('"complete":true');
  });
  it("judges what was readable of a truncated capture", () => {
    expect(lengths(bytes("bad-cut.pcap/core-out.pcap"))).toEqual([94, 95, 96]);
  });
  it.each([["check"], ["replay"]])("%s: a configuration of another mechanism is no conforming device", (command) => {
    writeFileSync(path("aftr.yaml"), CONFIG.slice(0, CONFIG.indexOf("      - v6rd")) + '      - ds-lite: { softwire-address: "2001:db8:af::1", nat: { pool: { addresses: [203.0.113.1] } } }\n');
    const r = softproof([command, "--config", path("aftr.yaml"), "--access", path("access.pcap"), "--core", path("core.pcap")]);
    expect(r).toMatchObject({ code: 4, out: expect.stringContaining("exit 4: no packet exercised a clause") });
    if (command === "check") expect(r.out).toMatch(/None of these packets is of the configured mechanism[\s\S]*\nNot exercised: \d+ of the \d+ clauses.*\n`softproof stimuli.*for \d+ of them.*\n$/);
    // Declared timers are judged on the configuration, and RFC 6333 section 8.2 adds them up: no packet had a part in it.
    expect(softproof([command, "-q", "--config", join(root, "fixtures/configs/ds-lite.yaml"), "--access", path("access.pcap"), "--core", path("core.pcap")])).toMatchObject({ code: 4, out: expect.stringContaining("exercised 8 of") });
  });
  it("MAC addresses that are nobody's", () => {
    writeFileSync(path("others.yaml"), CONFIG.replaceAll("02:00:00:00:00:0", "02:00:00:00:77:0"));
    expect(softproof(["check", "--config", path("others.yaml"), "--access", path("access.pcap")])).toMatchObject({ code: 4, out: expect.stringContaining("Do `macs` and `peer-mac` name this device") });
  });
  it("what is wrong with the configuration is told before a capture is missed", () => {
    expect(softproof(["check", "--config", path("nowhere.yaml"), "--access", path("nowhere.pcap")])).toMatchObject({ code: 2, err: expect.stringContaining("nowhere.yaml") });
  });
  it("a missing file", () => {
    const r = replay("--access", path("nowhere.pcap"));
    expect(r.err).toContain(`cannot read ${path("nowhere.pcap")}: it does not exist`);
    expect(r.code).toBe(3);
  });
  it("a configuration with a wrong prefix, with its place", () => {
    writeFileSync(path("wrong.yaml"), CONFIG.replace("2001:db8::/32", "2001:db8::1/32"));
    const r = softproof(["replay", "--config", path("wrong.yaml"), "--access", path("access.pcap")]);
    expect(r.err).toMatch(/wrong\.yaml:9:\d+: /);
    expect(r.code).toBe(2);
  });
  it("an output folder that is a file", () => {
    const r = replay("--access", path("access.pcap"), "-o", path("text.pcap"));
    expect(r.err).toContain(`cannot write to the output folder ${path("text.pcap")}`);
    expect(r.code).toBe(2);
    mkdirSync(path("taken/run.jsonl"), { recursive: true });
    expect(replay("--access", path("access.pcap"), "-o", path("taken")).code).toBe(2);
  });
  it.each([
    [["replay"], "config"],
    [["replay", "--config", "x.yaml", "--acces", "y"], "acces"],
    [["replayy"], "replay"],
    [[], "Name a command"],
  ])("wrong usage: %j", (args, message) => {
    const r = softproof(args);
    expect(r.err).toContain(message);
    expect(r.code).toBe(2);
  });
  it("no captures, a profile that does not exist, a day that is none", () => {
    expect(replay()).toMatchObject({ code: 2, err: expect.stringContaining("no captures named") });
    expect(replay("--access", path("access.pcap"), "--profile", "nokia-9000")).toMatchObject({ code: 2, err: expect.stringContaining("nokia-9000") });
    expect(replay("--access", path("access.pcap"), "--as-of", "2026-02-30")).toMatchObject({ code: 2, err: expect.stringContaining("YYYY-MM-DD") });
  });
});
