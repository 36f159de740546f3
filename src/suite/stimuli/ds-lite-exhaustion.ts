/** Last topic of an AFTR with few external ports: a subscriber takes all of one address, and another the ports of connections that are over. */
import type { DsLite } from "../../config/types.js";
import { dsLiteEnds } from "./ds-lite-ends.js";
import { mappingGap } from "./ds-lite-limits.js";
import type { Script } from "./script.js";

/** Of more ports nobody wants to take all. */
const MOST_PORTS = 256;
/** Beyond the last port. */
const MORE = 4;

/** `ordinary`: head of a packet whose flow works, for life on both sides before, between and after. */
export function exhaustion(s: Script, c: DsLite, ordinary: string, text: () => string): void {
  const { nat } = c;
  if (nat === undefined || nat.pool.portTo - nat.pool.portFrom >= MOST_PORTS) return;
  const e = dsLiteEnds(c);
  const gap = mappingGap(nat);
  const ports = nat.pool.portTo - nat.pool.portFrom + 1 + MORE;
  const { udp, tcpTransitory } = nat.timers;
  // What is taken first must still be held when the last is asked for.
  if (ports * gap > Math.min(udp, tcpTransitory) / 3) return;
  // Whatever had a port has lost it, and its port has rested (RFC 6888 REQ-8).
  const rest = Math.max(udp, tcpTransitory) + nat.holdDownSeconds + 30;
  const alive = (): void => {
    s.access(`${ordinary} / ${text()}`);
    s.wait(3);
  };
  const head = (who: number, i: number): string => `ipv6(${e.b4(who)} > ${e.aftr}) / ipv4(${e.inner(1)} > ${e.host(i % 3)})`;
  const fresh = (packet: string): void => {
    s.wait(gap);
    s.access(packet);
  };
  const syns = (who: number): void => {
    for (let i = 0; i < ports; i++) fresh(`${head(who, i)} / tcp(${9000 + i} > 8080 seq=${7000 + i} flags=S)`);
  };
  s.topic("exhaustion", `one subscriber takes the ${ports - MORE} UDP ports of an external address; TCP ports of connections that nothing answered, given out again`, { phase: 2, slow: true });
  alive();
  s.wait(rest);
  alive();
  syns(7);
  for (let i = 0; i < ports; i++) fresh(`${head(7, i)} / udp(${9000 + i} > 20053) / ${text()}`);
  alive();
  s.wait(rest);
  alive();
  syns(8);
  alive();
  alive();
}
