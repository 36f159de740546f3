/**
 * The reference alone, in one process, without files: what its tables cost and how they stand hostile traffic. Run by main.ts as
 * `node --expose-gc state.js hostile|bindings|softwires [N]`; loads the build, as users run it. Exit code 1 when a promise is not kept.
 */
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inner4, outer4, outer6, random, SYN } from "./packets.js";

interface Memory { readonly u8: Uint8Array; alloc(bytes: number): number }
interface Counter { readonly reason: { readonly id: string; readonly kind: string }; readonly packets: number }
interface Device { receive(side: 0 | 1, off: number, len: number, sec: number, nsec: number): number; counters(): readonly Counter[]; statistics(): readonly Record<string, number | string>[] }
interface Sink { reserve(side: number, len: number): number; commit(side: number, off: number, len: number): void }

const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
const load = async (file: string): Promise<Record<string, (...args: unknown[]) => unknown>> => (await import(pathToFileURL(join(dist, file)).href)) as never;
const [{ createDevice }, { createMemory }, { parseConfig }] = await Promise.all([load("concentrator/index.js"), load("wire/memory.js"), load("config/load.js")]);

const say = (text: string): void => void process.stdout.write(`${text}\n`);
let broken = 0;
function promise(kept: boolean, text: string): void {
  say(`  ${kept ? "kept  " : "BROKEN"} ${text}`);
  if (!kept) broken++;
}
/** Bytes in typed arrays, after a collection. */
function held(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().arrayBuffers;
}
/** Processor seconds: the bench shares its machine. */
const cpu = (): number => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6;
const seconds = (from: number): number => cpu() - from;

interface Bench { readonly device: Device; readonly memory: Memory; readonly at: number; readonly last: { side: number; off: number; len: number; sent: number } }
function bench(text: string): Bench {
  const memory = createMemory(256 * 1024 * 1024) as Memory;
  const room = memory.alloc(70000);
  const last = { side: -1, off: 0, len: 0, sent: 0 };
  const sink: Sink = {
    reserve: () => room,
    commit(side, off, len) {
      last.side = side;
      last.off = off;
      last.len = len;
      last.sent++;
    },
  };
  return { device: createDevice(parseConfig(text, "bench"), memory, sink) as Device, memory, at: memory.alloc(2048), last };
}

const dsLite = (rest: string, pool: string): string => `softproof: 1
access: { ipv6: ["2001:db8::1"] }
core: { ipv4: [203.0.113.1] }
service-sets:
  - softwire-concentrators:
      - ds-lite:
          softwire-address: 2001:db8::1
          b4-prefixes: ["2001:db8:100::/40"]
          ${rest}
          nat: { pool: { addresses: ["${pool}"] }, allocation: sequential, preserve-parity: false${rest === "" ? "" : ", ports-per-subscriber: 1000"} }
`;
const b4 = (n: number): number[] => [0x20010db8, 0x01000000, n, 1];
const AFTR = [0x20010db8, 0, 0, 1];

/** One B4 sends `n` SYNs with invented inner sources and destinations; a hundred others go on with one flow each, both ways. */
function hostile(n: number): void {
  const { device, memory, at, last } = bench(dsLite("flow-limit: 2000\n          session-limit-per-prefix: 4000", "198.51.100.0/28"));
  const b = memory.u8;
  const next = random(7);
  const others = Array.from({ length: 100 }, (_, i) => ({ b4: b4(1000 + i), port: 0, out: 0, back: 0, sent: 0 }));
  const before = held();
  const begin = cpu();
  let sent = 0;
  for (let i = 0; i < n; i++) {
    // 10,000 a second: timers and hold-down have their turns within the attack.
    const sec = 1_700_000_000 + Math.floor(i / 10_000);
    const nsec = (i % 10_000) * 100_000;
    outer6(b, at, b4(1), AFTR, 40);
    inner4(b, at + 40, 6, 0x0a000000 + Math.floor(next() * 0xffffff), 0xc0000200 + Math.floor(next() * 250), 1024 + Math.floor(next() * 64000), Math.floor(next() * 65535), SYN);
    device.receive(0, at, 80, sec, nsec);
    sent++;
    if (i % 5000 !== 0) continue;
    const o = others[(i / 5000) % others.length];
    o.sent++;
    outer6(b, at, o.b4, AFTR, 28);
    inner4(b, at + 40, 17, 0x0a000002, 0xc0000201, 4000, 53, 0);
    let count = last.sent;
    device.receive(0, at, 68, sec, nsec);
    if (last.sent !== count + 1 || last.side !== 1) continue;
    o.out++;
    const port = (b[last.off + 20] << 8) | b[last.off + 21];
    const external = b.slice(last.off + 12, last.off + 16).reduce((v, x) => v * 256 + x, 0);
    if (o.port !== 0 && o.port !== port) say(`  a mapping of a neighbour moved from ${o.port} to ${port}`);
    o.port = port;
    inner4(b, at, 17, 0xc0000201, external, 53, port, 0);
    count = last.sent;
    device.receive(1, at, 28, sec, nsec);
    if (last.sent === count + 1 && (last.side as number) === 0) o.back++;
  }
  const took = seconds(begin);
  const grown = held() - before;
  const counters = new Map(device.counters().map((c) => [c.reason.id, c.packets] as const));
  const of = (...ids: string[]): number => ids.reduce((s, id) => s + (counters.get(id) ?? 0), 0);
  const asked = others.reduce((s, o) => s + o.sent, 0);
  say(`hostile: ${n} SYNs of one B4 in ${took.toFixed(1)} CPU s (${(n / took / 1e6).toFixed(2)} Mpkt/s), tables grew by ${(grown / 1e6).toFixed(2)} MB`);
  say(`  counters: ${[...counters].map(([id, v]) => `${id} ${v}`).join(", ")}`);
  promise(grown < 4e6, "memory is bounded: less than 4 MB for all of it");
  promise(of("aftr-translated-out", "aftr-flow-limit", "aftr-session-limit", "aftr-port-limit", "aftr-port-limit-silent", "aftr-no-binding-possible", "aftr-no-binding-silent") === sent + asked, "every packet is in one counter");
  const peak = Number(device.statistics()[0]["flowsPeak"]);
  promise(peak <= 2000 + others.length, `never more flows than the limit and the others' own: ${peak}`);
  promise(others.every((o) => o.out === o.sent && o.back === o.sent), `the ${others.length} other B4s: ${asked} packets out, as many back, none lost`);
}

