/** What a pair says about bindings: filled by learn.ts, read by rules. */

/** What an outbound pair says; -1 and false where it says nothing. Filled before the rules run, kept until `commit`. */
export interface Learned {
  /** Binding that the pair confirms, -1 when it is new. */
  binding: number;
  /** An earlier binding of the same internal end to another external end; its idle seconds; whether it was used with this remote end; whether it was live by its floor. */
  moved: number; movedIdle: number; movedKnows: boolean; movedLive: boolean;
  /** A live binding of the same external end to another internal end. */
  shared: number; sharedIdle: number; sharedLive: boolean;
  /** A binding of the same inner end behind another address of the same subscriber, which moves with it (RFC 7785 section 4). */
  followed: number;
  /** A live binding of the same subscriber on another external address. */
  pooled: number;
  /** Inward: a live binding says that another internal end should have got the packet. */
  misdelivered: number;
  /** It says otherwise than what was known, but where packets have twins that is no proof yet (doubt.ts). */
  doubtful: boolean;
}

export const createLearned = (): Learned =>
  ({ binding: -1, moved: -1, movedIdle: 0, movedKnows: false, movedLive: false, shared: -1, sharedIdle: 0, sharedLive: false, followed: -1, pooled: -1, misdelivered: -1, doubtful: false });
