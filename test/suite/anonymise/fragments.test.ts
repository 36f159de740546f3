/** What is cut by fragmentation is anonymised as if it were not: in any order, with any cuts, with other packets between, read with tiny buffers. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.js";
import { createMapper } from "../../../src/suite/anonymise/addresses.js";
import { rewriteIp } from "../../../src/suite/anonymise/packet.js";
import { createScrub } from "../../../src/suite/anonymise/scrub.js";
import { compileText } from "../../../src/suite/notation/index.js";
import { concat, pcapHeader, pcapRecord, readAll, tempFile } from "../../capture/helpers.js";
import { cut4, cut6, joined } from "./cut.js";
import { anonymised } from "./helper.js";

const RAW = 101;
const map = createMapper("a key of the test", parseConfig(`softproof: 1
service-sets: [{ softwire-concentrators: [{ v6rd: { softwire-address: 81.2.69.1, ipv4-prefix: 81.2.0.0/16, v6rd-prefix: "2a02:1230::/28" } }] }]
`, "t.yaml"));
const whole = (packet: Uint8Array): Uint8Array => {
  const s = createScrub(map, packet.slice());
  rewriteIp(s, 0, packet.length);
  return s.now;
};
const QUOTED4 = 'ipv4(81.2.69.9 > 81.3.0.2) / udp(5000 > 53) / "a question that is long enough to be cut"';
const QUOTED6 = 'ipv6(2002:5102:4509::1 > 2a02:1239:9::7) / tcp(4000 > 443) / "some text that is long enough to be cut"';
const PACKETS: Readonly<Record<string, string>> = {
  "ICMP error": `ipv4(81.2.69.1 > 81.2.69.9) / icmp4(unreachable code=1) / ${QUOTED4}`,
  "ICMPv6 error": `ipv6(2a02:9::1 > 2002:5102:4509::1) / icmp6(time-exceeded) / ${QUOTED6}`,
  "6rd": `ipv4(81.2.69.9 > 81.2.69.1) / ${QUOTED6}`,
  "6rd, ICMPv6 error about a tunnel in a tunnel": `ipv4(81.2.69.9 > 81.2.69.1) / ipv6(2a02:9::1 > 2a02:1239:9::7) / icmp6(too-big mtu=1280) / ipv6(2002:5102:4509::1 > 2a02:9::4) / ${QUOTED4}`,
  "DS-Lite": `ipv6(2a02:9::5 > 2a02:9::1) / ${QUOTED4}`,
  "DS-Lite, ICMP error": `ipv6(2a02:9::5 > 2a02:9::1) / ipv4(81.9.9.9 > 10.0.0.2) / icmp4(time-exceeded) / ${QUOTED4}`,
  "FTP": 'ipv4(81.2.69.9 > 81.3.0.2) / tcp(5000 > 21) / "PORT 81,2,69,119,4,1; and more of it PORT 81,2,69,119,4,2;"',
  "TCP, whose checksum is in the second fragment": 'ipv4(81.2.69.9 > 81.3.0.2) / tcp(5000 > 80) / "text"',
  "UDP": 'ipv4(81.2.69.9 > 81.3.0.2) / udp(5000 > 80) / "text that holds nothing, over some more fragments"',
  "UDP over IPv6": 'ipv6(2a02:9::5 > 2a02:9::1) / udp(5000 > 80) / "text that holds nothing, over some more fragments"',
};
const compiled = (text: string): Uint8Array => compileText(text).bytes.slice();
const cutAt = (packet: Uint8Array, cuts: readonly number[], id = 77): Uint8Array[] => (packet[0] >>> 4 === 4 ? cut4(packet, cuts) : cut6(packet, cuts, id));
const payloadOf = (packet: Uint8Array): Uint8Array => packet.subarray(packet[0] >>> 4 === 4 ? 20 : 40);

/** The packets as a capture of raw IP, anonymised, one a second unless told. */
async function through(packets: readonly Uint8Array[], options: { chunkBytes?: number; heldBytes?: number; seconds?: (i: number) => number } = {}) {
  const path = tempFile(concat(pcapHeader({ linkType: RAW }), ...packets.map((p, i) => pcapRecord(true, 1_700_000_000 + (options.seconds?.(i) ?? 0), i, p))));
  const done = await anonymised(path, map, options);
  const { frames, faults } = await readAll(tempFile(done.bytes));
  expect(faults).toEqual([]);
  expect(frames.map((f) => f.nsec)).toEqual(packets.map((_, i) => i * 1000));
  return { ...done, packets: frames.map((f) => f.data) };
}

