/** RFC 3032 sections 2.1 and 2.4 and RFC 4798 section 3: label stacks of what the device sends. */
import type { Mechanism } from "../../../config/types.js";
import { u32 } from "../../../wire/bits.js";
import { NA, OBSERVED, type Outcome, PASS, type RuleInfo, VIOLATED } from "../../rule.js";

/** One label stack. Offsets in memory; one object, reused. */
export interface Stack {
  readonly b: Uint8Array;
  /** First entry, and first byte behind the entry with the bottom bit (or behind the last that can be read). */
  at: number; behind: number;
  /** Has an entry the bottom bit? `cut`: the capture may have lost what follows. */
  bottom: boolean; cut: boolean;
  /** Version nibble of what follows, -1 when nothing is visible. */
  version: number;
  code: number;
}

export interface StackRule extends RuleInfo {
  check(s: Stack): Outcome;
  deviation?(code: number): string;
  readonly message: string;
  readonly why: string;
  /** Expected and seen, of the entry at an offset from the first one. */
  explain(s: Stack): { readonly field: string; readonly expected: string; readonly seen: string; readonly offset: number };
}

const ALL: readonly Mechanism[] = ["6rd", "6to4-router", "6to4-relay", "6to4-pmt", "ds-lite"];
const IPV4_NULL = 0;
const IPV6_NULL = 2;
const IMPLICIT_NULL = 3;

const label = (s: Stack, at: number): number => u32(s.b, at) >>> 12;
const ttl = (s: Stack, at: number): number => s.b[at + 3];
const isIp = (s: Stack): boolean => s.bottom && (s.version === 4 || s.version === 6);
const last = (s: Stack): number => s.behind - 4;
const ipTtl = (s: Stack): number => s.b[s.behind + (s.version === 4 ? 8 : 7)];
/** Offset of the first entry that has something, -1 when none has. */
function find(s: Stack, has: (at: number) => boolean): number {
  for (let at = s.at; at < s.behind; at += 4) if (has(at)) return at;
  return -1;
}

export const STACK_RULES: readonly StackRule[] = [
  {
    id: "RFC3032-2.1-1", clause: "RFC3032-2.1-1", title: "a label stack ends with the bottom bit", mechanisms: ALL,
    check: (s) => (s.bottom ? PASS : s.cut ? NA : VIOLATED), deviation: () => "no-bottom", message: "no entry of a label stack has the bottom bit", why: "RFC 3032 section 2.1: S is set in the last entry",
    explain: (s) => ({ field: "S", expected: "1 in the last entry", seen: "0 in all", offset: last(s) - s.at + 2 }),
  },
  {
    id: "RFC3032-2.1-2", clause: "RFC3032-2.1-2", title: "implicit null is never sent, and explicit null stands before its own kind of packet", mechanisms: ALL,
    check(s) {
      s.code = find(s, (at) => label(s, at) === IMPLICIT_NULL) >= 0 ? 1 : 0;
      // Explicit null above the bottom is allowed since RFC 4182.
      if (s.code === 0 && isIp(s)) s.code = label(s, last(s)) === IPV4_NULL && s.version === 6 ? 2 : label(s, last(s)) === IPV6_NULL && s.version === 4 ? 3 : 0;
      return s.code > 0 ? VIOLATED : s.bottom ? PASS : NA;
    },
    deviation: (code) => ["", "implicit-null", "ipv4-null-before-ipv6", "ipv6-null-before-ipv4"][code], message: "a reserved label is used wrongly", why: "RFC 3032 section 2.1: 0 and 2 stand before IPv4 and IPv6, 3 is for signalling only",
    explain(s) {
      const at = s.code === 1 ? find(s, (p) => label(s, p) === IMPLICIT_NULL) : last(s);
      return { field: "label", expected: s.code === 1 ? "not 3" : s.version === 6 ? "2, or no null label" : "0, or no null label", seen: String(label(s, at)), offset: at - s.at };
    },
  },
  {
    id: "RFC3032-2.4.2-1", clause: "RFC3032-2.4.2-1", title: "no label leaves with TTL 0", mechanisms: ALL,
    check: (s) => (ttl(s, s.at) === 0 ? VIOLATED : PASS), deviation: () => "ttl-0", message: "a labelled packet was sent with TTL 0", why: "RFC 3032 section 2.4.2: at zero it is not forwarded",
    explain: () => ({ field: "TTL", expected: "above 0", seen: "0", offset: 3 }),
  },
  {
    // RFC 3443 allows the pipe model beside it, so another value is told and not blamed.
    id: "RFC3032-2.4.3-1", clause: "RFC3032-2.4.3-1", title: "the label takes the TTL of the packet", mechanisms: ALL,
    check: (s) => (!isIp(s) ? NA : ttl(s, last(s)) === ipTtl(s) ? PASS : OBSERVED), message: "the label has a TTL of its own", why: "RFC 3032 section 2.4.3; the pipe model of RFC 3443",
    explain: (s) => ({ field: "TTL", expected: String(ipTtl(s)), seen: String(ttl(s, last(s))), offset: last(s) - s.at + 3 }),
  },
  {
    id: "RFC4798-3-2", clause: "RFC4798-3-2", title: "the label of an IPv6 prefix is IPv6 explicit null", mechanisms: ALL,
    check: (s) => (!isIp(s) || s.version !== 6 ? NA : label(s, last(s)) === IPV6_NULL ? OBSERVED : PASS), message: "IPv6 explicit null is used", why: "RFC 4798 section 3",
    explain: (s) => ({ field: "label", expected: "any", seen: "2", offset: last(s) - s.at }),
  },
];
