/** What the readers of all formats share: the frame's fields, the faults, and hints about direction that lie in the frame itself. */
import type { CaptureFault, FrameSource } from "./types.js";
import type { Window } from "./window.js";

/** Words of a frame in a list of frames, and their places. */
export const LISTED = 5;
export const AT_OFF = 0;
export const AT_CAP_LEN = 1;
export const AT_WIRE_LEN = 2;
export const AT_SEC = 3;
export const AT_NSEC = 4;

/** A reader of one file. Its frames stay where they are until `beforeMove` is called, so a look-ahead need not copy them. */
export interface CaptureSource extends FrameSource {
  /** Offset in the (decompressed) file of the current frame's first byte: where to read it again. */
  readonly fileOffset: number;
  /** Called when frames handed out earlier are about to be moved or overwritten. */
  onMove(call: () => void): void;
  fault(fault: CaptureFault): void;
  /** True where link type, interface and hint are the same for all frames. */
  uniform: boolean;
  /**
   * Lists whole frames that are at hand, from the next one on, into `list` (LISTED words each) until it is full or one is older than the frame before it.
   * They stay unread. Gives their number, and says in `listedAll` whether there are no more at hand; a reader that cannot do this has no such function.
   */
  listInOrder: ((list: Uint32Array) => number) | undefined;
  listedAll: boolean;
  /** Passes over the first `n` frames of `list` as if they had been read one by one; the last one is then the current frame. */
  passListed(list: Uint32Array, n: number): void;
  /** Brings more frames to hand (earlier ones move, see `onMove`); false when there are none. */
  more(): boolean | Promise<boolean>;
}

/** The fields and helpers of a reader over `w`; the reader fills `next`. */
export function createSource(w: Window, name: string, file: number): CaptureSource & { stop(message: string, at: number): false; recover(message: string, at: number): void } {
  const faults: CaptureFault[] = [];
  const source = {
    name,
    next: (): boolean | Promise<boolean> => false,
    off: 0,
    capLen: 0,
    wireLen: 0,
    sec: 0,
    nsec: 0,
    linkType: 0,
    interfaceName: "",
    hint: 0 as 0 | 1 | 2,
    frame: 0,
    file,
    faults,
    get position(): number {
      return w.feed.position;
    },
    get size(): number {
      return w.feed.size;
    },
    get fileOffset(): number {
      return w.fileOffset(source.off);
    },
    onMove(call: () => void): void {
      w.beforeMove = call;
    },
    fault(f: CaptureFault): void {
      faults.push(f);
    },
    uniform: false,
    listInOrder: undefined as ((list: Uint32Array) => number) | undefined,
    listedAll: false,
    passListed(list: Uint32Array, n: number): void {
      const at = (n - 1) * LISTED;
      source.frame += n;
      source.off = list[at + AT_OFF];
      source.capLen = list[at + AT_CAP_LEN];
      source.wireLen = list[at + AT_WIRE_LEN];
      source.sec = list[at + AT_SEC];
      source.nsec = list[at + AT_NSEC];
      w.at = source.off + source.capLen;
    },
    more: (): boolean | Promise<boolean> => w.more(),
    close: (): void => w.close(),
    /** Damage that ends the file: reported once, and there is no further frame. */
    stop(message: string, at: number): false {
      faults.push({ file: name, offset: w.fileOffset(at), frame: source.frame, message, recovered: false });
      source.next = () => false;
      return false;
    },
    recover(message: string, at: number): void {
      faults.push({ file: name, offset: w.fileOffset(at), frame: source.frame, message, recovered: true });
    },
  };
  return source;
}

const COOKED_OUTGOING = 4;


/** Linux packet type (0 to us, 1 broadcast, 2 multicast, 3 to someone else, 4 sent by us) as a hint. */
export const packetTypeHint = (type: number): 0 | 1 | 2 => (type === COOKED_OUTGOING ? 2 : type <= 2 ? 1 : 0);

/** Does the frame's own header tell its direction? True for Linux cooked v1 (113), v2 (276) and Juniper Ethernet (178). */
export const hasInnerHint = (linkType: number): boolean => linkType === 113 || linkType === 276 || linkType === 178;

/** The direction in the frame's own header; see `hasInnerHint`. */
export function innerHint(u8: Uint8Array, off: number, capLen: number, linkType: number): 0 | 1 | 2 {
  if (linkType === 113) return capLen >= 2 ? packetTypeHint((u8[off] << 8) | u8[off + 1]) : 0;
  if (linkType === 276) return capLen >= 11 ? packetTypeHint(u8[off + 10]) : 0;
  if (linkType === 178 && capLen >= 4 && u8[off] === 0x4d && u8[off + 1] === 0x47 && u8[off + 2] === 0x43) return (u8[off + 3] & 1) !== 0 ? 1 : 2;
  return 0;
}
