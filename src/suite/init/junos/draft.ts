/** From a Junos configuration to a draft of ours. Junos defaults that differ from the RFCs' are written out, with the reason; what is not understood is listed. */
import { visible } from "../../../report/text.js";
import { baseName as base } from "../seen.js";
import { readJunos, type SetLine } from "./lines.js";
import { type Concentrator, type JunosModel, modelOf, type ServiceSet, type Value } from "./model.js";
import { natLines } from "./nat.js";

/** `empty`: no concentrator was found, the text is only comments. */
export interface JunosDraft { readonly text: string; readonly remarks: readonly string[]; readonly empty: boolean }

const at = (v: Value): string => `line ${v.line}`;
const bare = (address: string): string => address.split("/")[0];

/** Text that YAML takes for text. */
export const quoted = (text: string): string => (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text) && !/^(?:\d|true$|false$|null$|yes$|no$)/i.test(text) ? text : JSON.stringify(text));

interface Context { readonly model: JunosModel; readonly problems: string[] }

function v6rdLines(c: Concentrator, x: Context): string[] {
  const get = (key: string): Value | undefined => c.values.get(key);
  const address = get("softwire-address");
  const prefix = get("v6rd-prefix");
  const prefix4 = get("ipv4-prefix");
  const mtu = get("mtu-v4");
  if (address === undefined || prefix === undefined) {
    x.problems.push(`v6rd ${c.name} (line ${c.line}): ${address === undefined ? "softwire-address" : "v6rd-prefix"} is missing; left out`);
    return [];
  }
  // Junos has no 6to4 of its own: it is a v6rd concentrator of 2002::/16
  const sixToFour = prefix.text === "2002::/16";
  const out = [`      - ${sixToFour ? "6to4-relay" : "v6rd"}:`, `          name: ${quoted(c.name)}`, `          softwire-address: ${bare(address.text)} # ${at(address)}`];
  if (sixToFour) out.push(`          # v6rd-prefix 2002::/16 (${at(prefix)}) is how Junos says 6to4`);
  else if (prefix4 === undefined) {
    x.problems.push(`v6rd ${c.name} (line ${c.line}): ipv4-prefix is missing; taken as 0.0.0.0/0, all 32 bits embedded`);
    out.push("          ipv4-prefix: 0.0.0.0/0 # not in the configuration: check", `          v6rd-prefix: ${prefix.text} # ${at(prefix)}`);
  } else out.push(`          ipv4-prefix: ${prefix4.text} # ${at(prefix4)}; its length is the IPv4MaskLen`, `          v6rd-prefix: ${prefix.text} # ${at(prefix)}`);
  if (mtu !== undefined) {
    if (Number(mtu.text) >= 1300) out.push(`          mtu-v4: ${mtu.text} # ${at(mtu)}`);
    else x.problems.push(`v6rd ${c.name}: mtu-v4 ${mtu.text} (${at(mtu)}) leaves less than 1280 bytes for IPv6 (RFC 8200 section 5); left out`);
  }
  return out;
}

function dsLiteLines(c: Concentrator, s: ServiceSet | undefined, x: Context): string[] {
  const get = (key: string): Value | undefined => c.values.get(key);
  const address = get("softwire-address");
  if (address === undefined) {
    x.problems.push(`ds-lite ${c.name} (line ${c.line}): softwire-address is missing; left out`);
    return [];
  }
  const out = ["      - ds-lite:", `          name: ${quoted(c.name)}`, `          softwire-address: "${bare(address.text)}" # ${at(address)}`];
  const mtu = get("mtu-v6");
  if (mtu !== undefined) {
    if (Number(mtu.text) >= 1280) out.push(`          mtu-v6: ${mtu.text} # ${at(mtu)}`);
    else x.problems.push(`ds-lite ${c.name}: mtu-v6 ${mtu.text} (${at(mtu)}) is below 1280; left out`);
  }
  const copy = get("copy-dscp");
  out.push(copy === undefined ? "          copy-dscp: none # no copy-dscp statement: off on Junos" : `          copy-dscp: decapsulation # ${at(copy)}; on Junos the statement acts on decapsulation only`);
  for (const key of ["flow-limit", "session-limit-per-prefix"]) {
    const v = get(key);
    if (v !== undefined) out.push(`          ${key}: ${v.text} # ${at(v)}`);
  }
  const prefix = s?.values.get("dslite-ipv6-prefix-length");
  if (prefix !== undefined) out.push(`          subscriber-prefix-length: ${prefix.text} # ${at(prefix)}, dslite-ipv6-prefix-length`);
  return [...out, ...natLines(x.model, s, x.problems)];
}

/** The concentrators that a service set reaches by its softwire rules. */
function reached(m: JunosModel, s: ServiceSet): Concentrator[] {
  const rules = s.softwireRules.flatMap((r) => (m.softwireRuleSets.get(r.text) ?? [r]).map((x) => x.text));
  const names = [...new Set(rules.flatMap((r) => (m.softwireRules.get(r) ?? []).map((v) => v.text)))];
  return names.flatMap((n) => m.concentrators.get(n) ?? []);
}

