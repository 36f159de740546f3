/** Every mutant. A new one goes into the file of its mechanism. */
import type { Mutant } from "./mutant.js";
import { DS_LITE_MUTANTS } from "./ds-lite.js";
import { NAT_MUTANTS } from "./nat.js";
import { SIX_RD_MUTANTS } from "./six-rd.js";
import { SIX_TO_FOUR_MUTANTS } from "./six-to-four.js";
import { TUNNEL_MUTANTS } from "./tunnel.js";

export const MUTANTS: readonly Mutant[] = [...TUNNEL_MUTANTS, ...SIX_RD_MUTANTS, ...SIX_TO_FOUR_MUTANTS, ...DS_LITE_MUTANTS, ...NAT_MUTANTS];

/** Defects that no rule of their clause notices yet, each with the reason. The test fails when one of them is noticed after all: then it leaves this list. */
export const KNOWN_MISSED: ReadonlyMap<string, string> = new Map<string, string>([
  ["echo-other-data", "echo replies are paired by what they echo: one with other data answers nothing"],
  ["echo-other-id", "a reply with an identifier that nobody sent may answer a request that the tap lost; only the request without a reply counts (RFC5969-5-1, RFC6343-4.4-3)"],
  ...["relay-native-to-native", "aftr-valid-inner-dropped", "aftr-error-about-error", "pmt-sites-translated", "aftr-outer-length", "aftr-foreign-b4-served", "aftr-destination-changed", "aftr-too-big-dropped",
    "aftr-relayed-error-silent", "aftr-relayed-error-source", "aftr-overlap-joined", "aftr-echo-from-elsewhere", "nat-tcp-sequence-changed", "nat-tcp-dies-at-1h", "nat-tcp-dies-at-100s", "nat-icmp-dies-at-10s",
    "nat-rst-lost", "nat-error-in-quoted-port", "nat-fragmentation-needed-lost", "nat-hairpinned-error-lost", "nat-unsolicited-syn-answered", "nat-too-big-silent", "nat-exhaustion-silent"].map((id) => [id, "open: not looked at yet"] as const),
  ["overlap-forwarded", "what a device makes of overlapping fragments has no input that it could be compared with"],
]);
