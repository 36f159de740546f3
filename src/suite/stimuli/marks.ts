/** The flows of an AFTR's phase 1 that phase 2 comes back to. */
import type { DsLite } from "../../config/types.js";
import { dsLiteEnds } from "./ds-lite-ends.js";
import { markSequence, markText } from "./learned.js";

/** A flow from an inner host that phase 2 comes back to. */
export interface Mark { readonly n: number; readonly b4: string; readonly inner: string; readonly port: number; readonly host: string; readonly hostPort: number; readonly protocol: "udp" | "tcp" | "icmp" }

/** The packet that opens the mark's binding, and refreshes it. */
export function opening(m: Mark, aftr: string): string {
  const head = `ipv6(${m.b4} > ${aftr}) / ipv4(${m.inner} > ${m.host} id=${7000 + m.n})`;
  if (m.protocol === "udp") return `${head} / udp(${m.port} > ${m.hostPort}) / "${markText(m.n)}"`;
  if (m.protocol === "tcp") return `${head} / tcp(${m.port} > ${m.hostPort} seq=${markSequence(m.n)} flags=S options=020405a0)`;
  return `${head} / icmp4(echo id=${m.port} seq=1) / "${markText(m.n)}"`;
}

export function marksOf(c: DsLite): Mark[] {
  const e = dsLiteEnds(c);
  const mark = (n: number, who: number, inner: number, port: number, host: number, hostPort: number, protocol: Mark["protocol"]): Mark =>
    ({ n, b4: e.b4(who), inner: e.inner(inner), port, host: e.host(host), hostPort, protocol });
  return [
    mark(1, 1, 1, 4000, 0, 20053, "udp"), mark(2, 2, 1, 4000, 0, 20053, "udp"), mark(3, 1, 2, 4001, 0, 5001, "udp"), mark(4, 1, 1, 4100, 0, 80, "tcp"), mark(5, 2, 1, 4100, 0, 80, "tcp"),
    mark(6, 1, 1, 4200, 0, 0, "icmp"), mark(7, 2, 2, 4002, 1, 20053, "udp"), mark(8, 1, 1, 4103, 1, 443, "tcp"), mark(9, 3, 1, 4004, 0, 20053, "udp"), mark(10, 3, 1, 4110, 0, 80, "tcp"),
    mark(11, 3, 1, 4210, 0, 0, "icmp"), mark(12, 3, 2, 4006, 0, 20053, "udp"), mark(13, 1, 3, 4120, 0, 80, "tcp"),
    mark(14, 4, 4, 4008, 0, 53, "udp"), mark(15, 4, 4, 4130, 0, 80, "tcp"), mark(16, 4, 4, 4010, 0, 20053, "udp"), mark(17, 4, 4, 4012, 0, 20053, "udp"), mark(18, 4, 4, 4220, 0, 0, "icmp"),
  ];
}
