/** Rules on how initiators are configured, where the capture holds it: RFC 5969 section 7.1, RFC 6334, RFC 6333 section 5.4, and RFC 6888 REQ-9. */
import type { Config, Mechanism } from "../../config/types.js";
import type { MessageRule } from "./message.js";

const SIX_RD: readonly Mechanism[] = ["6rd"];
const DS_LITE: readonly Mechanism[] = ["ds-lite"];
const has = (kind: Mechanism) => (config: Config): boolean => config.serviceSets.some((s) => s.concentrators.some((c) => c.kind === kind));

type Row = readonly [clause: string, title: string, deviation: string, why: string];
/** Of options in messages: those that the device itself sends, and (`.others`, which informs) those of servers and clients behind it. */
const both = (mechanisms: readonly Mechanism[], kind: Mechanism, [clause, title, deviation, why]: Row): MessageRule[] => [
  { id: clause, clause, title, mechanisms, why, needs: has(kind), deviation: () => deviation },
  { id: `${clause}.others`, clause, title: `${title} (sent by others)`, mechanisms, cap: "info", why, needs: has(kind), deviation: () => deviation },
];
/** Of what an initiator does: it informs about the initiator and says nothing of the device. */
const ofInitiator = (mechanisms: readonly Mechanism[], kind: Mechanism, [clause, title, deviation, why]: Row): MessageRule => ({
  id: clause, clause, title, mechanisms, cap: "info", why, needs: has(kind), deviation: () => deviation,
});

export const PROVISIONING_RULES: readonly MessageRule[] = [
  ...both(SIX_RD, "6rd", ["RFC5969-7.1.1-1", "the 6rd option has the length of its fields and of at least one BR address", "length", "RFC 5969 section 7.1.1: option 212, 22 octets with one BR address, four more for each other"]),
  ...both(SIX_RD, "6rd", ["RFC5969-7.1.1-4", "the bits behind 6rdPrefixLen are zero", "trailing-bits", "RFC 5969 section 7.1.1: unused bits of 6rdPrefix are sent as zero"]),
  ofInitiator(SIX_RD, "6rd", ["RFC5969-7.1-1", "a CE that uses DHCPv4 supports the 6rd option", "not-asked-for", "RFC 5969 section 7.1"]),
  ofInitiator(SIX_RD, "6rd", ["RFC5969-7.1.1-5", "a CE asks for the 6rd option", "not-asked-for", "RFC 5969 section 7.1.1: the option stands in the Parameter Request List"]),
  ofInitiator(SIX_RD, "6rd", ["RFC5969-7.1.1-2", "no CE uses an option with an IPv4MaskLen above 32", "used", "RFC 5969 section 7.1.1: IPv4MaskLen is 0 to 32"]),
  ofInitiator(SIX_RD, "6rd", ["RFC5969-7.1.1-3", "no CE uses an option whose delegated prefixes would be longer than 128 bits", "used", "RFC 5969 section 7.1.1: (32 - IPv4MaskLen) + 6rdPrefixLen is 128 at most, else the option is ignored"]),
  ...both(DS_LITE, "ds-lite", ["RFC6334-3-1", "the AFTR-Name option holds one name in DNS form", "form", "RFC 6334 section 3: one fully qualified name, uncompressed, option-len above 3"]),
  ...both(DS_LITE, "ds-lite", ["RFC6334-3-2", "the AFTR-Name option stands in configuration messages alone", "message-type", "RFC 6334 section 3: Solicit, Advertise, Request, Renew, Rebind, Information-request, Reply"]),
  ofInitiator(DS_LITE, "ds-lite", ["RFC6334-5-1", "a B4 asks for the AFTR-Name option", "not-asked-for", "RFC 6334 section 5: the option stands in the Option Request Option"]),
  ofInitiator(DS_LITE, "ds-lite", ["RFC6333-5.4-1", "a B4 supports the AFTR-Name option", "not-asked-for", "RFC 6333 section 5.4"]),
  {
    // The document leaves open which protocol it is, and another one may be there.
    id: "RFC6888-3-13", clause: "RFC6888-3-13", title: "subscribers control mappings with PCP", mechanisms: DS_LITE, cap: "info", needs: has("ds-lite"), deviation: () => "no-answer",
    why: "RFC 6888 REQ-9: the CGN has a protocol that lets subscribers control mappings; PCP is recommended, another one would do",
  },
];
