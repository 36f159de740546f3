/** Stimuli of the 6to4 family: RFC 3056, 3068, 3964, 6732. */
import type { Config, SixToFour } from "../../config/types.js";
import { formatIpv4, parseIpv4, type Prefix6 } from "../../wire/address.js";
import { type Ends, providerAddress, sixToFourAddress, sixToFourEnds } from "./ends.js";
import type { Script } from "./script.js";
import { afterwards, sixInFour } from "./six-in-four.js";

/** One of each kind that RFC 3964 section 5.3.1 refuses. */
const REFUSED = ["0.1.2.3", "10.1.1.1", "127.0.0.1", "169.254.1.1", "172.16.1.1", "192.168.1.1", "224.0.1.5", "240.0.0.5", "255.255.255.255"];
const RELAY = "192.88.99.1";

export function sixToFour(s: Script, c: SixToFour, config: Config): void {
  const e = sixToFourEnds(config, c);
  sixInFour(s, e, c, config);
  const udp = (): string => {
    const n = s.next();
    return `udp(${4000 + n} > ${5000 + n}) / "softproof ${n}"`;
  };
  if (c.kind === "6to4-router") router(s, c, e, udp);
  else relay(s, c, e, udp);
  if (c.kind === "6to4-pmt" && c.providerPrefix !== undefined) pmt(s, c, e, c.providerPrefix, udp);
  s.topic("6to4-refused", "addresses that a 6to4 node refuses, outside and inside (RFC 3964 section 5)");
  const host = e.host(1);
  const a = e.end(1);
  for (const v4 of REFUSED) {
    s.access(`ipv4(${v4} > ${e.own}) / ipv6(${sixToFourAddress(parseIpv4(v4)!, 0, 1)} > ${host}) / ${udp()}`);
    s.access(`ipv4(${a.v4} > ${e.own}) / ipv6(${sixToFourAddress(parseIpv4(v4)!, 0, 1)} > ${host}) / ${udp()}`);
    s.core(`ipv6(${host} > ${sixToFourAddress(parseIpv4(v4)!, 0, 1)}) / ${udp()}`);
  }
  for (const broadcast of c.broadcasts ?? []) {
    const there = sixToFourAddress(broadcast, 0, 1);
    s.access(`ipv4(${formatIpv4(broadcast)} > ${e.own}) / ipv6(${there} > ${host}) / ${udp()}`);
    s.access(`ipv4(${a.v4} > ${e.own}) / ipv6(${a.v6} > ${there}) / ${udp()}`);
    s.core(`ipv6(${host} > ${there}) / ${udp()}`);
  }
  s.access(`ipv4(${a.v4} > ${e.own}) / ipv6(${a.v6} > ${sixToFourAddress(parseIpv4("10.1.1.1")!, 0, 1)}) / ${udp()}`);
  s.core(`ipv6(${host} > ${sixToFourAddress(c.address, 0, 9)}) / ${udp()}`); // to the device itself
  for (const destination of ["fec0::1", "::1", "ff0e::1", "fe80::1", `::${a.v4}`, `::ffff:${a.v4}`]) s.core(`ipv6(${host} > ${destination}) / ${udp()}`);
  for (const source of ["fec0::1", `::${a.v4}`, `::ffff:${a.v4}`]) s.core(`ipv6(${source} > ${a.v6}) / ${udp()}`);
  // ISATAP addresses of the device (RFC 6324 section 3.3)
  const isatap = `3fff:5af:1::5efe:${e.own}`;
  s.core(`ipv6(${isatap} > ${e.seen(a)}) / ${udp()}`);
  s.access(`ipv4(${a.v4} > ${e.own}) / ipv6(${a.v6} > ${isatap}) / ${udp()}`);
  afterwards(s, e);
}

