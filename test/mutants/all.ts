/** Every mutant. A new one goes into the file of its mechanism. */
import type { Mutant } from "./mutant.js";
import { DS_LITE_MUTANTS } from "./ds-lite.js";
import { MORE_DS_LITE_MUTANTS } from "./ds-lite-more.js";
import { FATES_MUTANTS } from "./fates.js";
import { MESSAGE_MUTANTS } from "./messages.js";
import { NAT_MUTANTS } from "./nat.js";
import { PATH_MUTANTS } from "./paths.js";
import { SESSION_MUTANTS } from "./sessions.js";
import { SIX_RD_MUTANTS } from "./six-rd.js";
import { SIX_TO_FOUR_MUTANTS } from "./six-to-four.js";
import { TUNNEL_MUTANTS } from "./tunnel.js";

export const MUTANTS: readonly Mutant[] = [...TUNNEL_MUTANTS, ...SIX_RD_MUTANTS, ...SIX_TO_FOUR_MUTANTS, ...DS_LITE_MUTANTS, ...MORE_DS_LITE_MUTANTS, ...PATH_MUTANTS, ...NAT_MUTANTS, ...SESSION_MUTANTS, ...FATES_MUTANTS, ...MESSAGE_MUTANTS];

/** Defects that no rule of their clause notices yet, each with the reason. The test fails when one of them is noticed after all: then it leaves this list. */
export const KNOWN_MISSED: ReadonlyMap<string, string> = new Map<string, string>();

const ROUTING = "the rule looks at routing messages of the device; the reference sends none that a mutant could change (exhibits in test/judge show it)";
const DISCOVERY = "the rule looks at neighbour discovery inside the tunnel, which the reference neither sends nor answers (exhibits in test/judge show it)";
const SENDER = "the rule is about senders and counts the ordinary traffic of the specs as well: no mutant can make it break more often";
/** Rules of the IPv6-in-IPv4 mechanisms that no mutant triggers, each with the reason. */
export const UNTRIGGERED: ReadonlyMap<string, string> = new Map<string, string>([
  ["RFC3056-5.2.2-1", ROUTING], ["RFC3056-5.11-1", ROUTING], ["RFC3056-5.1-2", ROUTING], ["RFC7526-6-3", ROUTING],
  ["RFC4213-3.8-1", DISCOVERY], ["RFC4213-3.8-2", DISCOVERY], ["RFC4213-3.8-3", DISCOVERY],
  ["RFC5969-7.1.1-8", SENDER], ["RFC5969-8-1", SENDER], ["RFC5969-8-2", SENDER],
  ["RFC3056-5.1-1", "it needs a router with two IPv4 addresses, and no bundled spec has one"],
  ["RFC3056-5.9-1", "it needs a router whose own address is private, and the configuration refuses that"],
  ["RFC1812-4.3.2.7-1.fragment", "it looks at ICMPv4 errors of the device about fragments, and the reference sends none that a mutant could change"],
  ["RFC1812-5.3.7-1.6rd", "it needs a packet for a CE whose embedded address no host has, and no bundled spec has one that a mutant could forward"],
  ["RFC6732-4.5-1.fragments", "it needs a later fragment through a PMT relay that reaches to where a first one has its checksum, and no bundled spec has one"],
  ["RFC6732-3.1-2.declared", "it needs a list of those who opted out and a customer who is not on it, and no bundled spec has both"],
  ["RFC4459-3.2-1", "it only observes: DF is a choice"],
]);
