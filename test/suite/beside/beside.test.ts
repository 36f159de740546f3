import { describe, expect, test } from "vitest";
import { loadCounterSet } from "../../../src/profiles/counters.js";
import { compareStatements, type SeenPackets } from "../../../src/suite/beside/compare.js";
import { readCounters } from "../../../src/suite/beside/counters-file.js";
import { readNatLog } from "../../../src/suite/beside/nat-log-file.js";
import { parseIpv4 } from "../../../src/wire/address.js";

const SETS = ["ms-dpc-ds-lite", "ms-mpc-ds-lite"].map((n) => loadCounterSet(n));
const XML = `<rpc-reply xmlns:junos="http://xml.juniper.net/junos/24.4R1/junos">
 <service-softwire-statistics-information><entry><svcs-interface-name>ms-2/0/0</svcs-interface-name>
  <sw-encap-pkts junos:format="x">41</sw-encap-pkts><sw-decap-pkts>60</sw-decap-pkts></entry>
  <entry><sw-encap-pkts>1</sw-encap-pkts><sw-new-thing>7</sw-new-thing></entry></service-softwire-statistics-information></rpc-reply>`;
const TEXT = `Services PIC Name                     :  ms-2/0/0\n  Total Packets encapsulated            :  1,042\n  Total Packets decapsulated               60\n  Something else                        :  3\n`;

describe("counters", () => {
  test("XML: by element name, several PICs added up, attributes and prefixes aside", () => {
    const r = readCounters(XML, "x.xml", SETS)!;
    expect([r.set.name, Object.fromEntries(r.values), r.unknown]).toEqual(["ms-mpc-ds-lite", { "sw-encap-pkts": 42n, "sw-decap-pkts": 60n }, ["sw-new-thing"]]);
  });
  test("text: by the schema's description, with or without colon, thousands with commas", () => {
    const r = readCounters(TEXT, "x.txt", SETS)!;
    expect([r.set.name, Object.fromEntries(r.values), r.unknown]).toEqual(["ms-mpc-ds-lite", { "sw-encap-pkts": 1042n, "sw-decap-pkts": 60n }, ["Something else"]]);
  });
  test("another text is none", () => {
    expect(readCounters("uptime: 5\n", "x", SETS)).toBeUndefined();
  });
  const seen = (encap: number, decap: number): SeenPackets => ({ amounts: new Map([["ds-lite-encapsulated", encap], ["ds-lite-decapsulated", decap]]), endpoints: [], endpointsFull: false, files: [] });
  test("one file: the values themselves; two: what they grew by", () => {
    const after = readCounters(XML, "after.xml", SETS)!;
    const one = compareStatements({ after, logs: [] }, seen(42, 59));
    expect(one).toMatchObject({ compared: 2, equal: 1, differences: [{ kind: "counter", source: "after.xml", subject: "sw-decap-pkts (Total Packets decapsulated)", told: "60", seen: "59 in the captures" }] });
    expect(one.notes.join()).toContain("since the last clear");
    const before = readCounters("<a><sw-encap-pkts>2</sw-encap-pkts><sw-decap-pkts>1</sw-decap-pkts></a>", "before.xml", SETS)!;
    expect(compareStatements({ before, after, logs: [] }, seen(40, 59))).toMatchObject({ compared: 2, equal: 2, differences: [] });
  });
});

describe("NAT log", () => {
  const pool = { ranges: [{ from: parseIpv4("198.51.100.0")!, to: parseIpv4("198.51.100.15")! }], portFrom: 1024, portTo: 65535 };
  const read = (text: string) => readNatLog(text, "nat.log", [pool]);
  const OWN = '<134>1 2023-11-14T22:13:20.000Z ss1.aftr softproof - mapping-created [nat@32473 subscriber="2001:db8:100::1" proto="17" inner="10.0.0.1" innerPort="5000" external="198.51.100.1" port="1024"]';
  test.each([
    [OWN, { external: 0xc6336401, from: 1024, to: 1024, protocol: 17, ended: false }],
    [OWN.replace("mapping-created", "mapping-ended"), { from: 1024, ended: true }],
    [OWN.replace('port="1024"', 'port="2048-2111"').replace(' proto="17"', ""), { from: 2048, to: 2111, protocol: 0 }],
    ["Nov 24 20:00:00 aftr: PORT_BLOCK_ALLOC: 2001:db8::1 -> 198.51.100.2:1024-1151", { external: 0xc6336402, from: 1024, to: 1151, ended: false }],
    ["Nov 24 20:00:00 aftr: PORT_BLOCK_RELEASE: 2001:db8::1 -> 198.51.100.2:1024-1151", { ended: true }],
    ["nat: 10.0.0.1:5000 [2001:db8::1] -> 198.51.100.3:40000 (TCP) created", { external: 0xc6336403, from: 40000, protocol: 6 }],
  ])("%s", (line, entry) => {
    expect(read(`${line}\n`).entries).toMatchObject([entry]);
  });
  test("addresses beyond the pool and lines without a port are none", () => {
    expect(read("10.0.0.1:5000 -> 203.0.113.9:80\npool 198.51.100.0/28 ready\n").entries).toEqual([]);
  });
  test("endpoints in use without an entry are told; port blocks cover; unused entries are a note", () => {
    const at = (port: number, protocol = 17) => ({ external: 0xc6336401, port, protocol, file: 0, frame: port });
    const log = read(`${OWN}\n${OWN.replace('port="1024"', 'port="2048-2111"').replace(' proto="17"', "")}\n${OWN.replace('port="1024"', 'port="9"')}\n`);
    const r = compareStatements({ logs: [log] }, { amounts: new Map(), endpoints: [at(1024), at(1024, 6), at(2050, 6), at(3000)], endpointsFull: false, files: ["core.pcap"] });
    expect(r).toMatchObject({ compared: 4, equal: 2 });
    expect(r.differences.map((d) => [d.subject, d.told, d.seen])).toEqual([["198.51.100.1:1024 TCP", "no entry", "first used in core.pcap:1024"], ["198.51.100.1:3000 UDP", "no entry", "first used in core.pcap:3000"]]);
    expect(r.notes.join()).toContain("1 entry of the NAT log is of an endpoint that the captures do not show, the first in nat.log:3");
  });
  test("deterministic NAPT is not compared", () => {
    const log = read('<134>1 - h softproof - deterministic-parameters [nat@32473 external="198.51.100.0-198.51.100.15" port="1024-65535"]');
    expect(compareStatements({ logs: [log] }, { amounts: new Map(), endpoints: [], endpointsFull: false, files: [] })).toMatchObject({ compared: 0, differences: [] });
  });
});
