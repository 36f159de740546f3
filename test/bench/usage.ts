/** What `npm run bench -- ...` understands; anything else is refused before a second is spent. */
import { parseArgs } from "node:util";

export const STATES = ["hostile", "bindings", "softwires"] as const;

/** Parts of the bench, which --only chooses from. */
const PARTS = ["6rd decap", "peers", "6rd encap", "softwires", "6to4", "ds-lite", "bundled run", "hostile", "bindings"];

export const USAGE = `npm run bench -- [--packets N] [--runs N] [--long] [--only TEXT]
  rates of the whole process on seeded captures, beside tcprewrite, editcap and tshark where they are installed
  --packets N   packets a capture (1000000)     --runs N     the median of so many runs (3)
  --only TEXT   the parts whose name has TEXT: ${PARTS.join(", ")}
  --long        also ten times as long
npm run bench -- state [hostile|bindings|softwires] [N]
  the reference's tables alone, without files: N SYNs (5000000), bindings (1000000) or packets (1000000); all three without a name.
  Exit code 1 when a promise is not kept
`;

export interface Asked {
  readonly packets: number;
  readonly runs: number;
  readonly only: string;
  readonly long: boolean;
  /** Not empty: the tables alone, with `count` packets or bindings each. */
  readonly state: readonly string[];
  readonly count: number | undefined;
}

/** A positive whole number, or undefined. */
const whole = (text: string): number | undefined => (/^[1-9]\d*$/.test(text) ? Number(text) : undefined);

/** What was asked; the text to print instead when it is USAGE or a complaint. */
export function readArguments(args: readonly string[]): Asked | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args], allowPositionals: true,
      options: { packets: { type: "string", default: "1000000" }, runs: { type: "string", default: "3" }, only: { type: "string", default: "" }, long: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
    });
    if (values.help) return USAGE;
    const [packets, runs] = [whole(values.packets), whole(values.runs)];
    if (packets === undefined || runs === undefined) return complaint("--packets and --runs are whole numbers above 0");
    if (!PARTS.some((p) => p.includes(values.only))) return complaint(`no part has "${values.only}" in its name`);
    const [first, ...rest] = positionals;
    const plain = { packets, runs, only: values.only, long: values.long };
    if (first === undefined) return { ...plain, state: [], count: undefined };
    if (first !== "state") return complaint(`"${first}" is none of its words; it takes "state" and options`);
    const named = STATES.filter((s) => s === rest[0]);
    const numbers = named.length > 0 ? rest.slice(1) : rest;
    const count = numbers.length === 0 ? undefined : whole(numbers[0]);
    if (numbers.length > 1 || (numbers.length === 1 && count === undefined)) return complaint(`state takes ${STATES.join(", ")}, and a number; not "${rest.join(" ")}"`);
    if (args.some((a) => a.startsWith("--"))) return complaint("state has no options: it reads no captures");
    return { ...plain, state: named.length > 0 ? named : STATES, count };
  } catch (e) {
    return complaint(e instanceof Error ? e.message : String(e));
  }
}

const complaint = (text: string): string => `bench: ${text}\n\n${USAGE}`;
