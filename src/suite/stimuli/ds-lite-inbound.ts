/** Phase 2 of an AFTR's stimuli: to the external ports that phase 1 got. */
import type { Config, DsLite } from "../../config/types.js";
import { dsLiteEnds } from "./ds-lite-ends.js";
import { exhaustion } from "./ds-lite-exhaustion.js";
import { SHARED } from "./ds-lite-limits.js";
import type { External, Learned } from "./learned.js";
import { type Mark, marksOf, opening } from "./marks.js";
import type { Script } from "./script.js";

/** The mark whose SYN is never answered: its connection stays half open (RFC 7857 section 2). */
const UNANSWERED = 15;

export function inbound(s: Script, c: DsLite, config: Config, learned: Learned): void {
  const e = dsLiteEnds(c);
  const marks = marksOf(c);
  const at = (n: number): { m: Mark; x: External } | undefined => {
    const m = marks[n - 1];
    const x = learned.get(n);
    return x === undefined ? undefined : { m, x };
  };
  const text = (): string => `"softproof ${s.next()}"`;
  const open = (...ns: number[]): void => {
    for (const n of ns) s.access(opening(marks[n - 1], e.aftr));
  };
  /** From the Internet to a mark's external port. */
  const back = (n: number, options = "", host?: string): string | undefined => {
    const t = at(n);
    return t === undefined ? undefined : `ipv4(${host ?? t.m.host} > ${t.x.address} ${options})`;
  };
  const core = (head: string | undefined, rest: string): void => {
    if (head !== undefined) s.core(`${head} / ${rest}`);
  };
  const u = (n: number, from?: number): string => {
    const t = at(n);
    return `udp(${from ?? t?.m.hostPort ?? 20053} > ${t?.x.port ?? 1}) / ${text()}`;
  };
  const t = (n: number, flags: string, seq = 1000): string => {
    const k = at(n);
    return `tcp(${k?.m.hostPort ?? 80} > ${k?.x.port ?? 1} seq=${seq} ack=${0x50f00000 + n + 1} flags=${flags})`;
  };

  s.topic("replies", "answers to every binding; other remote ends; DSCP, ECN and TTL", { phase: 2 });
  open(...marks.map((m) => m.n));
  for (const m of marks) {
    if (m.protocol === "udp") core(back(m.n), u(m.n));
    else if (m.protocol === "tcp" && m.n !== UNANSWERED) core(back(m.n), t(m.n, "SA"));
    else if (m.protocol === "icmp") core(back(m.n), `icmp4(reply id=${at(m.n)?.x.port ?? 0} seq=1) / ${text()}`);
  }
  core(back(1), u(1, 5555)); // another port of the same host
  core(back(1, "", e.host(5)), u(1, 5555)); // a host that was never spoken to
  for (let ecn = 0; ecn < 4; ecn++) core(back(1, `tos=${ecn}`), u(1));
  for (const tos of [0xb8, 0x28]) core(back(1, `tos=${tos}`), u(1));
  for (const ttl of [255, 2, 1, 0]) core(back(1, `ttl=${ttl}`), u(1));
  core(back(1, "ttl=1"), `udp(20053 > ${at(1)?.x.port ?? 1}) / fill(600)`);
  core(back(1, "check=0xbad"), u(1));
  core(back(1), `udp(20053 > ${at(1)?.x.port ?? 1} check=0) / ${text()}`);
  core(back(1, "df=1"), u(1));
  // another provider's shared addresses (RFC 6598 section 4): no filter of the NAT keeps out whom the inner host has spoken to
  for (const source of config.core.providerBoundary === true ? SHARED : []) {
    s.access(`ipv6(${marks[0].b4} > ${e.aftr}) / ipv4(${marks[0].inner} > ${source}) / udp(${marks[0].port} > 20053) / ${text()}`);
    core(back(1, "", source), u(1));
  }

  s.topic("sizes", "packets that fit the core and not the softwire, inner fragments in and out of order", { phase: 2 });
  open(1, 3);
  const port = at(1)?.x.port ?? 1;
  for (const [df, id] of [[1, 31], [0, 32]]) core(back(1, `df=${df} id=${id}`), `udp(20053 > ${port}) / fill(${Math.min(config.core.mtu, 1500) - 28})`);
  core(back(1, "id=33 mf"), `udp(20053 > ${port} len=1208 check=0) / fill(1000)`);
  core(back(1, "id=33 off=1008 proto=17"), "fill(200)");
  core(back(1, "id=34 off=1008 proto=17"), "fill(200 from=7)");
  core(back(1, "id=34 mf"), `udp(20053 > ${port} len=1208 check=0) / fill(1000 from=7)`);

  s.topic("icmp", "ICMP errors about translated packets, from the Internet, from inner hosts, from the softwire", { phase: 2 });
  open(1, 3, 4, 6);
  core(back(4), t(4, "SA"));
  /** What the device sent for a mark, as the Internet saw it. */
  const outside = (n: number, options = ""): string => {
    const k = at(n);
    const rest = k?.m.protocol === "udp" ? `udp(${k.x.port} > ${k.m.hostPort}) / "about me"` : k?.m.protocol === "tcp" ? `tcp(${k.x.port} > ${k.m.hostPort} seq=${0x50f00000 + n} flags=S)` : `icmp4(echo id=${k?.x.port ?? 0} seq=1) / "about me"`;
    return `ipv4(${k?.x.address ?? e.pool} > ${k?.m.host ?? e.host(0)} ttl=60 ${options}) / ${rest}`;
  };
  for (const n of [1, 4, 6]) {
    for (const kind of ["unreachable code=3", "unreachable code=1", "unreachable code=4 mtu=1400", "time-exceeded", "parameter"]) core(back(n, "", e.host(20)), `icmp4(${kind}) / cut(48) / ${outside(n)}`);
  }
  for (const n of [1, 4, 6]) open(n); // the errors have ended no binding
  core(back(1, "", e.host(20)), `icmp4(quench) / cut(28) / ${outside(1)}`);
  core(back(1, "", e.host(20)), `icmp4(unreachable code=3 check=0xbad) / cut(28) / ${outside(1)}`);
  core(back(1, "", e.host(20)), `icmp4(unreachable code=3) / cut(28) / ${outside(1, "check=0xbad")}`);
  // errors of inner hosts about what they got
  for (const n of [1, 4]) {
    const m = marks[n - 1];
    core(back(n), n === 1 ? u(1) : t(4, "A", 1001));
    s.wait(0.05);
    const got = m.protocol === "udp" ? `udp(${m.hostPort} > ${m.port}) / "about me"` : `tcp(${m.hostPort} > ${m.port} seq=1001 flags=A)`;
    for (const kind of ["unreachable code=3", "time-exceeded", "quench"]) s.access(`ipv6(${m.b4} > ${e.aftr}) / ipv4(${m.inner} > ${m.host}) / icmp4(${kind}) / cut(48) / ipv4(${m.host} > ${m.inner} ttl=50) / ${got}`);
  }
  softwireErrors(s, e.aftr, marks, at, (n) => e.host(n), Math.min(config.core.mtu, 1500) - 28);

  s.topic("nat", "inbound: payloads, wrong checksums, other remote ports and protocols, both ends opening at once, errors with options and extensions", { phase: 2 });
  open(1, 4, 8, 10);
  core(back(1), `udp(20053 > ${port} check=0xbad) / ${text()}`);
  core(back(10), `tcp(80 > ${at(10)?.x.port ?? 1} seq=500 flags=S)`); // both ends open at once
  core(back(8), t(8, "SA"));
  s.access(`ipv6(${marks[7].b4} > ${e.aftr}) / ipv4(${marks[7].inner} > ${marks[7].host}) / tcp(${marks[7].port} > 443 seq=${0x50f00000 + 9} ack=1001 flags=PA) / ${text()}`);
  core(back(8), `${t(8, "PA", 1001)} / ${text()}`);
  core(back(8), `tcp(5443 > ${at(8)?.x.port ?? 1} seq=1 flags=S)`); // another port of the same host
  core(back(1), `tcp(20053 > ${port} seq=1 flags=S)`); // TCP to the port of a UDP mapping
  core(back(1), `tcp(20053 > ${port} seq=2 ack=2 flags=A)`); // a segment of no connection
  s.access(`ipv6(${marks[0].b4} > ${e.aftr}) / ipv4(${marks[0].inner} > ${marks[0].host}) / icmp4(type=200 rest=0x00010001) / "reserved"`);
  core(back(4), `udp(80 > ${at(4)?.x.port ?? 1}) / ${text()}`);
  core(back(1, "", e.host(20)), `icmp4(unreachable code=3) / cut(60) / ${outside(1, "options=01010101")}`);
  core(back(1, "", e.host(20)), `icmp4(unreachable code=3) / cut(28) / ipv4(${at(1)?.x.address ?? e.pool} > ${marks[0].host} ttl=60) / udp(${port} > 20053 check=0xbad) / "about me"`);
  // RFC 4884: 128 bytes of the packet, then an extension of version 2
  core(back(1, "", e.host(20)), `icmp4(time-exceeded rest=0x00200000) / ipv4(${at(1)?.x.address ?? e.pool} > ${marks[0].host} ttl=1 len=128) / udp(${port} > 20053 len=108) / fill(100) / hex(20000000 00080101 00010040)`);
  s.wait(1);
  core(back(1), u(1));
  core(back(6), `icmp4(reply id=${at(6)?.x.port ?? 0} seq=1) / ${text()}`);

  s.topic("hairpin", "from one subscriber to the external port of another: UDP, TCP, and errors about them", { phase: 2 });
  open(1, 2, 4, 5, 7);
  const pair = (from: number, to: number): { up: string; rest: string } | undefined => {
    const k = at(to);
    if (k === undefined) return undefined;
    const m = marks[from - 1];
    return {
      up: `ipv6(${m.b4} > ${e.aftr}) / ipv4(${m.inner} > ${k.x.address})`,
      rest: m.protocol === "udp" ? `udp(${m.port} > ${k.x.port}) / ${text()}` : `tcp(${m.port} > ${k.x.port} seq=77 flags=S)`,
    };
  };
  for (const [from, to] of [[2, 1], [1, 2], [5, 4], [3, 7]]) {
    const p = pair(from, to);
    if (p !== undefined) s.access(`${p.up} / ${p.rest}`);
  }
  const [x1, x2] = [at(1)?.x, at(2)?.x];
  // the hairpinned packet went from 2's external port to 1: an error of 1 about it goes back to 2
  if (x1 !== undefined && x2 !== undefined) s.access(`ipv6(${marks[0].b4} > ${e.aftr}) / ipv4(${marks[0].inner} > ${x2.address}) / icmp4(unreachable code=3) / cut(48) / ipv4(${x2.address} > ${marks[0].inner} ttl=60) / udp(${x2.port} > ${marks[0].port}) / "about me"`);

  s.topic("tcp-end", "RST and FIN", { phase: 2 });
  open(8);
  core(back(8), t(8, "SA"));
  s.access(`ipv6(${marks[7].b4} > ${e.aftr}) / ipv4(${marks[7].inner} > ${marks[7].host}) / tcp(${marks[7].port} > 443 seq=${0x50f00000 + 9} ack=1001 flags=A)`);
  core(back(8), t(8, "RA", 1001));
  s.wait(30);
  core(back(8), t(8, "A", 1001));

  const ordinary = `ipv6(${e.b4(1)} > ${e.aftr}) / ipv4(${e.inner(1)} > ${e.host(0)}) / udp(4000 > 20053)`;
  lifetimes(s, c, e.aftr, marks, { open, core, back, u, t, at, outside, text, stranger: e.host(6), router: e.host(20), ordinary });
  exhaustion(s, c, ordinary, text);
}

