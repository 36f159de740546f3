/** DS-Lite without NAT (a service set of `softwire` alone): an ordinary router between softwires and the core, which knows its B4s by what they sent. */
import { describe, expect, it } from "vitest";
import { ACCESS, CORE } from "../../../src/config/types.js";
import { u16 } from "../../../src/wire/bits.js";
import { dst6, harness, icmp4, packet6 } from "../harness.js";
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
