/**
 * Stimuli of an AFTR for what only a declaration makes an expectation: limits of a subscriber (RFC 6888 REQ-4 and REQ-5, RFC 7785 section 4), the boundary to another
 * provider (RFC 6598 section 4), echo requests to external addresses (RFC 1812 section 4.3.3.6).
 */
import type { Config, DsLite } from "../../config/types.js";
import { formatIpv4 } from "../../wire/address.js";
import { type DsLiteEnds, dsLiteEnds } from "./ds-lite-ends.js";
import type { Script } from "./script.js";

/** More packets than this nobody wants to send for one limit. */
const MOST = 4096;
/** Of that many packets beyond a limit each one says the same. */
const MORE = 4;
/** Seconds between the packets of a burst, and how much sooner than others that is. */
const APART = 0.0001;
const BURST = APART - 0.02;
/** First, last and a middle address of 100.64.0.0/10. */
export const SHARED = ["100.64.0.1", "100.99.7.7", "100.127.255.254"];

/** Seconds to wait before each new mapping of a subscriber, so that a declared rate keeps none out that other clauses need. */
export function mappingGap(nat: DsLite["nat"]): number {
  if (nat?.mappingRate === undefined) return 0;
  // A device may count in whole seconds, and its burst may be smaller than its rate.
  return Math.max(0, 1.05 / Math.min(nat.mappingRate, nat.mappingBurst ?? nat.mappingRate) - 0.02);
}

/** Phase 1: a topic for each limit that is declared. `ordinary`: a packet whose flow works, for life before and after. */
export function limits(s: Script, c: DsLite, config: Config, ordinary: () => string): void {
  const e = dsLiteEnds(c);
  const text = (): string => `"softproof ${s.next()}"`;
  const head = (b4: string, host = 0): string => `ipv6(${b4} > ${e.aftr}) / ipv4(${e.inner(1)} > ${e.host(host)})`;
  const alive = (): void => {
    s.access(ordinary());
    s.wait(2);
  };
  mappingRate(s, c, e, head, alive);
  softwires(s, c, e, head, text);
  sessions(s, c, e, head, alive);
  if (config.core.providerBoundary === true) {
    s.topic("boundary", "sources in 100.64.0.0/10 from another provider, also where a static mapping awaits them", { aims: ["RFC6598-4-2"] });
    alive();
    for (const source of SHARED) {
      s.core(`ipv4(${source} > ${e.pool}) / udp(53 > 2) / ${text()}`);
      for (const m of c.nat?.staticMappings ?? []) s.core(`ipv4(${source} > ${formatIpv4(m.outer)}) / ${m.protocol === 6 ? `tcp(80 > ${m.outerPort} seq=6 flags=S)` : `udp(53 > ${m.outerPort}) / ${text()}`}`);
    }
    alive();
  }
  if (c.nat?.echo === true) echo(s, e, head, text);
}

function mappingRate(s: Script, c: DsLite, e: DsLiteEnds, head: (b4: string, host?: number) => string, alive: () => void): void {
  const rate = c.nat?.mappingRate;
  if (rate === undefined) return;
  // What two whole seconds allow may come at once; beyond that and some slack a mapping is one too many.
  const most = ((rate + (c.nat?.mappingBurst ?? rate)) * 1.1 + 1) / Math.max(0.1, 1 - rate * 1.1 * APART);
  const count = Math.min(Math.ceil(most) + MORE, MOST);
  s.topic("mapping-rate", `${count} new mappings of one subscriber at once, where ${rate} a second are declared${count < most ? " (too few to exceed it)" : ""}`, { aims: ["RFC6888-3-6"] });
  alive();
  for (let i = 0; i < count; i++) {
    s.access(`${head(e.b4(9), i % 3)} / tcp(${10000 + i} > 8080 seq=${9000 + i} flags=S)`);
    s.wait(BURST);
  }
  s.wait(3);
  s.access(`${head(e.b4(9))} / tcp(9999 > 8080 seq=8999 flags=S)`);
  alive();
}

function softwires(s: Script, c: DsLite, e: DsLiteEnds, head: (b4: string) => string, text: () => string): void {
  const limit = c.softwiresPerSubscriber;
  if (limit === undefined || e.siblings === 0) return;
  const b4s = [e.b4(11), ...Array.from({ length: Math.min(limit + 1, e.siblings) }, (_, k) => e.sibling(11, k + 1))];
  s.topic("softwires", `${b4s.length} B4 addresses of one subscriber by turns, where ${limit} ${limit === 1 ? "is" : "are"} declared`, { aims: ["RFC7785-4-1"] });
  for (let round = 0; round < 4; round++) for (const b4 of b4s) s.access(`${head(b4)} / udp(4000 > 20053) / ${text()}`);
}

function sessions(s: Script, c: DsLite, e: DsLiteEnds, head: (b4: string, host?: number) => string, alive: () => void): void {
  const declared = [c.flowLimit, c.sessionLimitPerPrefix].filter((n) => n > 0);
  const gap = mappingGap(c.nat);
  const count = Math.min(...declared) + MORE;
  // A half-open connection must last until the last one is opened.
  if (declared.length === 0 || count > MOST || count * (gap + 0.02) > 100) return;
  s.topic("sessions", `${count} connections of one B4 opened, where ${count - MORE} are allowed`, { aims: ["RFC6888-3-7"] });
  alive();
  for (let i = 0; i < count; i++) {
    s.wait(gap);
    s.access(`${head(e.b4(10), i % 3)} / tcp(${10000 + i} > 8081 seq=${5000 + i} flags=S)`);
  }
  // A count may be a second old.
  s.wait(1.5);
  s.access(`${head(e.b4(10))} / tcp(9998 > 8081 seq=4998 flags=S)`);
  alive();
}

function echo(s: Script, e: DsLiteEnds, head: (b4: string) => string, text: () => string): void {
  s.topic("pool-echo", "echo requests to external addresses that no mapping takes, from outside and inside");
  const ping = (options = "", more = ""): string => `ipv4(${e.host(0)} > ${e.pool} ${options}) / icmp4(echo id=9 seq=${s.next()} ${more}) / ${text()}`;
  s.access(`${head(e.b4(1))} / udp(4000 > 20053) / ${text()}`);
  s.core(ping());
  s.core(ping("ttl=1"));
  s.core(ping("tos=0xb8 options=94040000"));
  s.core(ping("", "check=0xbad"));
  s.core(`ipv4(${e.host(0)} > ${e.pool}) / icmp4(type=13 rest=0x00090001) / zeros(12)`);
  s.core(`ipv4(${e.host(0)} > ${e.pool} id=41 mf) / icmp4(echo id=9 seq=99 check=0) / fill(800)`);
  s.core(`ipv4(${e.host(0)} > ${e.pool} id=41 off=808 proto=1) / fill(100)`);
  s.access(`ipv6(${e.b4(1)} > ${e.aftr}) / ipv4(${e.inner(1)} > ${e.pool}) / icmp4(echo id=4202 seq=1) / ${text()}`);
}
