/** A small 6rd day: CE to Internet, Internet to CE, CE to CE, a spoofed source, and the link's own chatter. */
import { arp, type Frame, neighbourSolicitation, pcap, T0, toDevice, tunnel, udp6 } from "./helper.js";

export const CONFIG = `softproof: 1
access: { macs: ["02:00:00:00:00:01"] }
core: { macs: ["02:00:00:00:00:02"] }
service-sets:
  - softwire-concentrators:
      - v6rd:
          softwire-address: 192.0.2.1
          ipv4-prefix: 0.0.0.0/0
          v6rd-prefix: 2001:db8::/32
          ttl: 64
`;

const BR = "192.0.2.1";
const CE = "198.51.100.11"; // 2001:db8:c633:640b::/64
const CE2 = "198.51.100.22"; // 2001:db8:c633:6416::/64
const HOST = "2001:db8:c633:640b::10";
const HOST2 = "2001:db8:c633:6416::10";
const SERVER = "3fff:0:d::80";

const at = (usec: number, data: Uint8Array): Frame => ({ sec: T0, usec, data });

/** Frames of the access side. `n` CE packets to the Internet, then one to another CE and one with a source that is not the sender's. */
export function accessFrames(n = 3): Frame[] {
  const frames: Frame[] = [at(0, arp())];
  for (let i = 0; i < n; i++) frames.push(at(1000 * (i + 1), toDevice(tunnel(CE, BR, udp6(HOST, SERVER, 64, 32 + i), i + 1))));
  frames.push(at(500_000, toDevice(tunnel(CE, BR, udp6(HOST, HOST2), 100))));
  frames.push(at(510_000, toDevice(tunnel(CE2, BR, udp6(HOST, SERVER, 64, 77), 101))));
  return frames;
}

/** An Ethernet frame to the device's core MAC address. */
function toCore(packet: Uint8Array): Uint8Array {
  const f = toDevice(packet);
  f[5] = 0x02;
  return f;
}

export function coreFrames(): Frame[] {
  return [at(300_000, toCore(udp6(SERVER, HOST))), at(310_000, toCore(neighbourSolicitation("fe80::1", "ff02::1:ff00:2", "fe80::2")))];
}

export const accessPcap = (n = 3): Uint8Array => pcap(accessFrames(n));
export const corePcap = (): Uint8Array => pcap(coreFrames());
