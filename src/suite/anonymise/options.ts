/**
 * Options of pcapng blocks (draft-ietf-opsawg-pcapng section 3.5): text that somebody wrote (comments, filters, descriptions) may hold the addresses that the packets no
 * longer do, and hashes of packets are no longer right; only what is listed here is kept.
 */
const KEPT: ReadonlyMap<number, { readonly at: number; readonly codes: ReadonlySet<number> }> = new Map([
  // Section: hardware, operating system, application.
  [0x0a0d0d0a, { at: 24, codes: new Set([2, 3, 4]) }],
  // Interface: name, addresses (replaced), MAC and EUI, speed, time resolution, zone, operating system, FCS, time offset.
  [1, { at: 16, codes: new Set([2, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14]) }],
  // Interface statistics: times and counters.
  [5, { at: 20, codes: new Set([2, 3, 4, 5, 6, 7, 8]) }],
]);
/** Packets: flags, drops, identifier, queue. */
const OF_PACKET: ReadonlySet<number> = new Set([2, 4, 5, 6]);
/** What opt_endofopt takes. */
const END = 4;

/** Where the options of a block begin, from its start, and which of them stay; undefined: it has none, or they are kept. `captured`: bytes of its packet. */
function rules(type: number, captured: number): { at: number; codes: ReadonlySet<number> } | undefined {
  if (type === 6) return { at: 28 + ((captured + 3) & ~3), codes: OF_PACKET };
  // The obsolete Packet Block: flags and hash.
  if (type === 2) return { at: 28 + ((captured + 3) & ~3), codes: new Set([2]) };
  return KEPT.get(type);
}

/** The block without the options that do not stay; with fewer bytes, it says so in both of its lengths. Itself when nothing goes. */
export function withKeptOptions(block: Buffer, type: number, captured: number, little: boolean): Uint8Array {
  const rule = rules(type, captured);
  if (rule === undefined) return block;
  const half = (o: number): number => (little ? block.readUInt16LE(o) : block.readUInt16BE(o));
  const end = block.length - 4;
  const kept: Uint8Array[] = [];
  let gone = 0;
  let at = rule.at;
  while (at + 4 <= end && half(at) !== 0) {
    const size = 4 + ((half(at + 2) + 3) & ~3);
    if (at + size > end) break;
    if (rule.codes.has(half(at))) kept.push(block.subarray(at, at + size));
    else gone += size;
    at += size;
  }
  // What follows the last option: its end mark, or bytes that are no option.
  const whole = at + END <= end && half(at) === 0;
  if (gone === 0 && at + (whole ? END : 0) === end) return block;
  if (rule.at > end) return block;
  const parts = [block.subarray(0, rule.at), ...kept, ...(kept.length > 0 ? [Buffer.alloc(END)] : []), block.subarray(end)];
  const out = Buffer.concat(parts);
  for (const o of [4, out.length - 4]) {
    if (little) out.writeUInt32LE(out.length, o);
    else out.writeUInt32BE(out.length, o);
  }
  return out;
}
