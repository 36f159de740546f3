/**
 * `npm run bench`: makes seeded traffic on a memory file system, runs softproof and, where they are installed, tcprewrite,
 * editcap and tshark on the same file, one core each, and prints rates and ratios. `--help` says how it is asked (usage.ts).
 */
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { have, type Measure, measure, median, medianAndMemory } from "./measure.js";
import { type Kind, writeTraffic } from "./traffic.js";
import { readArguments, STATES, USAGE } from "./usage.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const cli = join(root, "dist", "cli", "main.js");
const asked = readArguments(process.argv.slice(2));
if (typeof asked === "string") {
  (asked === USAGE ? process.stdout : process.stderr).write(asked);
  process.exit(asked === USAGE ? 0 : 2);
}
const { packets, runs, only } = asked;
/** The tables alone, in a process of their own: they also say whether what is promised of them holds. */
function tables(what: string, n: number | undefined): void {
  const r = spawnSync(process.execPath, ["--expose-gc", join(root, ".bench", "state.js"), what, ...(n === undefined ? [] : [String(n)])], { stdio: ["ignore", "inherit", "inherit"] });
  if (r.status !== 0) process.exitCode = 1;
}
if (asked.state.length > 0) {
  for (const what of asked.state) tables(what, asked.count);
  process.exit();
}
const work = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "softproof-bench-"));
const config = (name: string): string => join(root, "fixtures", "configs", `${name}.yaml`);

/** Packets of the capture that start-up is measured with. */
const FEW = 10;

let base: number | undefined;
function row(name: string, n: number, bytes: number, m: Measure): number {
  const rate = n / m.seconds;
  base ??= rate;
  const rss = m.peakMiB === undefined ? "-" : `${m.peakMiB.toFixed(0)} MiB`;
  process.stdout.write(`${name.padEnd(44)} ${(rate / 1e6).toFixed(3).padStart(7)} Mpkt/s ${(bytes / m.seconds / 1e6).toFixed(0).padStart(6)} MB/s ${rss.padStart(9)} ${(rate / base).toFixed(2).padStart(6)}x\n`);
  return rate;
}

function softproof(side: "access" | "core", file: string, conf: string, judge: boolean): Measure {
  const out = join(work, "out");
  const args = [process.execPath, cli, "replay", "--config", config(conf), `--${side}`, file, "-o", out];
  return medianAndMemory(runs, judge ? args : [...args, "--no-judge"]);
}

/**
 * Whole process of `count` packets less whole process of FEW: what start-up and shutdown take is left out, what warming up the code takes is not.
 * A difference of less than half of the start-up is mostly its jitter.
 */
function withoutStart(packetsMore: number, seconds: number, secondsFew: number): void {
  const secondsMore = seconds - secondsFew;
  const text = secondsMore > secondsFew / 2 ? `${(packetsMore / secondsMore / 1e6).toFixed(3).padStart(7)} Mpkt/s` : "too short to tell: more --packets";
  process.stdout.write(`${`  of it without start-up (less a run of ${FEW})`.padEnd(44)} ${text}\n`);
}

function scenario(name: string, kind: Kind, conf: string, softwires: number, flows: number, count: number, judges: readonly boolean[]): number {
  const file = join(work, "in.pcap");
  writeTraffic(file, { kind, packets: count, softwires, flows, seed: 7 });
  const bytes = statSync(file).size;
  const side = kind.endsWith("-encap") ? "core" : "access";
  let rate = 0;
  const few = join(work, "few.pcap");
  writeTraffic(few, { kind, packets: FEW, softwires: FEW, flows: FEW, seed: 7 });
  for (const judge of judges) {
    const whole = softproof(side, file, conf, judge);
    const r = row(`${name}: ${judge ? "replay + judge" : "replay"}`, count, bytes, whole);
    withoutStart(count - FEW, whole.seconds, softproof(side, few, conf, judge).seconds);
    if (!judge) rate = r;
  }
  return rate;
}

/** The same file as the last scenario's. */
function tcprewrite(name: string, count: number): void {
  const file = join(work, "in.pcap");
  if (have("tcprewrite")) row(name, count, statSync(file).size, median(runs, () => measure(["tcprewrite", "--enet-smac=02:00:00:00:00:0a", "-i", file, "-o", join(work, "peer.pcap")])));
}

