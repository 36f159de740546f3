/** Stimuli where the configuration declares MPLS labels for a side (RFC 3032, RFC 4798): ordinary packets, under labels where the device gives back those that came in. */
import { ACCESS, type Config, CORE } from "../../config/types.js";
import type { Script } from "./script.js";

/** Label stacks as neighbours send them: one, two, and explicit null at the bottom. `null_`: the label of explicit null for what the side carries (RFC 3032 section 2.1). */
const stacks = (null_: number): string[] => ["mpls(label=100 ttl=60)", "mpls(label=100 ttl=1) / mpls(label=101 ttl=60)", `mpls(label=102 ttl=60) / mpls(label=${null_} ttl=60)`];

/** `up` and `down`: ordinary packets from the access and from the core side. `four`: whether the access side carries IPv4. */
export function labels(s: Script, config: Config, four: boolean, up: () => string, down: (() => string) | undefined): void {
  if (config.access.mpls === undefined && config.core.mpls === undefined) return;
  s.topic("labels", "ordinary packets, under MPLS labels where the device is declared to give back those that came in", { aims: ["RFC3032-2.1-1", "RFC3032-2.1-2", "RFC3032-2.4.2-1", "RFC3032-2.4.3-1", "RFC4798-3-2"] });
  for (const side of [ACCESS, CORE]) {
    const policy = (side === ACCESS ? config.access : config.core).mpls;
    for (const stack of policy === "preserve" ? stacks(four === (side === ACCESS) ? 0 : 2) : [""]) {
      const under = (packet: string): string => (stack === "" ? packet : `${stack} / ${packet}`);
      if (side === ACCESS) s.access(under(up()));
      else if (down !== undefined) s.core(under(down()));
      if (down !== undefined) s.core(down());
      s.access(up());
    }
  }
}
