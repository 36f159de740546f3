/** Stimuli of a 6rd border relay, RFC 5969. */
import type { Config, SixRdDomain } from "../../config/types.js";
import { formatIpv4, parseIpv4 } from "../../wire/address.js";
import { sixRdEnds, sixToFourAddress } from "./ends.js";
import type { Script } from "./script.js";
import { afterwards, sixInFour } from "./six-in-four.js";

export function sixRd(s: Script, d: SixRdDomain, config: Config): void {
  const e = sixRdEnds(config, d);
  sixInFour(s, e, d, config);
  const [a, b] = [e.end(1), e.end(2)];
  const host = e.host(1);
  const up = `ipv4(${a.v4} > ${e.own})`;
  const udp = (): string => {
    const n = s.next();
    return `udp(${4000 + n} > ${5000 + n}) / "softproof ${n}"`;
  };
  s.topic("6rd-domain", "keepalives, CE to CE, the BR's own prefix, other relays");
  for (let i = 0; i < 2; i++) s.access(`${up} / ipv6(${a.v6} > ${a.v6}) / icmp6(echo id=1 seq=${i}) / "probe"`);
  s.access(`${up} / ipv6(${a.v6} > ${a.v6.replace(/1$/, "2")}) / ${udp()}`);
  s.access(`${up} / ipv6(${a.v6} > ${b.v6}) / ${udp()}`);
  s.access(`${up} / ipv6(${a.v6} > ${b.v6} hop=255) / icmp6(echo id=1 seq=9) / "probe"`);
  s.access(`ipv4(${b.v4} > ${e.own}) / ipv6(${a.v6} > ${b.v6}) / ${udp()}`);
  const ownHost = e.of(e.own).v6;
  s.access(`${up} / ipv6(${a.v6} > ${ownHost}) / ${udp()}`);
  s.core(`ipv6(${host} > ${ownHost}) / ${udp()}`);
  s.core(`ipv6(${host} > ${ownHost}) / icmp6(echo id=1 seq=1)`);
  for (const relay of d.knownRelays.slice(0, 3)) {
    const v4 = formatIpv4((relay.address + (relay.length === 32 ? 0 : 1)) >>> 0);
    s.access(`ipv4(${v4} > ${e.own}) / ipv6(${e.of(v4).v6} > ${host}) / ${udp()}`);
    s.access(`ipv4(${v4} > ${e.own}) / ipv6(${sixToFourAddress(parseIpv4(v4)!, 0, 1)} > ${host}) / ${udp()}`);
    s.core(`ipv6(${host} > ${e.of(v4).v6}) / ${udp()}`);
  }
  s.core(`ipv6(${a.v6} > ${b.v6}) / ${udp()}`); // a source of the domain on the native side
  afterwards(s, e);
}
