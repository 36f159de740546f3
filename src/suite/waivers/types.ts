/** A waiver: a deviation that is known, owned, and excused until a day. It excuses findings, never goldens, expectations or our own errors. */
import type { Position } from "../../config/yaml.js";

export interface WaiverScope {
  /** One of the two is there. */
  readonly clause?: string;
  readonly rule?: string;
  /** Name of the hardware profile, without release. */
  readonly profile?: string;
  readonly release?: string;
  readonly fingerprint?: string;
}

export interface Waiver {
  readonly id: string;
  readonly reason: string;
  readonly owner: string;
  readonly issue: string;
  /** The last day, UTC, on which it excuses: YYYY-MM-DD. */
  readonly expires: string;
  readonly scope: WaiverScope;
  readonly place: Position;
}

export interface WaiverFile {
  readonly path: string;
  readonly waivers: readonly Waiver[];
}

/** The waivers of a run and the day that it is judged on (YYYY-MM-DD): days compare as text. */
export interface Waivers extends WaiverFile { readonly asOf: string }

export const isExpired = (w: Waiver, asOf: string): boolean => w.expires < asOf;

/** The scope in words, for people and for messages. */
export function scopeText(s: WaiverScope): string {
  return [
    s.clause ?? s.rule ?? "", s.fingerprint === undefined ? "" : `fingerprint ${s.fingerprint}`,
    s.profile === undefined ? "" : `under ${s.profile}${s.release === undefined ? "" : `@${s.release}`}`,
  ].filter((t) => t !== "").join(", ");
}
