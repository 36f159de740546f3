/**
 * Random topologies and random traffic through the reference, and before the judge. A failure prints the seed; `SEED=n RUNS=n npx vitest run test/properties` repeats or deepens.
 */
import { describe, expect, test } from "vitest";
import { REASONS } from "../../src/concentrator/reasons.js";
import { type Config, type Mechanism, SIDE_NAME } from "../../src/config/types.js";
import { type FindingGroup, INTO, OUT_OF } from "../../src/judge/types.js";
import { severityOf } from "../../src/suite/catalogue.js";
import { recycledMemory } from "../../src/suite/recycled-memory.js";
import { checksum } from "../../src/wire/checksum.js";
import { checksumAt, look, seal } from "../mutants/seen.js";
import { type Event, judgeEvents } from "../mutants/transcript.js";
import { createDrive } from "./drive.js";
import { randomOf } from "./random.js";
import { topologyOf } from "./topology.js";
import { reply, traffic } from "./traffic.js";

const FIRST = Number(process.env["SEED"] ?? 1);
const RUNS = Number(process.env["RUNS"] ?? 25);
const MECHANISMS: readonly Mechanism[] = ["6rd", "6to4-router", "6to4-relay", "6to4-pmt", "ds-lite"];
const freshMemory = recycledMemory(128 << 20);

interface Run { readonly config: Config; readonly events: readonly Event[]; readonly counted: ReadonlyMap<string, number> }

/** `older`: as seeds were drawn before the draws of `moreNat`. */
function run(kind: Mechanism, seed: number, older: boolean): Run | undefined {
  const r = randomOf(seed * 2654435761);
  const config = topologyOf(r, kind, older ? undefined : randomOf(seed ^ 0x6f766572));
  if (config === undefined) return undefined;
  const memory = freshMemory();
  const { device, events, send, end } = createDrive(config, memory);
  for (let n = 0; n < 120; n++) {
    const sent = events.filter((e) => e.direction === OUT_OF);
    const answer = sent.length > 0 && r.chance(0.3) ? reply(r.pick(sent).side, r.pick(sent).bytes) : undefined;
    for (const d of answer === undefined ? traffic(r, config) : [answer]) {
      send(d.side, d.bytes, r.chance(0.02) ? r.below(400) * 1_000_000 : r.below(20_000));
    }
  }
  end();
  return { config, events, counted: new Map(device.counters().map((c) => [c.reason.id, c.packets])) };
}

const hex = (b: Uint8Array): string => Buffer.from(b).toString("hex");
/** Seeds that once showed a fault of the judge or the reference. */
const FOUND: readonly (readonly [Mechanism, number])[] = [
  ["6rd", 5], ["6rd", 9], ["6rd", 20], ["6to4-pmt", 38], ["6to4-relay", 20_069], ["6to4-router", 20_069], ["ds-lite", 7], ["ds-lite", 19], ["ds-lite", 26], ["ds-lite", 20_041], ["ds-lite", 20_071],
  ["6rd", 50_071], ["6rd", 50_323], ["6to4-router", 50_558], ["6to4-relay", 50_558], ["ds-lite", 50_108], ["ds-lite", 50_153], ["ds-lite", 20_192], ["ds-lite", 20_197], ["ds-lite", 20_198], ["ds-lite", 20_311],
];
/** The same, since port-overlapping and echo are drawn. */
const FOUND_SINCE: readonly (readonly [Mechanism, number])[] = [["ds-lite", 23], ["ds-lite", 60], ["ds-lite", 124], ["ds-lite", 143], ["ds-lite", 20_146], ["ds-lite", 20_341]];
const cases = [...FOUND.map((c) => [...c, true] as const), ...[...FOUND_SINCE, ...MECHANISMS.flatMap((kind) => Array.from({ length: RUNS }, (_, i) => [kind, FIRST + i] as const))].map((c) => [...c, false] as const)];

