/** The door of a run: which side a frame belongs to, and whether the device received or sent it. */
import { type Behind, createDirection, type FrameDirection } from "../capture/direction.js";
import { type LinkPlace, TYPE_IPV4 } from "../capture/link.js";
import type { FrameSource } from "../capture/types.js";
import { ACCESS, type Config, CORE, type Side, type SideConfig } from "../config/types.js";
import type { Prefix6 } from "../wire/address.js";

/** Of an input file; `both` decides for each frame. */
export type InputSide = Side | "both";

export interface Door {
  /** Side of the frame that came in last. */
  side: Side;
  /** 0 into the device, 1 out of it, -1 neither. */
  enter(frame: FrameSource, link: LinkPlace): FrameDirection;
}

const PROTOCOL_41 = 41;
const IPV4_IN_IPV6 = 4;

/** The side's own addresses, and on the tunnelled side those of the concentrators. */
function withTunnelAddresses(side: SideConfig, config: Config): SideConfig {
  const four: number[] = [...side.ipv4];
  const six = [...side.ipv6];
  for (const c of config.serviceSets.flatMap((s) => s.concentrators)) {
    if (c.kind === "ds-lite") six.push(c.address);
    else four.push(c.address, ...c.alsoAccepts);
  }
  return { ...side, ipv4: four, ipv6: six };
}

/** Customer space as the core side sees it: tunnel prefixes and NAT pools. Only for `check`, where the capture is the truth about the box. */
function behindCore(config: Config): Behind {
  const ipv6: Prefix6[] = [];
  for (const c of config.serviceSets.flatMap((s) => s.concentrators)) if (c.kind === "6rd") ipv6.push(c.v6rdPrefix);
  return { ipv4: [], ipv6 };
}

/** Which side a frame of a `both` file is of, when neither interface nor MAC address tells: tunnelled traffic is on the access side. */
function sideByContent(config: Config): (u8: Uint8Array, link: LinkPlace) => Side {
  const kinds = new Set(config.serviceSets.flatMap((s) => s.concentrators).map((c) => c.kind));
  const dsLite = kinds.delete("ds-lite");
  const six = kinds.size > 0;
  return (u8, link) => {
    if (link.etherType === TYPE_IPV4) {
      if (!six) return CORE;
      return !dsLite || (link.l3Len > 9 && u8[link.l3 + 9] === PROTOCOL_41) ? ACCESS : CORE;
    }
    if (!dsLite) return CORE;
    return !six || (link.l3Len > 6 && u8[link.l3 + 6] === IPV4_IN_IPV6) ? ACCESS : CORE;
  };
}

/** `sides`: of each input file, by its index. */
export function createDoor(config: Config, sides: readonly InputSide[], u8: Uint8Array, mode: "replay" | "check", learned: readonly [readonly string[], readonly string[]] = [[], []]): Door {
  const access = createDirection(withTunnelAddresses(config.access, config), ACCESS, u8, undefined, learned[0]);
  const core = createDirection(config.core, CORE, u8, mode === "check" ? behindCore(config) : undefined, learned[1]);
  const content = sideByContent(config);
  const door: Door = {
    side: ACCESS,
    enter(frame, link) {
      const side = sides[frame.file];
      if (side !== "both") {
        door.side = side;
        return side === ACCESS ? access(frame, link) : core(frame, link);
      }
      const asAccess = access(frame, link);
      const asCore = core(frame, link);
      // Interfaces and MAC addresses refuse what is not of their side; what passes at both is told by what it carries.
      door.side = asCore < 0 ? ACCESS : asAccess < 0 ? CORE : content(u8, link);
      return door.side === ACCESS ? asAccess : asCore;
    },
  };
  return door;
}
