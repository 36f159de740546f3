/** The configuration draft as text: YAML that loads, each value with a comment that says where it was seen. What is not sure stands as a comment. */
import { thousands } from "../../report/text.js";
import { isIn4 } from "../../config/cursor.js";
import { TABLES } from "../../config/defaults.js";
import { formatIpv4, formatIpv6, formatPrefix4, formatPrefix6 } from "../../wire/address.js";
import { sharedPrefix6 } from "./fit.js";
import { type Counted, type DsLiteGuess, type Guess, guessConcentrators, type SixInFourGuess } from "./guess.js";
import { baseName as base, whereText } from "./seen.js";
import { guessSides, type SideGuess, type Sides } from "./sides.js";
import type { Survey } from "./survey.js";

export interface Draft {
  readonly text: string;
  readonly sides: Sides;
  readonly guesses: readonly Guess[];
}

const times = (n: number): string => (n === 1 ? "once" : `${thousands(n)} times`);
const seenAt = (c: Counted<unknown>, what = "seen"): string => `${what} ${times(c.count)}, first ${whereText(c.first)}`;
const LINK_MTU = 1500;

/** The two sides are two interfaces. */
const EXAMPLE_MAC = { access: "02:00:00:00:00:01", core: "02:00:00:00:00:03" } as const;

function sideLines(name: "access" | "core", meaning: string, s: SideGuess, own: readonly string[], also = ""): string[] {
  const out = [`${name}: # ${meaning}${s.files.length > 0 ? `: ${s.files.map((f) => base(f.path)).join(", ")}` : ""}`];
  if (s.macs.length > 0) {
    out.push(`  macs: [${s.macs.map((m) => `"${m.value}"`).join(", ")}] # the device's: ${seenAt(s.macs[0], "forwarded packets came or went here")}`);
  } else if (s.files.length > 0 && !s.files.some((f) => f.hasMacs)) out.push("  # macs: the captures have no MAC addresses, so addresses and prefixes tell what the device received and what it sent");
  else out.push(`  # macs: ["${EXAMPLE_MAC[name]}"] # not found out: no packet was seen on both sides with one hop between; write the device's here`);
  if (s.peer !== undefined) out.push(`  peer-mac: "${s.peer.value}" # its neighbour: ${seenAt(s.peer)}`);
  const four = [...new Set([...own.filter((a) => !a.includes(":")), ...s.addresses.flatMap((a) => (typeof a.value === "number" ? [formatIpv4(a.value)] : []))])];
  const six = [...new Set([...own.filter((a) => a.includes(":")), ...s.addresses.flatMap((a) => (typeof a.value === "number" ? [] : [formatIpv6(a.value)]))])];
  const from = (family: 4 | 6): string => {
    const n = s.addresses.find((a) => (typeof a.value === "number") === (family === 4));
    return n === undefined ? "the concentrator's" : `it answered for one of them (${family === 4 ? "ARP" : "Neighbor Advertisement"}), first ${whereText(n.first)}`;
  };
  if (four.length > 0) out.push(`  ipv4: [${four.join(", ")}] # ${from(4)}${also}`);
  if (six.length > 0) out.push(`  ipv6: [${six.map((a) => `"${a}"`).join(", ")}] # ${from(6)}`);
  out.push(`  # mtu: ${LINK_MTU} # ${s.largest === 0 ? "no packet seen: the usual link" : `${s.largest < LINK_MTU ? "the usual link; " : ""}the largest packet seen has ${s.largest} bytes${s.largest > LINK_MTU ? ": larger than the usual link, segmentation offload or a larger MTU" : ""}`}; write the link's to have what does not fit judged`);
  // A section without a value does not load.
  return out.slice(1).every((l) => l.startsWith("  #")) ? [`# ${out[0]}`, ...out.slice(1)] : out;
}

/** Packet Too Big and fragmentation needed that the device itself sent: evidence of an MTU, but declaring it has it judged. */
function mtuRemarks(s: Survey, sides: Sides, family: 4 | 6, key: string): string[] {
  const macs = new Set([...sides.access.macs, ...sides.core.macs].map((m) => m.value));
  const named = s.tooBig.list().filter((t) => macs.has(t.value.mac) && t.value.family === family).slice(0, 3);
  const values = [...new Set(named.map((t) => t.value.mtu))].sort((a, b) => b - a);
  if (key === "tunnel-mtu" && values.length > 1) return [`          # tunnel-mtu-mode: dynamic # Packet Too Big of the device named ${values.join(" and ")}, ${seenAt(named[0])}: it seems to follow path MTUs; write it to have RFC 4213 section 3.2.2 judged`];
  return named.map((t) => `          # ${key}: ${t.value.mtu} # named in ${family === 6 ? "a Packet Too Big" : "\"fragmentation needed\""} of the device, ${seenAt(t)}; write it to have it judged`);
}

