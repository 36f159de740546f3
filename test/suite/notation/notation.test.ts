import fc from "fast-check";
import { describe as group, expect, test } from "vitest";
import { bindFields, compareExpected, comparePackets, compileFrames, compileText, describe, fieldAt, NotationError, parseNotation, textOf } from "../../../src/suite/notation/index.js";
import { checksum } from "../../../src/wire/checksum.js";
import { toHex } from "../../../src/suite/notation/values.js";

const TUNNEL = 'ipv4(10.100.100.1 > 192.0.2.1 ttl=63 tos=0 id=7 df) / ipv6(2001:db8:6464:100::1 > 2001:db8:ffff::1 hop=64) / udp(1234 > 53) / "payload"';

group("compile", () => {
  test("fills lengths, protocols and checksums", () => {
    const { bytes } = compileText(TUNNEL);
    expect(bytes.length).toBe(20 + 40 + 8 + 7);
    expect(toHex(bytes.slice(0, 10))).toBe("4500004b000740003f29");
    expect(checksum(bytes, 0, 20)).toBe(0);
    expect(toHex(bytes.slice(20, 28))).toBe("60000000000f1140");
    expect(fieldAt(bytes, "udp.len")).toBe("15");
  });
  test("the UDP checksum of RFC 8200 8.1, computed by hand", () => {
    // ::1 > ::2, length 8, next header 17, ports 1 and 2: 1+2+8+17+1+2+8 = 39 -> ~39
    expect(fieldAt(compileText("ipv6(::1 > ::2) / udp(1 > 2)").bytes, "udp.check")).toBe("0xffd8");
  });
  test("what is written wins over what is filled in", () => {
    const { bytes } = compileText("ipv4(1.2.3.4 > 5.6.7.8 len=99 proto=47 check=0xbeef) / hex(00 11 22)");
    expect(toHex(bytes)).toBe("4500006300000000402f".replace("4002f", "402f") + "beef0102030405060708001122");
  });
  test("ICMP errors quote what follows; cut(n) takes its first bytes", () => {
    const { bytes } = compileText(`ipv4(10.0.0.9 > 192.0.2.1) / icmp4(unreachable code=4 mtu=1300) / cut(28) / ${TUNNEL}`);
    expect(bytes.length).toBe(20 + 8 + 28);
    expect(fieldAt(bytes, "icmp4.mtu")).toBe("1300");
    expect(fieldAt(bytes, "ipv4[1].len")).toBe("75");
  });
  test("pad lies inside the outermost length only, trailer inside none", () => {
    const { bytes } = compileText('ipv4(1.1.1.1 > 2.2.2.2) / ipv6(::1 > ::2) / "ab" / pad(3) / trailer(4)');
    expect(fieldAt(bytes, "ipv4.len")).toBe("65");
    expect(fieldAt(bytes, "ipv6.len")).toBe("2");
    expect(bytes.length).toBe(69);
  });
  test("vlan and mpls", () => {
    const { bytes, ip } = compileText("eth(02:00:00:00:00:01 > 02:00:00:00:00:02) / vlan(vid=100) / mpls(label=16) / mpls(label=17) / ipv4(1.1.1.1 > 2.2.2.2)");
    expect(toHex(bytes.slice(0, ip))).toBe("02000000000202000000000181000064884700010040" + "00011140");
  });
  test.each([
    ["ipv4(1.2.3.4 > 5.6.7.8 tll=3)", "did you mean ttl", 23],
    ["ipv4(1.2.3 > 5.6.7.8)", "no IPv4 address", 5],
    ["ipv4(1.2.3.4 > 5.6.7.8 ttl=300)", "8 bits", 23],
    ["ipv4(1.2.3.4 > 5.6.7.8 off=4)", "multiple of 8", 23],
    ["ipv4(1.2.3.4 > 5.6.7.8", "never closed", 4],
    ["ipv5()", "no layer", 0],
    ['"abc', "never closed", 0],
    ["$nothing", "not defined", 0],
    ["icmp6(code=3)", "needs a type", 0],
    ["ipv4(1.2.3.4 > 5.6.7.8) ipv6(::1 > ::2)", "separated by", 24],
    ["hex(abc)", "hexadecimal", 0],
  ])("%s is refused with its place", (text, message, at) => {
    let seen: unknown;
    try {
      compileText(text);
    } catch (e) {
      seen = e;
    }
    expect(seen).toBeInstanceOf(NotationError);
    expect((seen as NotationError).message).toContain(message);
    expect((seen as NotationError).at).toBe(at);
  });
});

