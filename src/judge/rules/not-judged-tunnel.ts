/** Clauses of DS-Lite, of generic tunnels and of the common documents without a rule, and why. */
import type { NotJudged } from "./not-judged.js";

const LAN = "happens on the LAN of the B4, which no capture of the AFTR shows";
const DHCP = "DHCPv6 runs between the B4 and the provider's server, not through the AFTR";
const ORIGINAL6 = "speaks of IPv6 packets that enter an IPv6 tunnel: a softwire of DS-Lite carries IPv4, the 6in4 tunnels have an IPv4 header outside (RFC 4213 rules)";
const NO_POLICY = "a policy that the configuration has no key for, so none is declared; an undeclared one is not judged";
const KNOB = "asks that something can be configured; a capture shows one configuration, and this one says nothing of the choices";
const L2TP = "L2TP softwires are another mechanism than those that the configuration knows";
const BENCHMARK = "tells testers how to measure; it asks nothing of the device in a capture";

export const NOT_JUDGED_TUNNEL: readonly NotJudged[] = [
  { clause: "RFC6333-4.2-1", reason: `${LAN}; one inner source behind a B4 may be one host as well as a NAT` },
  { clause: "RFC6333-4.2-2", reason: LAN },
  { clause: "RFC6333-4.2-3", reason: `${LAN}; a host may ask a resolver of its own choice through the softwire (RFC6333-6.4-1 observes it)` },
  { clause: "RFC6333-5.3-1", reason: `${LAN}: that the B4 dropped a packet shows only there; what it fragments is seen by RFC6333-6.3-1` },
  { clause: "RFC6333-5.3-2", reason: `${LAN}; inner fragments may have come from the host (decisions D2)` },
  { clause: "RFC6333-5.5-1", reason: `${LAN}; see RFC6333-6.4-1` },
  { clause: "RFC6333-5.6-1", reason: "native IPv4 on the WAN side of the B4 does not pass the AFTR" },
  { clause: "RFC7335-4-2", reason: "two continuity solutions of one host: the other one is on the host" },
  { clause: "RFC6908-2.12-1", reason: "compares the AFTRs of a region; one is captured. Its own B4 prefixes are judged by RFC6333-11-6" },
  { clause: "RFC7785-4-2", reason: "about what stands there when nobody configured anything, and a configuration is what every check begins with; what it declares is judged by RFC7785-4-1" },
  { clause: "RFC6334-5-2", reason: DHCP },
  { clause: "RFC6334-5-3", reason: "the B4's DNS answers are not in the capture" },
  { clause: "RFC6334-5-4", reason: "which interface of the B4 an address belongs to does not show, and an address may move from one AFTR to the next" },
  { clause: "RFC2473-4.1-1", reason: "the configuration has no limit for nested encapsulation; the option that carries one is judged by RFC2473-4.1.1-1 and RFC2473-4.1.1-4" },
  { clause: "RFC2473-4.1.1-2", reason: ORIGINAL6 },
  { clause: "RFC2473-4.1.1-3", reason: ORIGINAL6 },
  { clause: "RFC2473-4.1.2-1", reason: ORIGINAL6 },
  { clause: "RFC2473-4.1.3-1", reason: ORIGINAL6 },
  { clause: "RFC2473-6.6-1", reason: NO_POLICY },
  { clause: "RFC2473-7-2", reason: "about routers between B4 and AFTR" },
  { clause: "RFC2473-7-4", reason: "the other nodes of an anycast address are not captured" },
  { clause: "RFC2473-7.1-1", reason: ORIGINAL6 },
  { clause: "RFC2473-7.1-2", reason: ORIGINAL6 },
  { clause: "RFC2473-8.2-1", reason: ORIGINAL6 },
  { clause: "RFC2473-8.2-2", reason: ORIGINAL6 },
  { clause: "RFC2473-8.4-1", reason: "needs tunnels in tunnels: the entry-points outside of the captured one have captures of their own, and what they relay is theirs. What this entry-point relays is judged by RFC2473-8.3-1 and its neighbours" },
  { clause: "RFC6040-4.3-1", reason: KNOB },
  { clause: "RFC3032-3.5-1", reason: "no labelled packet passes through: what the device labels are its own softwire packets, which it fragments to fit (RFC2473-7.2-2), and what comes labelled and is too big for a tunnel is refused with the tunnel's MTU, labels or not (RFC4443-3.2-1)" },
  { clause: "RFC4798-3-1", reason: "which traffic is that of 6PE is not in the configuration, and a single label is what penultimate hop popping leaves; the labels themselves are judged by RFC 3032" },
  { clause: "RFC4798-3-3", reason: "labels are advertised by MP-BGP, which runs over other connections; a forwarded packet shows one advertised label only" },
  { clause: "RFC4443-3.1-1", reason: "6rd, 6to4 and DS-Lite interfaces are no point-to-point links, so CE to CE through them is regular" },
  { clause: "RFC1812-5.2.6-1", reason: "a NAT must do in effect what this forbids in transit (RFC 4787 REQ-14, RFC 6864 section 5.3.1; decisions D15), and the tunnels forward no plain IPv4" },
  { clause: "RFC6598-4-3", reason: KNOB },
  { clause: "RFC5571-5.1-1", reason: L2TP },
  { clause: "RFC5571-5.1.2-1", reason: L2TP },
  { clause: "RFC5571-5.2.1-1", reason: L2TP },
  { clause: "RFC8219-5.1-1", reason: BENCHMARK },
  { clause: "RFC8219-5.1.1-1", reason: BENCHMARK },
  { clause: "RFC8219-7.2-1", reason: BENCHMARK },
];
