/**
 * What the configuration says of a captured device, and what it leaves open. A default is the reference's choice, not a promise of someone's box:
 * DF and the tunnel MTU are judged only where they are declared (specs/clauses/decisions.json, D1 and D4).
 */
import { type Config, type DsLite, type SoftwireConcentrator, UNDECLARED_MTU_V6 } from "../config/types.js";
import { markWritten, wasWritten, writtenKeys } from "../config/written.js";
import { counted, thousands } from "../report/text.js";

/** Larger than any IPv6 packet that fits an IPv4 packet: nothing is too big for a tunnel whose MTU nobody told. */
const ANY_MTU = 65515;

/** The largest IPv4 packet: nothing is too big for a core link whose MTU nobody told. */
const ANY_MTU_V4 = 65535;

/** Keys of an AFTR whose defaults are choices of ours where the RFCs leave room, and what of them is not judged when nobody wrote them. What an RFC demands of every AFTR (the traffic class, hairpinning, 120 s and so on) is judged all the same. */
const OPEN_DS_LITE: readonly (readonly [key: string, unjudged: string])[] = [
  ["mtu-v6", "packets too big for the softwire"],
];
const OPEN_NAT: readonly (readonly [key: string, unjudged: string])[] = [
  ["filtering", "the declared kind"],
  ["preserve-parity", "RFC 7857 section 8 lets it be off"],
  ["inbound-refresh", "what keeps a mapping alive"],
  ["allocation", "early use of a port by the same subscriber"],
  ["ports-per-subscriber", "limits"],
  ["unsolicited-syn", "whether unsolicited SYNs are answered"],
  ["alg", "payload on the ports of FTP, TFTP and PPTP"],
];
const OPEN_TIMERS: readonly (readonly [key: string, unjudged: string])[] = [
  ["udp", "beyond the floor of 120 s"],
  ["tcp-established", "beyond the floor of 7440 s"],
  ["tcp-transitory", "RFC 7857 section 2.1 lets it be configured"],
  ["icmp-query", "beyond the floor of 60 s"],
];

/** An AFTR held to what is written. */
function openDsLite(c: DsLite, coreMtu: boolean, notes: string[]): DsLite {
  const undeclared: string[] = [];
  const told: string[] = [];
  const note = (place: string, list: readonly (readonly [string, string])[], configured: object, prefix = ""): void => {
    for (const [key, unjudged] of list) {
      if (wasWritten(configured, key)) continue;
      undeclared.push(prefix + key);
      told.push(`${place}${key} (${unjudged})`);
    }
  };
  note("", OPEN_DS_LITE, c);
  if (!wasWritten(c, "subscriber-prefix-length")) undeclared.push("subscriber-prefix-length");
  if (c.nat !== undefined) {
    note("nat.", OPEN_NAT, c.nat);
    note("nat.timers.", OPEN_TIMERS, c.nat.timers, "timers.");
    if (!wasWritten(c.nat.pool, "ports")) undeclared.push("pool.ports");
  }
  if (!coreMtu) {
    undeclared.push("core.mtu");
    told.push("core.mtu (packets too big for the core link)");
  }
  if (told.length > 0) notes.push(`${c.name}: what nobody declared is not judged: ${told.join(", ")}`);
  return markWritten({ ...c, undeclared, ...(undeclared.includes("mtu-v6") ? { mtuV6: UNDECLARED_MTU_V6 } : {}) }, writtenKeys(c));
}

const hasTunnelMtu = (c: SoftwireConcentrator): boolean => wasWritten(c, "tunnel-mtu") || wasWritten(c, "mtu-v4");

/** For a replay in which `packets` were too big: which tunnel MTUs are the reference's own choice. */
export function tooBigNotes(config: Config, packets: number): string[] {
  if (packets === 0) return [];
  return config.serviceSets.flatMap((s) => s.concentrators).flatMap((c) => (c.kind === "ds-lite" || hasTunnelMtu(c) ? []
    : [`${c.name}: tunnel-mtu is not declared, so the reference takes ${c.tunnelMtu} bytes; ${counted(packets, "packet")} ${packets === 1 ? "was" : "were"} too big for a tunnel or a link`]));
}

/** For a second opinion: what the reference takes for itself where nobody declared it, and what may differ for that. */
export function opinionNotes(config: Config): string[] {
  return config.serviceSets.flatMap((s) => s.concentrators).flatMap((c) => {
    if (c.kind === "ds-lite") return wasWritten(c, "mtu-v6") ? [] : [`second opinion: ${c.name}: mtu-v6 is not declared, so the reference takes ${thousands(c.mtuV6)} bytes; where packets are too big, the box may rightly differ`];
    const own = [...(hasTunnelMtu(c) ? [] : ["a tunnel-mtu that the box's packets show"]), ...(wasWritten(c, "tunnel-mtu-mode") ? [] : [`tunnel-mtu-mode ${c.tunnelMtuMode}`])];
    return own.length === 0 ? [] : [`second opinion: ${c.name}: the reference takes ${own.join(" and ")}, for nobody declared it; where the box follows a path MTU it may rightly differ`];
  });
}

export interface Declared { readonly config: Config; readonly notes: readonly string[] }

/** The configuration as `check` may hold a device to it, and a note for each thing that is not judged because it was not declared. */
export function declaredOnly(config: Config): Declared {
  const notes: string[] = [];
  const open = (c: SoftwireConcentrator): SoftwireConcentrator => {
    if (c.kind === "ds-lite") return openDsLite(c, wasWritten(config.core, "mtu"), notes);
    // An anycast 6rd BR has its mode by RFC 5969 section 9.1; nothing of the kind is said of 6to4.
    const mode = wasWritten(c, "tunnel-mtu-mode") || (c.kind === "6rd" && c.anycast);
    const mtu = hasTunnelMtu(c);
    if (!mode) notes.push(`${c.name}: tunnel-mtu-mode is not declared, so ${c.kind === "6rd" ? "the DF bit and path MTU are not judged" : "path MTU is not judged, and the DF bit only by RFC 3056 section 4 (SHOULD NOT)"}`);
    if (!mtu) notes.push(`${c.name}: tunnel-mtu is not declared, so Packet Too Big is not judged`);
    if (mode && mtu) return c;
    return markWritten({ ...c, ...(mode ? {} : { tunnelMtuMode: "undeclared" as const }), ...(mtu ? {} : { tunnelMtu: ANY_MTU }) }, writtenKeys(c));
  };
  const hasDsLite = config.serviceSets.some((s) => s.concentrators.some((c) => c.kind === "ds-lite"));
  const coreOpen = hasDsLite && !wasWritten(config.core, "mtu");
  const core = coreOpen ? { ...config.core, mtu: ANY_MTU_V4 } : config.core;
  const serviceSets = config.serviceSets.map((s) => ({ ...s, concentrators: s.concentrators.map(open) }));
  return notes.length === 0 && !hasDsLite ? { config, notes } : { config: { ...config, core, serviceSets }, notes };
}
