/** What seldom changes from frame to frame (link type, interface, hint), kept once per kind: the look-ahead compares a number instead of copying it. */
import type { FrameSource } from "./types.js";

type Kind = Pick<FrameSource, "linkType" | "interfaceName" | "hint">;
type Fields = { -readonly [K in keyof Kind]: Kind[K] };

export interface Kinds {
  readonly all: Kind[];
  /** Of the frame read last, and of the frame given last; -1 before the first. */
  read: number;
  given: number;
}

export const createKinds = (): Kinds => ({ all: [], read: -1, given: -1 });

/** The kind of the source's current frame. */
export function readKind(k: Kinds, source: Kind): number {
  const isKind = (x: Kind): boolean => x.hint === source.hint && x.linkType === source.linkType && x.interfaceName === source.interfaceName;
  if (k.read >= 0 && isKind(k.all[k.read])) return k.read;
  const known = k.all.findIndex(isKind);
  k.read = known >= 0 ? known : k.all.push({ linkType: source.linkType, interfaceName: source.interfaceName, hint: source.hint }) - 1;
  return k.read;
}

export function giveKind(k: Kinds, out: Fields, kind: number): void {
  k.given = kind;
  const { linkType, interfaceName, hint } = k.all[kind];
  out.linkType = linkType;
  out.interfaceName = interfaceName;
  out.hint = hint;
}
