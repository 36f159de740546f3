/**
 * Judges routing and provisioning messages beside the packets of the tunnels: RIP, RIPng, BGP, OSPF, DHCPv4, DHCPv6, PCP, where the capture holds them. Ordinary
 * packets are told from them by protocol and port, and leave at once.
 */
import { ACCESS, CORE, type Config, type Side } from "../../config/types.js";
import { isIpv6At } from "../../wire/address.js";
import { u16, u32 } from "../../wire/bits.js";
import { createGroups } from "../groups.js";
import { severityFor } from "../rule.js";
import { type Direction, type FindingGroup, OUT_OF, type Place, type RuleTally, type Severity } from "../types.js";
import { createDhcp4, isDhcp4 } from "./dhcp4.js";
import { createDhcp6, isDhcp6 } from "./dhcp6.js";
import { type Count, type Message, type MessageRule, fieldOf } from "./message.js";
import { PROVISIONING_RULES } from "./provisioning-rules.js";
import { createRoutingJudge } from "./routing.js";
import { isRouting } from "./routing-parser.js";
import { ROUTING_RULES } from "./routing-rules.js";

export const MESSAGE_RULES: readonly MessageRule[] = [...ROUTING_RULES, ...PROVISIONING_RULES];

const PCP = 5351;
/** So many PCP requests, over so many seconds, without an answer to any. */
const REQUESTS = 3, REQUEST_SECONDS = 10;
const EVIDENCE_BYTES = 512;
const IPV6_BYTES = 40;
/** Ports of what is read here: DHCP, DHCPv6, RIP, RIPng, BGP, PCP. Between other ports there is nothing to read. */
const PORTS = new Uint8Array(65536);
for (const port of [67, 68, 546, 547, 520, 521, 179, PCP]) PORTS[port] = 1;

export interface MessageJudge {
  packet(side: Side, direction: Direction, off: number, len: number, wireLen: number, sec: number, nsec: number, file: number, frame: number): void;
  end(): void;
  tallies(): readonly RuleTally[];
  findings(): readonly FindingGroup[];
}

