/** What `softproof info` prints. */
import { type Inventory, takeInventory } from "../../suite/inventory.js";
import { thousands, visible } from "../../report/text.js";
import { checkCaptures } from "../captures.js";
import { EXIT } from "../outcome.js";
import { createProgress } from "../progress.js";

export interface InfoArgs { pcap: string[]; json: boolean }

const time = ([sec, nsec]: readonly [number, number]): string => {
  const date = new Date(sec * 1000);
  return `${Number.isNaN(date.getTime()) ? `${sec}` : date.toISOString().slice(0, 19)}.${String(nsec).padStart(9, "0")}Z`;
};


function seconds(i: Inventory): number {
  if (i.first === undefined || i.last === undefined) return 0;
  return i.last[0] - i.first[0] + (i.last[1] - i.first[1]) / 1e9;
}

function text(i: Inventory): string {
  const out = [visible(i.file)];
  const row = (label: string, value: string): void => {
    out.push(`  ${label.padEnd(16)} ${value}`);
  };
  row("frames", thousands(i.frames));
  row("bytes", `${thousands(i.wireBytes)} on the wire, ${thousands(i.capturedBytes)} captured${i.cut > 0 ? `; ${thousands(i.cut)} frames cut by the snapshot length` : ""}`);
  if (i.first !== undefined && i.last !== undefined) row("time", `${time(i.first)} to ${time(i.last)} (${seconds(i).toFixed(6)} s)`);
  row("link types", Object.entries(i.linkTypes).map(([k, n]) => `${k} ${thousands(n)}`).join(", ") || "none");
  if (i.vlanTagged > 0) row("VLAN tagged", thousands(i.vlanTagged));
  if (i.mplsLabelled > 0) row("MPLS labelled", thousands(i.mplsLabelled));
  row("tunnelled", `${thousands(i.tunnelled)}${i.outerFragments > 0 ? `; outermost IP fragments: ${thousands(i.outerFragments)}` : ""}`);
  for (const [k, n] of Object.entries(i.protocols)) row("", `${thousands(n).padStart(12)}  ${k}`);
  for (const f of i.faults) row(f.recovered ? "note" : "DAMAGE", visible(`byte ${f.offset}, after frame ${f.frame}: ${f.message}`));
  return `${out.join("\n")}\n`;
}

/** Returns the exit code. */
export async function showInfo(args: InfoArgs): Promise<number> {
  checkCaptures(args.pcap);
  let broken = false;
  for (const path of args.pcap) {
    const progress = createProgress(path);
    const inventory = await takeInventory(path, (p) => progress.update(p));
    progress.end();
    process.stdout.write(args.json ? `${JSON.stringify(inventory)}\n` : text(inventory));
    if (inventory.faults.some((f) => !f.recovered)) broken = true;
  }
  return broken ? EXIT.input : EXIT.conforming;
}
