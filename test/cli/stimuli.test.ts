import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root, scratch, softproof } from "./helper.js";

const dir = scratch();
const config = (name: string): string => join(root, "fixtures", "configs", name);
const pcaps = (folder: string, pattern: RegExp): string[] => readdirSync(folder).filter((f) => pattern.test(f)).sort().map((f) => join(folder, f));

describe("softproof stimuli", () => {
  it("writes a pcap a topic and side to the box's MAC addresses, and a script that sends them", () => {
    const out = join(dir, "rd");
    const r = softproof(["stimuli", "--config", config("6rd.yaml"), "-o", out]);
    expect(r.code).toBe(0);
    expect(r.out).toMatch(/^01-forwarding +\d+ packets/);
    // Ethernet destination of the first frame: the device's on that side
    expect(readFileSync(join(out, "01-forwarding-access.pcap")).subarray(40, 46)).toEqual(Buffer.from([2, 0, 0, 0, 0, 1]));
    expect(readFileSync(join(out, "01-forwarding-core.pcap")).subarray(40, 46)).toEqual(Buffer.from([2, 0, 0, 0, 0, 3]));
    const script = readFileSync(join(out, "send.sh"), "utf8");
    for (const f of pcaps(out, /pcap$/)) expect(script).toContain(f.slice(f.lastIndexOf("/") + 1));
    expect((JSON.parse(readFileSync(join(out, "stimuli.json"), "utf8")) as { topics: { clauses: string[] }[] }).topics.flatMap((t) => t.clauses)).toContain("RFC5969-9.2-1");
  });
  it("learns external ports from a capture of phase 1 and writes phase 2", () => {
    const out = join(dir, "aftr");
    expect(softproof(["stimuli", "--config", config("ds-lite.yaml"), "-o", out])).toMatchObject({ code: 0, err: expect.stringContaining("--learned CORE.pcap") });
    const box = join(dir, "box");
    expect(softproof(["replay", "-q", "--no-judge", "--config", config("ds-lite.yaml"), "--access", ...pcaps(out, /access/), "--core", ...pcaps(out, /core/), "-o", box]).code).toBe(0);
    const second = softproof(["stimuli", "--config", config("ds-lite.yaml"), "-o", out, "--learned", join(box, "core-out.pcap")]);
    expect(second).toMatchObject({ code: 0, err: expect.stringContaining("external ports of 18 bindings learnt") });
    expect(existsSync(join(out, "201-replies-core.pcap")) && existsSync(join(out, "send-2.sh"))).toBe(true);
    const wrong = softproof(["stimuli", "--config", config("ds-lite.yaml"), "-o", out, "--learned", join(box, "access-out.pcap")]);
    expect(wrong).toMatchObject({ code: 3, err: expect.stringContaining("none of the marked packets") });
  });
  it("wants MAC addresses, and has one phase without NAT", () => {
    const file = join(dir, "bare.yaml");
    writeFileSync(file, 'softproof: 1\nservice-sets: [{softwire-concentrators: [{v6rd: {softwire-address: 10.0.0.1, ipv4-prefix: 10.0.0.0/8, v6rd-prefix: "2001:db8::/32"}}]}]\n');
    expect(softproof(["stimuli", "--config", file, "-o", join(dir, "never")])).toMatchObject({ code: 2, err: expect.stringMatching(/access\.macs is missing[\s\S]*core\.peer-mac is missing/) });
    expect(softproof(["stimuli", "--config", config("6rd.yaml"), "--learned", file]).code).toBe(2);
  });
  it("is what a check ends with, for the clauses that were not exercised", () => {
    const example = (side: string): string => join(root, "fixtures", "examples", `6rd-${side}.pcap`);
    const r = softproof(["check", "--config", config("6rd.yaml"), "--access", example("access"), "--core", example("core")]);
    expect(r.out).toMatch(/Not exercised: \d+ of the \d+ clauses[\s\S]*07-refused +RFC/);
    expect(r.out).toMatch(/once declared: RFC3032-2\.1-1, .*RFC4798-3-2 \(mpls of a side/);
    expect(r.out).not.toMatch(/no stimulus: .*RFC3032/);
    expect(softproof(["check", "-q", "--config", config("6rd.yaml"), "--access", example("access"), "--core", example("core")]).out).not.toContain("Not exercised");
  });
});