group("definitions and fragments", () => {
  const defs = new Map([["inner", parseNotation('ipv6(2001:db8::1 > 2001:db8::2 hop=64) / udp(1 > 2) / "x"')]]);
  test("$name(key=value) overrides the first layer", () => {
    expect(fieldAt(compileText("$inner(hop=63)", defs).bytes, "ipv6.hop")).toBe("63");
    expect(fieldAt(compileText("$inner", defs).bytes, "ipv6.hop")).toBe("64");
  });
  test("fragments cover the datagram, in the order asked for", () => {
    const { frames } = compileFrames("fragments(600 order=2,1,3) / ipv4(1.1.1.1 > 2.2.2.2 id=9) / fill(1400)");
    expect(frames.map((b) => fieldAt(b, "ipv4.off"))).toEqual(["576", "0", "1152"]);
    expect(frames.map((b) => fieldAt(b, "ipv4.mf"))).toEqual(["1", "1", "0"]);
    expect(frames.map((b) => b.length)).toEqual([596, 596, 268]);
    for (const b of frames) expect(checksum(b, 0, 20)).toBe(0);
  });
});

test("fragments of an IPv6 packet carry a Fragment header (RFC 8200 section 4.5)", () => {
  const { frames } = compileFrames("fragments(600 id=77 order=2,1,3) / ipv6(::1 > ::2) / ipv4(1.1.1.1 > 2.2.2.2) / fill(1400)");
  expect(frames.map((b) => ["frag6.next", "frag6.off", "frag6.m", "frag6.id", "ipv6.len"].map((f) => fieldAt(b, f)))).toEqual([
    ["4", "552", "1", "77", "560"], ["4", "0", "1", "77", "560"], ["4", "1104", "0", "77", "324"],
  ]);
});

group("describe", () => {
  const texts = [
    TUNNEL,
    "ipv4(1.2.3.4 > 5.6.7.8 ttl=1 len=99 proto=47 check=0xbeef) / hex(000102ff)",
    "ipv6(::1 > ::2 hop=1 tc=184 flow=0x12345) / hopopts / frag6(off=8 id=77 m) / hex(00ff)",
    "ipv4(1.2.3.4 > 5.6.7.8 ttl=64 options=94040000) / tcp(80 > 81 seq=1 flags=SA) / \"a \\\"q\\\"\"",
    `ipv6(::1 > ::2 hop=9) / icmp6(too-big mtu=1280) / cut(77) / ipv6(::2 > ::1 hop=8) / udp(1 > 2) / zeros(99)`,
    'ipv4(1.1.1.1 > 2.2.2.2 ttl=64) / ipv6(::1 > ::2 hop=64) / udp(5 > 6) / "ab" / pad(3)',
    'ipv4(1.1.1.1 > 2.2.2.2 ttl=64) / ipv6(::1 > ::2 hop=64) / udp(5 > 6) / "ab" / pad(3 byte=165) / trailer(2) / trailer(1 byte=7)',
  ];
  test.each(texts)("%s comes back", (text) => {
    const { bytes } = compileText(text);
    expect(toHex(compileText(describe(bytes)).bytes)).toBe(toHex(bytes));
  });
  test("is the text itself where that is canonical", () => {
    const text = 'ipv4(10.100.100.1 > 192.0.2.1 id=7 df ttl=63) / ipv6(2001:db8:6464:100::1 > 2001:db8:ffff::1 hop=64) / udp(1234 > 53) / "payload"';
    expect(describe(compileText(text).bytes)).toBe(text);
  });
  test("any bytes come back", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 90 }), fc.constantFrom(0x45, 0x46, 0x60, 0), (b, first) => {
      if (b.length > 0 && first !== 0) b[0] = first;
      expect(toHex(compileText(describe(b)).bytes)).toBe(toHex(b));
    }), { numRuns: 2000 });
  });
  test("one changed byte anywhere comes back too", () => {
    const base = compileText(texts[4]).bytes;
    fc.assert(fc.property(fc.nat(base.length - 1), fc.nat(255), (i, v) => {
      const b = base.slice();
      b[i] = v;
      expect(toHex(compileText(describe(b)).bytes)).toBe(toHex(b));
    }), { numRuns: 1000 });
  });
});

