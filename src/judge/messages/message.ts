/** What the judges of routing and provisioning messages share: a message, their rules, and how a verdict is counted. */
import type { Config, Side } from "../../config/types.js";
import type { RuleInfo } from "../rule.js";
import type { FieldDiff } from "../types.js";

/** One packet. Offsets in memory; one object, reused. */
export interface Message {
  readonly b: Uint8Array;
  side: Side;
  /** The device sent it. */
  sent: boolean;
  /** Capture time in seconds. */
  time: number;
  /** IP header, version, protocol, transport header, and the byte behind the last captured one of the packet. */
  at: number; v6: boolean; protocol: number; l4: number; end: number;
  /** It came in (or goes out) inside a tunnel packet. */
  tunnelled: boolean;
}

export interface MessageRule extends RuleInfo {
  readonly why: string;
  deviation(code: number): string;
  /** Does the configuration give the rule anything to judge? */
  needs(config: Config): boolean;
}

/** Counts a verdict of the rule with this id on the message at hand. `broken`: what is wrong with it; `code` tells deviations apart; left out, the rule is kept. */
export type Count = (rule: string, broken?: string, code?: number, fields?: readonly FieldDiff[]) => void;

/** `offset` from the start of the packet. */
export const fieldOf = (m: Message, layer: string, field: string, expected: string | number, seen: string | number, at: number, length: number): FieldDiff => ({
  packet: 0, layer, field, expected: String(expected), seen: String(seen), offset: at - m.at, length,
});
