/** The door of a run: which side a frame belongs to, and whether the device received or sent it. */
import { createDirection, type FrameDirection } from "../../capture/direction.js";
import { type LinkPlace, TYPE_IPV4 } from "../../capture/link.js";
import type { FrameSource } from "../../capture/types.js";
import { ACCESS, type Config, CORE, type Side, type SideConfig } from "../../config/types.js";
import * as ipv4 from "../../wire/ipv4.js";
import * as ipv6 from "../../wire/ipv6.js";
import { createByAddress, innerIpv4, UNTOLD } from "./by-address.js";
import { createPassed } from "./passed.js";
import { sideByContent } from "./content.js";

/** Of an input file; `both` decides for each frame. */
export type InputSide = Side | "both";

export interface Door {
  /** Side of the frame that came in last. */
  side: Side;
  /** 0 into the device, 1 out of it, -1 neither. */
  enter(frame: FrameSource, link: LinkPlace): FrameDirection;
  /** For people: what could not be told, once all frames are through. */
  notes(): string[];
}

const PROTOCOL_41 = 41;

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

/** For replay: a plain file per side that says no more holds what the device is to be fed, and spoofed traffic has customers' sources on the core side on purpose. */
function fedDoor(config: Config, u8: Uint8Array, learned: readonly [readonly string[], readonly string[]]): readonly [Enter, Enter] {
  return [createDirection(withTunnelAddresses(config.access, config), ACCESS, u8, undefined, learned[0]), createDirection(config.core, CORE, u8, undefined, learned[1])];
}
type Enter = (frame: FrameSource, link: LinkPlace) => FrameDirection;

/** `sides`: of each input file, by its index. */
export function createDoor(config: Config, sides: readonly InputSide[], u8: Uint8Array, mode: "replay" | "check", learned: readonly [readonly string[], readonly string[]] = [[], []]): Door {
  const content = sideByContent(config);
  const check = mode === "check" ? createCaptured(config, u8, learned) : undefined;
  const [access, core] = check?.enter ?? fedDoor(config, u8, learned);
  const door: Door = {
    side: ACCESS,
    enter(frame, link) {
      const side = sides[frame.file];
      if (side !== "both") {
        door.side = side;
        const d = side === ACCESS ? access(frame, link) : core(frame, link);
        return check === undefined ? d : check.settle(side, d, false, frame, link);
      }
      const asAccess = access(frame, link);
      const asCore = core(frame, link);
      // Interfaces and MAC addresses refuse what is not of their side; what passes at both is told by what it carries.
      door.side = asCore < 0 ? ACCESS : asAccess < 0 ? CORE : content(u8, link);
      const d = door.side === ACCESS ? asAccess : asCore;
      return check === undefined ? d : check.settle(door.side, d, true, frame, link);
    },
    notes: () => check?.notes() ?? [],
  };
  return door;
}

/** Offset of the packet in the tunnel packet of `link`; 0 when there is none, or only a fragment of the tunnel packet. */
function innerAt(u8: Uint8Array, link: LinkPlace): number {
  const o = link.l3;
  if (link.etherType !== TYPE_IPV4) return link.l3Len < ipv6.HEADER_BYTES ? 0 : innerIpv4(u8, o + ipv6.HEADER_BYTES, o + link.l3Len, ipv6.nextHeader(u8, o));
  return link.l3Len >= ipv4.HEADER_BYTES && ipv4.protocol(u8, o) === PROTOCOL_41 && !ipv4.isFragment(u8, o) ? o + ipv4.headerLength(u8, o) : 0;
}

interface Captured {
  readonly enter: readonly [Enter, Enter];
  /** The last word on a frame whose side is known. */
  settle(side: Side, d: FrameDirection, both: boolean, frame: FrameSource, link: LinkPlace): FrameDirection;
  notes(): string[];
}

/** For check, where the captures are the truth about the box: addresses tell what MAC addresses and flags do not. */
function createCaptured(config: Config, u8: Uint8Array, learned: readonly [readonly string[], readonly string[]]): Captured {
  const ways = [createByAddress(config, ACCESS, u8), createByAddress(config, CORE, u8)] as const;
  const passed = createPassed(u8);
  const untold = [0, 0];
  let copies = 0;
  /** Of each side: nothing told about the frame that came in last. */
  const open = [false, false];
  const enterOf = (side: Side): Enter => {
    const direction = createDirection(side === ACCESS ? config.access : config.core, side, u8, (link) => {
      const w = ways[side].way(link);
      if (w !== UNTOLD) return w;
      open[side] = true;
      return 0;
    }, learned[side]);
    return (frame, link) => {
      open[side] = false;
      return direction(frame, link);
    };
  };
  /** Only where MAC addresses do not decide is it of use to know what came in through tunnels. */
  const remembers = config.core.macs.length === 0 || config.access.macs.length === 0;
  const end = (link: LinkPlace): number => link.l3 + link.l3Len;
  const isUnicast = (link: LinkPlace): boolean => link.l3Len > 24 && (link.etherType === TYPE_IPV4 ? u8[link.l3 + 16] < 224 : u8[link.l3 + 24] !== 0xff);
  return {
    enter: [enterOf(ACCESS), enterOf(CORE)],
    settle(side, d, both, frame, link) {
      if (d < 0 || link.l3 === 0) return d;
      if (side === ACCESS) {
        const inner = remembers || link.cookedType >= 0 ? innerAt(u8, link) : 0;
        if (open[ACCESS] && inner > 0 && passed.hasForwarded(inner, end(link))) return 1;
        if (inner > 0 && d === 0) passed.add(inner, end(link));
        if (open[ACCESS] && isUnicast(link)) untold[ACCESS]++;
        return d;
      }
      if (open[CORE] && frame.hint === 0) {
        if (passed.hasForwarded(link.l3, end(link))) return 1;
        if (isUnicast(link)) untold[CORE]++;
        return d;
      }
      // A capture of all interfaces of the box (tcpdump -i any) holds the inner packet again, as its tunnel interface saw it: received as it came in the tunnel,
      // or sent though it is for customers.
      if (both && link.cookedType >= 0 && frame.hint !== 0 && (d === 0 ? passed.hasUnchanged(link.l3, end(link)) : ways[CORE].way(link) === 0 || ways[CORE].isForCustomer(link))) {
        copies++;
        return -1;
      }
      return d;
    },
    notes() {
      const out: string[] = [];
      for (const side of [ACCESS, CORE] as const) {
        if (untold[side] > 0) out.push(`of ${untold[side] === 1 ? "1 packet" : `${untold[side]} packets`} on the ${side === ACCESS ? "access" : "core"} side neither MAC address, direction flag nor address tells whether the device received or sent ${untold[side] === 1 ? "it" : "them"}: taken as received; write ${side === ACCESS ? "access" : "core"}.ipv4, ipv6 or macs`);
      }
      if (copies > 0) out.push(`${copies === 1 ? "1 packet is a copy" : `${copies} packets are copies`} of the inner packet as the box's tunnel interface saw it (a capture of all interfaces): left out`);
      return out;
    },
  };
}
