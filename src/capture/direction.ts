/** The door: did the device receive this frame, or send it? Decided from the configuration first, from the capture's own hints after that. */
import type { Side, SideConfig } from "../config/types.js";
import { isIpv6At } from "../wire/address.js";
import { u32 } from "../wire/bits.js";
import type { LinkPlace } from "./link.js";
import { TYPE_IPV4 } from "./link.js";
import type { FrameSource } from "./types.js";

/** The same numbers as the judge's: 0 = into the device, 1 = out of it; -1 = neither, the frame is not the device's business on this side. */
export type FrameDirection = 0 | 1 | -1;
export type DirectionOf = (source: FrameSource, link: LinkPlace) => FrameDirection;

interface Mac { readonly hi: number; readonly lo: number }

function parseMac(text: string): Mac {
  const bytes = text.split(":").map((part) => Number.parseInt(part, 16));
  return { hi: bytes[0] * 256 + bytes[1], lo: ((bytes[2] << 24) | (bytes[3] << 16) | (bytes[4] << 8) | bytes[5]) >>> 0 };
}

function hasMac(macs: readonly Mac[], hi: number, lo: number): boolean {
  for (let i = 0; i < macs.length; i++) if (macs[i].lo === lo && macs[i].hi === hi) return true;
  return false;
}

/**
 * Decides by the first of these that says something:
 * 1. interfaces: a frame from an interface that is not among `side.interfaces` is -1 (one pcapng may hold both sides);
 * 2. MAC addresses: source is the device's: out of it; destination is: into it; both known and neither is: -1. That includes frames to groups from
 *    others: no mechanism here travels in link-layer multicast, and what is -1 is not judged. A cooked frame knows only its sender, so it may fall through;
 *    `learned` MAC addresses (from the capture, where none are configured) decide in the same way, but never say -1: the device may have more of them;
 * 3. the capture's hint, which is true of the host that captured, taken to be the device: inbound is into it, outbound out of it;
 * 4. outer addresses: source is the device's: out of it; destination is: into it;
 *    `byAddress`, where the caller gives it, decides instead: it knows more address space than the device's own. Not for replay of spoofed traffic, which
 *    has sources behind the device on purpose;
 * 5. nothing is known: into it, since a plain file per side that says no more holds what the device is to be fed.
 */
export function createDirection(side: SideConfig, _sideIndex: Side, u8: Uint8Array, byAddress?: (link: LinkPlace) => FrameDirection, learned: readonly string[] = []): DirectionOf {
  const macs = side.macs.map(parseMac);
  const guessed = macs.length === 0 ? learned.map(parseMac) : [];
  const { interfaces, ipv4, ipv6 } = side;
  const isOwn = (at: number, four: boolean): boolean => {
    if (four) {
      const address = u32(u8, at);
      for (let i = 0; i < ipv4.length; i++) if (ipv4[i] === address) return true;
      return false;
    }
    for (let i = 0; i < ipv6.length; i++) if (isIpv6At(u8, at, ipv6[i])) return true;
    return false;
  };
  return (source, link) => {
    if (interfaces.length > 0 && source.interfaceName !== "" && !interfaces.includes(source.interfaceName)) return -1;
    if (macs.length > 0 && link.hasMac) {
      if (hasMac(macs, link.srcMacHi, link.srcMacLo)) return 1;
      if (hasMac(macs, link.dstMacHi, link.dstMacLo)) return 0;
      if (link.cookedType < 0) return -1;
    }
    if (guessed.length > 0 && link.hasMac) {
      if (hasMac(guessed, link.srcMacHi, link.srcMacLo)) return 1;
      if (link.cookedType < 0 && hasMac(guessed, link.dstMacHi, link.dstMacLo)) return 0;
    }
    if (source.hint !== 0) return source.hint === 1 ? 0 : 1;
    const four = link.etherType === TYPE_IPV4;
    if (link.l3 === 0 || link.l3Len < (four ? 20 : 40)) return 0;
    if (byAddress !== undefined) return byAddress(link);
    const from = link.l3 + (four ? 12 : 8);
    if (isOwn(from, four)) return 1;
    return 0;
  };
}
