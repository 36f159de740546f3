/**
 * What the configuration says of a captured device, and what it leaves open. A default is the reference's choice, not a promise of someone's box:
 * DF and the tunnel MTU are judged only where they are declared (specs/clauses/decisions.json, D1 and D4).
 */
import { type Config, type SoftwireConcentrator, UNDECLARED_MTU_V6 } from "../config/types.js";
import { markWritten, wasWritten, writtenKeys } from "../config/written.js";

/** Larger than any IPv6 packet that fits an IPv4 packet: nothing is too big for a tunnel whose MTU nobody told. */
const ANY_MTU = 65515;

export interface Declared { readonly config: Config; readonly notes: readonly string[] }

/** The configuration as `check` may hold a device to it, and a note for each thing that is not judged because it was not declared. */
export function declaredOnly(config: Config): Declared {
  const notes: string[] = [];
  const open = (c: SoftwireConcentrator): SoftwireConcentrator => {
    if (c.kind === "ds-lite") {
      if (wasWritten(c, "mtu-v6")) return c;
      notes.push(`${c.name}: mtu-v6 is not declared, so the size of softwire packets is not judged`);
      return markWritten({ ...c, mtuV6: UNDECLARED_MTU_V6 }, writtenKeys(c));
    }
    // An anycast 6rd BR has its mode by RFC 5969 section 9.1; nothing of the kind is said of 6to4.
    const mode = wasWritten(c, "tunnel-mtu-mode") || (c.kind === "6rd" && c.anycast);
    const mtu = wasWritten(c, "tunnel-mtu") || wasWritten(c, "mtu-v4");
    if (!mode) notes.push(`${c.name}: tunnel-mtu-mode is not declared, so the DF bit and path MTU are not judged`);
    if (!mtu) notes.push(`${c.name}: tunnel-mtu is not declared, so Packet Too Big is not judged`);
    if (mode && mtu) return c;
    return markWritten({ ...c, ...(mode ? {} : { tunnelMtuMode: "undeclared" as const }), ...(mtu ? {} : { tunnelMtu: ANY_MTU }) }, writtenKeys(c));
  };
  const serviceSets = config.serviceSets.map((s) => ({ ...s, concentrators: s.concentrators.map(open) }));
  return notes.length === 0 ? { config, notes } : { config: { ...config, serviceSets }, notes };
}
