/** Files of counters and NAT logs that are not what they should be: cut off, binary, of another system or locale, huge, hostile. Never a stack, always a place. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, it, test } from "vitest";
import { InputProblem } from "../../../src/config/problems.js";
import { loadCounterSet } from "../../../src/profiles/counters.js";
import { compareStatements } from "../../../src/suite/beside/compare.js";
import { countersText, readCounters, type ToldCounters } from "../../../src/suite/beside/counters-file.js";
import { eachLine, LONGEST_LINE } from "../../../src/suite/beside/lines.js";
import { createNatLogReader, readNatLog } from "../../../src/suite/beside/nat-log-file.js";
import { parseCount } from "../../../src/suite/beside/numbers.js";
import { parseIpv4 } from "../../../src/wire/address.js";

const dir = mkdtempSync(join(tmpdir(), "softproof-beside-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let files = 0;
const file = (content: string | Uint8Array): string => {
  const path = join(dir, `f${files++}`);
  writeFileSync(path, content);
  return path;
};
const SETS = ["ms-dpc-ds-lite", "ms-mpc-ds-lite"].map((n) => loadCounterSet(n));
const read = (text: string): ToldCounters | undefined => readCounters(text, "c", SETS);
const value = (text: string): bigint | undefined => read(text)?.values.get("sw-encap-pkts");
/** The message of the problem, or "" when there is none. Any other error is thrown. */
function told(run: () => unknown): string {
  try {
    run();
    return "";
  } catch (e) {
    if (e instanceof InputProblem) return e.message;
    throw e;
  }
}
const toldBy = async (run: Promise<unknown>): Promise<string> => run.then(() => "", (e: unknown) => told(() => { throw e; }));
const XML = `root@mx> show services softwire statistics | display xml\n<rpc-reply xmlns:junos="http://xml.juniper.net/junos/24.4R1/junos">\n <a junos:style="x>y"><entry><svcs-interface-name>ms-2/0/0</svcs-interface-name>\n  <sw-encap-pkts junos:format="41">41</sw-encap-pkts><!-- <x> --><empty/>\n </entry></a>\n <cli><banner></banner></cli>\n</rpc-reply>\n{master}\n`;

describe("numbers", () => {
  test.each([
    ["0", 0n], ["1042", 1042n], ["1,042", 1042n], ["1.042", 1042n], ["1 042", 1042n], ["1\u00a0042\u00a0007", 1_042_007n], ["1\u202f042", 1042n], ["1'042", 1042n], ["1\u2019042", 1042n], ["18446744073709551615", 18_446_744_073_709_551_615n],
    ["18446744073709551616", undefined], ["1,04", undefined], ["1,0422", undefined], ["1,042.007", undefined], ["12.5", undefined], ["-1", undefined], ["1e3", undefined], ["0x10", undefined], ["", undefined], ["1042", 1042n], ["1".repeat(40), undefined],
  ])("%j is %s", (text, want) => {
    expect(parseCount(text)).toBe(want);
  });
});

