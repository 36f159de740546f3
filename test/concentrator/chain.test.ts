import { describe, expect, it } from "vitest";
import type { FirewallRule, ServiceChain } from "../../src/config/types.js";
import { ACCESS, CORE } from "../../src/config/types.js";
import { u16 } from "../../src/wire/bits.js";
import { type Harness, echo6, harness, inner, net4, net6, packet4, packet6, sixRd, sixToFour, udp6, upper6 } from "./harness.js";
import { ACK, B4, FIN, HOST, OTHER_B4, POOL, REMOTE, SYN, cut4, dsLite, echo4, join4, isRight, nat, port, tcp4, udp4, unwrap, wrap } from "./ds-lite/packets.js";

const any = { v4: [], v6: [] };
const rule = (more: Partial<FirewallRule>): FirewallRule => ({ name: "r", direction: "input-output", source: any, destination: any, protocols: [], sourcePorts: [], destinationPorts: [], action: "accept", ...more });
const timers = { udp: 300, tcpEstablished: 7440, tcpTransitory: 240, icmpQuery: 60, other: 300 };
const chain = (rules: FirewallRule[], more: Partial<ServiceChain> = {}, otherwise: "accept" | "discard" | "reject" = "discard"): ServiceChain =>
  ({ order: ["softwire", "stateful-firewall", "nat", "alg"], softwireRule: "input-output", firewall: { rules, otherwise, timers }, ...more });
const OUTBOUND = rule({ name: "out", direction: "input" });

const CE = "10.1.2.3";
const SITE = "2001:db8:102:300::1";
const NATIVE = "3fff::80";
const from = (payload: Uint8Array): Uint8Array => packet4({ src: CE, dst: "10.0.0.1", payload });
const rd = (c: ServiceChain): Harness => harness(sixRd(), { chain: c });
const up = (h: Harness, p: Uint8Array, sec?: number) => h.feed(ACCESS, from(p), sec);
const down = (h: Harness, p: Uint8Array, sec?: number) => h.feed(CORE, p, sec);

