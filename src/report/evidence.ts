/**
 * evidence.pcapng: the packets behind each finding's exemplars, in time order, each packet once, with one comment per finding it stands in.
 * Records hold packets from the outermost IP header (or label stack entry) on; the Ethernet header is ours: the device is 02:00:00:00:00:01 on both sides.
 */
import { createPcapngWriter } from "../capture/pcapng-writer.js";
import { placeText, type Report } from "./model.js";
import type { PacketEvidence } from "../judge/types.js";
import { visible } from "./text.js";

const DEVICE = [2, 0, 0, 0, 0, 1] as const;
const NEIGHBOUR = { access: [2, 0, 0, 0, 0, 0xa], core: [2, 0, 0, 0, 0, 0xc] } as const;
/** Comments on one packet; a keepalive may stand behind hundreds of findings. */
const MOST_COMMENTS = 16;
/** Characters; an option holds 65535 bytes, far less is readable. */
const LONGEST_COMMENT = 2000;

function frameOf(p: PacketEvidence): Uint8Array {
  const packet = Buffer.from(p.hex, "hex");
  const frame = new Uint8Array(14 + packet.length);
  const received = p.direction === "received";
  frame.set(received ? DEVICE : NEIGHBOUR[p.side], 0);
  frame.set(received ? NEIGHBOUR[p.side] : DEVICE, 6);
  frame.set(p.labels === true ? [0x88, 0x47] : (packet[0] ?? 0) >> 4 === 6 ? [0x86, 0xdd] : [0x08, 0x00], 12);
  frame.set(packet, 14);
  return frame;
}

interface Evidence { readonly packet: PacketEvidence; readonly comments: string[]; more: number }

function collect(report: Report): Evidence[] {
  const packets = new Map<string, Evidence>();
  for (const f of report.findings) {
    for (const e of f.group.exemplars) {
      for (const p of e.packets) {
        const key = JSON.stringify([p.side, p.direction, p.place.file, p.place.frame, p.sec, p.nsec, p.hex]);
        const entry = packets.get(key) ?? { packet: p, comments: [], more: 0 };
        packets.set(key, entry);
        const comment = `${f.verdict.toUpperCase()} ${f.group.clause}: ${e.message} [${placeText(p.place)}, ${p.side}, ${p.direction}; finding ${f.id}]`;
        if (entry.comments.length < MOST_COMMENTS) entry.comments.push(Array.from(visible(comment)).slice(0, LONGEST_COMMENT).join(""));
        else entry.more++;
      }
    }
  }
  return [...packets.values()].sort((a, b) => a.packet.sec - b.packet.sec || a.packet.nsec - b.packet.nsec);
}

/** Writes the file; without findings a valid one without packets. Throws an Error for people when it cannot be made, and leaves nothing then. */
export function writeEvidence(report: Report, path: string): void {
  const subject = report.header?.subject ?? "unknown subject";
  const note = visible(`softproof evidence, subject: ${subject}${report.complete ? "" : "; INCOMPLETE RUN"}. Ethernet headers are made up, packets are as captured.`);
  const writer = createPcapngWriter({ path, comments: [note], interfaces: [{ name: "access" }, { name: "core" }] });
  try {
    for (const { packet: p, comments, more } of collect(report)) {
      writer.write({
        data: frameOf(p), sec: p.sec, nsec: p.nsec, interface: p.side === "access" ? 0 : 1, direction: p.direction === "received" ? "inbound" : "outbound",
        comments: more > 0 ? [...comments, `and ${more} more findings`] : comments,
      });
    }
    writer.close();
  } catch (error) {
    writer.abort();
    throw error;
  }
}
