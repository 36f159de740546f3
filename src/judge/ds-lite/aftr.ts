/** The AFTRs of the configuration as the judge uses them (RFC 6333). Nothing here comes from the concentrator. */
import { mayRefuse } from "../../config/chain.js";
import type { Config, DsLite, NatConfig } from "../../config/types.js";
import { wasWritten } from "../../config/written.js";
import { inPrefix6At, isIpv6At } from "../../wire/address.js";
import { createBlocks } from "./blocks.js";

export interface Aftr {
  readonly index: number;
  readonly serviceSet: string;
  readonly cfg: DsLite;
  /** The service chain may refuse a flow that the AFTR would carry: silence is then no deviation. */
  readonly mayRefuse: boolean;
  readonly nat: NatConfig | undefined;
  /** External IPv4 address of the pool, or of a static mapping. */
  inPool(address: number): boolean;
  /** Is what stands there surely no external address? `before`: what stood there when the packet came, when that is known. A pool that is listed in part leaves only what was left, or what is inner. */
  isInner(address: number, before?: number): boolean;
  /** Inner source that RFC 6333 section 11 lets through (decisions D14). */
  allowed(source: number): boolean;
  isB4(b: Uint8Array, o: number): boolean;
  /** Destinations that policy exempts from translation (RFC 6888 REQ-6, RFC 6333 section 11). */
  exempt(destination: number): boolean;
  /** Largest IPv4 packet in bytes that fits the softwire in one piece. */
  readonly tunnelMtu: number;
  /** Did the configuration name this key? Defaults of ours are no promise of someone's device. */
  declares(key: string): boolean;
  /** External end of a static mapping. */
  isStatic(address: number, protocol: number, port: number): boolean;
  /** Did nobody say what stands at this key of the configuration? Then no packet can depart from it. */
  undeclared(key: string): boolean;
  /** `core.provider-boundary`: what comes from there comes from another provider (RFC 6598 section 4). */
  readonly boundary: boolean;
  /** External addresses x ports of the pool, for one protocol. */
  readonly poolSize: number;
}

const IPV6_HEADER = 40;

export function compileAftrs(config: Config): readonly Aftr[] {
  const out: Aftr[] = [];
  for (const set of config.serviceSets) {
    for (const cfg of set.concentrators) {
      if (cfg.kind !== "ds-lite") continue;
      const ranges = cfg.nat?.pool.ranges ?? [];
      const outer = (cfg.nat?.staticMappings ?? []).map((m) => m.outer);
      const exempt = createBlocks(cfg.nat?.noTranslate ?? []);
      const innerSources = createBlocks(cfg.innerSources);
      out.push({
        index: out.length, serviceSet: set.name, cfg, mayRefuse: mayRefuse(set.chain), nat: cfg.nat, tunnelMtu: cfg.mtuV6 - IPV6_HEADER, declares: (key) => wasWritten(cfg, key), boundary: config.core.providerBoundary === true,
        inPool(a) {
          for (let i = 0; i < ranges.length; i++) if (a >= ranges[i].from && a <= ranges[i].to) return true;
          for (let i = 0; i < outer.length; i++) if (outer[i] === a) return true;
          return false;
        },
        isInner(a, before) {
          return !this.inPool(a) && (cfg.nat?.pool.partial !== true || (before === undefined ? innerSources(a) >= 0 : a === before));
        },
        allowed: (s) => innerSources(s) >= 0,
        isStatic(a, protocol, port) {
          const list = cfg.nat?.staticMappings ?? [];
          for (let i = 0; i < list.length; i++) if (list[i].outer === a && list[i].protocol === protocol && list[i].outerPort === port) return true;
          return false;
        },
        undeclared: (key) => cfg.undeclared?.includes(key) === true,
        poolSize: ranges.reduce((n, r) => n + r.to - r.from + 1, 0) * ((cfg.nat?.pool.portTo ?? 0) - (cfg.nat?.pool.portFrom ?? 1) + 1),
        isB4(b, o) {
          for (let i = 0; i < cfg.b4Prefixes.length; i++) if (inPrefix6At(b, o, cfg.b4Prefixes[i])) return true;
          return false;
        },
        exempt: (d) => exempt(d) >= 0,
      });
    }
  }
  return out;
}

/** Shorter than any that is in use, and longer than a handshake takes, seconds. */
const SHORTEST_TRANSITORY = 4;
/** Seconds for which every AFTR surely keeps a partially open TCP connection: RFC 5382 REQ-5, of which RFC 7857 section 2.1 lets a configuration take less. */
export const transitorySeconds = (aftrs: readonly Aftr[]): number =>
  Math.min(240, ...aftrs.map((a) => (a.undeclared("timers.tcp-transitory") ? SHORTEST_TRANSITORY : (a.nat?.timers.tcpTransitory ?? 240))));

export const isAftrAt = (a: Aftr, b: Uint8Array, o: number): boolean => isIpv6At(b, o, a.cfg.address);
/** Static mappings are at odds with what holds of other bindings. */
export const hasStatics = (a: Aftr): boolean => (a.nat?.staticMappings.length ?? 0) > 0;