describe("stateful firewall behind 6rd", () => {
  it("lets the answers of an accepted flow in, and nothing else", () => {
    const h = rd(chain([OUTBOUND]));
    expect(down(h, udp6({ src: NATIVE, dst: SITE, sport: 53, dport: 1111 })).reason).toBe("firewall-discarded");
    expect(up(h, udp6({ src: SITE, dst: NATIVE, sport: 1111, dport: 53 })).reason).toBe("decapsulated");
    expect(down(h, udp6({ src: NATIVE, dst: SITE, sport: 53, dport: 1111 })).reason).toBe("encapsulated");
    expect(down(h, udp6({ src: NATIVE, dst: SITE, sport: 54, dport: 1111 })).reason).toBe("firewall-discarded");
    expect(h.device.firewalls()).toMatchObject([{ serviceSet: "ss", sessionsCreated: 1, packetsInSession: 1, rules: [{ name: "out", matched: 1 }, { name: "default", action: "discard", matched: 2 }] }]);
    expect(h.device.statistics()[0].flowsCreated).toBe(1); // what was discarded made neither flow nor softwire
  });
  it("the first matching rule decides: prefixes, protocols, ports", () => {
    const h = rd(chain([
      rule({ name: "no-dns", action: "discard", protocols: [17], destinationPorts: [{ from: 53, to: 53 }] }),
      rule({ name: "one-net", destination: { v4: [], v6: [net6("3fff::/64")] }, source: { v4: [], v6: [net6("2001:db8:102:300::/56")] } }),
    ]));
    expect(up(h, udp6({ src: SITE, dst: NATIVE, dport: 53 })).reason).toBe("firewall-discarded");
    expect(up(h, udp6({ src: SITE, dst: NATIVE, dport: 54 })).reason).toBe("decapsulated");
    expect(up(h, udp6({ src: SITE, dst: "3fff:0:0:1::1", dport: 54 })).reason).toBe("firewall-discarded");
    expect(h.device.firewalls()[0].rules.map((r) => r.matched)).toEqual([1, 1, 1]);
  });
  it("a session ends when idle: 300 s for UDP, not before", () => {
    const h = rd(chain([OUTBOUND]));
    up(h, udp6({ src: SITE, dst: NATIVE }), 1000);
    expect(down(h, udp6({ src: NATIVE, dst: SITE, sport: 2222, dport: 1111 }), 1300).reason).toBe("encapsulated");
    expect(down(h, udp6({ src: NATIVE, dst: SITE, sport: 2222, dport: 1111 }), 1610).reason).toBe("firewall-discarded");
  });
  it("rejects with ICMPv6 administratively prohibited (RFC 4443 section 3.1), quoting the packet", () => {
    const h = rd(chain([OUTBOUND], {}, "reject"));
    const p = udp6({ src: NATIVE, dst: SITE });
    const { reason, out } = down(h, p);
    expect([reason, out.length, out[0].side, out[0].bytes[40], out[0].bytes[41]]).toEqual(["firewall-rejected", 1, CORE, 1, 1]);
    expect([...out[0].bytes.slice(48)]).toEqual([...p]);
    expect(up(h, udp6({ src: SITE, dst: SITE.replace("::1", "::2") })).reason).not.toBe("firewall-rejected");
  });
  it("an ICMPv6 error about a packet of a session passes; one about nothing does not", () => {
    const h = rd(chain([OUTBOUND]));
    const sent = udp6({ src: SITE, dst: NATIVE });
    const error = (quoted: Uint8Array): Uint8Array => upper6({ src: "3fff::1", dst: SITE, next: 58, payload: Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, ...quoted) });
    expect(down(h, error(sent)).reason).toBe("firewall-discarded");
    up(h, sent);
    expect(down(h, error(sent)).reason).toBe("encapsulated");
  });
  it("later fragments pass with the first of their datagram only", () => {
    const h = rd(chain([rule({ direction: "input", protocols: [17], destinationPorts: [{ from: 53, to: 53 }] })]));
    const whole = udp6({ src: SITE, dst: NATIVE, dport: 53, size: 56 }).slice(40);
    const piece = (id: number, at: number, more: boolean, data: Uint8Array): Uint8Array =>
      packet6({ src: SITE, dst: NATIVE, next: 44, payload: Uint8Array.of(17, 0, at >> 8, (at & 0xf8) | (more ? 1 : 0), 0, 0, 0, id, ...data) });
    expect(up(h, piece(1, 32, false, whole.slice(32))).reason).toBe("firewall-fragment");
    expect(up(h, piece(1, 0, true, whole.slice(0, 32))).reason).toBe("decapsulated");
    expect(up(h, piece(1, 32, false, whole.slice(32))).reason).toBe("decapsulated");
    expect(up(h, piece(2, 32, false, whole.slice(32))).reason).toBe("firewall-fragment");
  });
  describe("a later fragment never passes for another datagram", () => {
    const DNS = rule({ direction: "input", protocols: [17], destinationPorts: [{ from: 53, to: 53 }] });
    const piece = (at: number, more: boolean, dport = 53, ends = { src: SITE, dst: NATIVE }): Uint8Array =>
      packet6({ ...ends, next: 44, payload: Uint8Array.of(17, 0, at >> 8, (at & 0xf8) | (more ? 1 : 0), 0, 0, 0, 1, ...udp6({ src: SITE, dst: NATIVE, dport, size: 56 }).slice(40 + at, more ? 40 + at + 32 : undefined)) });
    const last = piece(32, false);
    const reasons = (h: Harness, ...packets: Uint8Array[]): string[] => packets.map((p) => up(h, p).reason);
    const [YES, NO, LATER] = ["decapsulated", "firewall-discarded", "firewall-fragment"];
    it("before its first, which is refused", () => expect(reasons(rd(chain([DNS])), last, piece(0, true, 54), last)).toEqual([LATER, NO, LATER]));
    it("before its first, with the identification of a datagram that has passed", () => {
      expect(reasons(rd(chain([DNS])), piece(0, true), last, last, piece(0, true, 54), last)).toEqual([YES, YES, LATER, NO, LATER]);
    });
    it("behind a refused first with the identification of a datagram that has not passed as a whole", () => {
      expect(reasons(rd(chain([DNS])), piece(0, true), piece(0, true, 54), last)).toEqual([YES, NO, LATER]);
    });
    it("in the other direction", () => {
      const h = rd(chain([DNS]));
      up(h, piece(0, true));
      expect(down(h, piece(32, false, 53, { src: NATIVE, dst: SITE })).reason).toBe(LATER);
    });
    it("after the time for which datagrams wait for their fragments (RFC 8200 section 4.5)", () => {
      const h = rd(chain([DNS]));
      up(h, piece(0, true), 1000);
      expect([up(h, last, 1060).reason, up(h, last, 1061).reason]).toEqual([YES, LATER]);
      up(h, piece(0, true), 2000);
      expect(up(h, last, 2061).reason).toBe(LATER);
    });
    it("in the middle: all of them pass, in any order behind the first", () => {
      const whole = udp6({ src: SITE, dst: NATIVE, dport: 53, size: 88 }).slice(40);
      const at = (from: number, to: number): Uint8Array => packet6({ src: SITE, dst: NATIVE, next: 44, payload: Uint8Array.of(17, 0, 0, from | (to < whole.length ? 1 : 0), 0, 0, 0, 9, ...whole.slice(from, to)) });
      expect(reasons(rd(chain([DNS])), at(0, 32), at(64, whole.length), at(32, 64), at(32, 64))).toEqual([YES, YES, YES, LATER]);
    });
    it("but an ICMPv6 error about it does, for the time of its datagram (RFC 8201)", () => {
      const h = rd(chain([DNS]));
      const error = upper6({ src: "3fff::1", dst: SITE, next: 58, payload: Uint8Array.of(2, 0, 0, 0, 0, 0, 5, 0, ...last) });
      expect(down(h, error, 1000).reason).toBe(NO);
      up(h, piece(0, true), 1000);
      up(h, last, 1000);
      expect([down(h, error, 1060).reason, down(h, error, 1061).reason]).toEqual(["encapsulated", NO]);
    });
    it("a first fragment that hides its ports behind the cut is refused, whatever the rules say (RFC 7112)", () => {
      const open = rd(chain([rule({ action: "discard", protocols: [17], destinationPorts: [{ from: 54, to: 54 }] })], {}, "accept"));
      const options = packet6({ src: SITE, dst: NATIVE, next: 44, payload: Uint8Array.of(60, 0, 0, 1, 0, 0, 0, 3, 17, 0, 1, 4, 0, 0, 0, 0) });
      const cut = packet6({ src: SITE, dst: NATIVE, next: 44, payload: Uint8Array.of(60, 0, 0, 1, 0, 0, 0, 4, 17, 1, 1, 12, 0, 0, 0, 0) });
      expect(reasons(open, options, cut, piece(0, true, 54), piece(0, true, 55))).toEqual([LATER, LATER, NO, YES]);
    });
  });
  it("6to4 relays, PMT included: the flow is known by its 6to4 addresses in both directions", () => {
    const SITE4 = "2002:808:808::1";
    const h = harness(sixToFour("6to4-pmt", { providerPrefix: net6("3ffe::/32"), subnetId: 0 }), { chain: chain([OUTBOUND]) });
    const reply = (sport: number): Uint8Array => udp6({ src: NATIVE, dst: "3ffe:0:808:808::1", sport, dport: 1111 });
    expect(h.feed(CORE, reply(2222)).reason).toBe("firewall-discarded");
    expect(h.feed(ACCESS, packet4({ src: "8.8.8.8", dst: "192.0.2.1", payload: udp6({ src: SITE4, dst: NATIVE }) })).reason).toBe("decapsulated");
    expect(h.feed(CORE, reply(2222)).reason).toBe("encapsulated");
    expect(h.feed(CORE, reply(2223)).reason).toBe("firewall-discarded");
  });
});

