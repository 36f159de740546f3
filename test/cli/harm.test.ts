/** What people and systems do to a command: links, odd names, closed and full outputs, two runs at once. No file of theirs may be lost, no verdict forgotten. */
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it, test } from "vitest";
import { shellWord } from "../../src/cli/shell-word.js";
import { openOutput } from "../../src/capture/output-file.js";
import { parseIpv6, writeIpv6 } from "../../src/wire/address.js";
import * as ipv4 from "../../src/wire/ipv4.js";
import * as ipv6 from "../../src/wire/ipv6.js";
import { pcap, root, scratch, softproof, T0, toDevice } from "./helper.js";

const dir = scratch();
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const cli = join(root, "dist", "cli", "main.js");
const config = join(root, "fixtures", "configs", "6rd.yaml");
const example = (side: string): string => join(root, "fixtures", "examples", `6rd-${side}.pcap`);
const check = ["check", "-q", "--config", config, "--access", example("access"), "--core", example("core")];

describe("inputs are never overwritten", () => {
  it("by anonymise through a link to their folder", () => {
    const captures = join(dir, "captures");
    mkdirSync(captures);
    copyFileSync(example("access"), join(captures, "a.pcap"));
    symlinkSync(captures, join(dir, "shown"));
    expect(softproof(["anonymise", join(captures, "a.pcap"), "--key", "a long secret", "-o", join(dir, "shown")])).toMatchObject({ code: 2, err: expect.stringContaining("would be overwritten") as string });
    expect(readFileSync(join(captures, "a.pcap")).equals(readFileSync(example("access")))).toBe(true);
  });
  it.each([["replay", "access-out.pcap"], ["replay", "evidence.pcapng"], ["check", "evidence.pcapng"]])("by %s, a capture named %s in the output folder", (command, name) => {
    const out = join(dir, `over-${command}-${name}`);
    mkdirSync(out);
    const input = join(out, name);
    copyFileSync(example("access"), input);
    expect(softproof([command, "--config", config, "--access", input, "-o", out])).toMatchObject({ code: 2, err: expect.stringContaining("would be overwritten") as string });
    expect(readFileSync(input).equals(readFileSync(example("access")))).toBe(true);
    expect(readdirSync(out)).toEqual([name]);
  });
  it("check may judge what a replay left in the folder: it writes other files", () => {
    const out = join(dir, "again");
    expect(softproof(["replay", "--config", config, "--access", example("access"), "--core", example("core"), "-o", out, "-q"]).code).toBe(0);
    const before = readFileSync(join(out, "core-out.pcap"));
    expect(softproof(["check", "--config", config, "--core", join(out, "core-out.pcap"), "--access", example("access"), "-o", out, "-q"]).code).not.toBe(2);
    expect(readFileSync(join(out, "core-out.pcap")).equals(before)).toBe(true);
  });
  it("what an earlier run left in the folder and this one does not write is told, inputs of this one are not", () => {
    const out = join(dir, "used");
    expect(softproof(["replay", "--config", config, "--access", example("access"), "--core", example("core"), "-o", out]).err).not.toContain("earlier run");
    expect(softproof(["replay", "--config", config, "--access", example("access"), "--core", example("core"), "-o", out]).err).not.toContain("earlier run");
    const r = softproof(["check", "--config", config, "--core", join(out, "core-out.pcap"), "--access", example("access"), "-o", out]);
    expect(r.err).toContain(`note: access-out.pcap in ${out} is of an earlier run: this one does not write it\n`);
  });
});

test("a run of all specs heeds Ctrl-C between two of them, and its report says that it is incomplete", async () => {
  const out = join(dir, "interrupted");
  const child = spawn(process.execPath, [cli, "run", "-q", "-o", out], { stdio: ["ignore", "ignore", "pipe"] });
  let err = "";
  child.stderr.on("data", (d: Buffer) => { err += d.toString(); });
  // The record is there as soon as the run listens; the specs take far longer than this.
  while (!existsSync(join(out, "run.jsonl"))) await new Promise((r) => setTimeout(r, 10));
  await new Promise((r) => setTimeout(r, 50));
  child.kill("SIGINT");
  expect(await new Promise((r) => child.on("close", r))).toBe(130);
  expect(err).toContain(`interrupted: the report in ${out} is marked incomplete`);
  expect(readFileSync(join(out, "summary.md"), "utf8")).toContain("INCOMPLETE RUN");
});

