/** External ends that a device used by its packets, beside the entries of its NAT log. */
import type { Beside, BesideDifference } from "../../report/beside.js";
import { counted } from "../../report/text.js";
import { formatIpv4 } from "../../wire/address.js";
import type { SeenPackets } from "./compare.js";
import type { LogEntry, ToldMappings } from "./nat-log-file.js";

/** Differences that are told singly. */
const MOST = 20;
const NAME: Readonly<Record<number, string>> = { 1: "ICMP", 6: "TCP", 17: "UDP" };

interface Indexed { readonly entry: LogEntry; readonly where: string; used: boolean }
/** Entries of one address by their first port; `widest`: ports of the largest block. */
interface Address { readonly list: Indexed[]; widest: number }

function indexOf(logs: readonly ToldMappings[]): Map<number, Address> {
  const by = new Map<number, Address>();
  for (const l of logs) {
    for (const entry of l.entries) {
      const a = by.get(entry.external) ?? { list: [], widest: 1 };
      by.set(entry.external, a);
      a.list.push({ entry, where: `${l.file}:${entry.line}`, used: false });
      a.widest = Math.max(a.widest, entry.to - entry.from + 1);
    }
  }
  for (const a of by.values()) a.list.sort((x, y) => x.entry.from - y.entry.from);
  return by;
}

/** Entries whose ports include `port`. */
function covering({ list, widest }: Address, port: number): Indexed[] {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if (list[mid].entry.from <= port) low = mid + 1;
    else high = mid;
  }
  const out: Indexed[] = [];
  for (let i = low - 1; i >= 0 && list[i].entry.from > port - widest; i--) if (list[i].entry.to >= port) out.push(list[i]);
  return out;
}

export function compareLog(logs: readonly ToldMappings[], seen: SeenPackets): Beside {
  if (logs.some((l) => l.deterministic)) return { compared: 0, equal: 0, differences: [], notes: [`${logs[0].file}: deterministic NAPT logs its parameters only, so there is no mapping to compare`] };
  const by = indexOf(logs);
  const differences: BesideDifference[] = [];
  const notes: string[] = [];
  let missing = 0;
  for (const p of seen.endpoints) {
    const address = by.get(p.external);
    let known = false;
    for (const i of address === undefined ? [] : covering(address, p.port)) {
      const fits = i.entry.protocol === 0 || i.entry.protocol === p.protocol;
      // A mapping from before the log may show its end alone, whatever protocol stands there.
      known ||= i.entry.ended || (fits && i.entry.begun);
      if (fits) i.used = true;
    }
    if (known) continue;
    missing++;
    if (missing <= MOST) differences.push({ kind: "nat-log", source: logs.map((l) => l.file).join(", "), subject: `${formatIpv4(p.external)}:${p.port} ${NAME[p.protocol] ?? p.protocol}`, told: "no entry", seen: `first used in ${seen.files[p.file] ?? "?"}:${p.frame}` });
  }
  if (missing > MOST) notes.push(`${missing - MOST} more external endpoints have no entry in the NAT log`);
  const unused = [...by.values()].flatMap((a) => a.list).filter((i) => i.entry.begun && !i.used).sort((a, b) => a.entry.line - b.entry.line);
  if (unused.length > 0) notes.push(`${unused.length === 1 ? "1 entry of the NAT log is of an endpoint" : `${unused.length} entries of the NAT log are of endpoints`} that the captures do not show, the first in ${unused[0].where}`);
  if (seen.endpointsFull) notes.push("more external endpoints were used than can be kept: the later ones were not compared");
  for (const l of logs) {
    if (l.full) notes.push(`${l.file}: more entries than can be kept: the later ones were left out, so external endpoints may seem to lack one`);
    if (l.unread > 0) notes.push(`${l.file}: ${l.unread} of ${counted(l.lines, "line")} ${l.unread === 1 ? "was" : "were"} not understood (no address of the pool with a port), the first in ${l.file}:${l.firstUnread}`);
  }
  if (logs.some((l) => l.entries.some((e) => e.ended))) notes.push("when mappings ended is not compared");
  return { compared: seen.endpoints.length, equal: seen.endpoints.length - missing, differences, notes };
}
