/** What a guess says of captures with more than one 6rd domain, or with one packet only. */
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/load.js";
import { draftConfig } from "../../../src/suite/init/draft.js";
import { createTally } from "../../../src/suite/init/seen.js";
import type { Survey } from "../../../src/suite/init/survey.js";
import { formatIpv4, formatIpv6, formatPrefix4, formatPrefix6, type Ipv6, parseIpv4, parseIpv6, parsePrefix4, parsePrefix6, readIpv6 } from "../../../src/wire/address.js";
import { writeDelegated } from "../../../src/wire/embedding.js";

const where = { file: "a.pcap", frame: 1 };
interface Dom { readonly br: string; readonly v4: string; readonly v6: string; readonly ces: readonly string[] }
function delegated(d: Dom, ce: string): Ipv6 {
  const b = new Uint8Array(16);
  writeDelegated(b, 0, parsePrefix6(d.v6)!, parsePrefix4(d.v4)!, parseIpv4(ce)!);
  b[15] = 1;
  return readIpv6(b, 0);
}
const HOST = parseIpv6("3fff::80")!;

/** Packets of each CE to its BR; `crossed`: they were seen on the core side, too. */
function surveyed(domains: readonly Dom[], crossed: boolean, marks: readonly [number, number][] = []): Survey {
  const s: Survey = {
    files: [{ path: "a.pcap", frames: 10, tunnelled: 10, plain: 0, largest: 100, hasMacs: true }], frames: 10, faults: [],
    pairs4: createTally(), pairs6: createTally(), aftrEnds: createTally(), crossings: createTally(), neighbours: createTally(), tooBig: createTally(), marks: createTally(), sixRdOptions: createTally(), aftrNames: createTally(),
  };
  for (const d of domains) {
    for (const ce of d.ces) {
      const [v4, br, v6] = [parseIpv4(ce)!, parseIpv4(d.br)!, delegated(d, ce)];
      s.pairs4.add(`${v4}|${br}|${v6}`, () => ({ v4, v6, other: br }), where, 3);
      s.pairs4.add(`${br}|${v4}|${HOST}`, () => ({ v4: br, v6: HOST, other: v4 }), where, 3);
      if (crossed) s.crossings.add(`${v4}`, () => ({ kind: "v6", toCore: true, own: br, initiator: v4, inner: v6, outside: v6, accessMac: "02:00:00:00:00:01", coreMac: "02:00:00:00:00:03", accessPeer: "", corePeer: "" }), where, 3);
      for (const [inner, outer] of marks) s.marks.add(`${inner}|${outer}`, () => ({ from: br, inner, outer }), where);
    }
  }
  return s;
}
function drafted(s: Survey): string[] {
  const c = parseConfig(draftConfig(s).text, "draft");
  return c.serviceSets.flatMap((set) => set.concentrators.map((t) => (t.kind === "6rd" ? `${[t.address, ...t.alsoAccepts].map(formatIpv4).join("+")} ${formatPrefix4(t.ipv4Prefix)} ${formatPrefix6(t.v6rdPrefix)}` : t.kind)));
}

const A: Dom = { br: "10.0.0.1", v4: "10.0.0.0/8", v6: "2001:db8::/32", ces: ["10.81.189.54", "10.200.7.3", "10.12.250.1"] };
const B: Dom = { br: "172.20.0.1", v4: "172.20.0.0/14", v6: "2a02:1200::/27", ces: ["172.22.201.140", "172.23.1.77", "172.20.90.6"] };

