/** A hardware profile as it stands in specs/profiles: what is documented of a card, each fact with source and confidence. Its schema: specs/schemas/profile.schema.json. */
import type { Mechanism, TunnelMtuMode } from "../config/types.js";

export type Confidence = "documented" | "inferred" | "from-memory" | "not-found";
export interface Fact {
  /** Keys of `Profile.sources`. */
  readonly source: readonly string[];
  readonly confidence: Confidence;
  readonly note?: string;
}
export interface Support extends Fact {
  readonly support: "yes" | "no" | "partial" | "unknown";
  /** First Junos release. */
  readonly since?: string;
  /** When the release is less certain than the support itself. */
  readonly "since-confidence"?: Confidence;
}

/** Parameters of the reference that a card fixes, in the words of the configuration file (times in seconds, sizes in bytes). */
export interface Settings {
  readonly "reassembly-timeout"?: number;
  readonly "flow-inactivity-timeout"?: number;
  readonly "flow-limit"?: number;
  readonly echo?: boolean;
  readonly dscp?: "copy" | "zero";
  readonly strict3964?: boolean;
  readonly "tunnel-mtu-mode"?: Exclude<TunnelMtuMode, "undeclared">;
  readonly oversize?: "fragment-outer" | "honour-df" | "pre-fragment";
  readonly "mtu-v6"?: number;
  readonly "copy-dscp-decapsulation"?: boolean;
  readonly "copy-dscp-encapsulation"?: boolean;
  readonly "session-limit-per-prefix"?: number;
  readonly "subscriber-prefix-length"?: number;
  readonly "nat-allocation"?: "sequential" | "random" | "port-block" | "deterministic";
  readonly "nat-port-block-size"?: number;
  readonly "nat-inbound-refresh"?: boolean;
  readonly "nat-hold-down"?: number;
  readonly "nat-udp-timeout"?: number;
  readonly "nat-tcp-established-timeout"?: number;
  readonly "nat-tcp-transitory-timeout"?: number;
  readonly "nat-icmp-timeout"?: number;
}
export type SettingName = keyof Settings;

/** Holds from release `since` on and before release `until`. */
interface Dated { readonly since?: string; readonly until?: string }

export interface Behaviour extends Fact, Dated {
  readonly id: string;
  readonly mechanisms: readonly Mechanism[];
  /** What the card does whatever the configuration says. */
  readonly force?: Settings;
  /** What it does unless the configuration names the key. Without `force` and `default` the behaviour is told but not modelled. */
  readonly default?: Settings;
  readonly text: string;
}

/** A clause that the card's own documents say it does not keep. */
export interface KnownDeviation extends Fact, Dated {
  readonly clause: string;
  readonly mechanisms: readonly Mechanism[];
  readonly text: string;
}

export interface Limit extends Fact { readonly name: string; readonly max?: number; readonly text: string }
export interface Variant extends Fact { readonly cards: string; readonly since: string }

export interface Profile {
  readonly name: string;
  readonly title: string;
  readonly vendor: string;
  readonly family?: string;
  readonly card: string;
  readonly platforms?: readonly string[];
  readonly interface?: string;
  readonly status: "current" | "legacy" | "reference";
  readonly mechanisms: Readonly<Record<Mechanism, Support>>;
  /** Finer capabilities, such as ds-lite-mtu-v6. */
  readonly features?: Readonly<Record<string, Support>>;
  readonly variants?: readonly Variant[];
  readonly limits?: readonly Limit[];
  readonly behaviours: readonly Behaviour[];
  readonly "known-deviations": readonly KnownDeviation[];
  /** Names of the card's counter sets: files of specs/profiles/counters. */
  readonly counters?: readonly string[];
  readonly sources: Readonly<Record<string, string>>;
  readonly notes?: readonly string[];
}

/** What a card offers of a mechanism or feature at a release, and how that is known. */
export interface SupportVerdict {
  readonly support: Support["support"];
  readonly reason: string;
  /** Titles or addresses of the documents. */
  readonly source: readonly string[];
  readonly confidence: Confidence;
}