const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 20 }).map((n) => 8 * n), { minLength: 1, maxLength: 5 }).map((c) => c.sort((a, b) => a - b));

describe("datagrams in fragments", () => {
  test.each(Object.entries(PACKETS))("%s", async (_, text) => {
    const packet = compiled(text);
    const expected = payloadOf(whole(packet));
    expect(Buffer.from(expected).equals(payloadOf(packet))).toBe(false);
    await fc.assert(fc.asyncProperty(cuts, fc.infiniteStream(fc.nat()), fc.array(fc.nat(5), { maxLength: 6 }), fc.integer({ min: 300, max: 2000 }), async (at, random, others, chunkBytes) => {
      const pieces = cutAt(packet, at);
      const order = pieces.map((p) => ({ p, key: random.next().value as number })).sort((a, b) => a.key - b.key).map((x) => x.p);
      const between = compiled(QUOTED4);
      const sent = order.flatMap((p) => [p, ...others.slice(0, 1).map(() => between)]);
      const r = await through(sent, { chunkBytes });
      const mine = r.packets.filter((_, i) => order.includes(sent[i]));
      expect(joined(mine)).toEqual(expected);
      for (const [i, p] of r.packets.entries()) if (sent[i] === between) expect(p).toEqual(whole(between));
      expect([r.notes, r.untouched]).toEqual([[], 0]);
    }), { numRuns: 40 });
  });

  test("fragments of a tunnelled packet that are sent as tunnel packets of their own (RFC 2473 section 7.1)", async () => {
    const inner = compiled(PACKETS["ICMP error"]);
    const outer = compiled("ipv6(2a02:9::5 > 2a02:9::1) / ipv4(1.2.3.4 > 1.2.3.4) / icmp4(echo)").subarray(0, 40);
    const wrap = (p: Uint8Array): Uint8Array => {
      const out = Uint8Array.from([...outer, ...p]);
      out[4] = p.length >>> 8;
      out[5] = p.length;
      return out;
    };
    for (const order of [[0, 1, 2], [2, 1, 0]]) {
      const pieces = cut4(inner, [16, 40]);
      const r = await through(order.map((i) => wrap(pieces[i])));
      expect(joined(r.packets.map((p) => p.subarray(40)))).toEqual(payloadOf(whole(inner)));
    }
  });

  test.each([[[8, 32]], [[48]]])("fragments in fragments, cut at %j", async (cuts) => {
    const inner = compiled(PACKETS["6rd, ICMPv6 error about a tunnel in a tunnel"]);
    const head = compiled("ipv4(81.9.0.1 > 81.9.0.2 id=9) / ipv4(1.2.3.4 > 1.2.3.4) / icmp4(echo)").subarray(0, 20);
    const sent = cut4(inner, [56, 96]).flatMap((p, i) => {
      const out = Uint8Array.from([...head, ...p]);
      out[2] = out.length >>> 8;
      out[3] = out.length;
      out[5] = i;
      return cut4(out, cuts);
    });
    for (const order of [sent, [...sent].reverse()]) {
      const r = await through(order);
      const outer = [0, 1, 2].map((id) => joined(r.packets.filter((p) => p[5] === id)));
      expect(joined(outer)).toEqual(payloadOf(whole(inner)));
    }
  });

  test("seen twice, as in a capture of both sides: both are right", async () => {
    const packet = compiled(PACKETS["6rd"]);
    const pieces = cut4(packet, [16]);
    const r = await through([pieces[0], pieces[0], pieces[1], pieces[1]]);
    for (const [a, b] of [[0, 2], [1, 3]]) expect(joined([r.packets[a], r.packets[b]])).toEqual(payloadOf(whole(packet)));
    const udp = cut4(compiled(PACKETS["UDP"]), [16]);
    expect((await through([udp[0], udp[0], udp[1], udp[1]])).held.records).toBe(0);
  });

  test("the identification used again, within a second and after a lost fragment", async () => {
    const one = compiled(PACKETS["6rd"]);
    const two = compiled(PACKETS["6rd, ICMPv6 error about a tunnel in a tunnel"]);
    const [a, b, plain] = [cut4(one, [16]), cut4(two, [16]), cut4(one, [72])];
    const again = await through([...plain, ...b]);
    expect(joined(again.packets.slice(0, 2))).toEqual(payloadOf(whole(one)));
    expect(joined(again.packets.slice(2))).toEqual(payloadOf(whole(two)));
    const r = await through([a[0], a[1], b[0], b[1], a[0], b[0], b[1]]);
    expect(joined([r.packets[0], r.packets[1]])).toEqual(payloadOf(whole(one)));
    for (const i of [2, 5]) expect(joined([r.packets[i], r.packets[i + 1]])).toEqual(payloadOf(whole(two)));
  });

  test("an ICMP error that quotes a fragment of a datagram that was rewritten: its checksum covers what the quote became", async () => {
    const packet = compiled(PACKETS["6rd, ICMPv6 error about a tunnel in a tunnel"]);
    const pieces = cut4(packet, [16, 48]);
    const quoting = pieces.map((p) => {
      const error = compiled(`ipv4(81.2.69.1 > 81.2.69.9) / icmp4(unreachable code=1) / ${QUOTED4}`);
      const out = Uint8Array.from([...error.subarray(0, 28), ...p]);
      out[2] = out.length >>> 8;
      out[3] = out.length;
      return out;
    });
    const r = await through([...pieces, ...quoting]);
    for (const [i, q] of quoting.entries()) {
      expect(r.packets[3 + i].subarray(28).subarray(20)).toEqual(r.packets[i].subarray(20));
      const state = (b: Uint8Array): number => { let s = 0; for (let k = 20; k < b.length; k += 2) s += (b[k] << 8) | (b[k + 1] ?? 0); while (s > 0xffff) s = (s & 0xffff) + (s >>> 16); return s; };
      expect(state(r.packets[3 + i])).toBe(state(q));
    }
  });
});