describe.each(MECHANISMS)("%s under random traffic", (kind) => {
  const runs = cases.filter(([k]) => k === kind).flatMap(([, seed, older]) => {
    const made = run(kind, seed, older);
    return made === undefined ? [] : [{ seed, older, ...made }];
  });

  test("most draws are configurations, and they carry traffic", () => {
    expect(runs.length).toBeGreaterThan(RUNS / 2);
    expect(runs.some((x) => x.events.some((e) => e.direction === OUT_OF))).toBe(true);
  });

  test("every input is accounted for exactly once", () => {
    for (const x of runs) {
      const became = new Map<string, number>();
      for (const e of x.events) if (e.direction === INTO) became.set(e.reason, (became.get(e.reason) ?? 0) + 1);
      for (const [reason, n] of became) expect(x.counted.get(reason) ?? 0, `seed ${x.seed}: ${reason}`).toBeGreaterThanOrEqual(n);
    }
  });

  test("every output has a cause or is a timer's", () => {
    for (const x of runs) for (const e of x.events) if (e.direction === OUT_OF && e.ordinal >= 0) expect(x.events.some((i) => i.direction === INTO && i.ordinal === e.ordinal)).toBe(true);
  });

  test("header checksums are right; transport checksums are as right as they came", () => {
    for (const x of runs) {
      const inputs = new Map(x.events.filter((e) => e.direction === INTO).map((e) => [e.ordinal, e.bytes]));
      for (const e of x.events) {
        if (e.direction !== OUT_OF) continue;
        const s = look(e.bytes);
        if (s.version === 4) expect(checksum(e.bytes, 0, (e.bytes[0] & 15) * 4), `seed ${x.seed} ${e.reason} ${hex(e.bytes)}`).toBe(0);
        if (s.inner > 0 && s.userVersion === 4 && e.reason !== "encapsulated") expect(checksum(e.bytes, s.user, (e.bytes[s.user] & 15) * 4), `seed ${x.seed} ${e.reason} ${hex(e.bytes)}`).toBe(0);
        const cause = inputs.get(e.ordinal);
        if (cause === undefined || checksumAt(s) === 0 || s.error || REASONS.find((r) => r.id === e.reason)?.kind !== "forward") continue;
        const i = look(cause);
        if (i.upper === 0 || i.protocol !== s.protocol || (i.version === 4 && (((cause[6] << 8) | cause[7]) & 0x3fff) !== 0)) continue;
        const wasRight = isSealed(cause);
        if (wasRight) expect(isSealed(e.bytes), `seed ${x.seed} ${e.reason}\n in ${hex(cause)}\nout ${hex(e.bytes)}`).toBe(true);
      }
    }
  });

  test("what goes into the tunnel comes out of it as it was, but for hop limit and traffic class", () => {
    if (kind === "ds-lite" || kind === "6to4-pmt") return;
    for (const x of runs) {
      const inputs = new Map(x.events.filter((e) => e.direction === INTO).map((e) => [e.ordinal, e.bytes]));
      for (const e of x.events) {
        if (e.direction !== OUT_OF || (e.reason !== "encapsulated" && e.reason !== "decapsulated")) continue;
        const cause = inputs.get(e.ordinal)!;
        if (e.bytes[0] >>> 4 === 4 && (((e.bytes[6] << 8) | e.bytes[7]) & 0x3fff) !== 0) continue;
        if ((cause[0] >>> 4 === 4 && (((cause[6] << 8) | cause[7]) & 0x3fff) !== 0) || cause.length < 60) continue;
        const kept = (b: Uint8Array): string => {
          const user = b.slice(b[0] >>> 4 === 4 ? (b[0] & 15) * 4 : 0);
          const whole = user.slice(0, 40 + ((user[4] << 8) | user[5]));
          whole[0] = 0x60;
          whole[1] &= 0x0f;
          whole[7] = 0;
          return hex(whole);
        };
        expect(kept(e.bytes), `seed ${x.seed} ${hex(cause)}`).toBe(kept(cause));
      }
    }
  });

  test("the same packets twice: the same bytes", () => {
    for (const x of runs.slice(0, 8)) expect(run(kind, x.seed, x.older)!.events.map((e) => hex(e.bytes))).toEqual(x.events.map((e) => hex(e.bytes)));
  });

  test.each([true, false])("the judge finds no MUST broken by the reference (whole transcript: %s)", (complete) => {
    const fails = runs.flatMap((x) => judgeEvents(x.config, x.events, severityOf, complete).findings.filter((f) => f.severity === "fail").map((f) => `seed ${x.seed}: ${f.fingerprint} x${f.count}: ${f.exemplars[0]?.message ?? ""} ${told(x.events, f)}`));
    expect(fails).toEqual([]);
  });
});

/** What the reference says about the packets of a finding's first exemplar. */
function told(events: readonly Event[], f: FindingGroup): string {
  return (f.exemplars[0]?.packets ?? []).map((p) => {
    const e = events.filter((x) => SIDE_NAME[x.side] === p.place.file)[p.place.frame - 1];
    return `[${p.direction} ${p.place.file}:${p.place.frame} ${e?.reason} ${hex(e?.bytes ?? new Uint8Array(0)).slice(0, 160)}]`;
  }).join(" ");
}

/** Is every checksum right? */
function isSealed(b: Uint8Array): boolean {
  const again = b.slice();
  seal(again);
  return hex(again) === hex(b);
}