describe("counters as text", () => {
  test.each([
    ["Total Packets encapsulated : 1,042\n", 1042n], ["Total Packets encapsulated: 1.042\r\n", 1042n], ["  Total Packets encapsulated    1 042  \r", 1042n], ["Total Packets encapsulated=7", 7n],
    ["\ufeffTotal Packets encapsulated : 9007199254740993\n", 9_007_199_254_740_993n], ["sw-encap-pkts: 3\nTotal Packets encapsulated : 4\n", 7n],
  ])("%j", (text, want) => {
    expect(value(text)).toBe(want);
  });
  it("understands the headings of the card", () => {
    const r = read("DS-Lite Statistics:\n  Services PIC Name: sp-0/0/0\n\n  Statistics\n    Number of Softwires Created: 3\n\n  Transient Errors\n  Errors:\n    No Softwire ID: 0\n  Sundries\n");
    expect([r?.set.name, r?.values.get("softwire-created"), r?.unread]).toEqual(["ms-dpc-ds-lite", 3n, [{ line: 10, text: "Sundries" }]]);
  });
  it("counts what it does not understand, with the line; names of cards are understood", () => {
    const r = read("Name of the services interface : ms-2/0/0\n\nTotal Packets encapsulated : 5\nTotal Packets decapsulated : n/a\nrubbish\nUptime: 7\n");
    expect([r?.unread, r?.unknown]).toEqual([[{ line: 4, text: "Total Packets decapsulated : n/a" }, { line: 5, text: "rubbish" }], ["Uptime"]]);
    const notes = compareStatements({ after: r!, logs: [] }, { amounts: new Map([["ds-lite-encapsulated", 5]]), endpoints: [], endpointsFull: false, files: [] }).notes.join("\n");
    expect(notes).toContain("1 number is of no counter of ms-mpc-ds-lite: Uptime");
    expect(notes).toContain("2 lines of c were not understood, the first in c:4: Total Packets decapsulated : n/a");
  });
  it("differences of 64-bit counters are exact; a counter that fell was cleared", () => {
    const seen = { amounts: new Map([["ds-lite-encapsulated", 2], ["ds-lite-decapsulated", 1]]), endpoints: [], endpointsFull: false, files: [] };
    const at = (encap: string, decap: string): ToldCounters => read(`Total Packets encapsulated : ${encap}\nTotal Packets decapsulated : ${decap}\n`)!;
    expect(compareStatements({ before: at("9007199254740993", "5"), after: at("9007199254740995", "6"), logs: [] }, seen)).toMatchObject({ compared: 2, equal: 2 });
    const fell = compareStatements({ before: at("10", "5"), after: at("2", "6"), logs: [] }, seen);
    expect(fell).toMatchObject({ compared: 1, equal: 1, differences: [] });
    expect(fell.notes.join()).toContain("sw-encap-pkts is less than in c: cleared or restarted between the two");
  });
});

describe("counters as XML", () => {
  it("prompt, comments, empty elements, attributes with >, CRLF", () => {
    expect([value(XML), value(XML.replaceAll("\n", "\r\n"))]).toEqual([41n, 41n]);
    expect(read(XML)?.unread).toEqual([{ line: 1, text: "root@mx> show services softwire statistics | display xml" }, { line: 6, text: "<banner>" }, { line: 8, text: "{master}" }]);
  });
  it("cut off anywhere: told with line and column, and nothing is taken from it", () => {
    const begin = XML.indexOf("<rpc");
    const end = XML.lastIndexOf(">") + 1;
    for (let n = begin + 2; n < end; n++) {
      const text = XML.slice(0, n);
      expect(told(() => read(text)), String(n)).toMatch(/^c:(\d+):\d+: /);
    }
    expect(told(() => read(XML.slice(0, XML.indexOf("</sw-encap"))))).toBe("c:4:3: the XML ends within <sw-encap-pkts>: it is cut off (expected the whole output of the command; save it again)");
    expect(told(() => read("<a><sw-encap-pkts>1</sw-decap-pkts></a>"))).toMatch(/^c:1:20: <\/sw-decap-pkts> where <\/sw-encap-pkts> was expected, which closes line 1/);
  });
  it("a number that is none is told with its line", () => {
    const r = read("<a><sw-encap-pkts>4</sw-encap-pkts>\n<sw-decap-pkts>many</sw-decap-pkts></a>");
    expect(r?.unread).toEqual([{ line: 2, text: "<sw-decap-pkts>many" }]);
  });
});