describe("datagrams that do not become whole", () => {
  const packet = compiled(PACKETS["6rd, ICMPv6 error about a tunnel in a tunnel"]);
  const pieces = cut4(packet, [24, 64, 96]);
  const other = compiled(QUOTED4);
  test("the beginning is replaced as far as it goes, what follows a gap is told", async () => {
    const r = await through([pieces[0], pieces[1], pieces[3]]);
    const expected = payloadOf(whole(packet));
    for (const i of [0, 1]) {
      const at = i === 0 ? 0 : 24;
      // Checksums over what is missing differ: those of ICMPv6 and of the quoted UDP do not lie in the first 40 bytes.
      expect(r.packets[i].subarray(20, 20 + Math.min(16, 40 - at))).toEqual(expected.subarray(at, at + Math.min(16, 40 - at)));
    }
    expect(r.packets[2].subarray(20)).toEqual(pieces[3].subarray(20));
    expect(r.notes.join()).toContain("not seen within a minute and 16 MiB: 1, in frame 3;");
  });
  test("a fragment after more than a minute: its addresses are replaced, and it is told", async () => {
    const r = await through([...pieces.slice(0, 3), other, pieces[3]], { seconds: (i) => (i < 3 ? 0 : i === 3 ? 50 : 59) });
    expect(r.notes).toEqual([]);
    const late = await through([pieces[0], pieces[1], other, pieces[2], pieces[3]], { heldBytes: 900 });
    const expected = payloadOf(whole(packet));
    expect(late.packets[3].subarray(20).subarray(0, 16)).toEqual(expected.subarray(64, 80));
    expect(late.notes.join()).toContain("did not come within a minute and 900 bytes of others of their datagram: 2, the first in frame 4;");
  });
  test("of another minute is of another datagram", async () => {
    const r = await through([pieces[0], pieces[1], pieces[2], pieces[3]], { seconds: (i) => (i < 3 ? 0 : 200) });
    expect(r.notes.join()).toContain("not seen within a minute and 16 MiB: 1, in frame 4;");
  });
  test("several are told with the first of them, whichever datagram was given up first", async () => {
    const elsewhere = pieces[3].slice();
    elsewhere[5] ^= 1;
    const r = await through([pieces[3], elsewhere, pieces[2]]);
    expect(r.notes.join()).toContain("16 MiB: 3, the first in frame 1;");
  });
  test("what is held is bounded, order is kept, everything else goes on", async () => {
    const many = Array.from({ length: 400 }, (_, i) => {
      const p = pieces[i % 2 === 0 ? 1 : 0].slice();
      p[4] = i >>> 8;
      p[5] = i;
      return p;
    }).flatMap((p) => [p, other]);
    const r = await through(many, { heldBytes: 5000 });
    expect(r.held.bytes).toBeLessThanOrEqual(5000 + 256 + 2 * 200);
    expect(r.held.fragmentBytes).toBeLessThanOrEqual(5000 + 2000);
    expect(r.held.records).toBeLessThan(60);
    for (let i = 1; i < many.length; i += 2) expect(r.packets[i]).toEqual(whole(other));
  });
});

