/** Reviewing golden changes one by one: shows what changed and asks. Plain lines, so that it works on any terminal and with piped answers. */
import { createInterface } from "node:readline";
import type { Decision, GoldenChange } from "../suite/regenerate.js";
import { counted, visible } from "../report/text.js";

export interface Review { readonly ask: (change: GoldenChange) => Promise<Decision>; close(): void }

const ANSWERS: Readonly<Record<string, Decision>> = { a: "accept", accept: "accept", y: "accept", yes: "accept", s: "skip", skip: "skip", n: "skip", no: "skip", q: "quit", quit: "quit" };

/** The end of the input is a quit: nothing is accepted that nobody looked at. */
export function createReview(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Review {
  const lines = createInterface({ input, terminal: false });
  const waiting: string[] = [];
  let ended = false;
  let wake: () => void = () => undefined;
  lines.on("line", (l) => {
    waiting.push(l);
    wake();
  });
  lines.on("close", () => {
    ended = true;
    wake();
  });
  async function next(): Promise<string | undefined> {
    while (waiting.length === 0 && !ended) await new Promise<void>((resolve) => { wake = resolve; });
    return waiting.shift();
  }
  return {
    async ask(change) {
      output.write(`\n${visible(change.name)}: ${change.state === "absent" ? "there is no golden yet" : counted(change.differences.length, "change")} (${visible(change.file)})\n`);
      for (const w of change.why) output.write(`  by the card's documents: ${visible(w)}\n`);
      for (const d of change.differences) output.write(`  ${visible(d)}\n`);
      for (;;) {
        output.write("[a]ccept, [s]kip, [q]uit? ");
        const answer = await next();
        const decision = answer === undefined ? "quit" : ANSWERS[answer.trim().toLowerCase()];
        if (answer === undefined) output.write("\n");
        if (decision !== undefined) return decision;
        output.write(`"${visible(answer ?? "")}" is no answer: a, s or q.\n`);
      }
    },
    close: () => lines.close(),
  };
}
