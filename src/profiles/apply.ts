/** Lays a card's documented behaviours over a configuration: the reference then models that card. */
import type { Config, DsLite, Mechanism, NatConfig, SoftwireConcentrator, TunnelCommon } from "../config/types.js";
import { markWritten, wasWritten, writtenKeys } from "../config/written.js";
import { type Release, within } from "./release.js";
import type { Behaviour, Confidence, Profile, SettingName, Settings } from "./types.js";

export interface ProfileNote {
  readonly serviceSet: string;
  readonly concentrator: string;
  readonly behaviour: string;
  /** Does the output of the reference follow it? False: told, but not modelled, or the configuration says otherwise. */
  readonly applied: boolean;
  readonly text: string;
  /** Titles or addresses of the documents. */
  readonly source: readonly string[];
  readonly confidence: Confidence;
}

/** Where a setting lives in the configuration, and by which key of the file a person would write it. */
type Place =
  | { readonly in: "tunnel"; readonly field: keyof TunnelCommon; readonly written: string }
  | { readonly in: "6to4"; readonly field: "strict3964"; readonly written: string }
  | { readonly in: "ds-lite"; readonly field: keyof DsLite; readonly written: string }
  | { readonly in: "nat"; readonly field: keyof NatConfig; readonly written: string }
  | { readonly in: "timers"; readonly field: keyof NatConfig["timers"]; readonly written: string };

const at = <const P extends Place>(place: P): P => place;
const PLACES: Readonly<Record<SettingName, readonly Place[]>> = {
  "reassembly-timeout": [
    at({ in: "tunnel", field: "reassemblySeconds", written: "reassembly-timeout" }), at({ in: "ds-lite", field: "reassemblySeconds", written: "reassembly-timeout" }),
  ],
  "flow-inactivity-timeout": [at({ in: "tunnel", field: "flowInactivitySeconds", written: "flow-inactivity-timeout" })],
  "flow-limit": [at({ in: "tunnel", field: "flowLimit", written: "flow-limit" }), at({ in: "ds-lite", field: "flowLimit", written: "flow-limit" })],
  echo: [at({ in: "tunnel", field: "echo", written: "echo" })],
  dscp: [at({ in: "tunnel", field: "dscp", written: "dscp" })],
  strict3964: [at({ in: "6to4", field: "strict3964", written: "strict3964" })],
  "tunnel-mtu-mode": [at({ in: "tunnel", field: "tunnelMtuMode", written: "tunnel-mtu-mode" })],
  oversize: [at({ in: "ds-lite", field: "oversize", written: "oversize" })],
  "mtu-v6": [at({ in: "ds-lite", field: "mtuV6", written: "mtu-v6" })],
  "copy-dscp-decapsulation": [at({ in: "ds-lite", field: "copyDscpIn", written: "copy-dscp" })],
  "copy-dscp-encapsulation": [at({ in: "ds-lite", field: "copyDscpOut", written: "copy-dscp" })],
  "session-limit-per-prefix": [at({ in: "ds-lite", field: "sessionLimitPerPrefix", written: "session-limit-per-prefix" })],
  "subscriber-prefix-length": [at({ in: "ds-lite", field: "subscriberPrefixLength", written: "subscriber-prefix-length" })],
  "nat-allocation": [at({ in: "nat", field: "allocation", written: "allocation" })],
  "nat-port-block-size": [at({ in: "nat", field: "portBlockSize", written: "port-block-size" })],
  "nat-inbound-refresh": [at({ in: "nat", field: "inboundRefresh", written: "inbound-refresh" })],
  "nat-hold-down": [at({ in: "nat", field: "holdDownSeconds", written: "hold-down" })],
  "nat-udp-timeout": [at({ in: "timers", field: "udp", written: "timers" })],
  "nat-tcp-established-timeout": [at({ in: "timers", field: "tcpEstablished", written: "timers" })],
  "nat-tcp-transitory-timeout": [at({ in: "timers", field: "tcpTransitory", written: "timers" })],
  "nat-icmp-timeout": [at({ in: "timers", field: "icmpQuery", written: "timers" })],
};

