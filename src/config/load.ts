/** Loads a configuration file: YAML, schema, addresses, meaning; every fault with its place. */
import { readFileSync } from "node:fs";
import { type Prefix6, formatIpv4, formatIpv6, formatPrefix6 } from "../wire/address.js";
import { readChain } from "./chain.js";
import { type Cursor, cursorOf, isIn6 } from "./cursor.js";
import { LINK_MTU } from "./defaults.js";
import { readDsLite } from "./ds-lite.js";
import { InputProblem } from "./problems.js";
import type { RawConcentrator, RawConfig, RawSide } from "./raw.js";
import { readSixRd, readSixToFour } from "./tunnel.js";
import type { Config, ServiceSet, SideConfig, SixRdDomain, SoftwireConcentrator } from "./types.js";
import { markWritten } from "./written.js";
import { type Parsed, type Path, parseYaml } from "./yaml.js";

/** Reads and checks `path`. Throws InputProblem, also when the file cannot be read. */
export function loadConfigFile(path: string): Config {
  return parseConfig(readTextFile(path), path);
}

/** The text of a file that a person named; an unreadable one is their problem to solve, so it is told like any other. */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (e) {
    const why = e instanceof Error && "code" in e ? String(e.code) : String(e);
    const what = why === "ENOENT" ? "no such file" : why === "EISDIR" ? "this is a folder, not a file" : why === "EACCES" ? "no permission to read it" : `cannot be read: ${why}`;
    throw new InputProblem([{ file: path, line: 1, column: 1, message: what, hint: "check the path" }]);
  }
}

/** Checks `text`; `source` names it in messages. Throws InputProblem with every fault found. */
export function parseConfig(text: string, source: string): Config {
  return configOf(parseYaml<RawConfig>(text, source, "config.schema.json"));
}

/** The configuration inside a larger file that was parsed already (a spec): `raw` is what stands at `base` and fits the configuration's schema. */
export function configOf(parsed: Parsed<unknown>, raw: RawConfig = parsed.value as RawConfig, base: Path = []): Config {
  const c = cursorOf(parsed);
  const serviceSets = readServiceSets(c, raw, base);
  const access = readSide(c, raw.access ?? {}, [...base, "access"]);
  const core = readSide(c, raw.core ?? {}, [...base, "core"]);
  const four = new Set(serviceSets.flatMap((set) => set.concentrators.map((k) => k.kind !== "ds-lite")));
  checkLabels(c, access, [...base, "access"], four);
  checkLabels(c, core, [...base, "core"], new Set([...four].map((v) => !v)));
  if (c.problems.length > 0) throw new InputProblem(c.problems);
  return { source: parsed.file, access, core, serviceSets, seed: raw.seed ?? 1 };
}

function readSide(c: Cursor, raw: RawSide, path: Path): SideConfig {
  const peer = raw["peer-mac"];
  const macs = (raw.macs ?? []).map((m, i) => readMac(c, [...path, "macs", i], m));
  if (peer !== undefined && macs.includes(peer.toLowerCase())) {
    c.fault([...path, "peer-mac"], `${peer} is one of the device's own macs`, "expected the neighbour's address: frames from the device's own are taken for its output");
  }
  return markWritten({
    macs,
    ...(peer === undefined ? {} : { peerMac: readMac(c, [...path, "peer-mac"], peer) }),
    interfaces: raw.interfaces ?? [],
    ipv4: (raw.ipv4 ?? []).map((t, i) => c.ipv4([...path, "ipv4", i], t)),
    ipv6: (raw.ipv6 ?? []).map((t, i) => c.ipv6([...path, "ipv6", i], t)),
    mtu: raw.mtu ?? LINK_MTU,
    ...(raw["provider-boundary"] === true ? { providerBoundary: true as const } : {}),
    ...(raw.mpls === undefined || raw.mpls === "strip" ? {} : { mpls: raw.mpls }),
  }, Object.keys(raw));
}

/** RFC 3032 section 2.1: implicit null is never sent, router alert never at the bottom, explicit null before its own kind of packet only. `four`: kinds that the device sends on this side, true = IPv4. */
function checkLabels(c: Cursor, side: SideConfig, path: Path, four: ReadonlySet<boolean>): void {
  if (side.mpls === undefined || side.mpls === "preserve") return;
  const { push } = side.mpls;
  push.forEach((label, i) => {
    const bottom = i === push.length - 1;
    const bad = label === 3 ? "3 is implicit null, which is signalled and never sent" : !bottom ? undefined
      : label === 1 ? "1 is router alert, which never stands at the bottom of a stack"
        : label === 0 && four.has(false) ? "0 is IPv4 explicit null, but the device sends IPv6 on this side"
          : label === 2 && four.has(true) ? "2 is IPv6 explicit null, but the device sends IPv4 on this side" : undefined;
    if (bad !== undefined) c.fault([...path, "mpls", "push", i], bad, label === 3 ? "leave it out (RFC 3032 section 2.1)" : "expected another label at the bottom (RFC 3032 section 2.1)");
  });
}