test.runIf(existsSync("/proc/self"))("a folder where none can be made is refused, not tried for ever", () => {
  const r = spawnSync(process.execPath, [cli, ...check, "-o", "/proc/softproof/out"], { encoding: "utf8", timeout: 20_000 });
  expect(r).toMatchObject({ status: 2, stderr: expect.stringContaining("cannot write to the output folder /proc/softproof/out") as string });
});

describe("closed and full outputs", () => {
  const shell = (script: string): string => spawnSync("bash", ["-c", script, "bash", process.execPath, cli, ...check.slice(0, 1), ...check.slice(2)], { encoding: "utf8" }).stdout;
  it("a reader of stdout that leaves changes neither the files nor the exit code", () => {
    const out = join(dir, "closed");
    expect(shell(`"$@" -o ${out} --second-opinion 2>/dev/null | true; echo \${PIPESTATUS[0]}`)).toBe("1\n");
    expect(readdirSync(out)).toContain("report.html");
  });
  it("a reader of stderr that leaves does not either", () => {
    const out = join(dir, "closed-talk");
    expect(shell(`{ "$@" -o ${out} >/dev/null; echo $? >&3; } 3>&1 2>&1 1>/dev/null 3>${join(dir, "code")} | true; cat ${join(dir, "code")}`)).toBe("1\n");
    expect(readdirSync(out)).toContain("report.html");
  });
  it.skipIf(!existsSync("/dev/full"))("a full disk behind stdout is told, without a stack", () => {
    const r = spawnSync("bash", ["-c", `"${process.execPath}" "${cli}" rules > /dev/full`], { encoding: "utf8" });
    expect(r.status).toBe(2);
    expect(r.stderr).toBe("softproof: cannot write to stdout: the disk is full.\n");
  });
});

describe("odd names", () => {
  it("a name longer than any file has is the user's fault in every command, not ours", () => {
    const long = "x".repeat(5000);
    const aftr = join(root, "fixtures", "configs", "ds-lite.yaml");
    for (const args of [["init", long], ["init", example("access"), example("core"), "-o", long], ["stimuli", "--config", aftr, "--learned", long], ["info", long], ["check", "--access", long], ["report", long], ["run", long], ["check", "--config", long, "--access", "a"], ["check", "--config", aftr, "--access", example("access"), "--counters", long], [...check, "-o", long]]) {
      const r = softproof(args);
      expect([2, 3], args[0]).toContain(r.code);
      expect(r.err).not.toMatch(/a fault of softproof|\n {4}at /);
    }
  });
  it("a line break and an escape sequence in a capture's name stay out of the draft's lines and of the terminal", () => {
    const file = join(dir, "a\nevil: [1\u001b[31m.pcap");
    copyFileSync(example("access"), file);
    const r = softproof(["init", file, example("core")]);
    expect(r.code).toBe(0);
    expect(r.out + r.err).not.toContain("\u001b");
    expect(softproof(["check", "-q", "--access", file, "--core", example("core")]).code).toBe(1);
  });
  it.each(["plain/x.pcap", "a b.pcap", "it's; rm -rf $HOME `x`", "-o", "line\nbreak\u001b[31m", "back\\slash '\t", "", "é"])("%j is one word of a command that is copied into a shell", (text) => {
    expect(spawnSync("bash", ["-c", `printf %s ${shellWord(text)}`], { encoding: "utf8" }).stdout).toBe(text);
    expect(shellWord(text)).not.toMatch(/\p{Cc}/u);
  });
});

describe("init --junos", () => {
  const draft = (text: string): ReturnType<typeof softproof> => {
    const file = join(dir, "router.set");
    writeFileSync(file, text);
    return softproof(["init", "--junos", file]);
  };
  const v6rd = "set services softwire softwire-concentrator v6rd RD ";
  it("a draft that does not load is given, but not as a success", () => {
    const r = draft(`${v6rd}softwire-address 10.0.0.1\n${v6rd}ipv4-prefix 10.0.0.0\n${v6rd}v6rd-prefix 2001:db8::/32\n`);
    expect(r).toMatchObject({ code: 2, out: expect.stringContaining("ipv4-prefix: 10.0.0.0") as string, err: expect.stringMatching(/does not load as it is[\s\S]*the draft:\d+:\d+: .*ipv4-prefix/) as string });
  });
  it("no concentrator is no success, a bare set says nothing, and control characters are shown", () => {
    const r = draft("set\nset system host-name \"a\u001b[31mb\"\nset services nat \u001b]0;x\u0007\n");
    expect(r.code).toBe(4);
    for (const never of ["undefined", "\u001b"]) expect(r.out + r.err).not.toContain(never);
  });
});

