/** The second opinion: what the reference would have sent for the same inputs. A difference is told, never held against the device. */
import type { Side } from "../../config/types.js";
import type { Place } from "../../judge/types.js";

/** A packet that somebody sent: the box (`place` is its own frame), or the reference (`place` is the frame of the input that caused it). */
export interface Sent { readonly side: Side; readonly bytes: Uint8Array; readonly place: Place }

export interface Difference {
  /** "differs": both sent the packet; "box-only" and "reference-only": one of them did. */
  readonly kind: "differs" | "box-only" | "reference-only";
  readonly side: "access" | "core";
  /** Fields that differ, or what the packet is. */
  readonly what: string;
  readonly count: number;
  readonly first: Place;
  /** For "differs": the first pair, field by field. */
  readonly example: readonly string[];
  /** Rules whose findings name one of its frames: the difference is explained by them. */
  readonly rules: readonly string[];
}

export interface Opinion {
  readonly compared: number;
  readonly equal: number;
  readonly differences: readonly Difference[];
  /** More packets than were compared: the rest was left out. */
  readonly capped: boolean;
  /** External ends of the box's NAT that were found in the reference's outputs. */
  readonly learned: number;
}
