import { describe, expect, it } from "vitest";
import { ACCESS, CORE } from "../../../src/config/types.js";
import { u16, u32 } from "../../../src/wire/bits.js";
import { type Harness, dst4, src4 } from "../harness.js";
import { ACK, HOST, POOL, REMOTE, SYN, aftr, isRight, port, tcp4, udp4, unwrap, wrap } from "../ds-lite/packets.js";

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