function sideLines(m: JunosModel, used: readonly Concentrator[], problems: string[]): string[] {
  const own = used.flatMap((c) => c.values.get("softwire-address")?.text ?? []).map(bare);
  const list = (addresses: readonly string[]): string[] => {
    const four = [...new Set(addresses.filter((a) => !a.includes(":")))];
    const six = [...new Set(addresses.filter((a) => a.includes(":")))];
    return [...(four.length > 0 ? [`  ipv4: [${four.join(", ")}]`] : []), ...(six.length > 0 ? [`  ipv6: [${six.map((a) => `"${a}"`).join(", ")}]`] : [])];
  };
  const withSet = [...m.interfaces].filter(([, i]) => i.values.has("service input"));
  const inside = withSet.flatMap(([, i]) => i.addresses.map((a) => bare(a.text)));
  const rest = [...m.interfaces].filter(([name, i]) => !withSet.some(([n]) => n === name) && i.addresses.length > 0);
  if (withSet.length === 0 && m.interfaces.size > 0) problems.push("no interface has `service input service-set`: which interfaces are of the access side is not known (next-hop style?); add their addresses to access and core");
  return [
    "access: # the tunnelled side; add macs, `softproof init CAPTURE...` finds them", ...list([...own, ...inside]),
    ...withSet.map(([name, i]) => `  # ${name}: ${i.addresses.map((a) => a.text).join(", ") || "no address"}, service set ${i.values.get("service input")?.text ?? ""} (line ${i.values.get("service input")?.line ?? 0})`),
    "  mtu: 1500", "core: # the native side", "  mtu: 1500",
    ...rest.map(([name, i]) => `  # ${name} has ${i.addresses.map((a) => `${a.text} (${at(a)})`).join(", ")}: add its address if it faces the core`),
  ];
}

/** Hierarchies that say nothing about softwires are counted, the others are named line by line. */
const RELATED = new Set(["services", "security", "interfaces", "chassis"]);

function unread(lines: readonly SetLine[]): string[] {
  const out: string[] = [];
  const others = new Map<string, number>();
  for (const l of lines.filter((x) => !x.read)) {
    if (RELATED.has(l.words[0])) out.push(`line ${l.number}: not understood: ${l.text}`);
    else others.set(l.words[0], (others.get(l.words[0]) ?? 0) + 1);
  }
  for (const [name, n] of others) out.push(`${n} line${n === 1 ? "" : "s"} of \`set ${name}\`: not about softwires, not read`);
  return [...new Set(out)];
}

export function draftFromJunos(text: string, path: string): JunosDraft {
  const junos = readJunos(text);
  const model = modelOf(junos);
  const x: Context = { model, problems: [] };
  const sets = [...model.serviceSets.values()].map((s) => ({ s, concentrators: reached(model, s) })).filter((e) => e.concentrators.length > 0);
  const used = sets.flatMap((e) => e.concentrators);
  const idle = [...model.concentrators.values()].filter((c) => !used.includes(c));
  const body: string[] = [];
  const put = (name: string, comment: string, s: ServiceSet | undefined, concentrators: readonly Concentrator[]): void => {
    const lines = concentrators.flatMap((c) => (c.kind === "v6rd" ? v6rdLines(c, x) : dsLiteLines(c, s, x)));
    if (lines.length > 0) body.push(`  - name: ${quoted(name)}${comment}`, "    softwire-concentrators:", ...lines);
  };
  for (const { s, concentrators } of sets) {
    const via = s.values.get("interface")?.text;
    put(s.name, ` # line ${s.line}${via === undefined ? "" : `, ${via}${via.startsWith("si-") ? ": inline on the line card, see softproof profiles show mx-mpc-inline" : ""}`}`, s, concentrators);
    const firewall = s.values.get("stateful-firewall");
    if (firewall !== undefined) x.problems.push(`service set ${s.name}: stateful firewall ${firewall.text} (${at(firewall)}) is not modelled; it must let softwires pass in both directions`);
  }
  if (sets.length === 0 && idle.length > 0) put("ss1", " # no service set names a softwire rule: all concentrators are here", undefined, idle);
  else for (const c of idle) x.problems.push(`${c.kind} ${c.name} (line ${c.line}): no service set reaches it by a softwire rule; left out`);
  const remarks = [...junos.remarks.map((r) => `line ${r.number}: ${r.text}`), ...x.problems, ...unread(junos.lines)];
  const head = [`# Drafted by softproof init from ${base(path)}, a Junos configuration. Comments name the line; read them before you believe it.`];
  if (body.length === 0) return { text: visible(`${[...head, "# It holds no softwire concentrator that can be drafted.", ...remarks.map((r) => `# ${r}`)].join("\n")}\n`, true), remarks: ["no softwire concentrator was found (services softwire softwire-concentrator, services softwires softwire-types)", ...remarks], empty: true };
  const lines = [...head, "softproof: 1", ...sideLines(model, sets.length === 0 ? idle : used, x.problems), "service-sets:", ...body];
  if (remarks.length > 0) lines.push("# Not taken over:", ...remarks.map((r) => `# ${r}`));
  return { text: visible(`${lines.join("\n")}\n`, true), remarks, empty: false };
}