group("compare", () => {
  test("names the field, the expected and the seen value", () => {
    const want = compileText(TUNNEL);
    const seen = compileText(TUNNEL.replace("hop=64", "hop=62")).bytes;
    expect(compareExpected(want, seen).map(textOf)).toEqual(["ipv6[0].hop: expected 64, seen 62"]);
    expect(compareExpected(want, want.bytes)).toEqual([]);
  });
  test("a free field does not count, but the checksum over it must be right", () => {
    const want = compileText(TUNNEL.replace("id=7", "id=any"));
    const seen = compileText(TUNNEL.replace("id=7", "id=4711")).bytes;
    expect(compareExpected(want, seen)).toEqual([]);
    seen[10] ^= 1;
    expect(compareExpected(want, seen).map((d) => d.field)).toEqual(["check"]);
  });
  test("cut(n+) leaves the length of a quotation open within bounds", () => {
    const error = (n: string) => `ipv4(1.1.1.1 > 2.2.2.2) / icmp4(unreachable code=2) / cut(${n}) / ${TUNNEL}`;
    const want = compileText(error("28+"));
    expect(compareExpected(want, compileText(error("28")).bytes)).toEqual([]);
    expect(compareExpected(want, compileText(error("75")).bytes)).toEqual([]);
    expect(compareExpected(want, compileText(error("27")).bytes).length).toBeGreaterThan(0);
    const wrong = compileText(error("40")).bytes;
    wrong[60] ^= 1;
    expect(compareExpected(want, wrong).length).toBeGreaterThan(0);
  });
  test("@name is free the first time and fixed from then on", () => {
    const want = compileText("ipv4(@A > 2.2.2.2) / udp(@P > 53)");
    const seen = (port: number) => compileText(`ipv4(1.1.1.1 > 2.2.2.2) / udp(${port} > 53)`).bytes;
    const bound = new Map<string, string>();
    expect(compareExpected(want, seen(4000))).toEqual([]);
    expect(bindFields(want, seen(4000), bound)).toEqual([]);
    expect(bindFields(want, seen(4000), bound)).toEqual([]);
    expect(bindFields(want, seen(4001), bound).map(textOf)).toEqual(["udp.sport: expected 4000 (@P, bound before), seen 4001"]);
  });
  test("a missing layer is told as the packet that was seen", () => {
    expect(compareExpected(compileText(TUNNEL), compileText("ipv6(::1 > ::2)").bytes)[0]).toMatchObject({ field: "kind", seen: "ipv6(::1 > ::2 hop=64)" });
  });
  test("two packets field by field", () => {
    const a = compileText(TUNNEL).bytes;
    const b = compileText(TUNNEL.replace("tos=0", "tos=184")).bytes;
    expect(comparePackets(a, b).map((d) => `${d.layer}.${d.field} ${d.expected}>${d.seen}`)).toEqual(["ipv4[0].tos 0>184", expect.stringContaining("ipv4[0].check")]);
  });
  test("every single-bit change of a packet is a difference", () => {
    const want = compileText(TUNNEL);
    for (let i = 0; i < want.bytes.length * 8; i++) {
      const seen = want.bytes.slice();
      seen[i >>> 3] ^= 1 << (i & 7);
      expect(compareExpected(want, seen).length, `bit ${i}`).toBeGreaterThan(0);
      expect(comparePackets(want.bytes, seen).length, `bit ${i}`).toBeGreaterThan(0);
    }
  });
});
