/** What nat-state.ts notes on an input when it arrives (`View.notes`). */

/** Notes on an input (`View.notes`): from a B4, no binding of its internal end was known. */
export const N_FRESH = 1;
/** The subscriber surely held as many external ports of this protocol as the configuration declares; and one B4 of it alone held fewer. */
export const N_AT_LIMIT = 2, N_BY_OTHER_B4 = 4;
/** Every external pair of the pool, or of the subscriber's external address, was surely in use. */
export const N_POOL_FULL = 8, N_ADDRESS_FULL = 16;
/** An atomic packet whose identification another packet between the same ends had shortly before. */
export const N_SAME_ID = 32;
/** TCP into a binding: one end has closed; a SYN that crosses the inner host's own SYN. */
export const N_HALF_CLOSED = 64, N_CROSSING = 128;
/** No binding for its protocol, a live one of the other of TCP and UDP at the same external end (`View.noted`). */
export const N_OTHER_PROTOCOL = 256;
/** It left with an external end that a live binding of another internal end has. */
export const N_SQUEEZED = 512;
/** A SYN like one that came within the last minute: an answer may be to that one. */
export const N_SYN_AGAIN = 1024;

/** A subscriber surely had as many TCP connections as `session-limit-per-prefix` allows, or a B4 as many as `flow-limit` does. */
export const N_AT_SESSIONS = 2048;

/** No port may be given for it: the declared limit is reached, or nothing is left. */
export const N_NO_PORT = N_AT_LIMIT | N_POOL_FULL;