test("whatever is typed wrong in counters: counters or a problem with a place, never another error", () => {
  const texts = [XML, "Services PIC Name : ms-2/0/0\n  Total Packets encapsulated : 1,042\n  Total Packets decapsulated   60\n"];
  fc.assert(fc.property(fc.constantFrom(...texts), fc.nat(), fc.nat(30), fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom("<", ">", "</", "<!--", "<![CDATA[", "<?", '"', "\r", "\0", "9".repeat(30), " : ")), (text, at, cut, put) => {
    const broken = text.slice(0, at % text.length) + put + text.slice((at % text.length) + cut);
    const lines = broken.replace(/\r\n?/g, "\n").split("\n").length;
    try {
      for (const u of read(broken)?.unread ?? []) expect(u.line).toBeLessThanOrEqual(lines);
    } catch (e) {
      if (!(e instanceof InputProblem)) throw e;
      expect(e.problems[0].line).toBeGreaterThanOrEqual(1);
      expect(e.problems[0].line).toBeLessThanOrEqual(lines);
    }
  }), { numRuns: 2000 });
});

describe("files", () => {
  const lines = async (path: string): Promise<string[]> => {
    const out: string[] = [];
    await eachLine(path, (line) => out.push(line));
    return out;
  };
  it("line ends of any system, with or without the last, also across chunks", async () => {
    for (const text of ["a\nb\n", "a\nb", "a\r\nb\r\n", "a\rb\r"]) expect(await lines(file(text))).toEqual(["a", "b"]);
    const long = "x".repeat(30_000);
    const many = Array.from({ length: 80 }, (_, i) => `${i}${long}`);
    // A chunk ends between carriage return and line feed, for some of them.
    for (let pad = 0; pad < 3; pad++) expect(await lines(file(`${"p".repeat((1 << 20) - 1 - pad)}\r\n${many.join("\r\n")}\r\n`))).toHaveLength(81);
    expect(await lines(file(""))).toEqual([]);
  });
  it("UTF-16 with its mark, as PowerShell writes it; UTF-8 with its mark; gzip", async () => {
    const text = "Total Packets encapsulated : 7\r\n";
    for (const b of [Buffer.from(`\ufeff${text}`, "utf16le"), Buffer.from(`\ufeff${text}`, "utf16le").swap16(), Buffer.from(`\ufeff${text}`), gzipSync(text)]) expect(value(await countersText(file(b)))).toBe(7n);
  });
  it("binary, damaged and missing files are told with their place", async () => {
    const pcap = Buffer.from("d4c3b2a1020004000000000000000000ffff000001000000", "hex");
    const b = file(pcap);
    expect(await toldBy(eachLine(b, () => undefined))).toBe(`${b}:1:1: it is binary, not text (expected what a router prints or logs; a capture goes with --access, --core or --both)`);
    const late = file("a\nb\nc\0\n");
    expect(await toldBy(eachLine(late, () => undefined))).toContain(`${late}:3:1: it is binary`);
    const half = file(gzipSync("a\n".repeat(100_000)).subarray(0, 150));
    expect(await toldBy(eachLine(half, () => undefined))).toContain("the gzip data is damaged or cut short");
    expect(await toldBy(eachLine(dir, () => undefined))).toMatch(/it is a folder/);
    expect(await toldBy(eachLine(join(dir, "none"), () => undefined))).toMatch(/no such file/);
    expect(await toldBy(countersText(file("x\n".repeat(9 << 20))))).toMatch(/:\d+:1: it is longer than 16 MiB/);
  });
  it("a line without end is cut, and costs neither memory nor time", async () => {
    const path = file("198.51.100.1 ".repeat(3_000_000));
    const before = performance.now();
    let cuts = 0;
    const reader = createNatLogReader("n", [{ ranges: [{ from: parseIpv4("198.51.100.0")!, to: parseIpv4("198.51.100.15")! }], portFrom: 1024, portTo: 65535 }]);
    await eachLine(path, (line, number, cut) => {
      expect(line.length).toBe(LONGEST_LINE);
      if (cut) cuts++;
      reader.line(line, number);
    });
    expect(cuts).toBe(1);
    expect(performance.now() - before).toBeLessThan(20_000); // it would take hours if something were quadratic
  });
});