export function createMessageJudge(b: Uint8Array, config: Config, severityOf: (clause: string) => Severity, place: (file: number, frame: number) => Place): MessageJudge {
  const kinds = config.serviceSets.flatMap((s) => s.concentrators.map((c) => c.kind));
  const rules = MESSAGE_RULES.filter((r) => r.mechanisms.some((k) => kinds.includes(k)) && r.needs(config));
  const index = new Map(rules.map((r, i) => [r.id, i]));
  const severities = rules.map((r) => severityFor(r, severityOf));
  const groups = createGroups(rules, severities, place);
  const exercised = rules.map(() => 0);
  const violated = rules.map(() => 0);
  const m: Message = { b, side: ACCESS, sent: false, time: 0, at: 0, v6: false, protocol: 0, l4: 0, end: 0, tunnelled: false };
  let sec = 0, nsec = 0, file = 0, frame = 0;

  const count: Count = (id, broken, code = 0, fields = []) => {
    const i = index.get(id);
    if (i === undefined) return;
    exercised[i]++;
    if (broken === undefined) return;
    violated[i]++;
    if (!groups.add(i, code, "seen", file, frame)) return;
    const hex = [...b.subarray(m.at, Math.min(m.end, m.at + EVIDENCE_BYTES))].map((x) => x.toString(16).padStart(2, "0")).join("");
    groups.explain({ message: broken, why: rules[i].why, filter: `frame.number == ${frame}`, fields },
      [{ side: m.side === ACCESS ? "access" : "core", direction: m.sent ? "sent" : "received", place: place(file, frame), sec, nsec, hex }]);
  };

  const routing = createRoutingJudge(config, count);
  const dhcp4 = createDhcp4(count);
  const dhcp6 = createDhcp6(count);
  const hasTunnel = kinds.some((k) => k !== "ds-lite");
  const aftr = config.serviceSets.flatMap((s) => s.concentrators).find((c) => c.kind === "ds-lite");
  let requests = 0, firstRequest = 0, answered = false, missed = false;

  /** A PCP request to the AFTR, or its answer (RFC 6887 section 7: the first bit of the second octet). */
  function pcp(): void {
    if (m.side !== ACCESS || aftr === undefined || m.l4 + 10 > m.end) return;
    if (m.sent && u16(b, m.l4) === PCP && b[m.l4 + 9] >>> 7 === 1) {
      answered = true;
      count("RFC6888-3-13");
    } else if (!m.sent && u16(b, m.l4 + 2) === PCP && b[m.l4 + 9] >>> 7 === 0 && (m.tunnelled || isIpv6At(b, m.at + 24, aftr.address))) {
      if (requests++ === 0) firstRequest = m.time;
      if (answered || missed || requests < REQUESTS || m.time - firstRequest < REQUEST_SECONDS) return;
      missed = true;
      count("RFC6888-3-13", `${requests} PCP requests over ${Math.round(m.time - firstRequest)} s were not answered`, 0, [fieldOf(m, "UDP", "destination port", "answered", PCP, m.l4 + 2, 2)]);
    }
  }

  /** The upper layer at `m.l4`. */
  function upper(source: number): void {
    if (m.l4 + 8 > m.end) return;
    if (m.protocol === 17) {
      if (!m.tunnelled && (m.v6 ? isDhcp6(b, m.l4) : isDhcp4(b, m.l4))) {
        if (m.side === ACCESS) (m.v6 ? dhcp6 : dhcp4).message(m);
        return;
      }
      if (u16(b, m.l4) === PCP || u16(b, m.l4 + 2) === PCP) {
        pcp();
        return;
      }
    }
    if (isRouting(b, m.protocol, m.l4, m.v6)) routing.message(m, source);
  }

  /** Header of the IP packet at `o`; false when it is none, or a piece of one. */
  function header(o: number): boolean {
    m.v6 = b[o] >>> 4 === 6;
    if (m.v6) {
      m.protocol = b[o + 6];
      m.l4 = o + IPV6_BYTES;
      return m.l4 <= m.end;
    }
    m.protocol = b[o + 9];
    m.l4 = o + ((b[o] & 15) << 2);
    return b[o] >>> 4 === 4 && (u16(b, o + 6) & 0x3fff) === 0;
  }

  /** Is it an IPv4 packet between ports of no interest? Then `upper` would find nothing in it. */
  function isDull(o: number, end: number): boolean {
    const l4 = o + ((b[o] & 15) << 2);
    return b[o] >>> 4 === 4 && (b[o + 9] === 17 || b[o + 9] === 6) && l4 + 8 <= end && (PORTS[u16(b, l4)] | PORTS[u16(b, l4 + 2)]) === 0;
  }

  /** The same of an IPv6 packet. */
  const isDull6 = (o: number, end: number): boolean => b[o] >>> 4 === 6 && (b[o + 6] === 17 || b[o + 6] === 6) && o + IPV6_BYTES + 8 <= end && (PORTS[u16(b, o + IPV6_BYTES)] | PORTS[u16(b, o + IPV6_BYTES + 2)]) === 0;

  return {
    packet(side, direction, off, len, _wireLen, s, ns, f, n) {
      if (len < 28) return;
      const v6 = b[off] >>> 4 === 6;
      const protocol = b[off + (v6 ? 6 : 9)];
      // Nearly all packets leave here: what they carry is asked for nothing but ports.
      if (v6 ? protocol === 4 && len >= IPV6_BYTES + 28 && (direction === OUT_OF || !dhcp6.watches()) && isDull(off + IPV6_BYTES, off + len) : isDull(off, off + len)) return;
      if (v6 && isDull6(off, off + len)) {
        if (side === CORE && direction === OUT_OF) routing.nativeOut();
        return;
      }
      if (b[off] >>> 4 === 4 && protocol === 41 && (u16(b, off + 6) & 0x3fff) === 0 && isDull6(off + ((b[off] & 15) << 2), off + len) && !dhcp4.watches()) {
        if (side !== ACCESS || direction === OUT_OF || !routing.watches()) return;
        m.time = s + ns / 1e9;
        m.at = off;
        m.end = off + len;
        routing.tunnelIn(m);
        return;
      }
      // TCP and UDP are looked at by port; what else is of interest has its own protocol number.
      if (protocol !== 17 && protocol !== 6 && protocol !== 41 && protocol !== 4 && protocol !== 89) {
        if (v6 && side === CORE && direction === OUT_OF && len >= IPV6_BYTES) routing.nativeOut();
        return;
      }
      m.side = side;
      m.sent = direction === OUT_OF;
      m.time = s + ns / 1e9;
      m.at = off;
      m.end = off + len;
      m.tunnelled = false;
      sec = s;
      nsec = ns;
      file = f;
      frame = n;
      if (!header(off)) return;
      if (protocol === 41 || protocol === 4) inside(v6, protocol);
      else {
        if (v6 && side === CORE && m.sent && !(protocol === 6 && m.l4 + 4 <= m.end && (u16(b, m.l4) === 179 || u16(b, m.l4 + 2) === 179)) && !(protocol === 17 && m.l4 + 4 <= m.end && u16(b, m.l4 + 2) === 521)) routing.nativeOut();
        upper(v6 ? 0 : u32(b, off + 12));
      }
    },
    end: () => dhcp4.end(),
    tallies: () => rules.map((r, i) => ({ rule: r.id, clause: r.clause, severity: severities[i], exercised: exercised[i], violated: violated[i], observed: 0 })),
    findings: () => groups.result(),
  };

  /** A tunnel packet. */
  function inside(v6: boolean, protocol: number): void {
    const inner = m.l4;
    if (m.side !== ACCESS || inner + 28 > m.end) return;
    if (!v6 && protocol === 41 && hasTunnel) {
      if (!m.sent) {
        dhcp4.tunnels(m, u32(b, m.at + 12));
        routing.tunnelIn(m);
      }
    } else if (v6 && protocol === 4 && !m.sent) dhcp6.softwire(m, m.at + 8);
    m.tunnelled = true;
    if (header(inner)) upper(0);
  }
}