test("two writers of one file do not mix their bytes or take each other's file away", async () => {
  const path = join(dir, "both.pcap");
  const other = spawn(process.execPath, ["--input-type=module", "-e", `import { openOutput } from ${JSON.stringify(join(root, "dist/capture/output-file.js"))}; const f = openOutput(process.argv[1]); process.stdout.write("open"); process.stdin.once("data", () => { f.write(Buffer.from("BBBB"), 0, 4); f.finish(); process.exit(0); });`, path], { stdio: ["pipe", "pipe", "inherit"] });
  await new Promise((done) => other.stdout.once("data", done));
  const mine = openOutput(path);
  mine.write(Buffer.from("AAAAAAAA"), 0, 8);
  const ended = new Promise((done) => other.on("exit", done));
  other.stdin.write("go");
  expect(await ended).toBe(0);
  expect(readFileSync(path, "utf8")).toBe("BBBB");
  mine.finish();
  expect(readFileSync(path, "utf8")).toBe("AAAAAAAA");
});

test("waivers prune --write goes through a link to the file itself", () => {
  const out = join(dir, "pruned");
  softproof([...check, "-o", out]);
  const file = join(dir, "waivers.yaml");
  writeFileSync(file, 'softproof-waivers: 1\nwaivers:\n  - id: lab-12\n    reason: until the next release\n    owner: k.meier\n    issue: LAB-12\n    expires: 2020-01-01\n    scope: { clause: RFC5969-9-3 }\n');
  symlinkSync(file, join(dir, "link.yaml"));
  const r = softproof(["waivers", "prune", join(dir, "link.yaml"), "--run", out, "--write"]);
  expect(r.err + r.out).toContain("removed");
  expect(lstatSync(join(dir, "link.yaml")).isSymbolicLink()).toBe(true);
  expect(readFileSync(file, "utf8")).not.toContain("lab-12");
});

describe("anonymise tells what it did not do", () => {
  const run = (name: string, bytes: Uint8Array): ReturnType<typeof softproof> => {
    writeFileSync(join(dir, name), bytes);
    return softproof(["anonymise", join(dir, name), "--key", "a long secret", "-o", join(dir, "told")]);
  };
  it("a capture that ends within a frame is written as far as it goes, exit 3", () => {
    const whole = readFileSync(example("access"));
    expect(run("cut.pcap", whole.subarray(0, whole.length - 5))).toMatchObject({ code: 3, out: expect.stringContaining("17 frames") as string, err: expect.stringContaining("the file ends too early: frame 18 needs") as string });
    expect(run("whole.pcap", whole)).toMatchObject({ code: 0, err: expect.not.stringContaining("neither IP nor ARP") as string });
  });
  it("frames that it cannot read are counted: their addresses are still there", () => {
    const foreign = Uint8Array.from(readFileSync(example("access")));
    foreign[20] = 105; // LINKTYPE_IEEE802_11
    expect(run("wlan.pcap", foreign)).toMatchObject({ code: 0, err: expect.stringContaining("18 frames are neither IP nor ARP (or of a link type that is not read), the first in frame 1: copied") as string });
  });
});

test("init says when its tables were full: its numbers are lower bounds", () => {
  const n = 66_000;
  const packet = toDevice(tunnel6("2001:db8:100::1", "2001:db8::1"));
  const frames = Array.from({ length: n }, (_, i) => {
    const data = packet.slice();
    data[14 + 20] = i >>> 16;
    data[14 + 21] = (i >>> 8) & 255;
    data[14 + 22] = i & 255;
    return { sec: T0 + i, usec: 0, data };
  });
  const file = join(dir, "many.pcap");
  writeFileSync(file, pcap(frames));
  const r = softproof(["init", file]);
  expect(r).toMatchObject({ code: 0, out: expect.stringContaining("# more than 65536 B4s") as string, err: expect.stringMatching(/464 packets of further ones are not counted/) as string });
});

/** IPv4 (UDP without payload) in IPv6. */
function tunnel6(src: string, dst: string): Uint8Array {
  const b = new Uint8Array(40 + 28);
  ipv6.write(b, 0, 0, 0, 28, 4, 64);
  writeIpv6(b, ipv6.SRC, parseIpv6(src) ?? [0, 0, 0, 0]);
  writeIpv6(b, ipv6.DST, parseIpv6(dst) ?? [0, 0, 0, 0]);
  ipv4.write(b, 40, 0, 28, 1, 0, 64, 17, 0x0a000002, 0xc0000209);
  return b;
}
