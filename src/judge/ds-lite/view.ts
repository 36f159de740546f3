import { columns } from "../columns.js";

/** What the judge of DS-Lite knows of a record besides `Records`: the IPv4 five-tuple, the quoted packet of an ICMP error, fragments, the binding. */
export interface View {
  readonly proto: Uint8Array;
  readonly src: Uint32Array; readonly dst: Uint32Array;
  /** Ports; for ICMP queries the identifier is the source port of a request and the destination port of a reply. */
  readonly sport: Uint16Array; readonly dport: Uint16Array;
  /** Offset of the transport header and its bytes by the IPv4 header (declared) and in the capture (visible). 0 = unreadable. */
  readonly l4: Int32Array; readonly l4Len: Int32Array; readonly l4Visible: Int32Array;
  /** Quoted IPv4 packet of an ICMP error: offset (0 = none), visible bytes, tuple. */
  readonly quote: Int32Array; readonly quoteLen: Int32Array;
  readonly qProto: Uint8Array; readonly qSrc: Uint32Array; readonly qDst: Uint32Array; readonly qSport: Uint16Array; readonly qDport: Uint16Array;
  /** Offset of the quoted outer IPv6 header (ICMPv6 errors), 0 = none. */
  readonly quote6: Int32Array;
  /** Joined datagrams: number of pieces, bytes of the largest piece (whole packet at that layer). */
  readonly pieces: Uint16Array; readonly largest: Int32Array;
  /** 1 when the pieces came out of order. */
  readonly shuffled: Uint8Array;
  /** Outer fragments: seconds from the first that came to the last; 1 when fragments overlap (RFC 8200 section 4.5: to be dropped). */
  readonly span: Float64Array; readonly overlap: Uint8Array;
  /** Inbound: binding that the packet met on arrival (-1 none), seconds since its last outbound packet, since its last inbound one that came out, and since the inside last refused one. */
  readonly binding: Int32Array; readonly idle: Float64Array; readonly sinceIn: Float64Array; readonly sinceError: Float64Array;
  readonly hairKey: Int32Array;
  /** What nat-state.ts noted on arrival: N_* bits, and a binding that they speak of (-1 none). */
  readonly notes: Uint16Array; readonly noted: Int32Array;
}

export function createView(capacity: number): View {
  const { i32, u32, u16, u8, f64 } = columns(capacity);
  return {
    proto: u8(), src: u32(), dst: u32(), sport: u16(), dport: u16(), l4: i32(), l4Len: i32(), l4Visible: i32(), quote: i32(), quoteLen: i32(), qProto: u8(),
    qSrc: u32(), qDst: u32(), qSport: u16(), qDport: u16(), quote6: i32(), pieces: u16(), largest: i32(), shuffled: u8(), span: f64(), overlap: u8(), binding: i32(), idle: f64(), sinceIn: f64(), sinceError: f64(), hairKey: i32(),
    notes: u16(), noted: i32(),
  };
}
