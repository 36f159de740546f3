/** The loop over all packets: capture -> IP packet, direction -> device and judge. */
import { type LinkPlace, locate } from "../capture/link.js";
import type { MergedSource } from "../capture/merge.js";
import { AT_CAP_LEN, AT_NSEC, AT_OFF, AT_SEC, AT_WIRE_LEN, LISTED } from "../capture/source.js";
import type { Straight } from "../capture/straight.js";
import type { Device } from "../concentrator/device.js";
import { CORE } from "../config/types.js";
import { INTO, OUT_OF, type TranscriptSink } from "../judge/types.js";
import type { Ahead } from "./ahead.js";
import type { Endpoints } from "./beside/endpoints.js";
import type { Door } from "./direction/door.js";
import type { Outputs } from "./outputs.js";
import type { Traffic } from "./readings.js";
import type { Seen } from "./seen.js";
import type { TimelineRecorder } from "./timeline.js";
import { isLinkHousekeeping } from "./transit.js";

/** Whom the packets pass. Without a device nothing is replayed. */
export interface Way {
  readonly merged: MergedSource;
  readonly door: Door;
  readonly device: Device | undefined;
  readonly judge: TranscriptSink | undefined;
  readonly outputs: Outputs | undefined;
  readonly timeline: TimelineRecorder;
  /** Where the device's own state is not known (check). */
  readonly traffic: Traffic | undefined;
  readonly seen: Seen | undefined;
  readonly endpoints: Endpoints | undefined;
  /** Replay only. */
  readonly ahead: Ahead | undefined;
}

/** What was done so far; see PacketCounts for the names. `sec` and `nsec` are of the packet fed last. */
export interface Tally {
  read: number;
  fed: number;
  notIp: number;
  housekeeping: number;
  elsewhere: number;
  sentByDevice: number;
  cut: number;
  sec: number;
  nsec: number;
}

export const createTally = (): Tally => ({ read: 0, fed: 0, notIp: 0, housekeeping: 0, elsewhere: 0, sentByDevice: 0, cut: 0, sec: 0, nsec: 0 });

/**
 * Feeds at most `most` frames. False at the end of the captures; a promise where a reader must wait: when it gives true, a frame is `ready` for the next call.
 * It is no async function on purpose: in one every packet takes markedly longer.
 */
export function feedSome(way: Way, u8: Uint8Array, link: LinkPlace, tally: Tally, most: number, ready: boolean): boolean | Promise<boolean> {
  const { merged, door, device, judge, outputs, timeline, traffic, seen, endpoints, ahead } = way;
  const replay = device !== undefined;
  let got: boolean | Promise<boolean> = true;
  let read = tally.read;
  let fed = tally.fed;
  // Frames of a file in order are taken from their list, without the way through the merge.
  let straight: Straight | undefined = ready ? undefined : merged.listed;
  let told = 0;
  for (const end = read + most; read < end; ) {
    let off: number;
    let capLen: number;
    let wholeLen: number;
    let sec: number;
    let nsec: number;
    let frame: number;
    if (straight !== undefined && straight.given < straight.end) {
      const { list, given } = straight;
      if (ahead !== undefined && given >= told) told = ahead.tell(straight, door.side);
      straight.given = given + LISTED;
      off = list[given + AT_OFF];
      capLen = list[given + AT_CAP_LEN];
      wholeLen = list[given + AT_WIRE_LEN];
      sec = list[given + AT_SEC];
      nsec = list[given + AT_NSEC];
      frame = straight.frame++;
    } else {
      if (ready) ready = false;
      else {
        got = merged.next();
        if (got !== true) break;
      }
      straight = merged.listed;
      told = 0;
      ({ off, capLen, sec, nsec, frame } = merged);
      wholeLen = merged.wireLen;
    }
    read++;
    const isIp = locate(u8, off, capLen, merged.linkType, link);
    if (link.stack > 0 && judge?.labels !== undefined) {
      const through = door.enter(merged, link);
      const skipped = link.stack - off;
      if (through >= 0 && !(replay && through === OUT_OF)) judge.labels(door.side, through === INTO ? INTO : OUT_OF, link.stack, capLen - skipped, wholeLen - skipped, sec, nsec, merged.file, frame);
    }
    if (!isIp) {
      tally.notIp++;
      continue;
    }
    if (u8[link.l3] >>> 4 === 6 && isLinkHousekeeping(u8, link.l3, link.l3Len)) {
      tally.housekeeping++;
      continue;
    }
    const direction = door.enter(merged, link);
    if (direction < 0) {
      tally.elsewhere++;
      continue;
    }
    if (replay && direction === OUT_OF) {
      tally.sentByDevice++;
      continue;
    }
    // The merge's clock never runs backwards; capture time is the device's time.
    tally.sec = sec;
    tally.nsec = nsec;
    const side = door.side;
    const wireLen = wholeLen - (link.l3 - off);
    if (wireLen > link.l3Len) tally.cut++;
    timeline.tick(sec, nsec);
    if (traffic !== undefined) traffic.packet(side, direction === INTO ? INTO : OUT_OF, u8, link.l3, link.l3Len);
    // What timers send before this packet comes before it in the transcript.
    if (judge !== undefined && device !== undefined && direction === INTO) device.wake(sec, nsec);
    if (judge !== undefined) judge.packet(side, direction === INTO ? INTO : OUT_OF, link.l3, link.l3Len, wireLen, sec, nsec, merged.file, frame, -1);
    if (device !== undefined && outputs !== undefined && direction === INTO) {
      if (ahead !== undefined) ahead.skip = link.l3 - off;
      if (link.labels > 0) outputs.labelled(side, link.stack, link.labels);
      outputs.cause(fed, sec, nsec);
      device.receive(side, link.l3, link.l3Len, sec, nsec);
    }
    if (seen !== undefined && direction === OUT_OF) {
      seen.sent(side, link.l3, link.l3Len);
      if (side === CORE) endpoints?.packet(u8, link.l3, link.l3Len, merged.file, frame);
    }
    fed++;
  }
  tally.read = read;
  tally.fed = fed;
  return got;
}
