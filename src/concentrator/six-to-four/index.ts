/** The 6to4 family: border router, relay (unicast or anycast), provider-managed tunnels. */
import type { SixToFour } from "../../config/types.js";
import { type Tunnel, type TunnelParts, createTunnel } from "../six-in-four/tunnel.js";
import { relayPolicy } from "./relay.js";
import { routerPolicy } from "./router.js";

export function createSixToFour(cfg: SixToFour, parts: TunnelParts): Tunnel {
  const policy = cfg.kind === "6to4-router" ? routerPolicy(cfg) : relayPolicy(cfg, parts.config.seed);
  // 2002:V4ADDR::1, a unicast address of the relay's own /48, speaks for it when no other is configured.
  const v4 = cfg.address;
  return createTunnel(cfg, policy, [(0x20020000 | (v4 >>> 16)) >>> 0, ((v4 & 0xffff) << 16) >>> 0, 0, 1], true, parts);
}
