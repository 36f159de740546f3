/** Stimuli that all IPv6-in-IPv4 mechanisms share: RFC 4213 section 3, RFC 6040, ICMP, and what must be refused. */
import type { Config, TunnelCommon } from "../../config/types.js";
import { parseIpv6 } from "../../wire/address.js";
import type { Ends } from "./ends.js";
import { labels } from "./labels.js";
import type { Script } from "./script.js";

/** An IPv4 address in hexadecimal groups, for fe80::V4ADDR. */
const groups = (v4: string): string => {
  const [a, b, c, d] = v4.split(".").map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
};
/** The 16 bytes of an address in hexadecimal. */
const wordsHex = (v6: string): string => parseIpv6(v6)!.map((w) => w.toString(16).padStart(8, "0")).join("");
const hex6 = (groups: string): string => groups.split(":").map((g) => g.padStart(4, "0")).join("");

export function sixInFour(s: Script, e: Ends, t: TunnelCommon, config: Config): void {
  const a = e.end(1);
  const b = e.end(2);
  const host = e.host(1);
  const udp = (more = ""): string => {
    const n = s.next();
    return `udp(${4000 + n} > ${5000 + n}) / "softproof ${n}"${more}`;
  };
  const outer = (options = "", from = a.v4): string => `ipv4(${from} > ${e.own} ${options})`;
  const up = (options = "", v6 = "", end = a): string => `${outer(options, end.v4)} / ipv6(${end.v6} > ${host} ${v6})`;
  const down = (v6 = "", end = a): string => `ipv6(${host} > ${e.seen(end)} ${v6})`;

  s.topic("forwarding", "ordinary packets both ways, many initiators, all kinds of upper layers");
  s.core(`${down("", e.end(40))} / ${udp()}`); // the device knows nothing of this initiator yet
  for (const end of [a, b, e.end(3)]) {
    s.access(`${up("", "", end)} / ${udp()}`);
    s.core(`${down("", end)} / ${udp()}`);
  }
  e.also.forEach((accepted, i) => {
    for (const end of [a, e.end(50 + i)]) s.access(`ipv4(${end.v4} > ${accepted}) / ipv6(${end.v6} > ${host}) / ${udp()}`);
  });
  for (const v6 of ["hop=255", "hop=2", "tc=0xb8 flow=0x12345", "tc=0x28"]) {
    s.access(`${up("", v6)} / ${udp()}`);
    s.core(`${down(v6)} / ${udp()}`);
  }
  s.access(`${up("tos=0xb8", "tc=0x28")} / ${udp()}`);
  s.access(`${up("ttl=1")} / ${udp()}`);
  s.access(`${up("df=1 id=4711")} / ${udp()}`);
  s.access(`${up()} / tcp(4001 > 80 seq=1 flags=S options=020405a0)`);
  s.core(`${down()} / tcp(80 > 4001 seq=9 ack=2 flags=SA)`);
  s.access(`${up()} / icmp6(echo id=7 seq=1) / fill(56)`);
  s.core(`${down()} / icmp6(echo id=8 seq=1) / fill(56)`);
  s.access(`${up()} / hopopts / dstopts / ${udp()}`);
  s.access(`${up()} / frag6(id=77 off=1232) / fill(100)`);
  s.access(`${up()} / ${udp()} / pad(3)`);
  s.access(`${up()} / ${udp()} / pad(200 byte=0xa5)`);
  s.access(up());
  for (let i = 0; i < 12; i++) s.core(`${down("", e.end(1 + (i % 3)))} / ${udp()}`);

  labels(s, config, true, () => `${up()} / ${udp()}`, () => `${down()} / ${udp()}`);

  s.topic("ecn-dscp", "every combination of inner and outer ECN, and DSCP");
  for (let inner = 0; inner < 4; inner++) {
    for (let out = 0; out < 4; out++) s.access(`${up(`tos=${out}`, `tc=${inner}`)} / ${udp()}`);
    s.core(`${down(`tc=${inner}`)} / ${udp()}`);
    s.core(`${down(`tc=${0xb8 + inner}`)} / ${udp()}`);
  }

  s.topic("mtu", "packets up to and beyond the tunnel's MTU, outer fragments in and out of order");
  // 48: IPv6 and UDP header. The core link and the outer link carry at most their MTU.
  const largest = Math.min(config.core.mtu, 1500);
  for (const size of new Set([1280, t.tunnelMtu, t.tunnelMtu + 1, 1480, largest])) if (size <= largest && size >= 1280) s.core(`${down()} / udp(9 > ${size}) / fill(${size - 48})`);
  const whole = Math.min(config.access.mtu, 1500) - 20;
  s.access(`${up()} / udp(9 > 10) / fill(${whole - 48})`);
  // 1500 inner bytes in one piece need an outer link of 1520
  if (config.access.mtu >= 1520) s.access(`${up()} / udp(9 > 20) / fill(1452)`);
  const full = `ipv6(${a.v6} > ${host}) / udp(9 > 11) / fill(1452)`;
  const small = (n: number): string => `ipv6(${a.v6} > ${host}) / udp(9 > ${n}) / fill(600)`;
  s.access(`fragments(1500) / ${outer("id=101")} / ${full}`);
  s.access(`fragments(1500 order=2,1) / ${outer("id=102")} / ipv6(${a.v6} > ${host}) / udp(9 > 12) / fill(1452)`);
  s.access(`fragments(400 order=4,2,1,3) / ${outer("id=103")} / ipv6(${a.v6} > ${host}) / udp(9 > 13) / fill(1452)`);
  s.access(`fragments(300 order=3,2,1) / ${outer("id=104")} / ${small(14)}`);
  s.access(`fragments(300 order=1,3) / ${outer("id=105")} / ${small(15)}`); // fragment 2 never comes

  s.topic("icmp", "exceeded hop limits, errors about errors, echo requests");
  s.access(`${up("", "hop=1")} / ${udp()}`);
  s.core(`${down("hop=1")} / ${udp()}`);
  s.core(`${down("hop=1")} / udp(9 > 16) / fill(1200)`);
  s.access(`${up("", "hop=0")} / ${udp()}`);
  s.core(`${down("hop=0")} / ${udp()}`);
  s.core(`${down("hop=1")} / icmp6(time-exceeded) / cut(60) / ipv6(${a.v6} > ${host} hop=1) / ${udp()}`);
  s.core(`ipv6(${host} > ff0e::1 hop=1) / ${udp()}`);
  s.core(`ipv6(:: > ${e.seen(a)} hop=1) / ${udp()}`);
  s.access(`ipv4(${a.v4} > ${e.own}) / icmp4(echo id=1 seq=2) / "softproof ping"`);
  if (e.coreAddress !== undefined) {
    s.core(`ipv6(${host} > ${e.coreAddress}) / icmp6(echo id=1 seq=2) / "softproof ping"`);
    s.access(`${outer()} / ipv6(${a.v6} > ${e.coreAddress}) / icmp6(echo id=2 seq=2) / "softproof ping"`);
  }
  s.core(`ipv6(${host} > ${e.ownPrefix}) / icmp6(echo id=3 seq=3) / "alive?"`);
  s.access(`${outer()} / ipv6(${a.v6} > ${e.ownPrefix}) / icmp6(echo id=9 seq=3) / "alive?"`);

  s.topic("icmp-rate", "more packets with an exceeded hop limit than ought to be answered");
  for (let i = 0; i < 1500; i++) {
    s.core(`${down("hop=1")} / ${udp()}`);
    s.wait(-0.0195);
  }

  s.topic("tunnel-errors", "ICMPv4 errors about tunnel packets");
  const router = e.end(9).v4;
  const sent = `ipv6(${host} > ${b.v6} hop=63) / udp(9 > 17) / "about me"`;
  const quoted = `ipv4(${e.own} > ${b.v4} ttl=60) / ${sent}`;
  s.core(`ipv6(${host} > ${e.seen(b)}) / udp(9 > 17) / "about me"`);
  const wide = `ipv4(${e.own} > ${b.v4} df ttl=60) / ipv6(${host} > ${b.v6} hop=63) / udp(9 > 18) / fill(${t.tunnelMtu - 48})`;
  for (const head of ["unreachable code=1", "unreachable code=0", "time-exceeded"]) for (const cut of [548, 60, 28]) s.access(`ipv4(${router} > ${e.own}) / icmp4(${head}) / cut(${cut}) / ${quoted}`);
  s.access(`ipv4(${router} > ${e.own}) / icmp4(unreachable code=1 check=0xbad) / cut(548) / ${quoted}`);
  s.core(`ipv6(${host} > ${e.seen(b)}) / udp(9 > 18) / fill(${t.tunnelMtu - 48})`);
  for (const mtu of [1400, 1299]) {
    s.access(`ipv4(${router} > ${e.own}) / icmp4(unreachable code=4 mtu=${mtu}) / cut(548) / ${wide}`);
    s.wait(0.2);
    for (const size of new Set([1280, mtu - 20, mtu - 19, t.tunnelMtu])) if (size >= 1280 && size <= largest) s.core(`ipv6(${host} > ${e.seen(b)}) / udp(9 > 18) / fill(${size - 48})`);
  }

  s.topic("refused", "what a tunnel end must not take: spoofed and impossible addresses, broken headers");
  // How an unused protocol is treated must be known before tunnel packets are refused (RFC 4213 section 5).
  s.access(`ipv4(${a.v4} > ${e.own} proto=253) / fill(20)`);
  s.wait(2);
  s.access(`${outer("", b.v4)} / ipv6(${a.v6} > ${host}) / ${udp()}`); // the embedded address is another's
  s.access(`${outer()} / ipv6(3fff:dead::1 > ${host}) / ${udp()}`);
  for (const source of ["ff02::1", "::1", `::${a.v4}`, `::ffff:${a.v4}`, "::", "fe80::1", "fec0::1"]) s.access(`${outer()} / ipv6(${source} > ${host}) / ${udp()}`);
  for (const destination of ["ff05::1", "fe80::1", "::1", "fec0::1", `::${a.v4}`, `::ffff:${a.v4}`]) s.access(`${outer()} / ipv6(${a.v6} > ${destination}) / ${udp()}`);
  for (const source of ["0.0.0.0", "127.0.0.1", "224.0.0.9", "255.255.255.255", "240.0.0.1", e.own]) s.access(`${outer("", source)} / ipv6(${e.of(source).v6} > ${host}) / ${udp()}`);
  for (const destination of ["224.0.0.1", "255.255.255.255", e.end(5).v4]) s.access(`ipv4(${a.v4} > ${destination}) / ipv6(${a.v6} > ${host}) / ${udp()}`);
  for (const source of ["fe80::1", "ff02::1", "::1", "::"]) s.core(`ipv6(${source} > ${e.seen(a)}) / ${udp()}`);
  s.core(`ipv6(${host} > ${e.host(7)}) / ${udp()}`);
  s.access(`${outer("check=0xbad")} / ipv6(${a.v6} > ${host}) / ${udp()}`);
  s.access(`${outer("ihl=4")} / ipv6(${a.v6} > ${host}) / ${udp()}`);
  s.access(`${outer("ver=6")} / ipv6(${a.v6} > ${host}) / ${udp()}`);
  s.access(`${outer()} / ipv6(${a.v6} > ${host} ver=4) / ${udp()}`);
  s.access(`${outer()} / ipv6(${a.v6} > ${host} len=900) / ${udp()}`);

  s.topic("neighbours", "neighbour discovery and link-local addresses in the tunnel");
  const own = `fe80::${groups(e.own)}`;
  const ownHex = `fe800000000000000000000000000000`.slice(0, 24) + hex6(groups(e.own));
  s.access(`${outer()} / ipv6(fe80::${groups(a.v4)} > ${own} hop=255) / icmp6(ns) / hex(${ownHex})`);
  s.access(`${outer()} / ipv6(fe80::${groups(a.v4)} > ${own} hop=255) / icmp6(ns) / hex(${ownHex} 0101020000000002)`);
  s.access(`${outer()} / ipv6(fe80::${groups(a.v4)} > ff02::2 hop=255) / icmp6(rs)`);
  s.access(`${outer()} / ipv6(${a.v6} > ${own} hop=255) / icmp6(echo id=5 seq=1)`);
  for (const option of ["", " 0101020000000002"]) {
    s.access(`${outer()} / ipv6(${a.v6} > ${own} hop=255) / icmp6(ns) / hex(${ownHex}${option})`);
    s.access(`${outer()} / ipv6(${a.v6} > ${e.ownPrefix} hop=255) / icmp6(ns) / hex(${wordsHex(e.ownPrefix)}${option})`);
    s.access(`${outer()} / ipv6(${a.v6} > ${a.v6} hop=255) / icmp6(ns) / hex(${wordsHex(a.v6)}${option})`);
  }
  // A neighbour that speaks of a host on the other side must not move it.
  s.access(`${outer()} / ipv6(${a.v6} > ${e.ownPrefix} hop=255) / icmp6(na) / hex(${wordsHex(e.host(1))})`);
  s.access(`${outer()} / ipv6(${a.v6} > ${e.host(1)}) / udp(4321 > 53) / "still there"`);
}

/** The end of all stimuli: what is missing at the end of a capture says nothing, so ordinary traffic goes on for a while. */
export function afterwards(s: Script, e: Ends): void {
  s.topic("afterwards", "ordinary packets, so that the capture goes on after the last stimulus");
  for (let i = 0; i < 8; i++) {
    s.wait(1);
    const n = s.next();
    s.access(`ipv4(${e.end(1).v4} > ${e.own}) / ipv6(${e.end(1).v6} > ${e.host(1)}) / udp(${4000 + n} > 53) / "softproof ${n}"`);
    s.core(`ipv6(${e.host(1)} > ${e.seen(e.end(1))}) / udp(53 > ${4000 + n}) / "softproof ${n}"`);
  }
}