describe("softwire rule", () => {
  it("input: only packets from the access side create a softwire; what belongs to a flow passes both ways", () => {
    const h = rd({ order: ["softwire"], softwireRule: "input" });
    expect(down(h, echo6({ src: NATIVE, dst: SITE })).reason).toBe("softwire-rule-no-match");
    expect(up(h, echo6({ src: SITE, dst: NATIVE })).reason).toBe("decapsulated");
    expect(down(h, echo6({ src: NATIVE, dst: SITE, type: 129 })).reason).toBe("encapsulated");
  });
  it("output: only packets from the core side do", () => {
    const h = rd({ order: ["softwire"], softwireRule: "output" });
    expect(up(h, echo6({ src: SITE, dst: NATIVE })).reason).toBe("softwire-rule-no-match");
    expect(down(h, echo6({ src: NATIVE, dst: SITE })).reason).toBe("encapsulated");
    expect(up(h, echo6({ src: SITE, dst: NATIVE, type: 129 })).reason).toBe("decapsulated");
  });
  it("DS-Lite: a mapping is state of an earlier match; without one the direction counts", () => {
    const h = harness(dsLite(), { chain: { order: ["softwire", "nat"], softwireRule: "output" } });
    expect(h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE }))).reason).toBe("softwire-rule-no-match");
    expect(h.device.statistics()[0]).toMatchObject({ softwiresCreated: 0, flowsCreated: 0 });
  });
});

