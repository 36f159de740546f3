/** Rules that no stimulus exercises, each with the reason. */
const ROUTES = "judged on routing messages that the device itself sends; no packet to it makes it send them, and the reference never does";
const PROVISIONING = "judged on messages between an initiator and its server, which stimuli for the box do not play";
const NO_ICMP4 = "judged on ICMPv4 errors that the device sends about packets to it; the reference answers none";
const RELAY_SOURCE = "judged on tunnel packets with a 6to4 source; a relay has no such source of its own, and the reference takes none from the native side";
export const NOT_EXERCISED: Readonly<Record<string, string>> = {
  "RFC3056-5.2-2": ROUTES, "RFC3056-5.2-3": ROUTES, "RFC3056-5.2-4": ROUTES, "RFC3056-5.2.3-1": ROUTES, "RFC3068-4.2-1": ROUTES, "RFC3068-4.3-1": ROUTES, "RFC3068-4.4-1": ROUTES, "RFC5969-7.2-4": ROUTES,
  "RFC6732-4.7-1": ROUTES, "RFC7526-6-2": ROUTES,
  "RFC5969-7.1-1": PROVISIONING, "RFC5969-7.1.1-1": PROVISIONING, "RFC5969-7.1.1-1.others": PROVISIONING, "RFC5969-7.1.1-2": PROVISIONING, "RFC5969-7.1.1-3": PROVISIONING, "RFC5969-7.1.1-4": PROVISIONING,
  "RFC5969-7.1.1-4.others": PROVISIONING, "RFC5969-7.1.1-5": PROVISIONING, "RFC6334-3-1": PROVISIONING, "RFC6334-3-1.others": PROVISIONING, "RFC6334-3-2": PROVISIONING, "RFC6334-3-2.others": PROVISIONING,
  "RFC6334-5-1": PROVISIONING, "RFC6333-5.4-1": PROVISIONING, "RFC6888-3-13": PROVISIONING,
  "RFC3056-5.2.2-1": ROUTES, "RFC3056-5.11-1": ROUTES, "RFC3056-5.1-2": ROUTES, "RFC7526-6-3": ROUTES,
  "RFC1812-4.3.2.3-1.6in4": NO_ICMP4, "RFC1812-4.3.2.7-1": NO_ICMP4, "RFC1812-4.3.2.7-1.fragment": NO_ICMP4, "RFC1812-4.3.2.7-1.quoted": NO_ICMP4, "RFC792-destination-unreachable-1.6in4": NO_ICMP4,
  "RFC3964-3.1-3": RELAY_SOURCE, "RFC3964-5.1-2": RELAY_SOURCE,
  "RFC1812-5.3.7-1.6rd": "judged where whole IPv4 addresses are embedded: the stimuli's domains embed parts",
  "RFC5969-9.1-6": "judged on fragments of an anycast BR, which must not send any (RFC 5969 section 9.1)",
  "RFC4443-4.2-2": "of a 6to4 router: the anycast address of its site is not answered by the reference",
  "RFC4213-3.7-1": "judged on link-local sources in the tunnel; the reference takes part in no neighbour discovery (RFC 5969 section 8)",
  "RFC2473-4.1.1-1": "judged on the encapsulation limit option that a device adds; the reference adds none",
  "RFC6888-3-12": "judged after a loss of state, which no packet brings about",
  "RFC7785-4-5": "as RFC7785-4-4",
  "RFC7785-4-4": "judged when a binding moves to another B4 address; the reference keeps bindings per B4 address",
};

/** Departures of the reference itself, by fingerprint: the stimuli showed them, and they are not mended yet. */
export const OWN_DEVIATIONS: readonly string[] = [];