/** `n` bindings, one UDP flow each. */
function bindings(n: number): void {
  const { device, memory, at } = bench(dsLite("", "198.18.0.0/22"));
  const before = held();
  const begin = cpu();
  for (let i = 0; i < n; i++) {
    outer6(memory.u8, at, b4(1 + Math.floor(i / 1000)), AFTR, 28);
    inner4(memory.u8, at + 40, 17, 0x0a000002, 0xc0000201, 1024 + (i % 1000), 53, 0);
    device.receive(0, at, 68, 1_700_000_000 + Math.floor(i / 200_000), 0);
  }
  const took = seconds(begin);
  const bytes = (held() - before) / n;
  say(`bindings: ${n} in ${took.toFixed(2)} CPU s, ${((took / n) * 1e6).toFixed(2)} us and ${bytes.toFixed(0)} bytes each (flow, B4 and indexes included)`);
  promise(device.statistics()[0]["flowsActive"] === n, "all of them are there");
  promise(bytes <= 250, "at most 250 bytes a binding");
}

const FLOWS = 20_000;

/** Rate on 20,000 random flows while ever more softwires exist. `put` builds the packet of softwire `who`, flow `port` (1: one that no random flow has), and gives its length. */
function rates(name: string, packets: number, counts: readonly number[], config: string, put: (b: Uint8Array, at: number, who: number, port: number) => number): void {
  let base = 0;
  for (const n of counts) {
    const { device, memory, at } = bench(config);
    const next = random(11);
    const send = (who: number, port: number, sec: number): void => void device.receive(0, at, put(memory.u8, at, who, port), sec, 0);
    for (let i = 0; i < n; i++) send(i, 1, 1_700_000_000);
    const flows = Array.from({ length: FLOWS }, () => [Math.floor(next() * n), 1024 + Math.floor(next() * 60_000)] as const);
    const draw = (): void => {
      const [who, port] = flows[Math.floor(next() * flows.length)];
      send(who, port, 1_700_000_001);
    };
    for (let i = 0; i < 300_000; i++) draw();
    const begin = cpu();
    for (let i = 0; i < packets; i++) draw();
    const rate = packets / seconds(begin);
    base ||= rate;
    say(`softwires, ${name}: ${String(n).padStart(7)} softwires, 20,000 random flows: ${(rate / 1e6).toFixed(2)} Mpkt/s, ${(rate / base).toFixed(2)} of the rate at 1 (packets are built within the time)`);
  }
}

function softwires(packets: number): void {
  rates("6rd", packets, [1, 1000, 63_000, 1_000_000], `softproof: 1
service-sets:
  - softwire-concentrators:
      - v6rd: { softwire-address: 10.0.0.1, ipv4-prefix: 10.0.0.0/8, v6rd-prefix: "2001:db8::/32", flow-inactivity-timeout: 86400 }
`, (b, at, who, port) => {
    const v4 = 0x0a000100 + who;
    outer4(b, at, 41, v4, 0x0a000001, 88);
    outer6(b, at + 20, [0x20010db8, (v4 << 8) >>> 0, 0, 1], [0x3fff0000, 0, 0, 0x80], 28, 17);
    b[at + 60] = port >> 8;
    b[at + 61] = port & 255;
    b[at + 63] = 53;
    return 88;
  });
  rates("ds-lite", packets, [1, 1000, 63_000, 1_000_000], dsLite("", "198.18.0.0/22"), (b, at, who, port) => {
    outer6(b, at, b4(1 + who), AFTR, 28);
    inner4(b, at + 40, 17, 0x0a000002, 0xc0000201, port, 53, 0);
    return 68;
  });
}

const [what, count] = process.argv.slice(2);
if (what === "hostile") hostile(Number(count ?? 5_000_000));
else if (what === "bindings") bindings(Number(count ?? 1_000_000));
else if (what === "softwires") softwires(Number(count ?? 1_000_000));
else throw new Error(`no such bench: ${what}`);
process.exitCode = broken === 0 ? 0 : 1;
