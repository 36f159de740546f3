/** Exhibits of the rules on routing and provisioning messages. */
import { describe, expect, it } from "vitest";
import { loadClauses } from "../../src/config/clauses.js";
import type { Config } from "../../src/config/types.js";
import { createJudge } from "../../src/judge/index.js";
import { MESSAGE_RULES } from "../../src/judge/messages/judge.js";
import type { JudgeResult } from "../../src/judge/types.js";
import { createMemory } from "../../src/wire/memory.js";
import * as B from "./build.js";
import * as D from "./ds-lite/build.js";
import * as M from "./messages-build.js";
import * as S from "./six-to-four.js";

type Step = B.Step;
interface Case { readonly config: Config; readonly steps: readonly Step[] }
interface Exhibit { readonly conforming: readonly Case[]; readonly violating: readonly Case[]; readonly near?: readonly Case[] }
const on = (config: Config, ...steps: readonly (Step | readonly Step[])[]): Case => ({ config, steps: steps.flat() as Step[] });

/** The same every 30 s. */
const every = (packet: Uint8Array, n: number, step = B.coreOut): Step[] => Array.from({ length: n }, (_, i) => step(packet, { at: i * 30 }));
const SIXTEEN = "2002::/16", SITE = "2002:c100:e81::/48", ANYCAST = "192.88.99.0/24";
const relay = S.relay(), router = S.router(), pmt = S.pmt();
const border = B.config({ anycast: true });
const relays = S.relayIn().map((s, i) => ({ ...s, at: i / 1000 }));
/** Packets to 192.88.99.1, one every two seconds, and nothing that comes of them. */
const unrelayed = Array.from({ length: 25 }, (_, i) => B.accessIn(S.tun(S.udp(S.PEER6, S.HOST, {}, 20 + i), S.PEER, S.ANYCAST), { at: 1 + 2 * i }));
const rip = (routes: readonly (readonly [string, number])[], at: number): Step => B.accessOut(M.rip(S.UNICAST, routes), { at });

const sixRd = B.config();
const asks = (list: readonly number[], at = 0): Step => B.accessIn(M.dhcp4({ type: 3, list }), { at });
const ack = (option: readonly number[] | undefined, step = B.accessIn, at = 1): Step => step(M.dhcp4({ type: 5, address: B.CE, ...(option === undefined ? {} : { option }) }), { at });
const tunnels = B.accessIn(B.tunnel(B.six()), { at: 2 });

const aftr = D.config();
const wants = (requested: readonly number[], relayed = false): Step => D.accessIn(M.dhcp6(1, { requested, relayed }), { at: 0 });
const reply = (o: Parameters<typeof M.dhcp6>[1] = {}, step = D.accessIn, type = 7): Step => step(M.dhcp6(type, { name: M.NAME, ...o }), { at: 1 });
const softwire = D.accessIn(D.soft(D.insideOut({})), { at: 2 });
const ask = (at: number): Step => D.accessIn(D.soft(D.four({ sport: 40000, dport: 5351, dst: "192.0.0.1", payload: Uint8Array.of(2, 1, ...Array<number>(22).fill(0)) })), { at });
const tell = (at: number): Step => D.accessOut(D.toB4(D.four({ src: "192.0.0.1", dst: "192.168.1.10", sport: 5351, dport: 40000, payload: Uint8Array.of(2, 0x81, ...Array<number>(22).fill(0)) })), { at });

const asked: Exhibit = {
  conforming: [on(sixRd, asks([1, 212]), ack(M.sixRd()), tunnels)], violating: [on(sixRd, asks([1, 3]), ack(M.sixRd()), tunnels)],
  near: [on(sixRd, asks([1, 3]), ack(M.sixRd())), on(sixRd, asks([1, 3]), ack(undefined), tunnels), on(sixRd, ack(M.sixRd()), tunnels)],
};
const askedAftr: Exhibit = {
  conforming: [on(aftr, wants([23, 64]), reply({ prefix: "2001:db8:b4:a::/64" }), softwire), on(aftr, wants([64], true))],
  violating: [on(aftr, wants([23]), reply({ prefix: "2001:db8:b4::/48" }), softwire), on(aftr, wants([23]), reply({ address: D.B4A }), softwire)],
  near: [on(aftr, wants([23]), reply({ prefix: "2001:db8:b4:b::/64" }), softwire), on(aftr, reply({ address: D.B4A }), softwire)],
};
const short = M.sixRd().slice(0, 19), stray = M.sixRd(8, 32, "2001:db8::1");