interface Parts {
  open(...ns: number[]): void;
  core(head: string | undefined, rest: string): void;
  back(n: number, options?: string, host?: string): string | undefined;
  u(n: number, from?: number): string;
  t(n: number, flags: string, seq?: number): string;
  at(n: number): { m: Mark; x: External } | undefined;
  outside(n: number): string;
  text(): string;
  readonly stranger: string;
  readonly router: string;
  readonly ordinary: string;
}

/** One topic for all that waits: each event so many seconds after the packets that opened the bindings, for a binding that waits for its turn expires. */
function lifetimes(s: Script, c: DsLite, aftr: string, marks: readonly Mark[], p: Parts): void {
  s.topic("lifetimes", "idle bindings: answers after a minute, two minutes, five minutes, and after the declared timers; refused packets; a SYN that nothing answered", { phase: 2, slow: true });
  const { udp, tcpTransitory } = c.nat?.timers ?? { udp: 300, tcpTransitory: 240 };
  const late = (timer: number): number => timer * 1.1 + 15;
  const inside = (n: number): string => `ipv6(${marks[n - 1].b4} > ${aftr}) / ipv4(${marks[n - 1].inner} > ${marks[n - 1].host})`;
  const query = (n: number): void => p.core(p.back(n), `icmp4(reply id=${p.at(n)?.x.port ?? 0} seq=1) / ${p.text()}`);
  const answer = (n: number): void => p.core(p.back(n), p.u(n));
  p.open(9, 10, 11, 12, 13, 14, 15, 16, 17, 18);
  for (const n of [9, 12, 14, 16, 17]) answer(n);
  p.core(p.back(13), p.t(13, "SA"));
  s.access(`${inside(13)} / tcp(${marks[12].port} > 80 seq=${0x50f00000 + 14} ack=1001 flags=A)`);
  query(18);
  p.core(p.back(18, "", p.router), `icmp4(unreachable code=1) / cut(48) / ${p.outside(18)}`);
  const events: [number, () => void][] = [
    [3, () => query(18)], [40, () => answer(14)], [55, () => query(11)], [115, () => answer(9)], [225, () => answer(9)],
    [226, () => p.core(p.back(10), p.t(10, "SA"))], [227, () => p.open(12)], [232, () => answer(12)],
    [260, () => p.core(p.back(13), p.t(13, "A", 1001))], // established, idle for more than the 240 s of a half-open one
    // an error of the inside refreshes nothing (RFC 7857 section 7.1)
    [430, () => s.access(`${inside(12)} / icmp4(unreachable code=3) / cut(48) / ipv4(${marks[11].host} > ${marks[11].inner} ttl=50) / udp(${marks[11].hostPort} > ${marks[11].port}) / "about me"`)],
    [540, () => answer(12)], [541, () => p.open(12)], [560, () => answer(12)],
    [udp * 0.8, () => answer(16)], [udp * 0.9, () => p.core(p.back(17, "", p.stranger), p.u(17, 6666))], // an endpoint-dependent filter refuses it
    [late(tcpTransitory), () => p.core(p.back(UNANSWERED), p.t(UNANSWERED, "A"))],
    // both ends open at once where nothing is left of the first attempt: the peer's SYN first (RFC 5382 section 4.3)
    [late(tcpTransitory) + 1, () => p.core(p.back(UNANSWERED), p.t(UNANSWERED, "S", 5000))], [late(tcpTransitory) + 3, () => p.open(UNANSWERED)], [late(udp), () => answer(16)], [late(udp) + 1, () => answer(17)],
  ];
  let now = 0;
  for (const [when, send] of events.sort(([a], [b]) => a - b)) {
    s.wait(Math.max(0, when - now));
    now = when;
    send();
  }
  for (let i = 0; i < 3; i++) {
    s.access(`${p.ordinary} / ${p.text()}`);
    s.wait(5);
  }
}