function sixRdLines(g: SixInFourGuess): string[] {
  const { fit, option } = g;
  if (option !== undefined) {
    const out = [
      `          ipv4-prefix: ${formatPrefix4({ address: fit !== undefined && fit.v4.length === option.v4Length ? fit.v4.address : option.v4Length === 0 ? 0 : (g.address.value & ~((1 << (32 - option.v4Length)) - 1)) >>> 0, length: option.v4Length })} # IPv4MaskLen ${option.v4Length}: DHCPv4 option 212, ${whereText(option.first)}`,
      `          v6rd-prefix: ${formatPrefix6(option.v6)} # DHCPv4 option 212, ${whereText(option.first)}`,
    ];
    if (fit !== undefined && (fit.v6.length - fit.v4.length !== option.v6.length - option.v4Length)) out.push(`          # the packets suggest ${formatPrefix6(fit.v6)} and IPv4MaskLen ${fit.v4.length} instead: check`);
    return out;
  }
  if (fit === undefined) return [];
  const ambiguous = fit.masks[1] > fit.masks[0] ? `; the packets allow ${fit.masks[0]} to ${fit.masks[1]}, since the addresses share their high bits` : "";
  return [
    `          ipv4-prefix: ${formatPrefix4(fit.v4)} # IPv4MaskLen ${fit.v4.length}: ${fit.addresses === 1 ? "1 CE address fits" : `${fit.addresses} CE addresses fit`}${ambiguous}`,
    `          v6rd-prefix: ${formatPrefix6(fit.v6)} # ${thousands(fit.fitting)} of ${thousands(fit.of)} packets fit, first ${whereText(fit.example.first)} (${formatIpv4(fit.example.value.v4)} has ${formatIpv6(fit.example.value.v6)})`,
  ];
}

/** The ToS is copied unless configured otherwise (RFC 5969 section 9). What a device was told cannot be seen, so a mark that it always sets is proposed, and not declared for it. */
function markRemarks(g: SixInFourGuess, s: Survey): string[] {
  const marks = s.marks.list().filter((m) => m.value.from === g.address.value);
  const other = marks.find((m) => m.value.inner !== m.value.outer);
  if (other === undefined || marks.some((m) => m.value.outer !== other.value.outer)) return [];
  const { outer } = other.value;
  return [`          # dscp: ${outer === 0 ? "zero" : `{ fixed: ${outer} }`} # outer DSCP ${outer} whatever the inner one is, first ${whereText(other.first)}; RFC 5969 section 9: copied by default; write it if the device is configured so`];
}

/** A lab gives a 6to4 device an address that RFC 3964 refuses; only a table without its range lets the draft load. */
function tableLines(address: number): string[] {
  const { refuse } = TABLES.rfc3964;
  const range = refuse.find((p) => isIn4(address, p));
  return range === undefined ? [] : [`          global-table: { refuse: [${refuse.filter((p) => p !== range).map((p) => `"${formatPrefix4(p)}"`).join(", ")}] } # as RFC 3964 section 5.3.1, but for ${formatPrefix4(range)}, where this address lies: take out what else your lab uses`];
}

function sixInFourLines(g: SixInFourGuess, s: Survey, sides: Sides): string[] {
  const out = [`      - ${g.kind === "6rd" ? "v6rd" : g.kind}:`, `          softwire-address: ${formatIpv4(g.address.value)} # the device's end of the tunnels: ${seenAt(g.address)}`];
  if (g.alsoAccepts.length > 0) out.push(`          also-accepts: [${g.alsoAccepts.map((a) => formatIpv4(a.value)).join(", ")}] # tunnelled packets to it were forwarded: ${seenAt(g.alsoAccepts[0])}`);
  if (g.kind === "6rd") out.push(...sixRdLines(g), ...markRemarks(g, s));
  else out.push(...tableLines(g.address.value));
  if (g.defaultRelay !== undefined) out.push(`          default-relay: ${formatIpv4(g.defaultRelay.value)} # the other end of tunnels with native addresses: ${seenAt(g.defaultRelay)}`);
  if (g.providerPrefix !== undefined) out.push(`          provider-prefix: ${formatPrefix6(g.providerPrefix.value)} # 2002:V4ADDR became this and V4ADDR: ${seenAt(g.providerPrefix)}`, `          subnet-id: ${g.subnetId ?? 0}`);
  for (const l of g.leftOut ?? []) out.push(`          # not judged: tunnels end at ${formatIpv4(l.value)}, too (${seenAt(l)}), but they fit no 6rd domain that could be told from the others; write a v6rd of its own for it`);
  out.push(...mtuRemarks(s, sides, 6, "tunnel-mtu"));
  return out;
}

