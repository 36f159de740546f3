/** Clauses that a box's packets exercise only where its configuration declares something; without that no stimulus does. */
import type { Config, DsLite } from "../../config/types.js";

export interface Need {
  readonly clauses: readonly string[];
  /** Keys to declare, as the configuration writes them. */
  readonly keys: string;
  isDeclared(config: Config): boolean;
}

const ofAftr = (holds: (c: DsLite) => boolean) => (config: Config): boolean => config.serviceSets.some((s) => s.concentrators.some((c) => c.kind === "ds-lite" && holds(c)));

export const NEEDS: readonly Need[] = [
  { clauses: ["RFC6888-3-6"], keys: "nat.mapping-rate", isDeclared: ofAftr((c) => c.nat?.mappingRate !== undefined) },
  { clauses: ["RFC6888-3-7"], keys: "flow-limit or session-limit-per-prefix", isDeclared: ofAftr((c) => c.flowLimit > 0 || c.sessionLimitPerPrefix > 0) },
  { clauses: ["RFC7785-4-1"], keys: "softwires-per-subscriber, subscriber-prefix-length", isDeclared: ofAftr((c) => c.softwiresPerSubscriber !== undefined) },
  { clauses: ["RFC6598-4-2"], keys: "core.provider-boundary", isDeclared: (config) => config.core.providerBoundary === true },
  { clauses: ["RFC3032-2.1-1", "RFC3032-2.1-2", "RFC3032-2.4.2-1", "RFC3032-2.4.3-1", "RFC4798-3-2"], keys: "mpls of a side, if the box sends labels", isDeclared: (config) => config.access.mpls !== undefined || config.core.mpls !== undefined },
];
