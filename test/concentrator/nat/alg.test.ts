import { describe, expect, it } from "vitest";
import { ACCESS, CORE } from "../../../src/config/types.js";
import { put16, put32, u16, u32 } from "../../../src/wire/bits.js";
import { type Harness, dst4, dst6, packet4, src4 } from "../harness.js";
import { ACK, B4, HOST, OTHER_B4, POOL, REMOTE, SYN, aftr, isRight, port, tcp4, udp4, unwrap, wrap } from "../ds-lite/packets.js";

const CONTROL = { src: HOST, dst: REMOTE, sport: 40000, dport: 21 };
const text = (b: Uint8Array): string => new TextDecoder().decode(b.slice(20 + (b[32] >> 4) * 4));
function session(filtering: "endpoint-independent" | "address-and-port-dependent" = "address-and-port-dependent", alg: ["ftp"] | [] = ["ftp"]): { h: Harness; p: number; out(more: object): Uint8Array } {
  const h = aftr({ alg, filtering });
  const p = port(h.feed(ACCESS, wrap(tcp4({ ...CONTROL, flags: SYN, seq: 99 }))).out[0].bytes, "src");
  h.feed(CORE, tcp4({ src: REMOTE, dst: POOL, sport: 21, dport: p, flags: SYN | ACK, ack: 100 }));
  return { h, p, out: (more) => h.feed(ACCESS, wrap(tcp4({ ...CONTROL, seq: 100, ...more }))).out[0].bytes };
}

describe("FTP active mode (RFC 959 PORT, RFC 2428 EPRT)", () => {
  it.each([
    ["PORT 192,168,1,2,200,10\r\n", /^PORT 203,0,113,1,(\d+),(\d+)\r\n$/],
    ["port 192,168,1,2,200,10\r\n", /^port 203,0,113,1,(\d+),(\d+)\r\n$/],
    ["EPRT |1|192.168.1.2|51210|\r\n", /^EPRT \|1\|203\.0\.113\.1\|(\d+)\|\r\n$/],
  ])("%j names the binding's endpoint, through which the server's port 20 comes in", (data, wanted) => {
    const { h, out } = session();
    const b = out({ data });
    const m = wanted.exec(text(b));
    expect([m !== null, isRight(b), u16(b, 2)]).toEqual([true, true, b.length]);
    const dataPort = m![2] === undefined ? Number(m![1]) : Number(m![1]) * 256 + Number(m![2]);
    const open = (sport: number) => h.feed(CORE, tcp4({ src: REMOTE, dst: POOL, sport, dport: dataPort, flags: SYN }));
    const r = open(20);
    expect([r.reason, dst4(unwrap(r.out[0].bytes)), port(unwrap(r.out[0].bytes), "dst")]).toEqual(["aftr-translated-in", HOST, 51210]);
    expect(open(3333).reason).toBe("aftr-filtered");
  });
  it("sequence and acknowledgement numbers follow the changed length, SACK edges too; retransmissions change nothing", () => {
    const { h, p, out } = session();
    const data = "PORT 192,168,1,2,200,10\r\n";
    const first = out({ data });
    const grown = text(first).length - data.length;
    expect(grown).not.toBe(0);
    expect([u32(first, 24), text(out({ data }))]).toEqual([100, text(first)]);
    const next = out({ seq: 100 + data.length, data: "LIST\r\n" });
    expect([u32(next, 24), isRight(next), text(next)]).toEqual([100 + data.length + grown, true, "LIST\r\n"]);
    const back = (ack: number, tcpOptions: number[] = []) => unwrap(h.feed(CORE, tcp4({ src: REMOTE, dst: POOL, sport: 21, dport: p, ack, tcpOptions })).out[0].bytes);
    const end = 100 + data.length + grown;
    expect([u32(back(100), 28), u32(back(end), 28), isRight(back(end))]).toEqual([100, end - grown, true]);
    const sack = back(100, [1, 5, 10, 0, 0, 0, end, 0, 0, 0, end + 6, 0]);
    expect([u32(sack, 43), u32(sack, 47), isRight(sack)]).toEqual([end - grown, end + 6 - grown, true]);
  });
  it("two commands add up, and the numbering before each edit stays reachable", () => {
    const { out } = session();
    const data = "PORT 192,168,1,2,200,10\r\n";
    const one = text(out({ data })).length - data.length;
    const two = out({ seq: 100 + data.length, data: "PORT 192,168,1,2,200,12\r\n" });
    expect(u32(two, 24)).toBe(100 + data.length + one);
    const three = out({ seq: 100 + 2 * data.length, data: "NOOP\r\n" });
    expect(u32(three, 24)).toBe(100 + 2 * data.length + one + text(two).length - data.length);
  });
  it.each(["PORT 192,168,1,3,200,10\r\n", "PORT 192,168,1,2,0,80\r\n", "PORT 192,168,1,2,300,1\r\n", "PORT 192,168,1,2,200\r\n", "EPRT |2|::1|5|\r\n", "LIST\r\n", "PORT 192,168,1,2,200,10"])("%j is left alone (RFC 2577: never a third party, never a well-known port)", (data) => {
    const { out } = session();
    const b = out({ data });
    expect([text(b), isRight(b)]).toEqual([data, true]);
  });
  it("without the ALG nothing is touched", () => {
    expect(text(session("endpoint-independent", []).out({ data: "PORT 192,168,1,2,200,10\r\n" }))).toBe("PORT 192,168,1,2,200,10\r\n");
  });
});

