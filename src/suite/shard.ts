/** A part of a run: every n-th spec. Neighbours in the list are of one mechanism and one weight, so dealing them out balances the parts. */

export interface Shard { /** From 1. */ readonly index: number; readonly count: number }

export const dealtTo = <T>(items: readonly T[], s: Shard): T[] => items.filter((_, i) => i % s.count === s.index - 1);

/** The inverse of dealing: `parts[k]` is what went to shard k+1, in its order. */
export function gathered<T>(parts: readonly (readonly T[])[]): T[] {
  const out: T[] = [];
  for (let round = 0; parts.some((p) => round < p.length); round++) for (const p of parts) if (round < p.length) out.push(p[round]);
  return out;
}

type Environment = Readonly<Record<string, string | undefined>>;

const whole = (text: string | undefined): number | undefined => (text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined);

/** Which shard the CI says we are: GitLab (from 1), Kubernetes Indexed Job (from 0, the count is not told), Slurm array (from any number, in steps). */
function fromEnvironment(env: Environment): { readonly index: number; readonly count: number | undefined; readonly by: string } | undefined {
  const gitlab = whole(env["CI_NODE_INDEX"]);
  if (gitlab !== undefined) return { index: gitlab, count: whole(env["CI_NODE_TOTAL"]), by: "CI_NODE_INDEX and CI_NODE_TOTAL (GitLab)" };
  const kubernetes = whole(env["JOB_COMPLETION_INDEX"]);
  if (kubernetes !== undefined) return { index: kubernetes + 1, count: undefined, by: "JOB_COMPLETION_INDEX (Kubernetes)" };
  const slurm = whole(env["SLURM_ARRAY_TASK_ID"]);
  if (slurm === undefined) return undefined;
  const [min, step] = [whole(env["SLURM_ARRAY_TASK_MIN"]) ?? 0, whole(env["SLURM_ARRAY_TASK_STEP"]) ?? 1];
  return { index: Math.floor((slurm - min) / Math.max(1, step)) + 1, count: whole(env["SLURM_ARRAY_TASK_COUNT"]), by: "SLURM_ARRAY_TASK_ID (Slurm)" };
}

/** `k/n`, `auto` or `auto/n`. A string in return is what is wrong with it, for people. */
export function parseShard(text: string, env: Environment): Shard | string {
  const given = /^(auto|\d{1,6})(?:\/(\d{1,6}))?$/.exec(text);
  if (given === null) return `--shard ${text}: expected k/n (for example 1/4), auto or auto/n.`;
  let [index, count] = [whole(given[1]), whole(given[2])];
  if (given[1] === "auto") {
    const found = fromEnvironment(env);
    if (found === undefined) return "--shard auto: none of CI_NODE_INDEX (GitLab), JOB_COMPLETION_INDEX (Kubernetes) and SLURM_ARRAY_TASK_ID (Slurm) is set; write --shard k/n.";
    index = found.index;
    count ??= found.count;
    if (count === undefined) return `--shard auto: ${found.by} does not tell how many parts there are; write --shard auto/n.`;
  }
  if (index === undefined || count === undefined) return `--shard ${text}: how many parts? Expected k/n, for example ${text}/4.`;
  if (index < 1 || index > count) return `--shard ${text}: part ${index} of ${count}; parts are counted from 1 to n.`;
  return { index, count };
}
