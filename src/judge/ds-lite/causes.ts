/** Causes of loss (see history.ts) that the NAT's clauses ask about. From 64 on, so that they stay apart from those of the tunnel. */
export const L_ECHO = 64, L_REPLY = 65, L_QUOTED_OPTIONS = 66, L_QUOTED_SUM = 67, L_EXTENDED = 68, L_ROUTER_ERROR = 69, L_TCP_FILTER = 70, L_STRANGER_UDP = 71, L_STRANGER_TCP = 72, L_CROSSING = 73;
export const L_SYN_ACK = 74, L_SEGMENT_IN = 75, L_FIN_IN = 76, L_HALF_CLOSED = 77, L_SEGMENT_OUT = 78, L_SAME_ID = 79;
export const L_REFRESHED = 83, L_DECLARED_UDP = 85, L_DECLARED_TCP = 86, L_DECLARED_TRANSITORY = 87, L_DECLARED_QUERY = 88, L_OUTLIVED = 89, L_DF_MTU = 90, L_FRAGMENT_MTU = 91, L_OPEN = 92, L_TOLD = 93, L_OVERSIZE = 94, L_LIMIT_OPTION = 95, L_HAIR_MAPPING = 96, L_RELAY = 97, L_SOFTWIRES = 98;
/** Kinds that fare apart from others of the same clause. */
export const L_OVERSIZE_DF = 99, L_PIECES_SHUFFLED = 100, L_FIN_OUT = 101, L_SYN_ACK_OUT = 102, L_REFUSAL = 103;