it("TFTP (RFC 1350 section 4): with the ALG the server may answer from any port", () => {
  for (const alg of [["tftp"], []] as ["tftp"][] | [][]) {
    const h = aftr({ alg: alg as ["tftp"], filtering: "address-and-port-dependent" });
    const b = h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE, dport: 69 }))).out[0].bytes;
    const answer = (src: string) => h.feed(CORE, udp4({ src, dst: src4(b), sport: 3456, dport: port(b, "src") })).reason;
    expect([answer(REMOTE), answer("198.51.100.8")]).toEqual([alg.length === 1 ? "aftr-translated-in" : "aftr-filtered", "aftr-filtered"]);
  }
});

describe("PPTP (RFC 2637)", () => {
  const message = (type: number, ...ids: number[]): Uint8Array => {
    const m = new Uint8Array(32);
    put16(m, 0, 32);
    put16(m, 2, 1);
    put32(m, 4, 0x1a2b3c4d);
    put16(m, 8, type);
    for (const [i, id] of ids.entries()) put16(m, 12 + 2 * i, id);
    return m;
  };
  const gre = (src: string, dst: string, id: number): Uint8Array => packet4({ src, dst, protocol: 47, payload: Uint8Array.of(0x30, 1, 0x88, 0x0b, 0, 2, id >> 8, id & 255, 0, 0, 0, 1, 7, 7) });
  const body = (b: Uint8Array): Uint8Array => b.slice(40);
  /** Control connection of the host behind `b4` that asks for call `id`. */
  function call(h: Harness, b4: string, id: number): { p: number; external: number } {
    const ends = { src: HOST, dst: REMOTE, sport: 5000, dport: 1723 };
    const p = port(h.feed(ACCESS, wrap(tcp4({ ...ends, flags: SYN }), b4)).out[0].bytes, "src");
    const b = h.feed(ACCESS, wrap(tcp4({ ...ends, bytes: message(7, id) }), b4)).out[0].bytes;
    expect(isRight(b)).toBe(true);
    return { p, external: u16(body(b), 12) };
  }
  it("two hosts with the same Call ID behind one address keep their calls apart", () => {
    const h = aftr({ alg: ["pptp"], filtering: "address-and-port-dependent" });
    const calls = [B4, OTHER_B4].map((b4) => call(h, b4, 17));
    expect(calls[0].external).not.toBe(calls[1].external);
    [B4, OTHER_B4].forEach((b4, i) => {
      const { p, external } = calls[i];
      const reply = h.feed(CORE, tcp4({ src: REMOTE, dst: POOL, sport: 1723, dport: p, bytes: message(8, 900, external) })).out[0].bytes;
      expect([dst6(reply), u16(body(unwrap(reply)), 12), u16(body(unwrap(reply)), 14), isRight(unwrap(reply))]).toEqual([b4, 900, 17, true]);
      const data = h.feed(CORE, gre(REMOTE, POOL, external)).out[0].bytes;
      expect([dst6(data), dst4(unwrap(data)), u16(unwrap(data), 26), isRight(unwrap(data))]).toEqual([b4, HOST, 17, true]);
      const up = h.feed(ACCESS, wrap(gre(HOST, REMOTE, 900), b4)).out[0].bytes;
      expect([src4(up), u16(up, 26), isRight(up)]).toEqual([POOL, 900, true]);
    });
    expect(h.feed(CORE, gre(REMOTE, POOL, 4711)).reason).toBe("aftr-no-mapping");
    expect(h.feed(CORE, gre("198.51.100.8", POOL, calls[0].external)).reason).toBe("aftr-filtered");
  });
  it("a message is read whenever it comes, on connections that are known long too", () => {
    const h = aftr({ alg: ["pptp"] });
    call(h, B4, 17);
    const { p, external } = call(h, OTHER_B4, 17);
    for (let i = 0; i < 3; i++) {
      const out = h.feed(ACCESS, wrap(tcp4({ src: HOST, dst: REMOTE, sport: 5000, dport: 1723, bytes: message(7, 17) }), OTHER_B4)).out[0].bytes;
      const reply = h.feed(CORE, tcp4({ src: REMOTE, dst: POOL, sport: 1723, dport: p, bytes: message(8, 900, external) })).out[0].bytes;
      expect([u16(body(out), 12), isRight(out), u16(body(unwrap(reply)), 14), isRight(unwrap(reply))]).toEqual([external, true, 17, true]);
    }
  });
  it("a call lives by the server's packets and ends after the timer for other protocols", () => {
    const h = aftr({ alg: ["pptp"] });
    const { external } = call(h, B4, 17);
    expect([1290, 1580, 1883].map((sec) => h.feed(CORE, gre(REMOTE, POOL, external), sec).reason)).toEqual(["aftr-translated-in", "aftr-translated-in", "aftr-no-mapping"]);
  });
  it("several messages in a segment; what is no PPTP message is left alone", () => {
    const h = aftr({ alg: ["pptp"] });
    const ends = { src: HOST, dst: REMOTE, sport: 5000, dport: 1723 };
    call(h, OTHER_B4, 5);
    h.feed(ACCESS, wrap(tcp4({ ...ends, flags: SYN })));
    const b = body(h.feed(ACCESS, wrap(tcp4({ ...ends, bytes: Uint8Array.of(...message(7, 5), ...message(12, 5)) }))).out[0].bytes);
    expect([u16(b, 12), u16(b, 44)]).toEqual([6, 6]);
    const odd = message(7, 5);
    odd[4] = 0;
    expect(body(h.feed(ACCESS, wrap(tcp4({ ...ends, bytes: odd }))).out[0].bytes)).toEqual(odd);
  });
});
