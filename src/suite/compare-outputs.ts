/** The output pcaps of two runs that still lie in their folders: which field changed in which frame. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { OutputDifferences } from "../report/compare-types.js";
import type { Report } from "../report/model.js";
import { readStored } from "./frames.js";
import { semanticDiff } from "./golden.js";

/** Bytes of a file up to which its packets are looked at; of larger ones only sizes are compared. */
const READABLE = 64 << 20;
const MOST = 20;

function fileDifference(a: string, b: string): string[] {
  const name = basename(a);
  const [here, there] = [existsSync(a), existsSync(b)];
  if (!here || !there) return []; // records are often kept without their pcaps: nothing can be said then
  const [sizeA, sizeB] = [statSync(a).size, statSync(b).size];
  if (sizeA > READABLE || sizeB > READABLE) return sizeA === sizeB ? [] : [`${name}: ${sizeA} bytes were sent, now ${sizeB} (too large for a comparison by frame)`];
  if (sizeA === sizeB && Buffer.compare(readFileSync(a), readFileSync(b)) === 0) return [];
  if (!name.endsWith(".pcap")) return [`${name}: ${firstDifference(readFileSync(a, "utf8"), readFileSync(b, "utf8"))}`];
  const found = semanticDiff(readStored(a)?.packets ?? [], readStored(b)?.packets ?? []).map((d) => `${name} ${d}`);
  if (found.length === 0) return [`${name}: equal packets, but the files differ in their headers`];
  return found.length > MOST ? [...found.slice(0, MOST), `${name}: ${found.length - MOST} more differences`] : found;
}

/** Of text files (the NAT log): the first line that differs. */
function firstDifference(a: string, b: string): string {
  const [x, y] = [a.split("\n"), b.split("\n")];
  const i = Array.from({ length: Math.max(x.length, y.length) }, (_, k) => k).find((k) => x[k] !== y[k]) ?? 0;
  return `line ${i + 1} was "${x[i] ?? ""}", is "${y[i] ?? ""}"`;
}

/** `dirA`, `dirB`: folders of the records. Outputs are matched by case, profile and file name. */
export function outputDifferences(a: Report, dirA: string, b: Report, dirB: string): OutputDifferences {
  return (id, profileA, profileB) => {
    const of = (r: Report, profile: string): readonly string[] => r.cases.find((c) => c.id === id && c.profile === profile)?.outputs ?? [];
    const others = of(b, profileB);
    return of(a, profileA).flatMap((path) => {
      const other = others.find((o) => basename(o) === basename(path));
      return other === undefined ? [] : fileDifference(join(dirA, path), join(dirB, other));
    });
  };
}
