/**
 * Stimuli of an AFTR with NAPT44: RFC 6333, 2473, 4787, 5382, 5508, 6888, 7857. Phase 1 opens bindings; the external ports that they got are read from a
 * capture of it, and phase 2 refreshes the bindings and sends to them from the Internet.
 */
import type { Config, DsLite } from "../../config/types.js";
import { formatIpv4, formatIpv6 } from "../../wire/address.js";
import { dsLiteEnds } from "./ds-lite-ends.js";
import { inbound } from "./ds-lite-inbound.js";
import { limits, mappingGap } from "./ds-lite-limits.js";
import { labels } from "./labels.js";
import type { Learned } from "./learned.js";
import { marksOf, opening } from "./marks.js";
import type { Script } from "./script.js";

export function dsLite(s: Script, c: DsLite, config: Config, learned: Learned | undefined): void {
  if (learned !== undefined) {
    inbound(s, c, config, learned);
    return;
  }
  const e = dsLiteEnds(c);
  const b4 = e.b4(1);
  const softwire = (options = "", from = b4): string => `ipv6(${from} > ${e.aftr} ${options})`;
  const inner = (options = "", host = e.host(0), from = e.inner(1)): string => `ipv4(${from} > ${host} ${options})`;
  const text = (): string => `"softproof ${s.next()}"`;
  const udp = (port = 4000, to = 20053): string => `udp(${port} > ${to}) / ${text()}`;
  const gap = mappingGap(c.nat);
  /** A packet that opens a mapping. */
  const fresh = (packet: string): void => {
    s.wait(gap);
    s.access(packet);
  };

  s.topic("outbound", "bindings: the same inner host to several remote ends, the same inner address behind several B4s");
  for (const m of marksOf(c)) fresh(opening(m, e.aftr));
  for (const [host, port] of [[1, 20053], [0, 20054], [2, 25353]]) s.access(`${softwire()} / ${inner("", e.host(host))} / ${udp(4000, port)}`);
  for (const [host, port] of [[1, 80], [0, 81]]) s.access(`${softwire()} / ${inner("", e.host(host))} / tcp(4100 > ${port} seq=9 flags=S)`);
  s.access(`${softwire()} / ${inner("", e.host(1))} / icmp4(echo id=4200 seq=2) / ${text()}`);
  for (let i = 0; i < 8; i++) fresh(`${softwire("", e.b4(1 + (i % 3)))} / ${inner("", e.host(0), e.inner(10 + i))} / ${udp(6000 + i)}`);
  fresh(`${softwire()} / ${inner()} / udp(4300 > 20053 check=0) / ${text()}`); // a UDP packet without checksum
  fresh(`${softwire()} / ${inner()} / tcp(4600 > 21 seq=7 flags=S)`);
  s.access(`${softwire()} / ${inner()} / tcp(4600 > 21 seq=8 ack=1 flags=PA) / "NOOP"`);
  for (const p of c.nat?.noTranslate ?? []) s.access(`${softwire()} / ${inner("", formatIpv4((p.address + 1) >>> 0))} / ${udp()}`);
  for (const m of c.nat?.staticMappings ?? []) {
    const [proto, b] = [m.protocol === 6 ? "tcp" : "udp", formatIpv6(m.b4)];
    s.access(`ipv6(${b} > ${e.aftr}) / ipv4(${formatIpv4(m.inner)} > ${e.host(0)}) / ${proto === "udp" ? udp(m.innerPort) : `tcp(${m.innerPort} > 80 seq=5 flags=S)`}`);
    s.core(`ipv4(${e.host(0)} > ${formatIpv4(m.outer)}) / ${proto === "udp" ? `udp(53 > ${m.outerPort}) / ${text()}` : `tcp(80 > ${m.outerPort} seq=5 flags=S)`}`);
  }

  s.topic("softwire", "outer header: every ECN combination, DSCP, extension headers, outer fragments in and out of order");
  for (let outer = 0; outer < 4; outer++) for (let x = 0; x < 4; x++) s.access(`${softwire(`tc=${outer}`)} / ${inner(`tos=${x}`)} / ${udp()}`);
  s.access(`${softwire("tc=0xb8")} / ${inner("tos=0xb8")} / ${udp()}`);
  s.access(`${softwire("tc=0x28")} / ${inner("tos=0")} / ${udp()}`);
  s.access(`${softwire()} / dstopts(options=040104000000) / ${inner()} / ${udp()}`);
  s.access(`${softwire()} / hopopts / ${inner()} / ${udp()}`);
  for (const hop of [255, 1]) s.access(`${softwire(`hop=${hop}`)} / ${inner()} / ${udp()}`);
  s.access(`fragments(1280 id=1) / ${softwire()} / ${inner("id=801")} / udp(4000 > 20053) / fill(1400)`);
  s.access(`fragments(1280 order=2,1 id=2) / ${softwire()} / ${inner("id=802")} / udp(4000 > 20053) / fill(1400 from=1)`);
  s.access(`fragments(600 order=3,1,2 id=3) / ${softwire()} / ${inner("id=803")} / udp(4000 > 20053) / fill(1400 from=2)`);
  s.access(`fragments(600 order=1,3 id=4) / ${softwire()} / ${inner("id=804")} / udp(4000 > 20053) / fill(1400 from=3)`); // fragment 2 never comes
  s.access(`${softwire()} / frag6(id=9) / ${inner("id=805")} / ${udp()}`); // an atomic fragment
  // the second fragment overlaps the first by 8 bytes
  s.access(`${softwire()} / frag6(id=10 m=1 next=4) / ${inner("id=806 len=328")} / udp(4000 > 20053 len=308 check=0) / fill(100)`);
  s.access(`${softwire()} / frag6(id=10 off=120 next=4) / fill(208)`);
  s.access(`${softwire()} / icmp6(echo id=1 seq=1) / "softproof ping"`);
  s.access(`${softwire()} / ${inner("", formatIpv4(c.wellKnownV4))} / icmp4(echo id=2 seq=1) / "softproof ping"`);
  s.access(`ipv6(${b4} > ${e.aftr} next=253) / fill(1400)`);
  if (c.subscriberPrefixLength < 128) for (const from of [b4, e.sibling(1)]) fresh(`${softwire("", from)} / ${inner("", e.host(0), e.inner(30))} / ${udp(4500)}`);

  s.topic("inner", "inner packets: TTL, header faults, fragments, sizes");
  for (const ttl of [255, 2, 1, 0]) s.access(`${softwire()} / ${inner(`ttl=${ttl} id=${900 + ttl}`)} / ${udp()}`);
  s.access(`${softwire()} / ${inner("ttl=1 id=990")} / udp(4000 > 20053) / fill(600)`);
  s.access(`${softwire()} / ${inner("check=0xbad")} / ${udp()}`);
  s.access(`${softwire()} / ${inner("ihl=4")} / ${udp()}`);
  s.access(`${softwire()} / ${inner("ver=5")} / ${udp()}`);
  s.access(`${softwire()} / ${inner("df=1")} / ${udp()}`);
  // inner fragments, each in a softwire packet of its own: in order, and the last one first
  for (const [id, order] of [[910, [1, 2]], [911, [2, 1]]] as const) {
    for (const k of order) {
      s.access(k === 1 ? `${softwire()} / ${inner(`id=${id} mf`)} / udp(4000 > 20053 len=1208 check=0) / fill(1000)` : `${softwire()} / ${inner(`id=${id} off=1008 proto=17`)} / fill(200)`);
    }
  }
  // larger than the core link: refused with DF, fragmented without; in one piece where the access link carries it
  const whole = config.access.mtu - 40;
  const [head, size] = whole > config.core.mtu ? ["", whole - 28] : ["fragments(1280 id=920) / ", config.core.mtu + 72];
  for (const [df, id] of [[1, 920], [0, 921]]) s.access(`${head}${softwire()} / ${inner(`df=${df} id=${id}`)} / udp(4000 > 20053) / fill(${size} from=${df})`);

  s.topic("refused", "sources that are not served, and packets that no mapping awaits");
  s.access(`${softwire()} / ${inner("", e.host(0), "198.18.77.9")} / ${udp()}`);
  s.access(`${softwire()} / ${inner("", e.host(0), e.host(9))} / ${udp()}`);
  fresh(`${softwire()} / ${inner("", e.host(0), "192.0.0.2")} / ${udp(4400)}`);
  s.access(`${softwire()} / ${inner("ttl=1", e.host(0), "192.0.0.2")} / ${udp(4400)}`);
  for (const martian of ["127.0.0.1", "0.0.0.0", "224.0.0.5", "255.255.255.255", "240.0.0.1"]) {
    s.access(`${softwire()} / ${inner("", martian)} / ${udp()}`);
    s.access(`${softwire()} / ${inner("", e.host(0), martian)} / ${udp()}`);
    s.core(`ipv4(${martian} > ${e.pool}) / udp(20053 > 2) / ${text()}`);
  }
  if (e.stranger !== undefined) s.access(`${softwire("", e.stranger)} / ${inner()} / ${udp()}`);
  s.access(`${softwire()} / ipv6(3fff::1 > 3fff::2) / ${udp()}`);
  s.core(`ipv4(${e.host(0)} > ${e.pool}) / udp(53 > 2) / ${text()}`);
  s.core(`ipv4(${e.host(0)} > ${e.pool}) / tcp(4000 > 3 seq=1 flags=S)`); // an unsolicited SYN
  s.core(`ipv4(${e.host(0)} > ${e.pool}) / icmp4(echo id=3 seq=1) / ${text()}`); // nobody's, or the box answers
  s.core(`ipv4(${e.host(0)} > ${e.pool}) / icmp4(unreachable code=3) / cut(28) / ipv4(${e.pool} > ${e.host(0)}) / udp(5 > 53)`);
  s.access(`${softwire()} / ${inner("", e.host(0))} / icmp4(unreachable code=3) / cut(28) / ipv4(${e.host(0)} > ${e.inner(1)}) / udp(53 > 4999)`);

  s.topic("nat", "transport checksums, payloads, ICMP queries of all kinds, one port in two protocols, many flows of one subscriber");
  s.access(`${softwire()} / ${inner()} / udp(4000 > 20053 check=0xbad) / ${text()}`);
  s.access(`${softwire()} / ${inner()} / tcp(4100 > 80 seq=10 ack=1 flags=PA) / ${text()}`);
  for (const type of [13, 15, 17]) fresh(`${softwire()} / ${inner()} / icmp4(type=${type}) / zeros(12)`);
  fresh(`${softwire()} / ${inner("options=8307040000000000")} / icmp4(echo id=4201 seq=1) / ${text()}`);
  s.access(`${softwire()} / ${inner("options=94040000")} / icmp4(echo id=4201 seq=2) / ${text()}`);
  fresh(`${softwire()} / ${inner()} / udp(4100 > 20080) / ${text()}`); // a port that TCP has too
  fresh(`${softwire()} / ${inner()} / udp(4700 > 53) / ${text()}`);
  s.access(`${softwire()} / ${inner()} / icmp4(unreachable code=3) / cut(28) / ipv4(${e.host(0)} > ${e.inner(1)}) / udp(53 > 4998)`); // an error that no mapping explains
  for (let i = 0; i < 40; i++) fresh(`${softwire("", e.b4(5))} / ${inner("", e.host(i % 3), e.inner(1))} / ${udp(8000 + i)}`);
  // the same subscriber from another address of its prefix (RFC 7785 section 4)
  if (c.subscriberPrefixLength < 128) for (let i = 0; i < 4; i++) fresh(`${softwire("", e.sibling(5))} / ${inner("", e.host(i % 3), e.inner(2))} / ${udp(8100 + i)}`);

  labels(s, config, false, () => `${softwire()} / ${inner()} / ${udp()}`, () => `ipv4(${e.host(0)} > ${e.pool}) / icmp4(echo id=11 seq=${s.next()}) / ${text()}`);
  limits(s, c, config, () => `${softwire()} / ${inner()} / ${udp()}`);

  s.topic("icmp-rate", "more packets with an exceeded TTL than ought to be answered");
  for (let i = 0; i < 600; i++) {
    s.access(`${softwire()} / ${inner(`ttl=1 id=${3000 + i}`)} / ${udp()}`);
    s.wait(-0.0195);
  }
  s.wait(8);
  s.access(`${softwire()} / ${inner()} / ${udp()}`);

  s.topic("reassembly-time", "the second outer fragment comes after 65 s", { slow: true });
  s.access(`fragments(600 order=1,2 id=20) / ${softwire()} / ${inner("id=807")} / udp(4000 > 20053) / fill(1400 from=4)`);
  s.wait(65);
  s.access(`fragments(600 order=3 id=20) / ${softwire()} / ${inner("id=807")} / udp(4000 > 20053) / fill(1400 from=4)`);

  s.topic("afterwards", "ordinary packets, so that the capture goes on after the last stimulus");
  // Where new mappings have to wait for one another, the first bindings may be over: phase 2 comes back to them.
  for (const m of gap > 0 ? marksOf(c) : []) fresh(opening(m, e.aftr));
  for (let i = 0; i < 8; i++) {
    s.wait(1);
    s.access(`${softwire()} / ${inner()} / ${udp()}`);
  }
}
