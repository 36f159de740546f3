/** Words of the NAT records. Addresses are int32 (`| 0`): V8 keeps those as small integers. */
export const TCP = 6;
export const UDP = 17;
export const ICMP = 1;

/** Binding record. Key: B4 record, inner address, protocol << 16 | inner port, and remote endpoint (0 with endpoint-independent mapping). */
export const B_B4 = 0;
export const B_INNER = 1;
export const B_PORT = 2;
export const B_REMOTE = 3;
export const B_REMOTE_PORT = 4;
export const B_KEY_WORDS = 5;
export const B_EXTERNAL = 5;
/** Protocol << 16 | external port. */
export const B_EXTERNAL_PORT = 6;
/** Second of the last packet that refreshed it; of its end when it is in hold-down. */
export const B_LAST = 7;
export const B_NEXT = 8;
export const B_FLOW = 9;
export const B_STATE = 10;
/** One cache line of 64 bytes; large blocks begin 16 bytes into one, and so the 12 words up to its end are those in use. */
export const B_STRIDE = 16;
export const STATE_HELD = 1;
export const STATE_STATIC = 2;
/** Linked into the wheel. */
export const STATE_WHEEL = 4;

/** Flow record. Key: binding, remote address, remote port (PERMIT: the address-dependent filter's entry for the address, whose F_LAST counts the flows behind it). */
export const F_BINDING = 0;
export const F_REMOTE = 1;
export const F_REMOTE_PORT = 2;
export const F_KEY_WORDS = 3;
export const F_LAST = 3;
export const F_STATE = 4;
export const F_NEXT = 5;
export const F_PREV = 6;
/** Chain of the flows of one binding. */
export const F_SIBLING = 7;
export const F_SIBLING_BEFORE = 8;
export const F_STRIDE = 9;
export const PERMIT = 0x10000;

/** Bits of a flow's state above the TCP flags: its remote address is counted in the address filter; it has a sequence shift (ALG). */
export const COUNTED = 0x10000;
export const SHIFTED = 0x20000;

/** Classes of flows and mappings: index of their timeout; the low byte of a flow's state, TCP flags above it. */
export const CLASS_TCP = 0;
export const CLASS_TCP_ESTABLISHED = 1;
export const CLASS_UDP = 2;
export const CLASS_ICMP = 3;
export const CLASS_OTHER = 4;
export const classOf = (protocol: number): number =>
  protocol === TCP ? CLASS_TCP : protocol === UDP ? CLASS_UDP : protocol === ICMP ? CLASS_ICMP : CLASS_OTHER;

/** B4 record: address (4 words), flows, bindings (live or in hold-down), subscriber record, path MTU that was learnt (0: none) and the second when. */
export const S_FLOWS = 4;
export const S_BINDINGS = 5;
export const S_SUBSCRIBER = 6;
export const S_MTU = 7;
export const S_MTU_SINCE = 8;
export const S_STRIDE = 9;
/** Subscriber record: prefix (4 words), ports in use, sessions, external address index + 1 (0: not paired yet), first port block + 1, B4s, softwires that have flows; new mappings that may still be made, in the second behind it. */
export const U_PORTS = 4;
export const U_SESSIONS = 5;
export const U_ADDRESS = 6;
export const U_BLOCK = 7;
export const U_B4S = 8;
export const U_SOFTWIRES = 9;
export const U_TOKENS = 10;
export const U_SECOND = 11;
export const U_STRIDE = 12;