function ranges(addresses: readonly number[]): string[] {
  const sorted = [...addresses].sort((a, b) => a - b);
  const out: [number, number][] = [];
  for (const a of sorted) {
    const last = out.at(-1);
    if (last !== undefined && last[1] + 1 === a) last[1] = a;
    else out.push([a, a]);
  }
  return out.map(([from, to]) => (from === to ? formatIpv4(from) : `${formatIpv4(from)}-${formatIpv4(to)}`));
}

const B4S_SHOWN = 8;

function dsLiteLines(g: DsLiteGuess, s: Survey): string[] {
  const names = s.aftrNames.list();
  const out = ["      - ds-lite:", `          softwire-address: "${formatIpv6(g.address.value)}" # the AFTR: ${seenAt(g.address)}`];
  for (const n of names) out.push(`          # AFTR-Name in DHCPv6 option 64: ${n.value}, ${whereText(n.first)}; it should resolve to this address`);
  out.push(`          # ${s.pairs6.lost > 0 ? "more than " : ""}${g.b4s.length} B4${g.b4s.length === 1 ? "" : "s"}: ${g.b4s.slice(0, B4S_SHOWN).map((b) => `${formatIpv6(b.value)} (${whereText(b.first)})`).join(", ")}${g.b4s.length > B4S_SHOWN ? ` and ${g.b4s.length - B4S_SHOWN} more` : ""}`);
  const shared = sharedPrefix6(g.b4s.map((b) => b.value));
  out.push(`          # b4-prefixes: ${shared === undefined ? "[] # the B4s seen share no prefix" : `["${formatPrefix6(shared)}"] # what the B4s seen share; the provider's prefix may well be shorter`}: write yours to have packets from elsewhere judged`);
  if (g.pool.length > 0) {
    out.push("          nat:", "            pool:", `              addresses: [${ranges(g.pool.map((p) => p.value)).join(", ")}] # external addresses of customers' packets; the most frequent ${seenAt(g.pool[0])}`, "              partial: true # it may hold more than was seen; list all of yours and take this out to have other sources judged");
  } else out.push("          # nat: no translated packet was seen");
  return out;
}

/** Loads without errors when `guesses` is not empty. */
export function draftConfig(s: Survey): Draft {
  const sides = guessSides(s);
  const guesses = guessConcentrators(s);
  const tunnelEnds = guesses.flatMap((g) => (g.kind === "ds-lite" ? [formatIpv6(g.address.value)] : [g.address, ...g.alsoAccepts, ...(g.alsoFrom ?? [])].map((a) => formatIpv4(a.value))));
  const from = guesses.flatMap((g) => (g.kind === "ds-lite" ? [] : (g.alsoFrom ?? [])));
  const also = from.map((a) => `; ${formatIpv4(a.value)}: an end of these sites' tunnels, too (${seenAt(a)}), and no packet to it was seen forwarded`).join("");
  const lines = [
    `# Drafted by softproof init from ${s.files.map((f) => base(f.path)).join(", ")} (${thousands(s.frames)} frames).`,
    "# Each value is a guess with its reason: read it before you believe it. What is not written here (timers, limits, MTU modes) is not judged as declared.",
    "softproof: 1",
    ...sideLines("access", "the tunnelled side", sides.access, tunnelEnds, also),
    ...sideLines("core", "the native side", sides.core, []),
    "service-sets:", "  - name: ss1", "    softwire-concentrators:",
    ...guesses.flatMap((g) => (g.kind === "ds-lite" ? dsLiteLines(g, s) : sixInFourLines(g, s, sides))),
  ];
  return { text: `${lines.join("\n")}\n`, sides, guesses };
}
