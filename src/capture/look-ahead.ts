/** What a look-ahead over one capture (reorder.ts) is asked for. */
import type { Memory } from "../wire/memory.js";
import type { Straight } from "./straight.js";
import type { FrameSource } from "./types.js";

export interface ReorderOptions {
  readonly memory: Memory;
  /** Most frames that wait, 1 to 4096; 64 unless told. */
  readonly frames?: number;
  /** Room for the bytes of waiting frames while the read buffer moves (taken twice); 256 KiB unless told. Fewer frames wait where it is not enough. */
  readonly spareBytes?: number;
}

/** What a frame is given to: the fields of a FrameSource that describe the current frame. */
export type FrameFields = { -readonly [K in "off" | "capLen" | "wireLen" | "sec" | "nsec" | "linkType" | "interfaceName" | "hint" | "frame"]: FrameSource[K] };

export interface LookAhead {
  /** Makes the next frame in order of time ready: its time is then in `head` (seconds, nanoseconds). False at the end. */
  prepare(): boolean | Promise<boolean>;
  readonly head: Float64Array;
  /** The list that the frame given last is from: what else may be taken from it goes the same way. Undefined when that frame had waited. */
  readonly listed: Straight | undefined;
  /** Hands the frame that is ready to `out`. `fresh`: the frame that `out` held was another source's. */
  take(out: FrameFields, fresh: boolean): void;
  /** Frames that the look-ahead brought into order. */
  readonly reordered: number;
  /** Frames whose time had to be set to that of the frame before them. */
  readonly clamped: number;
}
