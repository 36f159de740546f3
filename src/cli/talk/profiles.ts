/** What `softproof profiles` prints. */
import { loadProfileFile, loadProfiles, type Profile, resolveProfile, supports } from "../../profiles/index.js";
import { profileLine } from "../../suite/profile-choice.js";
import type { Mechanism } from "../../config/types.js";
import { counted, thousands } from "../../report/text.js";
import { bold, dim } from "../colour.js";
import { EXIT, problem } from "../outcome.js";

export interface ProfilesArgs { action: string | undefined; name: string | undefined; json: boolean }

const MARK: Readonly<Record<string, string>> = { yes: "yes", no: "no", partial: "in part", unknown: "?" };

function table(profiles: readonly Profile[]): string {
  const mechanisms = Object.keys(profiles[0].mechanisms) as Mechanism[];
  const cell = (p: Profile, m: Mechanism): string => {
    const s = supports(p, undefined, m);
    const since = p.mechanisms[m].since;
    return s.support === "yes" && since !== undefined ? since : (MARK[s.support] ?? s.support);
  };
  const rows = [["profile", ...mechanisms, "card"], ...profiles.map((p) => [p.name, ...mechanisms.map((m) => cell(p, m)), p.title])];
  const width = rows[0].map((_, i) => Math.max(...rows.map((r) => r[i].length)));
  return `${rows.map((r) => r.map((c, i) => c.padEnd(width[i])).join("  ").trimEnd()).join("\n")}\n${dim("A release number: supported since then. ?: not documented. `softproof profiles show NAME` has the sources.")}\n`;
}

function show(spec: string): string {
  const chosen = resolveProfile(spec);
  const { profile } = chosen;
  const line = profileLine(chosen);
  const out = [`${bold(line.id)}  ${profile.title}`, `  card      ${profile.vendor} ${profile.card}${profile.interface === undefined ? "" : ` (${profile.interface})`}, ${profile.status}`, "  capabilities"];
  const width = Math.max(...line.capabilities.map((c) => c.name.length));
  for (const c of line.capabilities) out.push(`    ${c.name.padEnd(width)}  ${(MARK[c.support] ?? c.support).padEnd(7)}  ${c.since === undefined ? "" : `since ${c.since}; `}${c.confidence}${c.source === "" ? "" : dim(` [${c.source}]`)}`);
  if ((profile.limits ?? []).length > 0) out.push("  limits", ...(profile.limits ?? []).map((l) => `    ${l.name}${l.max === undefined ? "" : ` ${thousands(l.max)}`}: ${l.text}`));
  if (profile.behaviours.length > 0) out.push("  behaviours", ...profile.behaviours.map((b) => `    ${b.id} (${b.mechanisms.join(", ")}; ${b.confidence}): ${b.text}`));
  if (profile["known-deviations"].length > 0) out.push("  known deviations", ...profile["known-deviations"].map((d) => `    ${d.clause}: ${d.text} (${d.confidence})`));
  return `${out.join("\n")}\n`;
}

export function showProfiles(args: ProfilesArgs): void {
  const out = (text: string): boolean => process.stdout.write(text);
  switch (args.action) {
    case undefined:
    case "list": {
      const all = loadProfiles();
      out(args.json ? all.map((profile) => JSON.stringify(profileLine({ profile })) + "\n").join("") : table(all));
      return;
    }
    case "show":
      if (args.name === undefined) throw problem(EXIT.usage, "profiles show: name a profile, for example `softproof profiles show mx-ms-dpc@17.4R1`.");
      out(args.json ? `${JSON.stringify(profileLine(resolveProfile(args.name)))}\n` : show(args.name));
      return;
    case "lint": {
      if (args.name === undefined) throw problem(EXIT.usage, "profiles lint: name a profile file.");
      const p = loadProfileFile(args.name);
      out(args.json ? `${JSON.stringify({ file: args.name, name: p.name, valid: true })}\n` : `${args.name}: valid; ${p.name}, ${counted(p.behaviours.length, "behaviour")}, ${counted(p["known-deviations"].length, "known deviation")}, ${counted(Object.keys(p.sources).length, "source")}\n`);
      return;
    }
    default:
      throw problem(EXIT.usage, `profiles ${args.action}: expected list, show NAME or lint FILE.`);
  }
}
