/** DS-Lite without NAT (a service set of `softwire` alone): an ordinary router between softwires and the core, which knows its B4s by what they sent. */
import { describe, expect, it } from "vitest";
import { ACCESS, CORE } from "../../../src/config/types.js";
import { u16 } from "../../../src/wire/bits.js";
import * as ipv4 from "../../../src/wire/ipv4.js";
import { dst4, dst6, harness, icmp4, packet4, packet6, src4 } from "../harness.js";
import { AFTR, HOST, OTHER_B4, REMOTE, RST, dsLite, echo4, tcp4, udp4, unwrap, wrap } from "./packets.js";

const OTHER = "192.168.2.9";
const transit = (more = {}) => harness(dsLite({ nat: undefined, ...more }), { chain: { order: ["softwire"], softwireRule: "input-output" } });
const sent = (p: Uint8Array): Uint8Array => {
  const h = transit();
  const { out } = h.feed(ACCESS, wrap(p));
  expect(out.length).toBe(1);
  return out[0].bytes;
};

describe("DS-Lite without NAT", () => {
  it("leaves the identification alone: tunnels act as routers for the inner header (RFC 6864 section 5.3.1)", () => {
    expect(u16(sent(udp4({ src: HOST, dst: REMOTE, id: 4711 })), 4)).toBe(4711);
    const h = transit();
    const cut = h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE, id: 4711, size: 1500 })));
    expect(cut.out.map((o) => u16(o.bytes, 4))).toEqual([4711, 4711]);
  });
  it.each([
    ["an echo reply", echo4({ src: HOST, dst: REMOTE, type: 0 })],
    ["a reset", tcp4({ src: HOST, dst: REMOTE, flags: RST })],
    ["an ICMP message that no NAT knows", icmp4(HOST, REMOTE, 37, 0, 0, new Uint8Array(8))],
    ["an error about anything", icmp4(HOST, REMOTE, 3, 3, 0, udp4({ src: REMOTE, dst: HOST }))],
  ])("forwards %s that belongs to nothing known", (_, p) => {
    expect([...sent(p).slice(20)]).toEqual([...p.slice(20)]);
  });
  it("takes in what is for a known inner address, errors too, whatever they quote", () => {
    const h = transit();
    h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE })));
    for (const p of [icmp4(REMOTE, HOST, 3, 3, 0, udp4({ src: HOST, dst: "9.9.9.9" })), icmp4(REMOTE, HOST, 11, 0, 0, udp4({ src: "9.9.9.9", dst: REMOTE })), icmp4(REMOTE, HOST, 40, 0, 0, new Uint8Array(8))]) {
      const { out } = h.feed(CORE, p);
      expect([out.length, [...unwrap(out[0].bytes).slice(20)]]).toEqual([1, [...p.slice(20)]]);
    }
  });
  it("forwards between two B4s in the box, with one decrement", () => {
    const h = transit();
    h.feed(ACCESS, wrap(udp4({ src: OTHER, dst: REMOTE }), OTHER_B4));
    const { reason, out } = h.feed(ACCESS, wrap(udp4({ src: HOST, dst: OTHER, ttl: 9, id: 5 })));
    const inner = unwrap(out[0].bytes);
    expect([reason, out.length, out[0].side, dst6(out[0].bytes), inner[8], u16(inner, 4)]).toEqual(["aftr-hairpinned", 1, ACCESS, OTHER_B4, 8, 5]);
  });
});

describe("fragments without NAT (RFC 1812 section 5.2.6: no router joins what it forwards)", () => {
  const whole = udp4({ src: HOST, dst: REMOTE, size: 64, id: 7 });
  /** Bytes `from` to `to` of the datagram's payload as a fragment. */
  const piece = (p: Uint8Array, from: number, to: number): Uint8Array =>
    packet4({ src: src4(p), dst: dst4(p), protocol: 17, id: 7, ttl: 64, fragment: (from >> 3) | (to < p.length - 20 ? 0x2000 : 0), payload: p.slice(20 + from, 20 + to) });
  it("leave one by one, in the order in which they come, cut as they are", () => {
    const h = transit();
    const seen = [piece(whole, 32, 72), piece(whole, 0, 32)].map((p) => h.feed(ACCESS, wrap(p)).out.map((o) => [o.side, o.bytes[8], u16(o.bytes, 6), u16(o.bytes, 4), o.bytes.length]));
    expect(seen).toEqual([[[CORE, 63, 4, 7, 60]], [[CORE, 63, 0x2000, 7, 52]]]);
  });
  it("make their B4 known by the first one, and come in one by one too", () => {
    const h = transit();
    const back = udp4({ src: REMOTE, dst: HOST, size: 64 });
    expect(h.feed(CORE, piece(back, 32, 72)).reason).toBe("not-softwire");
    h.feed(ACCESS, wrap(piece(whole, 0, 32)));
    const seen = [piece(back, 32, 72), piece(back, 0, 32)].map((p) => h.feed(CORE, p).out.map((o) => [o.side, unwrap(o.bytes)[8], u16(unwrap(o.bytes), 6)]));
    expect(seen).toEqual([[[ACCESS, 63, 4]], [[ACCESS, 63, 0x2000]]]);
  });
  it("pass between B4s", () => {
    const h = transit();
    h.feed(ACCESS, wrap(udp4({ src: OTHER, dst: REMOTE }), OTHER_B4));
    const { reason, out } = h.feed(ACCESS, wrap(piece(udp4({ src: HOST, dst: OTHER, size: 64 }), 32, 72)));
    expect([reason, out.length, dst6(out[0].bytes), unwrap(out[0].bytes)[8]]).toEqual(["aftr-hairpinned", 1, OTHER_B4, 63]);
  });
  it("that run out of TTL cause no error but for the first (RFC 1812 section 4.3.2.7)", () => {
    const h = transit();
    h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE })));
    const dying = (from: number, to: number): Uint8Array => {
      const p = piece(udp4({ src: REMOTE, dst: HOST, size: 64 }), from, to);
      p[8] = 1;
      ipv4.seal(p, 0);
      return p;
    };
    expect([h.feed(CORE, dying(32, 72)).out.length, h.feed(CORE, dying(0, 32)).out.map((o) => [o.side, o.bytes[20]])]).toEqual([0, [[CORE, 11]]]);
  });
});

describe("errors from inside the softwire (RFC 2473 section 8.3)", () => {
  const noticed = (type: number, code: number) => {
    const h = transit();
    h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE })));
    const quoted = h.feed(CORE, udp4({ src: REMOTE, dst: HOST })).out[0].bytes;
    const message = Uint8Array.of(type, code, 0, 0, 0, 0, 0, 0, ...quoted);
    return h.feed(ACCESS, checked(packet6({ src: "2001:db8::99", dst: AFTR, next: 58, payload: message }))).reason;
  };
  const checked = (p: Uint8Array): Uint8Array => {
    let s = 58 + p.length - 40;
    for (let i = 8; i < p.length; i += 2) s += (p[i] << 8) | (p[i + 1] ?? 0);
    while (s > 0xffff) s = (s & 0xffff) + (s >>> 16);
    p[42] = (~s >>> 8) & 255;
    p[43] = ~s & 255;
    return p;
  };
  it("relays hop limit exceeded and unreachable, not the end of a reassembly, which is in no list there", () => {
    expect([noticed(3, 0), noticed(1, 3), noticed(3, 1)]).toEqual(["aftr-tunnel-error-relayed", "aftr-tunnel-error-relayed", "aftr-tunnel-error-noted"]);
  });
});