/** A station's address in lower case. Group addresses (lowest bit of the first byte, IEEE 802) and zero send nothing. */
function readMac(c: Cursor, path: Path, text: string): string {
  const mac = text.toLowerCase();
  const bad = (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1 ? "a group (multicast or broadcast) address" : mac === "00:00:00:00:00:00" ? "the zero address" : undefined;
  if (bad !== undefined) c.fault(path, `${text} is ${bad}`, "expected the MAC address of one interface");
  return mac;
}

function readServiceSets(c: Cursor, raw: RawConfig, base: Path): ServiceSet[] {
  const setNames = new Set<string>();
  return raw["service-sets"].map((set, i) => {
    const path = [...base, "service-sets", i];
    const name = set.name ?? `ss${i + 1}`;
    if (setNames.has(name)) c.fault([...path, "name"], `a second service set "${name}"`, "give each service set its own name");
    setNames.add(name);
    const seen = new Map<string, string>();
    const names = new Set<string>();
    const domains: SixRdDomain[] = [];
    const concentrators = set["softwire-concentrators"].map((entry, k) => {
      const at = [...path, "softwire-concentrators", k];
      const s = readConcentrator(c, entry, at, k + 1);
      const inner = [...at, s.kind === "6rd" ? "v6rd" : s.kind];
      if (names.has(s.name)) c.fault([...inner, "name"], `a second concentrator "${s.name}" in service set ${name}`, "give each concentrator its own name");
      names.add(s.name);
      const key = identity(s);
      const other = seen.get(key);
      if (other !== undefined) c.fault([...inner, "softwire-address"], `${key} is also that of concentrator "${other}"`, "one address serves one concentrator in a service set (RFC 3964 section 6.1)");
      else seen.set(key, s.name);
      if (s.kind === "6rd") {
        const near = domains.find((d) => overlap(d.v6rdPrefix, s.v6rdPrefix));
        if (near !== undefined) {
          c.fault([...inner, "v6rd-prefix"], `${formatPrefix6(s.v6rdPrefix)} overlaps ${formatPrefix6(near.v6rdPrefix)} of concentrator "${near.name}"`, "one 6rd prefix for each domain (RFC 5969 section 4)");
        }
        domains.push(s);
      }
      return s;
    });
    const chain = readChain(c, set, concentrators, path);
    return { name, concentrators, ...(chain === undefined ? {} : { chain }) };
  });
}

/** Is one of the prefixes inside the other? A prefix that could not be read (length 0) overlaps nothing: it is told already. */
const overlap = (a: Prefix6, b: Prefix6): boolean => a.length > 0 && b.length > 0 && (isIn6(a.address, { address: b.address, length: Math.min(a.length, b.length) }));

/** RFC 3964 section 6.1: protocol-41 packets of two mechanisms look alike, so each has an IPv4 address of its own. */
const identity = (s: SoftwireConcentrator): string => (s.kind === "ds-lite" ? `AFTR address ${formatIpv6(s.address)}` : `softwire address ${formatIpv4(s.address)}`);

function readConcentrator(c: Cursor, entry: RawConcentrator, path: Path, n: number): SoftwireConcentrator {
  if (entry.v6rd !== undefined) return markWritten(readSixRd(c, entry.v6rd, [...path, "v6rd"], `v6rd-${n}`), Object.keys(entry.v6rd));
  const dsLite = entry["ds-lite"];
  if (dsLite !== undefined) {
    const s = readDsLite(c, dsLite, [...path, "ds-lite"], `ds-lite-${n}`);
    if (s.nat !== undefined && dsLite.nat !== undefined) {
      markWritten(s.nat, Object.keys(dsLite.nat));
      markWritten(s.nat.timers, Object.keys(dsLite.nat.timers ?? {}));
      markWritten(s.nat.pool, Object.keys(dsLite.nat.pool));
    }
    return markWritten(s, Object.keys(dsLite));
  }
  for (const kind of ["6to4-router", "6to4-relay", "6to4-pmt"] as const) {
    const raw = entry[kind];
    if (raw !== undefined) return markWritten(readSixToFour(c, raw, [...path, kind], `${kind}-${n}`, kind), Object.keys(raw));
  }
  throw new Error("the schema lets no concentrator without a kind pass");
}