function peers(): void {
  const file = join(work, "in.pcap");
  writeTraffic(file, { kind: "6rd-decap", packets, softwires: 60000, flows: 60000, seed: 7 });
  const bytes = statSync(file).size;
  const out = join(work, "peer.pcap");
  tcprewrite("tcprewrite (rewrites MACs)", packets);
  if (have("editcap")) row("editcap -s 160 (cuts bytes)", packets, bytes, median(runs, () => measure(["editcap", "-F", "pcap", "-s", "160", file, out])));
  if (have("tshark")) {
    const few = Math.min(packets, 100000);
    const small = join(work, "few.pcap");
    writeTraffic(small, { kind: "6rd-decap", packets: few, softwires: 60000, flows: 60000, seed: 7 });
    row("tshark -r (dissects)", few, statSync(small).size, measure(["tshark", "-r", small, "-n"]));
  }
}

/**
 * Writes and removes as much as the runs will hold at once. The first use of a page of a virtual machine's memory costs several times as
 * much as any later one: unpaid before, it was measured as ours, because we run first.
 */
function touchMemory(bytes: number): void {
  const file = join(work, "touch");
  const fd = openSync(file, "w");
  const zeros = new Uint8Array(1 << 24);
  for (let done = 0; done < bytes; done += zeros.length) writeSync(fd, zeros);
  closeSync(fd);
  rmSync(file);
}

mkdirSync(work, { recursive: true });
try {
  const long = asked.long ? 10 : 1;
  touchMemory(Math.min(packets * long * 200 * 4, totalmem() / 3));
  process.stdout.write(`softproof bench: ${packets} packets of 182 bytes, median of ${runs}, whole process, one core, node ${process.version}\n`);
  const both = [false, true];
  const want = (name: string): boolean => name.includes(only);
  if (want("6rd decap")) scenario("6rd decap, 60,000 CEs", "6rd-decap", "6rd", 60000, 60000, packets, both);
  if (want("peers")) peers();
  if (want("6rd encap")) scenario("6rd encap, 60,000 CEs", "6rd-encap", "6rd", 60000, 60000, packets, both);
  if (want("softwires")) {
    const one = scenario("6rd decap, 1 CE", "6rd-decap", "6rd", 1, 1, packets, [false]);
    const many = scenario("6rd decap, 60,000 CEs", "6rd-decap", "6rd", 60000, 60000, packets, [false]);
    const most = scenario("6rd decap, 1,000,000 CEs", "6rd-decap", "6rd", 1000000, 1000000, Math.max(packets, 2000000), [false]);
    process.stdout.write(`rate at 1 : 60,000 : 1,000,000 softwires = 1 : ${(many / one).toFixed(2)} : ${(most / one).toFixed(2)}\n`);
  }
  if (want("6to4")) {
    scenario("6to4 relay decap", "6to4-decap", "6to4-relay", 60000, 60000, packets, both);
    scenario("6to4 relay encap", "6to4-encap", "6to4-relay", 60000, 60000, packets, both);
    scenario("6to4-PMT access to core", "6to4-decap", "pmt", 60000, 60000, packets, both);
  }
  if (want("ds-lite")) scenario("DS-Lite, 500 B4s, 50,000 UDP flows", "ds-lite-out", "ds-lite", 500, 50000, packets, both);
  if (want("bundled run")) {
    const m = medianAndMemory(1, [process.execPath, cli, "run", "-q", "-o", join(work, "out")]);
    process.stdout.write(`bundled run, every spec under every profile    ${m.seconds.toFixed(1).padStart(7)} s ${(m.peakMiB ?? 0).toFixed(0).padStart(22)} MiB\n`);
  }
  for (const what of STATES) if (want(what) && (what !== "softwires" || only !== "")) tables(what, undefined);
  if (long > 1) {
    scenario("6rd decap, ten times as long", "6rd-decap", "6rd", 60000, 60000, packets * long, both);
    tcprewrite("tcprewrite, ten times as long", packets * long);
  }
} catch (e) {
  process.stderr.write(`bench: ${e instanceof Error ? e.message : String(e)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true });
}