describe("stateful firewall behind DS-Lite", () => {
  const ds = (c: ServiceChain, box = {}): Harness => harness(dsLite(box), { chain: c });
  it("before the NAT it sees inner addresses, and return packets of an accepted flow pass", () => {
    const h = ds(chain([rule({ direction: "input", source: { v4: [net4("192.168.1.0/24")], v6: [] } })]));
    expect(h.feed(ACCESS, wrap(udp4({ src: "10.0.0.1", dst: REMOTE }))).reason).toBe("firewall-discarded");
    const [o] = h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE }))).out;
    const back = (src: string, sport: number) => h.feed(CORE, udp4({ src, dst: POOL, sport, dport: port(o.bytes, "src") })).reason;
    expect(back(REMOTE, 5353)).toBe("aftr-translated-in");
    expect(back("198.51.100.99", 5353)).toBe("firewall-discarded"); // endpoint-independent filtering of the NAT would let it in
    expect(h.device.statistics()[0].flowsCreated).toBe(1);
  });
  it("after the NAT it sees external addresses", () => {
    const h = ds(chain([rule({ direction: "input", source: { v4: [net4("203.0.113.1/32")], v6: [] } })], { order: ["softwire", "nat", "stateful-firewall"] }));
    const { out, reason } = h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE })));
    expect(reason).toBe("aftr-translated-out");
    expect(h.feed(CORE, udp4({ src: REMOTE, dst: POOL, sport: 5353, dport: port(out[0].bytes, "src") })).reason).toBe("aftr-translated-in");
  });
  it("two B4s with the same inner addresses have sessions of their own", () => {
    const h = ds(chain([rule({ direction: "input", protocols: [17] })]));
    const [one] = h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE }))).out;
    const [two] = h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE }), OTHER_B4)).out;
    for (const o of [one, two]) expect(h.feed(CORE, udp4({ src: REMOTE, dst: POOL, sport: 5353, dport: port(o.bytes, "src") })).reason).toBe("aftr-translated-in");
    expect(h.device.firewalls()[0].sessionsCreated).toBe(2);
  });
  it("works without NAT, with echo too", () => {
    const h = ds(chain([OUTBOUND], { order: ["softwire", "stateful-firewall"] }), { nat: undefined });
    expect(h.feed(CORE, echo4({ src: REMOTE, dst: HOST })).reason).toBe("not-softwire");
    expect(h.feed(ACCESS, wrap(echo4({ src: HOST, dst: REMOTE }))).reason).toBe("aftr-not-translated");
    const back = h.feed(CORE, echo4({ src: REMOTE, dst: HOST, type: 0 }));
    expect([back.reason, isRight(unwrap(back.out[0].bytes))]).toEqual(["aftr-translated-in", true]);
    expect(h.feed(CORE, udp4({ src: REMOTE, dst: HOST })).reason).toBe("firewall-discarded");
  });
  it("echo through NAT: the reply belongs to the query's session", () => {
    const h = ds(chain([OUTBOUND]));
    const [q] = h.feed(ACCESS, wrap(echo4({ src: HOST, dst: REMOTE, id: 9 }))).out;
    expect(h.feed(CORE, echo4({ src: REMOTE, dst: POOL, type: 0, id: u16(inner(q.bytes), 4) })).reason).toBe("aftr-translated-in");
  });
  it("rejects towards the B4 from the well-known address, code 13", () => {
    const h = ds(chain([rule({ protocols: [6], action: "reject" })], {}, "accept"));
    const { reason, out } = h.feed(ACCESS, wrap(tcp4({ src: HOST, dst: REMOTE, flags: SYN })));
    const e = unwrap(out[0].bytes);
    expect([reason, e[20], e[21], isRight(e)]).toEqual(["firewall-rejected", 3, 13, true]);
    expect(h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE }))).reason).toBe("aftr-translated-out");
  });
  it("a TCP connection that was closed does not let new segments in for two hours", () => {
    const h = ds(chain([OUTBOUND]));
    const out = (flags: number, sec: number) => h.feed(ACCESS, wrap(tcp4({ src: HOST, dst: REMOTE, flags })), sec);
    const p = port(out(SYN, 1000).out[0].bytes, "src");
    const back = (flags: number, sec: number) => h.feed(CORE, tcp4({ src: REMOTE, dst: POOL, sport: 80, dport: p, flags }), sec).reason;
    expect(back(SYN | ACK, 1000)).toBe("aftr-translated-in");
    out(ACK, 1001);
    expect(back(ACK, 8000)).toBe("aftr-translated-in"); // established: 2 h 4 min
    out(FIN | ACK, 8001);
    expect(back(FIN | ACK, 8002)).toBe("aftr-translated-in");
    out(ACK, 8003);
    h.feed(ACCESS, wrap(udp4({ src: HOST, dst: REMOTE }), B4), 8300);
    expect(back(SYN, 8400)).not.toBe("aftr-translated-in");
    expect(h.feed(CORE, tcp4({ src: REMOTE, dst: POOL, sport: 80, dport: p, flags: ACK }), 8400).out).toEqual([]);
  });
  it("what is not translated passes the firewall too, fragments with their first", () => {
    const h = ds(chain([rule({ direction: "input", protocols: [17], destinationPorts: [{ from: 5353, to: 5353 }] })]), { nat: nat({ noTranslate: [net4("10.9.0.0/16")] }) });
    expect(h.feed(ACCESS, wrap(udp4({ src: HOST, dst: "10.9.0.1", dport: 5354 }))).reason).toBe("firewall-discarded");
    expect(h.feed(ACCESS, wrap(udp4({ src: HOST, dst: "10.9.0.1", dport: 5353 }))).reason).toBe("aftr-not-translated");
    // In any order: a datagram is put together before the firewall looks at it, as before the NAT, and leaves in fragments again.
    const parts = (dport: number): Uint8Array[] => cut4(udp4({ src: HOST, dst: "10.9.0.1", dport, size: 1000 }), 480);
    for (const order of [[0, 1], [1, 0]]) {
      expect(order.map((i) => h.feed(ACCESS, wrap(parts(5354)[i])).reason)).toEqual(["aftr-inner-fragment-held", "firewall-discarded"]);
      const [held, sent] = order.map((i) => h.feed(ACCESS, wrap(parts(5353)[i])));
      expect([held.reason, sent.reason]).toEqual(["aftr-inner-fragment-held", "aftr-not-translated"]);
      expect(join4(sent.out.map((o) => o.bytes)).slice(20)).toEqual(join4(parts(5353)).slice(20));
      expect(sent.out.map((o) => u16(o.bytes, 4))).toEqual(parts(5353).map((p) => u16(p, 4)));
    }
    // The last fragment again, with the identification of what has passed: it waits for a first one.
    expect(h.feed(ACCESS, wrap(parts(5353)[1])).reason).toBe("aftr-inner-fragment-held");
  });
  it("without a firewall fragments of what is not translated pass as they come", () => {
    const h = ds({ order: ["softwire", "nat"], softwireRule: "input-output" }, { nat: nat({ noTranslate: [net4("10.9.0.0/16")] }) });
    const parts = cut4(udp4({ src: HOST, dst: "10.9.0.1", size: 1000 }), 480);
    expect([parts[1], parts[0]].map((p) => h.feed(ACCESS, wrap(p)).reason)).toEqual(["aftr-not-translated", "aftr-not-translated"]);
  });
});