/** Errors of the IPv6 network about softwire packets (RFC 2473 section 8), and what they do to the softwire's MTU (section 7, RFC 8201 section 4). */
function softwireErrors(s: Script, aftr: string, marks: readonly Mark[], at: (n: number) => { m: Mark; x: External } | undefined, host: (n: number) => string, size: number): void {
  // one that fits the softwire whole, which an error can quote; and the largest of the core link
  const small = Math.min(size, 1400);
  const packet = (n: number, df: number, fill: number): void => {
    const k = at(n);
    if (k !== undefined) s.core(`ipv4(${k.m.host} > ${k.x.address} df=${df} ttl=51) / udp(${k.m.hostPort} > ${k.x.port}) / fill(${fill})`);
    s.wait(0.05);
  };
  /** The softwire packet that the small one became. */
  const quoted = (n: number, df: number): string => {
    const m = marks[n - 1];
    return `ipv6(${aftr} > ${m.b4} hop=60) / ipv4(${m.host} > ${m.inner} ttl=50 df=${df}) / udp(${m.hostPort} > ${m.port}) / fill(${small})`;
  };
  const tell = (kind: string, packet: string): void => {
    s.access(`ipv6(3fff:5b4:ff::1 > ${aftr}) / icmp6(${kind}) / cut(1232) / ${packet}`);
    s.wait(0.2);
  };
  for (const n of [1, 2, 9]) s.access(opening(marks[n - 1], aftr));
  packet(1, 1, small);
  for (const kind of ["unreachable code=3", "time-exceeded", "parameter code=1"]) tell(kind, quoted(1, 1));
  // below 1280, and about a packet that was never sent: neither changes anything
  packet(9, 0, small);
  tell("too-big mtu=1000", quoted(9, 0));
  s.wait(3);
  for (const fill of [small, size]) packet(9, 0, fill);
  packet(2, 0, small);
  tell("too-big mtu=1300", `ipv6(${aftr} > ${marks[1].b4} hop=60) / ipv4(${host(3)} > ${marks[8].inner}) / udp(1 > 2) / fill(1400)`);
  for (const fill of [small, size]) packet(2, 0, fill);
  tell("too-big mtu=1400", quoted(1, 1));
  s.wait(3);
  for (const df of [0, 1]) for (const fill of [small, size]) packet(1, df, fill);
  s.wait(2);
  packet(1, 0, small);
}