const exhibits: Readonly<Record<string, Exhibit>> = {
  "RFC3056-5.2-2": {
    conforming: [on(relay, B.coreOut(M.ripng([[SIXTEEN, 1]]))), on(relay, B.coreOut(M.bgp6({ path: [65001], six: [SIXTEEN] })))],
    violating: [on(relay, every(M.ripng([["3fff:1::/32", 1]]), 4))],
    near: [
      on(relay, every(M.ripng([["3fff:1::/32", 1]]), 3)), on(relay, every(M.ripng([["::/0", 1]]), 5)), on(relay, B.coreOut(M.bgp6({ six: ["3fff::/20"] })), every(M.ripng([["3fff:1::/32", 1]]), 5)),
      on(relay, every(M.ripng([["3fff:1::/32", 1]]), 5, B.coreIn)), on(router, every(M.ripng([["3fff:1::/32", 1]]), 5)),
    ],
  },
  "RFC3056-5.2-3": {
    conforming: [on(router, B.coreOut(M.bgp6({ path: [65001], six: ["3fff:1::/32"] })))], violating: [on(router, B.coreOut(M.bgp6({ path: [65001], six: ["3fff:1::/32", SITE] })))],
    near: [on(router, B.coreOut(M.bgp6({ internal: true, six: [SITE] }))), on(router, B.coreIn(M.bgp6({ path: [65001], six: [SITE] }))), on(router, B.coreOut(M.ripng([[SITE, 1]])))],
  },
  "RFC3056-5.2-4": {
    conforming: [on(relay, B.coreIn(M.ripng([[SITE, 2]])), B.coreOut(M.ripng([[SIXTEEN, 1]])))],
    violating: [on(relay, B.coreIn(M.ripng([[SITE, 2]])), B.coreOut(M.ripng([[SIXTEEN, 1], [SITE, 3]]))), on(relay, B.coreIn(M.bgp6({ path: [65002], six: [SITE] })), B.coreOut(M.bgp6({ path: [65001, 65002], six: [SITE] })))],
    near: [on(relay, B.coreIn(M.ripng([[SITE, 2]])), B.coreOut(M.ripng([[SITE, 16]]))), on(relay, B.coreOut(M.ripng([[SIXTEEN, 1]])))],
  },
  "RFC3056-5.2.3-1": {
    conforming: [on(router, B.coreOut(M.bgp6({ path: [65001], six: ["3fff:1::/32"] }))), on(router, B.accessOut(S.tun(M.ripng([[SITE, 1]], S.SITE, S.PEER6), S.OWN, S.PEER)))],
    violating: [on(router, B.coreOut(M.bgp6({ path: [65001], six: [SIXTEEN] }))), on(router, B.accessOut(S.tun(M.ripng([["::/0", 1]], S.SITE, S.PEER6), S.OWN, S.PEER)))],
    near: [on(relay, B.accessOut(S.tun(M.ripng([["::/0", 1]], S.SITE, S.PEER6), S.ANYCAST, S.PEER)))],
  },
  "RFC3068-4.2-1": {
    conforming: [on(relay, rip([[ANYCAST, 1]], 0)), on(relay, B.accessOut(M.ospf(S.UNICAST, ANYCAST))), on(relay, B.accessOut(M.bgp4(S.UNICAST, { internal: true, four: [ANYCAST] })))],
    violating: [on(relay, every(M.rip(S.UNICAST, [["198.51.100.0/24", 1]]), 4, B.accessOut))],
    near: [on(relay, every(M.rip(S.UNICAST, [["198.51.100.0/24", 1]]), 3, B.accessOut)), on(S.relay({ address: B.v4(S.UNICAST), alsoAccepts: [] }), every(M.rip(S.UNICAST, [["198.51.100.0/24", 1]]), 5, B.accessOut))],
  },
  "RFC3068-4.3-1": {
    conforming: [on(relay, B.accessOut(M.bgp4(S.UNICAST, { path: [65001], four: [ANYCAST] })))], violating: [on(relay, B.accessOut(M.bgp4(S.UNICAST, { four: [ANYCAST] })))],
    near: [on(relay, B.accessOut(M.bgp4(S.UNICAST, { internal: true, four: [ANYCAST] })))],
  },
  "RFC3068-4.4-1": {
    conforming: [on(relay, relays, rip([[ANYCAST, 1]], 5))], violating: [on(relay, unrelayed, rip([[ANYCAST, 1]], 52))],
    near: [on(relay, unrelayed.slice(0, 10), rip([[ANYCAST, 1]], 52)), on(relay, unrelayed), on(relay, unrelayed, rip([[ANYCAST, 16]], 52))],
  },
  "RFC5969-7.2-4": {
    conforming: [on(border, B.accessOut(M.rip(B.BR, [["10.0.0.1/32", 1]]))), on(border, B.accessOut(M.ospf("10.0.0.254", "10.0.0.0/24")))], violating: [on(border, every(M.rip(B.BR, [["198.51.100.0/24", 1]]), 4, B.accessOut))],
    near: [on(sixRd, every(M.rip(B.BR, [["198.51.100.0/24", 1]]), 5, B.accessOut)), on(border, B.accessOut(M.rip(B.BR, [["0.0.0.0/0", 1]])))],
  },
  "RFC6732-4.7-1": {
    conforming: [on(pmt, B.coreOut(M.bgp6({ path: [65001], six: ["2001:db8::/32"] })))], violating: [on(pmt, B.accessOut(M.bgp4(S.UNICAST, { path: [65001], four: [ANYCAST] })))],
    near: [on(pmt, B.accessOut(M.bgp4(S.UNICAST, { internal: true, four: [ANYCAST] })))],
  },
  "RFC7526-6-2": {
    conforming: [on(relay, relays, rip([[ANYCAST, 1]], 5))], violating: [on(router, rip([[ANYCAST, 1]], 0)), on(sixRd, B.accessOut(M.ospf(B.BR, ANYCAST))), on(sixRd, B.accessOut(M.bgp4(B.BR, { internal: true, four: [ANYCAST] })))],
    near: [
      on(router, rip([[ANYCAST, 2]], 0)), on(sixRd, B.accessOut(M.ospf(B.BR, ANYCAST, "10.9.9.9"))), on(sixRd, B.accessOut(M.bgp4(B.BR, { internal: true, path: [65002], four: [ANYCAST] }))),
      on(sixRd, B.accessOut(M.bgp4(B.BR, { internal: true, reflected: true, four: [ANYCAST] }))), on(router, rip([["0.0.0.0/0", 1]], 0)), on(router, B.accessIn(M.rip(S.UNICAST, [[ANYCAST, 1]]))), on(relay, rip([[ANYCAST, 1]], 0)),
    ],
  },
  "RFC5969-7.1.1-1": { conforming: [on(sixRd, ack(M.sixRd(), B.accessOut))], violating: [on(sixRd, ack(short, B.accessOut))], near: [on(sixRd, ack(short))] },
  "RFC5969-7.1.1-1.others": { conforming: [on(sixRd, ack(M.sixRd(8, 32, "2001:db8::", ["10.0.0.1", "10.0.0.2"])))], violating: [on(sixRd, ack(short))], near: [on(sixRd, ack(undefined))] },
  "RFC5969-7.1.1-4": { conforming: [on(sixRd, ack(M.sixRd(), B.accessOut))], violating: [on(sixRd, ack(stray, B.accessOut))] },
  "RFC5969-7.1.1-4.others": { conforming: [on(sixRd, ack(M.sixRd(0, 30, "2001:db8::")))], violating: [on(sixRd, ack(stray))] },
  "RFC5969-7.1-1": asked, "RFC5969-7.1.1-5": asked,
  "RFC5969-7.1.1-2": { conforming: [on(sixRd, asks([212]), ack(M.sixRd(33)))], violating: [on(sixRd, asks([212]), ack(M.sixRd(33)), tunnels)], near: [on(sixRd, asks([212]), ack(M.sixRd(33)), ack(M.sixRd(), B.accessIn, 1.5), tunnels)] },
  "RFC5969-7.1.1-3": { conforming: [on(sixRd, asks([212]), ack(M.sixRd(0, 97)))], violating: [on(sixRd, asks([212]), ack(M.sixRd(0, 97)), tunnels)], near: [on(sixRd, asks([212]), ack(M.sixRd(0, 96)), tunnels)] },
  "RFC6334-3-1": { conforming: [on(aftr, reply({}, D.accessOut))], violating: [on(aftr, reply({ name: [4, 97, 102] }, D.accessOut)), on(aftr, reply({ name: M.NAME.slice(0, 9) }, D.accessOut)), on(aftr, reply({ name: [...M.NAME, ...M.NAME] }, D.accessOut)), on(aftr, reply({ name: [3, 97, 102, 116, 0xc0, 4] }, D.accessOut))] },
  "RFC6334-3-1.others": { conforming: [on(aftr, reply())], violating: [on(aftr, reply({ name: [0, 0, 0, 0] })), on(aftr, reply({ name: [4, 97], relayed: true }))] },
  "RFC6334-3-2": { conforming: [on(aftr, reply({}, D.accessOut)), on(aftr, reply({}, D.accessOut, 2))], violating: [on(aftr, reply({}, D.accessOut, 10))] },
  "RFC6334-3-2.others": { conforming: [on(aftr, reply())], violating: [on(aftr, reply({}, D.accessIn, 4))] },
  "RFC6334-5-1": askedAftr, "RFC6333-5.4-1": askedAftr,
  "RFC6888-3-13": { conforming: [on(aftr, ask(0), tell(0.01))], violating: [on(aftr, ask(0), ask(6), ask(12))], near: [on(aftr, ask(0), ask(12)), on(aftr, ask(0), ask(1), ask(2)), on(aftr, ask(0), tell(0.01), ask(6), ask(12), ask(18))] },
};

