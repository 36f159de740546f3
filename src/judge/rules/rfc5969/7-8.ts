/** RFC 5969 sections 7.2 and 8: the BR's address, statelessness, and reachability probes. */
import { formatIpv4 } from "../../../wire/address.js";
import { u32 } from "../../../wire/bits.js";
import { embeddedIpv4 } from "../../../wire/embedding.js";
import { field } from "../../evidence.js";
import * as F from "../../facts.js";
import { C_ORDINARY, C_TUNNELLED } from "../../forwarded.js";
import { NA, OBSERVED, PASS, passes, type Rule, silent, VIOLATED } from "../../rule.js";
import { SIX_RD, hasFacts, icmp6At, inner, mustForward, outer, told } from "../helpers.js";

/** Reasons why a probe need not come back. */
const FAULTY = F.MAY_DROP;

export const section7: readonly Rule[] = [
  {
    id: "RFC5969-7.1.1-8", clause: "RFC5969-7.1.1-8", title: "a CE sends to other CEs directly", mechanisms: SIX_RD, cap: "info", on: "input", facts: F.F_HAIRPIN | F.F_SELF | F.F_TO_ANYCAST,
    // The text calls these routes typical; a network may send all through the BR, so it is observed.
    check: (x) => (x.r.kind[x.input] !== F.K_TUNNEL || hasFacts(x, x.input, F.F_SRC_FOREIGN | F.F_SRC_MISMATCH | F.F_INNER_BAD) ? NA : hasFacts(x, x.input, F.F_HAIRPIN) ? OBSERVED : PASS),
    deviation: () => "through-the-br",
    explain: (x) => told(x, "a CE sent a packet for another CE to the BR", "RFC 5969 section 7.1.1: the 6rd prefix is on-link on the tunnel interface of a CE. This is about the CE, not about the concentrator",
      [field(x, x.input, "IPv4 outer", "destination", formatIpv4(embeddedIpv4(x.b, inner(x, x.input) + 24, x.domain.tunnel.v6rdPrefix, x.domain.tunnel.ipv4Prefix)), formatIpv4(u32(x.b, outer(x, x.input) + 16)), outer(x, x.input) + 16, 4)]),
  },
  {
    id: "RFC5969-7.2-2", clause: "RFC5969-7.2-2", title: "an anycast BR tunnels from its anycast address", mechanisms: SIX_RD, on: "pair", when: F.FLOW_ENCAP | F.FLOW_HAIRPIN, needs: (t) => t.anycast,
    check: (x) => (!x.domain.tunnel.anycast ? NA : u32(x.b, outer(x, x.output) + 12) === x.domain.tunnel.address ? PASS : VIOLATED),
    deviation: () => "other-source",
    explain: (x) => told(x, "the outer source is not the anycast address of the BR", "RFC 5969 section 7.2: the CE accepts only the configured BR address",
      [field(x, x.output, "IPv4 outer", "source", formatIpv4(x.domain.tunnel.address), formatIpv4(u32(x.b, outer(x, x.output) + 12)), outer(x, x.output) + 12, 4)]),
  },
  {
    id: "RFC5969-7.2-3", clause: "RFC5969-7.2-3", title: "the BR needs no earlier packet of a CE", mechanisms: SIX_RD, cap: "info", on: "input", facts: F.F_NEW_CE,
    check: (x) => (x.r.kind[x.input] !== F.K_NATIVE || hasFacts(x, x.input, FAULTY | F.F_ND) ? NA : mustForward(x)),
    sure: () => [...silent(C_TUNNELLED), ...passes(C_ORDINARY)],
    deviation: () => "no-output",
    explain: (x) => told(x, "a packet to a CE from which nothing had come was neither tunnelled nor answered", "RFC 5969 section 7.2: 6rd is stateless. Inferred from silence: other causes are possible"),
  },
  {
    id: "RFC5969-8-1", clause: "RFC5969-8-1", title: "CEs do not probe each other", mechanisms: SIX_RD, cap: "info", on: "input", facts: F.F_HAIRPIN,
    check(x) {
      if (hasFacts(x, x.input, F.F_SRC_FOREIGN | F.F_SRC_MISMATCH | F.F_INNER_BAD)) return NA;
      const icmp = icmp6At(x, x.input);
      return icmp > 0 && x.b[icmp] === 135 ? VIOLATED : PASS;
    },
    deviation: () => "neighbour-solicitation",
    explain: (x) => told(x, "a CE sent a neighbour solicitation to another CE", "RFC 5969 section 8: NUD between CEs is not recommended. This is about the CE, not about the concentrator",
      [field(x, x.input, "ICMPv6", "type", "none between CEs", 135, inner(x, x.input) + 40, 1)]),
  },
  {
    id: "RFC5969-8-2", clause: "RFC5969-8-2", title: "a CE probes the BR with packets that are forwarded", mechanisms: SIX_RD, cap: "info", on: "input", facts: F.F_SELF | F.F_TO_ANYCAST | F.F_TO_OWN_PREFIX | F.F_ND,
    check(x) {
      if (x.r.kind[x.input] !== F.K_TUNNEL || hasFacts(x, x.input, F.F_SRC_FOREIGN | F.F_SRC_MISMATCH | F.F_INNER_BAD)) return NA;
      if (hasFacts(x, x.input, F.F_SELF)) return PASS;
      const icmp = icmp6At(x, x.input);
      return icmp > 0 && x.b[icmp] === 135 ? VIOLATED : NA;
    },
    deviation: () => "neighbour-solicitation",
    explain: (x) => told(x, "a CE probed the BR with a neighbour solicitation that the BR has to process", "RFC 5969 section 8: probes follow the data path. This is about the CE, not about the concentrator",
      [field(x, x.input, "ICMPv6", "type", "a packet to the CE itself", 135, inner(x, x.input) + 40, 1)]),
  },
  {
    id: "RFC5969-8-3", clause: "RFC5969-8-3", title: "a CE's packet to itself comes back from the BR", mechanisms: SIX_RD, on: "input", facts: F.F_SELF,
    check(x) {
      if (hasFacts(x, x.input, FAULTY)) return NA;
      x.code = 1;
      if (x.output >= 0) return x.r.kind[x.output] === F.K_TUNNEL ? PASS : VIOLATED;
      x.code = 3;
      if (x.answer < 0) return mustForward(x);
      // An error may be that of a router behind the CE, handed on, and the probe that came back lost at the tap; nobody else replies for the CE.
      x.inferred = hasFacts(x, x.answer, F.F_ICMP6_ERROR);
      return VIOLATED;
    },
    deviation: (code) => (code === 1 ? "left-the-tunnel" : code === 2 ? "no-output" : "answered-by-the-br"),
    explain: (x) => told(x, x.code === 2 ? "a probe that a CE addressed to itself did not come back" : x.code === 3 ? "the BR answered a probe itself" : "a probe was sent out of the tunnel",
      "RFC 5969 section 8, step 3: the BR decapsulates it and forwards it as any other packet, back to the CE"),
  },
  {
    id: "RFC5969-8-3.ce-to-ce", clause: "RFC5969-8-3", title: "packets between CEs that reach the BR are forwarded", mechanisms: SIX_RD, cap: "warn", on: "input", facts: F.F_HAIRPIN,
    check: (x) => (hasFacts(x, x.input, FAULTY) ? NA : mustForward(x)),
    deviation: () => "no-output",
    explain: (x) => told(x, "a packet from one CE to another was neither forwarded nor answered", "RFC 5969 section 8 lets the BR forward what comes out of the tunnel as any other packet; no capital word asks for it between two CEs, so this warns"),
  },
];
