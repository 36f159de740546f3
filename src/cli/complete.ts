/** What the shell is offered beyond commands and flags: profile names after --profile, clauses after `explain`. */

export const COMPLETING = "--get-yargs-completions";

/** `words`: the line up to the cursor, the last one unfinished. Undefined: yargs knows what to offer (commands, flags, choices). */
export async function completions(words: readonly string[]): Promise<readonly string[] | undefined> {
  const current = words.at(-1) ?? "";
  const before = words.at(-2) ?? "";
  if (before === "--profile" || (before === "show" && words.includes("profiles"))) {
    const { loadProfiles } = await import("../profiles/index.js");
    return loadProfiles().map((p) => p.name).filter((n) => n.startsWith(current));
  }
  if (before === "explain") {
    const { loadClauses } = await import("../config/clauses.js");
    return [...loadClauses().keys()].filter((id) => id.toLowerCase().startsWith(current.toLowerCase()));
  }
  return undefined;
}
