import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pcap, root, scratch, softproof, T0, toDevice, tunnel, udp6 } from "./helper.js";

const dir = scratch();
const example = (side: string): string => join(root, "fixtures", "examples", `6rd-${side}.pcap`);

describe("softproof init", () => {
  it("drafts a configuration that check takes, with a comment on every value", () => {
    const file = join(dir, "br.yaml");
    const r = softproof(["init", example("access"), example("core"), "-o", file]);
    expect(r.code).toBe(0);
    const text = readFileSync(file, "utf8");
    expect(text).toMatch(/softwire-address: 10\.0\.0\.1 # .*6rd-access\.pcap frame \d+/);
    expect(text).toMatch(/v6rd-prefix: 2001:db8::\/32 # /);
    expect(r.err).toContain(`softproof check --config ${file} --access ${example("access")} --core ${example("core")}`);
    const check = softproof(["check", "-q", "--config", file, "--access", example("access"), "--core", example("core")]);
    expect(check.code).toBe(1);
    expect(check.out).toMatch(/FAIL RFC5969-9-3 /);
    // A draft that someone mended is not written over.
    expect(softproof(["init", example("access"), "-o", file])).toMatchObject({ code: 2, err: expect.stringContaining("stands in its place") });
  });
  it("takes the sides as check does, and tells when they seem swapped", () => {
    const told = softproof(["init", "--access", example("access"), "--core", example("core")]);
    expect(told).toMatchObject({ code: 0, out: softproof(["init", example("access"), example("core")]).out });
    // A file with tunnelled packets that was captured on the core side all the same.
    const swapped = softproof(["init", "--access", example("core"), "--core", example("access")]);
    expect(swapped.err).toContain("are the sides swapped?");
    expect(swapped.err).toContain(`--access ${example("core")} --core ${example("access")}`);
    expect(swapped.out).toMatch(/^access: .*: 6rd-core\.pcap$/m);
    const whole = softproof(["init", "--both", example("access"), example("core")]);
    expect(whole.err).toContain(`--both ${example("access")} --both ${example("core")}`);
    expect(softproof(["init", example("access"), "--core", example("access")])).toMatchObject({ code: 2, err: expect.stringContaining("named twice") });
  });
  it("is what check does without a configuration, and it prints the guess", () => {
    const r = softproof(["check", "--access", example("access"), "--core", example("core")]);
    expect(r.code).toBe(1);
    expect(r.err).toMatch(/no --config: judged by this guess[\s\S]*\| {11}v6rd-prefix: 2001:db8::\/32/);
    expect(r.out).toMatch(/with config guessed from the captures[\s\S]*FAIL RFC5969-9-3 /);
    // Who reads the reports later needs it too.
    const out = join(dir, "guessed");
    softproof(["check", "-q", "--access", example("access"), "--core", example("core"), "-o", out]);
    expect(JSON.parse(readFileSync(join(out, "report.json"), "utf8"))).toMatchObject({ run: { guess: softproof(["init", example("access"), example("core")]).out } });
    expect(readFileSync(join(out, "summary.md"), "utf8")).toMatch(/guessed from the captures:\n\n( {4}.*\n)+ {14}v6rd-prefix: 2001:db8::\/32/);
  });
  it("check --second-opinion lists differences beside the verdicts, and what findings explain", () => {
    const out = join(dir, "opinion");
    const r = softproof(["check", "-q", "--second-opinion", "--config", join(root, "fixtures", "configs", "6rd.yaml"), "--access", example("access"), "--core", example("core"), "-o", out]);
    expect(r.code).toBe(1);
    expect(r.out).toMatch(/Second opinion: 13 of 17 packets[\s\S]*4 differences are explained by findings: RFC5969-9-3[\s\S]*no other difference/);
    expect(JSON.parse(readFileSync(join(out, "report.json"), "utf8"))).toMatchObject({ secondOpinion: { compared: 17, equal: 13, differing: 4, explained: 4, limit: { packets: 200_000 } } });
    // It stands in the record: every report can be made again.
    expect(softproof(["report", join(out, "run.jsonl")]).out).toMatch(/Second opinion: 13 of 17 packets/);
    expect(readFileSync(join(out, "summary.md"), "utf8")).toMatch(/### Second opinion\n\n13 of 17 packets/);
  });
  it("does without MAC addresses: raw IP, a file a side or one for both, is judged as with them", () => {
    const raw = (side: string): string => {
      const b = readFileSync(example(side));
      const head = Buffer.from(b.subarray(0, 24));
      head.writeUInt32LE(101, 20);
      const out = [head];
      for (let o = 24, n = 0; o < b.length; o += 16 + n) {
        n = b.readUInt32LE(o + 8);
        const type = b.readUInt16BE(o + 16 + 12);
        const h = Buffer.from(b.subarray(o, o + 16));
        h.writeUInt32LE(n - 14, 8);
        h.writeUInt32LE(b.readUInt32LE(o + 12) - 14, 12);
        if (type === 0x0800 || type === 0x86dd) out.push(h, b.subarray(o + 30, o + 16 + n));
      }
      const path = join(dir, `raw-${side}.pcap`);
      writeFileSync(path, Buffer.concat(out));
      return path;
    };
    const [access, core] = [raw("access"), raw("core")];
    const draft = join(dir, "raw.yaml");
    expect(softproof(["init", access, core, "-o", draft]).code).toBe(0);
    expect(readFileSync(draft, "utf8")).toMatch(/# macs: the captures have no MAC addresses, so addresses and prefixes tell/);
    const want = softproof(["check", "-q", "--config", join(root, "fixtures", "configs", "6rd.yaml"), "--access", example("access"), "--core", example("core")]).out;
    const sum = (text: string): string[] => [...(/\d+ packets into the device.*/.exec(text) ?? []), ...[...text.matchAll(/^(?:FAIL|WARN) .*/gm)].map((m) => m[0])];
    expect(sum(want)).toHaveLength(2);
    for (const config of [draft, undefined]) expect(sum(softproof(["check", "-q", ...(config === undefined ? [] : ["--config", config]), "--access", access, "--core", core]).out)).toEqual(sum(want));
  });
  it("shows two MAC addresses as examples where it found none: a device has one on each side", () => {
    const text = softproof(["init", example("access")]).out;
    expect([...text.matchAll(/# macs: \["([0-9a-f:]+)"\] # not found out/g)].map((m) => m[1])).toEqual(["02:00:00:00:00:01", "02:00:00:00:00:03"]);
  });
  it("takes a device whose two sides have one MAC address (VLANs of one port), in two captures and in one", () => {
    const [access, core, both] = ["one-access.pcap", "one-core.pcap", "one-both.pcap"].map((f) => join(dir, f));
    const config = join(dir, "one.yaml");
    // Device 02:00:00:00:00:01 and 02:00:00:00:00:03; a plain pcap has a header of 24 bytes, so the second file's records can follow the first's.
    const renamed = Buffer.from(readFileSync(example("core")).toString("latin1").replaceAll("\x02\0\0\0\0\x03", "\x02\0\0\0\0\x01"), "latin1");
    writeFileSync(access, readFileSync(example("access")));
    writeFileSync(core, renamed);
    writeFileSync(both, Buffer.concat([readFileSync(example("access")), renamed.subarray(24)]));
    writeFileSync(config, readFileSync(join(root, "fixtures", "configs", "6rd.yaml"), "utf8").replace("02:00:00:00:00:03", "02:00:00:00:00:01"));
    const heads = (...args: string[]) => softproof(["check", "-q", ...args]).out.split("\n").filter((l) => /^(FAIL|WARN) |paired with|^exercised/.test(l));
    const wanted = heads("--config", join(root, "fixtures", "configs", "6rd.yaml"), "--access", example("access"), "--core", example("core"));
    expect(wanted.length).toBeGreaterThan(2);
    expect(heads("--config", config, "--access", access, "--core", core)).toEqual(wanted);
    expect(heads("--access", access, "--core", core)).toEqual(wanted);
    expect(heads("--config", config, "--both", both)).toEqual(wanted);
  });
  it("a 6to4 relay with a lab's private address: the draft loads, and refuses all else that RFC 3964 does", () => {
    const packet = (hop: number) => udp6("2002:ac10:202::1", "3fff::1", hop);
    const [access, core, config] = ["lab-access.pcap", "lab-core.pcap", "lab.yaml"].map((n) => join(dir, n));
    writeFileSync(access, pcap(Array.from({ length: 4 }, (_, i) => ({ sec: T0 + i, usec: 0, data: toDevice(tunnel("172.16.2.2", "172.16.1.1", packet(64), i + 1)) }))));
    writeFileSync(core, pcap(Array.from({ length: 4 }, (_, i) => ({ sec: T0 + i, usec: 20, data: toDevice(packet(63)) }))));
    expect(softproof(["init", "--access", access, "--core", core, "-o", config])).toMatchObject({ code: 0 });
    expect(readFileSync(config, "utf8")).toMatch(/global-table: \{ refuse: \["0\.0\.0\.0\/8", "10\.0\.0\.0\/8", .*\] \} # .* but for 172\.16\.0\.0\/12/);
    expect(readFileSync(config, "utf8").match(/refuse: .*\]/)?.[0]).not.toContain("172.16");
    expect(softproof(["check", "--config", config, "--access", access, "--core", core]).code).not.toBe(2);
  });
  it("says so when there is no softwire, and wants one kind of input", () => {
    expect(softproof(["init", example("core")])).toMatchObject({ code: 4, err: expect.stringContaining("no softwire in them") });
    expect(softproof(["init"]).code).toBe(2);
    expect(softproof(["check", "--core", example("core")])).toMatchObject({ code: 2, err: expect.stringContaining("show no softwire") });
  });
  it("reads a Junos configuration", () => {
    const junos = join(dir, "router.set");
    writeFileSync(junos, "set services softwire softwire-concentrator v6rd RD softwire-address 10.0.0.1\nset services softwire softwire-concentrator v6rd RD ipv4-prefix 10.0.0.0/8\nset services softwire softwire-concentrator v6rd RD v6rd-prefix 2001:db8::/32\nset services softwire softwire-concentrator v6rd RD mtu-v4 1500\nset snmp community x\n");
    const out = join(dir, "junos.yaml");
    expect(softproof(["init", "--junos", junos, "-o", out])).toMatchObject({ code: 0, err: expect.stringContaining("1 line of `set snmp`: not about softwires, not read") });
    expect(existsSync(out)).toBe(true);
    expect(softproof(["check", "-q", "--config", out, "--access", example("access"), "--core", example("core")]).code).toBe(1);
  });
});