/** `forced` wins over the configuration; otherwise a key that the person wrote stays. Returns the same object when nothing is to do. */
function lay(c: SoftwireConcentrator, settings: Settings, forced: boolean): { concentrator: SoftwireConcentrator; applied: boolean } {
  let out = c;
  let applied = false;
  for (const [name, value] of Object.entries(settings) as [SettingName, unknown][]) {
    for (const place of PLACES[name]) {
      const next = put(out, place, name === "dscp" ? { mode: value } : value, forced);
      if (next === undefined) continue;
      applied = true;
      out = next;
    }
  }
  return { concentrator: out, applied };
}

/** The concentrator with one field changed; undefined when it has no such field or the configuration says otherwise. */
function put(c: SoftwireConcentrator, place: Place, value: unknown, forced: boolean): SoftwireConcentrator | undefined {
  const free = (o: object): boolean => forced || !wasWritten(o, place.written);
  if (place.in === "nat" || place.in === "timers") {
    if (c.kind !== "ds-lite" || c.nat === undefined || !free(c.nat)) return undefined;
    const nat = place.in === "nat" ? { ...c.nat, [place.field]: value } : { ...c.nat, timers: { ...c.nat.timers, [place.field]: value } };
    return keepWritten(c, { ...c, nat: keepWritten(c.nat, nat) });
  }
  const fits = place.in === "ds-lite" ? c.kind === "ds-lite" : place.in === "6to4" ? c.kind !== "ds-lite" && c.kind !== "6rd" : c.kind !== "ds-lite";
  // copy-dscp is the short form of dscp
  if (!fits || !free(c) || (place.written === "dscp" && !forced && wasWritten(c, "copy-dscp"))) return undefined;
  return keepWritten(c, { ...c, [place.field]: value });
}

const keepWritten = <T extends object>(from: object, to: T): T => markWritten(to, writtenKeys(from));

/** The behaviours that hold at the release. */
const behavioursAt = (profile: Profile, release: Release | undefined): Behaviour[] => profile.behaviours.filter((b) => within(release, b.since, b.until));

/** The configuration as the card would run it, and what was laid over it. The given configuration stays as it is. */
export function applyProfile(config: Config, profile: Profile, release?: Release): { config: Config; notes: readonly ProfileNote[] } {
  const notes: ProfileNote[] = [];
  const behaviours = behavioursAt(profile, release);
  const serviceSets = config.serviceSets.map((set) => ({
    ...set,
    concentrators: set.concentrators.map((c) => {
      let out = c;
      for (const b of behaviours) {
        if (!b.mechanisms.includes(c.kind)) continue;
        const soft = lay(out, b.default ?? {}, false);
        const hard = lay(soft.concentrator, b.force ?? {}, true);
        out = hard.concentrator;
        notes.push({
          serviceSet: set.name, concentrator: c.name, behaviour: b.id, applied: soft.applied || hard.applied, text: b.text,
          source: b.source.map((key) => profile.sources[key] ?? key), confidence: b.confidence,
        });
      }
      return out;
    }),
  }));
  return { config: { ...config, serviceSets }, notes };
}

/**
 * Two choices with the same key make the same reference out of any configuration, so they share one replay.
 * With `mechanisms` only what concerns these counts.
 */
export function behaviourKey(profile: Profile, release?: Release, mechanisms?: readonly Mechanism[]): string {
  const laid = behavioursAt(profile, release)
    .filter((b) => b.force !== undefined || b.default !== undefined)
    .flatMap((b) => b.mechanisms.filter((m) => mechanisms?.includes(m) ?? true).map((m) => [m, sorted(b.default), sorted(b.force)]))
    .map((row) => JSON.stringify(row))
    .sort();
  return laid.join(";");
}

const sorted = (s: Settings | undefined): [string, unknown][] => Object.entries(s ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