function judge(c: Case): JudgeResult {
  const memory = createMemory(16 << 20);
  const j = createJudge({ config: c.config, memory, files: ["access.pcap", "core.pcap"], severityOf: () => "fail", complete: true, ringBytes: 1 << 20, ringRecords: 1 << 12 });
  const at = memory.alloc(70000);
  [...c.steps].sort((x, y) => (x.at ?? 0) - (y.at ?? 0)).forEach((s, i) => {
    const t = s.at ?? i / 1000;
    memory.u8.set(s.packet, at);
    j.packet(s.side, s.direction, at, s.packet.length, s.packet.length, 1700000000 + Math.floor(t), Math.round((t % 1) * 1e9), s.side, i + 1, -1);
  });
  j.end();
  return j.result();
}
const tally = (c: Case, rule: string) => judge(c).rules.find((t) => t.rule === rule) ?? { exercised: 0, violated: 0 };

it("has exhibits for every rule, and every rule names a clause of the catalogue", () => {
  expect(Object.keys(exhibits).sort()).toEqual(MESSAGE_RULES.map((r) => r.id).sort());
  for (const r of MESSAGE_RULES) expect(loadClauses().has(r.clause), r.clause).toBe(true);
});

describe.each(Object.entries(exhibits))("%s", (rule, e) => {
  it("counts conforming traffic and finds nothing", () => {
    for (const [i, c] of e.conforming.entries()) expect(tally(c, rule), `conforming ${i}`).toMatchObject({ exercised: expect.toSatisfy((n: number) => n > 0), violated: 0 });
  });
  it("finds the violation, with its packet and fields", () => {
    for (const [i, c] of e.violating.entries()) {
      expect(tally(c, rule).violated, `violating ${i}`).toBe(1);
      const x = judge(c).findings.find((f) => f.rule === rule)!.exemplars[0];
      expect(x.message.length * x.why.length * x.packets.length * x.filter.length).toBeGreaterThan(0);
      for (const f of x.fields) {
        expect(f.expected).not.toBe(f.seen);
        expect(f.offset).toBeGreaterThanOrEqual(0);
        expect((f.offset + f.length) * 2).toBeLessThanOrEqual(x.packets[0].hex.length);
      }
    }
  });
  it("leaves traffic alone that only comes near", () => {
    for (const [i, c] of (e.near ?? []).entries()) expect(tally(c, rule).violated, `near ${i}`).toBe(0);
  });
});

it("reads cut and damaged messages without a fault", () => {
  const whole = [M.rip(S.UNICAST, [[ANYCAST, 1]]), M.ripng([[SITE, 1]]), M.bgp6({ path: [1], six: [SITE] }), M.bgp4(S.UNICAST, { path: [1], four: [ANYCAST] }), M.ospf(S.UNICAST, ANYCAST), M.dhcp4({ type: 5, address: B.CE, option: M.sixRd() }), M.dhcp6(7, { name: M.NAME, prefix: "2001:db8::/48" }), M.dhcp6(7, { name: M.NAME, relayed: true })];
  for (const config of [relay, router, pmt, sixRd, aftr]) {
    for (const packet of whole) {
      const steps = Array.from({ length: packet.length }, (_, n) => [B.accessOut(packet.slice(0, n + 1)), B.coreIn(B.changed(packet, n, 0xff)), B.coreOut(B.changed(packet, n, packet[n] ^ 0x55))]).flat();
      expect(judge(on(config, steps)).summary.inputs).toBeGreaterThan(0);
    }
  }
});