function router(s: Script, c: SixToFour, e: Ends, udp: () => string): void {
  const [a, b] = [e.end(1), e.end(2)];
  const host = e.host(1);
  const relays = [...new Set([c.defaultRelay === undefined ? RELAY : formatIpv4(c.defaultRelay), RELAY])];
  s.topic("6to4-router", "to other sites directly, to the native Internet by the relay, back from any relay");
  for (const tc of [0, 0xb8, 0x2a]) s.core(`ipv6(${host} > 3fff:5af::${tc} tc=${tc}) / ${udp()}`);
  s.core(`ipv6(${host} > ${a.v6}) / ${udp()}`);
  for (const relay of [...relays, e.end(8).v4, e.end(9).v4]) {
    s.access(`ipv4(${relay} > ${e.own}) / ipv6(3fff:5af::1 > ${host}) / ${udp()}`);
    s.access(`ipv4(${relay} > ${e.own}) / ipv6(3fff:5af::2 > ${host}) / tcp(80 > 4001 seq=5 flags=A)`);
    s.access(`ipv4(${relay} > ${e.own}) / ipv6(${a.v6} > ${host}) / ${udp()}`);
  }
  s.access(`ipv4(${a.v4} > ${e.own}) / ipv6(${a.v6} > ${b.v6}) / ${udp()}`);
  s.access(`ipv4(${a.v4} > ${e.own}) / ipv6(${a.v6} > 3fff:5af::1) / ${udp()}`);
  s.access(`ipv4(${a.v4} > ${e.own}) / ipv6(${host} > ${e.host(2)}) / ${udp()}`); // the site's own source from outside
  s.access(`ipv4(${e.own} > ${e.own}) / ipv6(${host} > ${e.host(2)}) / ${udp()}`);
  s.core(`ipv6(${sixToFourAddress(parseIpv4(b.v4)!, 1, 1)} > ${a.v6}) / ${udp()}`); // a 6to4 source that is not the site's
  s.core(`ipv6(3fff:5af::9 > ${a.v6}) / ${udp()}`);
}

function relay(s: Script, c: SixToFour, e: Ends, udp: () => string): void {
  const [a, b] = [e.end(1), e.end(2)];
  const host = e.host(1);
  s.topic("6to4-relay", "between sites and the native Internet, and what a relay must not carry");
  for (const own of [e.own, ...e.also]) {
    s.access(`ipv4(${a.v4} > ${own}) / ipv6(${a.v6} > ${host}) / ${udp()}`);
    s.access(`ipv4(${a.v4} > ${own}) / ipv6(${a.v6} > ${sixToFourAddress(parseIpv4(own)!)}) / icmp6(echo id=4 seq=1) / "alive?"`);
    s.core(`ipv6(${host} > ${sixToFourAddress(parseIpv4(own)!)}) / icmp6(echo id=4 seq=2) / "alive?"`);
  }
  s.access(`ipv4(${a.v4} > ${e.own}) / ipv6(${a.v6} > ${sixToFourAddress(parseIpv4(RELAY)!)}) / icmp6(echo id=4 seq=3) / "alive?"`);
  s.access(`ipv4(${a.v4} > ${e.own}) / ipv6(${a.v6} > ${b.v6}) / ${udp()}`);
  s.access(`ipv4(${a.v4} > ${e.own}) / ipv6(3fff:dead::1 > ${host}) / ${udp()}`);
  s.access(`ipv4(${a.v4} > ${e.own}) / ipv6(3fff:dead::1 > ${b.v6}) / ${udp()}`);
  s.access(`ipv4(${b.v4} > ${e.own}) / ipv6(${a.v6} > ${host}) / ${udp()}`);
  s.core(`ipv6(${b.v6} > ${a.v6}) / ${udp()}`);
  for (const p of c.knownRelays.slice(0, 2)) {
    const v4 = (p.address + (p.length === 32 ? 0 : 1)) >>> 0;
    s.access(`ipv4(${formatIpv4(v4)} > ${e.own}) / ipv6(${sixToFourAddress(v4, 0, 1)} > ${host}) / ${udp()}`);
    s.core(`ipv6(${host} > ${sixToFourAddress(v4, 0, 1)}) / ${udp()}`);
  }
}

