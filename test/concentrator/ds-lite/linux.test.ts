/**
 * The AFTR against one that nobody here wrote: Linux ip6_tunnel with netfilter NAT44. What its kernel received from the softwires
 * is replayed; every packet that it forwarded to its core side must also leave here, up to what a NAT chooses (external address
 * and port, identification, hence checksums). The other direction names Linux's ports and cannot be replayed.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createLinkPlace, locate } from "../../../src/capture/link.js";
import { openCapture } from "../../../src/capture/open.js";
import { ACCESS, CORE, type Side } from "../../../src/config/types.js";
import { put16, u16 } from "../../../src/wire/bits.js";
import { createMemory } from "../../../src/wire/memory.js";
import { sharedDir } from "../../shared.js";
import { dst4, dst6, harness, src4, v4, v6 } from "../harness.js";
import { dsLite, nat } from "./packets.js";

const shared = sharedDir();
const folder = shared === undefined ? "" : join(shared, "captures", "linux");
const why = existsSync(folder) ? "" : " (skipped: no ../shared/captures/linux beside the checkout)";
const LINUX_AFTR = "2001:db8:af::1";
const isPool = (address: string): boolean => /^203\.0\.113\.[1-4]$/.test(address);

interface Frame { sec: number; nsec: number; bytes: Uint8Array }
async function frames(scenario: string, side: Side): Promise<Frame[]> {
  const memory = createMemory(32 * 1024 * 1024);
  const source = await openCapture(join(folder, scenario, side === ACCESS ? "access.pcap" : "core.pcap"), { memory, fileIndex: side });
  const place = createLinkPlace();
  const all: Frame[] = [];
  while (await source.next()) {
    if (locate(memory.u8, source.off, source.capLen, source.linkType, place)) all.push({ sec: source.sec, nsec: source.nsec, bytes: memory.u8.slice(place.l3, place.l3 + place.l3Len) });
  }
  source.close();
  return all;
}

/** Datagrams of a list of IPv4 packets, joined whatever their fragmentation, with what a NAT chooses blanked. */
function datagrams(packets: Uint8Array[]): string[] {
  const open = new Map<string, Uint8Array>();
  const done: string[] = [];
  for (const p of packets) {
    const hl = (p[0] & 15) * 4;
    const key = `${src4(p)} ${dst4(p)} ${p[9]} ${u16(p, 4)}`;
    const at = (u16(p, 6) & 0x1fff) * 8;
    const known = at === 0 ? p.slice(0, hl) : open.get(key);
    if (known === undefined) continue;
    const b = Uint8Array.of(...known, ...p.slice(hl));
    if ((u16(p, 6) & 0x2000) !== 0) {
      open.set(key, b);
      continue;
    }
    b.fill(0, 2, 8);
    b.fill(0, 10, 16);
    if (b[9] === 1) b.fill(0, hl + 2, hl + 6);
    else {
      put16(b, hl, 0);
      put16(b, hl + (b[9] === 6 ? 16 : 6), 0);
    }
    done.push(Buffer.from(b).toString("hex"));
  }
  return done;
}

describe(`Linux as AFTR${why}`, () => {
  it.skipIf(why !== "").each([["05a-dslite-overlapping", 500], ["05b-dslite-fragmentation-kernel", 90], ["05f-dslite-outer-fragments-socat", 100]] as const)("%s: the same datagrams leave for the core", async (scenario, atLeast) => {
    const pool = { ranges: [{ from: v4("203.0.113.1"), to: v4("203.0.113.4") }], portFrom: 1024, portTo: 65535 };
    const h = harness(dsLite({ address: v6(LINUX_AFTR), mtuV6: 1500, nat: nat({ pool }) }));
    for (const f of await frames(scenario, ACCESS)) if (f.bytes[0] >> 4 === 6 && dst6(f.bytes) === LINUX_AFTR) h.feed(ACCESS, f.bytes, f.sec, f.nsec);
    const ours = datagrams(h.out.filter((o) => o.side === CORE).map((o) => o.bytes));
    // TTL 64 and above: the Linux box's own answers, not forwarded packets.
    const theirs = datagrams((await frames(scenario, CORE)).map((f) => f.bytes).filter((b) => b[0] >> 4 === 4 && isPool(src4(b)) && b[8] < 64));
    expect(theirs.length).toBeGreaterThan(atLeast);
    expect([...ours].sort()).toEqual([...theirs].sort());
  });
});