describe("6rd domains in a draft", () => {
  it.each([true, false])("two BRs with embeddings of their own are two domains, not one that also accepts the other (crossed: %s)", (crossed) => {
    expect(drafted(surveyed([A, B], crossed)).sort()).toEqual(["10.0.0.1 10.0.0.0/8 2001:db8::/32", "172.20.0.1 172.20.0.0/14 2a02:1200::/27"]);
  });
  it("two BRs of one domain stay one domain", () => {
    expect(drafted(surveyed([A, { ...A, br: "10.0.0.2", ces: ["10.9.8.7", "10.33.1.2"] }], true))).toEqual(["10.0.0.1+10.0.0.2 10.0.0.0/8 2001:db8::/32"]);
  });
  it("prefixes side by side do not overlap for the sake of a usual mask length", () => {
    const low: Dom = { br: "10.255.0.1", v4: "10.0.0.0/9", v6: "2001:db8::/33", ces: ["10.81.189.54", "10.108.7.3", "10.12.250.1"] };
    const high: Dom = { br: "10.255.0.2", v4: "10.128.0.0/10", v6: "2001:db8:8000::/33", ces: ["10.178.175.138", "10.134.147.60", "10.161.65.119"] };
    expect(drafted(surveyed([low, high], true))).toEqual(["10.255.0.1 10.0.0.0/9 2001:db8::/33", "10.255.0.2 10.128.0.0/10 2001:db8:8000::/33"]);
  });
  it("one packet whose destination looks like an embedding by chance does not turn the tunnel round", () => {
    const s = surveyed([], false);
    const [ce, br] = [parseIpv4("10.58.228.117")!, parseIpv4("10.255.0.1")!];
    const v6 = delegated({ ...A, v4: "10.0.0.0/9", v6: "2001:db8::/33" }, "10.58.228.117");
    s.pairs4.add("1", () => ({ v4: ce, v6, other: br }), where);
    s.pairs4.add("2", () => ({ v4: br, v6: parseIpv6("2606:2800:220:1::249")!, other: ce }), where);
    expect(drafted(s)).toEqual(["10.255.0.1 10.0.0.0/8 2001:db8::/32"]);
  });
  it("a unicast source beside the anycast address of a 6to4 relay is taken for the device's (RFC 3056 section 9)", () => {
    const s = surveyed([{ br: "192.88.99.1", v4: "0.0.0.0/0", v6: "2002::/16", ces: ["5.81.189.54", "81.200.7.3", "198.12.250.1"] }], true);
    const own = parseIpv4("192.0.2.1")!;
    s.crossings.add("sent", () => ({ kind: "v6", toCore: false, own, initiator: 5, inner: HOST, outside: HOST, accessMac: "02:00:00:00:00:01", coreMac: "02:00:00:00:00:03", accessPeer: "", corePeer: "" }), where, 3);
    expect(draftConfig(s).text).toMatch(/ipv4: \[192\.88\.99\.1, 192\.0\.2\.1\] # .*192\.0\.2\.1: an end of these sites' tunnels, too \(seen 3 times/);
    expect(drafted(s)).toEqual(["6to4-relay"]);
  });
  it("so is, with no forwarded packet, an end of the same sites' tunnels with native addresses behind it; a site or a stranger is not", () => {
    const relay = (br: string, ...ces: string[]): Dom => ({ br, v4: "0.0.0.0/0", v6: "2002::/16", ces });
    const s = surveyed([relay("192.88.99.1", "5.81.189.54", "81.200.7.3", "198.12.250.1"), relay("192.0.2.1", "5.81.189.54", "81.200.7.3")], false);
    const [site, stranger] = [parseIpv4("81.200.7.3")!, parseIpv4("9.9.9.9")!];
    s.pairs4.add("site", () => ({ v4: site, v6: HOST, other: stranger }), where);
    s.pairs4.add("stranger", () => ({ v4: stranger, v6: HOST, other: site }), where);
    expect(draftConfig(s).text).toMatch(/ipv4: \[192\.88\.99\.1, 192\.0\.2\.1\] # /);
  });
  it("a link's MTU is proposed, and not declared: a router with a smaller one refuses what does not fit", () => {
    const { text } = draftConfig(surveyed([A], true));
    expect(text.match(/^ {2}# mtu: 1500 # /gm)).toHaveLength(2);
    expect(text).not.toMatch(/^ {2}mtu:/m);
  });
  it("a DSCP that the device always sets is proposed, and one that differs is not", () => {
    expect(draftConfig(surveyed([A], true, [[46, 0], [10, 0]])).text).toMatch(/ # dscp: zero # outer DSCP 0 whatever/);
    expect(draftConfig(surveyed([A], true, [[46, 8], [0, 8]])).text).toMatch(/ # dscp: \{ fixed: 8 \} # /);
    expect(draftConfig(surveyed([A], true, [[46, 46], [10, 0]])).text).not.toContain("# dscp");
    expect(draftConfig(surveyed([A], true, [[46, 46]])).text).not.toContain("# dscp");
  });
});

describe("AFTRs in a draft", () => {
  const [one, two] = [parseIpv6("2001:db8:ffff::1")!, parseIpv6("2001:db8:ffff::2")!];
  const b4 = (n: number): Ipv6 => [0x20010db8, 0x01000000 + n, 0, 1];
  type Way = readonly [from: Ipv6, to: Ipv6, aftr: Ipv6, pool?: string];
  function softwires(...ways: readonly Way[]): string[] {
    const s = surveyed([], false);
    ways.forEach(([from, to, aftr, pool], i) => {
      s.pairs6.add(`${from}|${to}`, () => ({ from, to }), where, 10 - i);
      s.aftrEnds.add(`${aftr}`, () => aftr, where, 10 - i);
      const [inner, outside] = [parseIpv4("192.168.1.10")!, parseIpv4(pool ?? "192.168.1.10")!];
      if (pool !== undefined) s.crossings.add(`${aftr}|${pool}`, () => ({ kind: "v4", toCore: true, own: aftr, initiator: from, inner, outside, accessMac: "02:00:00:00:00:01", coreMac: "02:00:00:00:00:03", accessPeer: "", corePeer: "" }), where, 10 - i);
    });
    return parseConfig(draftConfig(s).text, "draft").serviceSets.flatMap((set) => set.concentrators.map((t) => (t.kind === "ds-lite" ? `${formatIpv6(t.address)} ${(t.nat?.pool.ranges ?? []).map((r) => formatIpv4(r.from)).join("+")}` : t.kind)));
  }
  it("are all that B4s send to, each with the pool that was seen of it", () => {
    expect(softwires([b4(1), one, one, "198.51.100.1"], [b4(2), two, two, "198.51.101.1"])).toEqual(["2001:db8:ffff::1 198.51.100.1", "2001:db8:ffff::2 198.51.101.1"]);
    // A pool that both use is written once: an address in two pools does not load.
    expect(softwires([b4(1), one, one, "198.51.100.1"], [b4(2), two, two, "198.51.100.1"])).toEqual(["2001:db8:ffff::1 198.51.100.1", "2001:db8:ffff::2 "]);
  });
  it("are those that B4s only hear from, unless these have another", () => {
    expect(softwires([b4(1), one, one], [two, b4(2), two])).toEqual(["2001:db8:ffff::1 ", "2001:db8:ffff::2 "]);
    // An answer from another address than the B4 sends to is a fault (RFC 2473 section 3.1); an inner packet that is the wrong way round makes no B4 an AFTR.
    expect(softwires([b4(1), one, one], [two, b4(1), two])).toEqual(["2001:db8:ffff::1 "]);
    expect(softwires([b4(1), one, one], [one, b4(2), one], [b4(2), one, b4(2)])).toEqual(["2001:db8:ffff::1 "]);
  });
});
