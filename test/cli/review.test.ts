import { PassThrough, Readable } from "node:stream";
import { expect, test } from "vitest";
import { createReview } from "../../src/cli/review.js";
import type { Decision, GoldenChange } from "../../src/suite/regenerate.js";

const change = (name: string): GoldenChange => ({ name, file: "specs/mine.yaml", state: "differs", differences: ["access-out.pcap frame 1 at 0.0 s: ipv4[0].tos was 0, is 184 [encapsulated: sent into the tunnel; entry 1]"], why: ["inline cards do not reassemble"] });
async function review(answers: string, changes: number): Promise<{ decisions: Decision[]; text: string }> {
  const out = new PassThrough();
  const r = createReview(Readable.from([answers]), out);
  const decisions: Decision[] = [];
  for (let i = 0; i < changes; i++) decisions.push(await r.ask(change(`spec-${i}`)));
  r.close();
  return { decisions, text: String(out.read()) };
}

test("shows field, frame, reason and behaviour, and takes an answer a change", async () => {
  const { decisions, text } = await review("a\nskip\nQ\n", 3);
  expect(decisions).toEqual(["accept", "skip", "quit"]);
  expect(text).toContain("spec-0: 1 change (specs/mine.yaml)\n  by the card's documents: inline cards do not reassemble\n  access-out.pcap frame 1 at 0.0 s: ipv4[0].tos was 0, is 184 [encapsulated: sent into the tunnel; entry 1]\n[a]ccept, [s]kip, [q]uit? ");
});
test("another word is asked again; the end of the input quits", async () => {
  const { decisions, text } = await review("what\na\n", 2);
  expect(decisions).toEqual(["accept", "quit"]);
  expect(text).toContain('"what" is no answer: a, s or q.');
});