test("any fragments, of any headers, within any bound: frames, order and lengths stay, and the bounds hold", async () => {
  const base = [PACKETS["6rd, ICMPv6 error about a tunnel in a tunnel"], PACKETS["DS-Lite, ICMP error"], PACKETS["ICMP error"], PACKETS["ICMPv6 error"]].map(compiled);
  const piece = fc.record({ of: fc.nat(3), offset: fc.nat(12), length: fc.nat(60), more: fc.boolean(), id: fc.nat(3), flip: fc.option(fc.tuple(fc.nat(90), fc.nat(255)), { freq: 3 }), seconds: fc.nat(20) });
  await fc.assert(fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 60 }), fc.integer({ min: 0, max: 3000 }), async (list, heldBytes) => {
    let seconds = 0;
    const times: number[] = [];
    const sent = list.map((x) => {
      const p = base[x.of];
      const head = p[0] >>> 4 === 4 ? 20 : 40;
      const body = Uint8Array.from({ length: x.length }, (_, i) => p[head + 8 * x.offset + i] ?? 0);
      const whole = Uint8Array.from([...p.subarray(0, head), ...new Array<number>(8 * x.offset).fill(0), ...body, ...(x.more ? [0] : [])]);
      const cuts = cutAt(whole, x.more ? [8 * x.offset, whole.length - head - 1] : [8 * x.offset], x.id);
      const out = cuts[x.offset === 0 ? 0 : 1] ?? cuts[0];
      if (head === 20) out[5] = x.id;
      if (x.flip !== null) out[x.flip[0] % out.length] ^= x.flip[1];
      if (out[0] >>> 4 !== 4 && out[0] >>> 4 !== 6) out[0] = 0x45;
      times.push((seconds += x.seconds));
      return out;
    });
    const r = await through(sent, { heldBytes, seconds: (i) => times[i] });
    expect(r.packets.map((p) => p.length)).toEqual(sent.map((p) => p.length));
    expect(r.held.bytes).toBeLessThanOrEqual(heldBytes + 256 + 600);
    expect(r.held.fragmentBytes).toBeLessThanOrEqual(heldBytes + 200_000);
  }), { numRuns: 400 });
});

test("a fragment that a snapshot length cuts: what is there is replaced", async () => {
  const [first, last] = cut4(compiled(PACKETS["DS-Lite"].replace("ipv6(2a02:9::5 > 2a02:9::1)", "ipv4(81.2.69.9 > 81.2.69.1)")), [48]);
  const path = tempFile(concat(pcapHeader({ linkType: RAW }), pcapRecord(true, 1, 0, first.subarray(0, 38), first.length), pcapRecord(true, 1, 0, last)));
  const { frames } = await readAll(tempFile((await anonymised(path, map)).bytes));
  const expected = payloadOf(whole(Uint8Array.from([...first.subarray(0, 20), ...first.subarray(20), ...last.subarray(20)])));
  expect(frames[0].data.length).toBe(38);
  expect(frames[0].data.subarray(32, 36)).toEqual(expected.subarray(12, 16));
  // Two bytes of the destination are there: those of the whole.
  expect(frames[0].data.subarray(36, 38)).toEqual(expected.subarray(16, 18));
});

test("addresses that are cut keep what their prefix becomes", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.integer({ min: 1, max: 8 }), (tail, n) => {
    const p = compiled(`ipv4(81.2.69.9 > 81.2.69.1) / ${QUOTED6}`);
    p.set([0x20, 0x02, ...tail.subarray(2)], 28);
    const s = createScrub(map, p.slice(0, 28 + n));
    rewriteIp(s, 0, 28 + n);
    expect(s.now.subarray(28)).toEqual(whole(p).subarray(28, 28 + n));
  }));
});