function pmt(s: Script, c: SixToFour, e: Ends, prefix: Prefix6, udp: () => string): void {
  const mapped = (v4: string, identifier: readonly [number, number] = [0, 1]): string => providerAddress(prefix, parseIpv4(v4)!, identifier);
  const a = e.end(1);
  const host = e.host(1);
  const subnet = c.subnetId ?? 0;
  s.topic("pmt", "the mapping of 2002:V4ADDR::/48 to the provider's prefix, both ways, for all kinds of packets");
  const up = `ipv4(${a.v4} > ${e.own})`;
  for (const end of [a, e.end(2), e.end(3)]) {
    s.access(`ipv4(${end.v4} > ${e.own}) / ipv6(${end.v6} > ${host}) / ${udp()}`);
    s.core(`ipv6(${host} > ${mapped(end.v4)}) / ${udp()}`);
  }
  s.core(`ipv6(${host} > ${mapped(e.end(41).v4)}) / ${udp()}`);
  s.access(`${up} / ipv6(${a.v6} > ${host}) / tcp(4001 > 80 seq=1 flags=S)`);
  s.core(`ipv6(${host} > ${mapped(a.v4)}) / tcp(80 > 4001 seq=8 ack=2 flags=SA)`);
  s.access(`${up} / ipv6(${a.v6} > ${host}) / icmp6(echo id=1 seq=1)`);
  s.core(`ipv6(${host} > ${mapped(a.v4)}) / icmp6(reply id=1 seq=1)`);
  s.access(`${up} / ipv6(${a.v6} > ${host}) / hopopts / ${udp()}`);
  s.access(`${up} / ipv6(${a.v6} > ${host}) / frag6(id=5 off=0 m=1) / udp(1 > 2 len=1216 check=0x1234) / fill(1208)`);
  s.access(`${up} / ipv6(${a.v6} > ${host}) / frag6(id=5 off=1216 next=17) / fill(100)`);
  s.access(`${up} / ipv6(${a.v6} > ${host}) / icmp6(unreachable code=4) / cut(100) / ipv6(${host} > ${a.v6} hop=60) / ${udp()}`);
  s.core(`ipv6(${host} > ${mapped(a.v4)}) / icmp6(unreachable code=4) / cut(100) / ipv6(${mapped(a.v4)} > ${host} hop=60) / ${udp()}`);
  s.core(`ipv6(${host} > ${mapped(a.v4)}) / icmp6(too-big mtu=1280) / cut(400) / ipv6(${mapped(a.v4)} > ${host} hop=60) / udp(1 > 2) / fill(1300)`);
  s.core(`ipv6(${host} > ${mapped(a.v4)} hop=1) / ${udp()}`);
  s.core(`ipv6(${host} > ${mapped(a.v4)}) / udp(9 > 19) / fill(1400)`);
  s.access(`ipv4(100.64.0.9 > ${e.own}) / ipv6(${sixToFourAddress(parseIpv4("100.64.0.9")!, subnet, 5)} > ${host}) / ${udp()}`);
  s.core(`ipv6(${host} > ${mapped("100.64.0.9", [0, 5])}) / ${udp()}`);
  s.core(`ipv6(${host} > ${sixToFourAddress(parseIpv4(e.end(42).v4)!, subnet + 1, 5)}) / ${udp()}`); // an ordinary 6to4 site that sent nothing yet
  const other = sixToFourAddress(parseIpv4(a.v4)!, subnet + 1, 5);
  s.access(`${up} / ipv6(${other} > ${host}) / ${udp()}`);
  s.core(`ipv6(${host} > ${other}) / ${udp()}`);
  s.access(`${up} / ipv6(${a.v6} > ${mapped(e.end(2).v4)}) / ${udp()}`);
  s.access(`ipv4(${e.end(7).v4} > ${e.own}) / ipv6(${a.v6} > ${host}) / ${udp()}`);
  s.core(`ipv6(${mapped(e.end(2).v4)} > ${mapped(a.v4)}) / ${udp()}`);
  s.core(`ipv6(${host} > ${mapped("10.1.1.1")}) / ${udp()}`);
}