describe("NAT log", () => {
  const pool = { ranges: [{ from: parseIpv4("198.51.100.0")!, to: parseIpv4("198.51.100.15")! }], portFrom: 1024, portTo: 65535 };
  const log = (text: string): ReturnType<typeof readNatLog> => readNatLog(text, "n", [pool]);
  const short = (text: string): string[] => log(text).entries.map((e) => `${e.from}-${e.to}/${e.protocol}${e.begun ? "" : " not begun"}${e.ended ? " ended" : ""} line ${e.line}`);
  test.each([
    ["198.51.100.3 2024-11-24 20:00:00 up", []], ["198.51.100.3:70000", []], ["198.51.100.3:2048-1024", []], ["198.51.100.3:1024-700000", []], ["198.51.100.3:123456", []], ["999.51.100.3:1024", []], ["198.51.100.3:1024.7", []],
    ["198.51.100.3:1024", ["1024-1024/0 line 1"]], ["\r\n198.51.100.3:1024 - 1151 udp\r\n", ["1024-1151/17 line 2"]],
    ["198.51.100.3:1024 deleted\n198.51.100.3:1024 created\n198.51.100.3:1024 created", ["1024-1024/0 ended line 2"]],
  ])("%j", (text, want) => {
    expect(short(text)).toEqual(want);
  });
  it("counts lines that are not understood, empty ones aside, and tells the first", () => {
    const l = log("\nlogin root\n198.51.100.3:1024\nlogout\n\n");
    expect(l).toMatchObject({ lines: 3, unread: 2, firstUnread: 2 });
    expect(compareStatements({ logs: [l] }, { amounts: new Map(), endpoints: [], endpointsFull: false, files: [] }).notes.join()).toContain("n: 2 of 3 lines were not understood (no address of the pool with a port), the first in n:2");
  });
  it("keeps what is different, and tells when that is too much", () => {
    const reader = createNatLogReader("n", [pool], 3);
    for (let i = 0; i < 100; i++) reader.line(`198.51.100.3:${1024 + (i % 3)} created`, i + 1);
    expect(reader.result()).toMatchObject({ full: false, lines: 100 });
    reader.line("198.51.100.3:9999 created", 101);
    const l = reader.result();
    expect([l.full, l.entries.length]).toEqual([true, 3]);
    expect(compareStatements({ logs: [l] }, { amounts: new Map(), endpoints: [], endpointsFull: false, files: [] }).notes.join()).toContain("more entries than can be kept");
  });
  it("finds a port in blocks of any size, as a search through all of them does", () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 1024, max: 1100 }), fc.integer({ min: 0, max: 40 }), fc.constantFrom(0, 6, 17), fc.boolean()), { maxLength: 12 }), fc.integer({ min: 1020, max: 1150 }), fc.constantFrom(6, 17), (blocks, port, protocol) => {
      const words = { 0: "", 6: "tcp", 17: "udp" } as const;
      const l = log(blocks.map(([from, more, p, ended]) => `198.51.100.1:${from}-${from + more} ${words[p as 0]} ${ended ? "released" : ""}`).join("\n"));
      const known = blocks.some(([from, more, p, ended]) => port >= from && port <= from + more && (ended || p === 0 || p === protocol));
      const r = compareStatements({ logs: [l] }, { amounts: new Map(), endpoints: [{ external: parseIpv4("198.51.100.1")!, port, protocol, file: 0, frame: 1 }], endpointsFull: false, files: ["core.pcap"] });
      expect(r.equal).toBe(known ? 1 : 0);
    }), { numRuns: 500 });
  });
  test("whatever a line holds, reading it gives entries of the pool with ports that there are", () => {
    const piece = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom("198.51.100.1", ":", " ", "-", "1024", "70000", ", ", "/", "[", 'external="198.51.100.2" port="5"', "udp", "released", "\t", "2001:db8::1"));
    fc.assert(fc.property(fc.array(piece, { maxLength: 20 }), (parts) => {
      for (const e of log(parts.join("")).entries) {
        expect(e.external >= pool.ranges[0].from && e.external <= pool.ranges[0].to).toBe(true);
        expect(e.from <= e.to && e.to <= 65535).toBe(true);
      }
    }), { numRuns: 3000 });
  });
});
