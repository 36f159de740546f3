/** Explicit Congestion Notification through a tunnel, RFC 6040. Codepoints: 0 Not-ECT, 1 ECT(1), 2 ECT(0), 3 CE. */

/** Outgoing inner codepoint on decapsulation by inner * 4 + outer (RFC 6040 figure 4); 255 = the packet is dropped. */
const DECAPSULATION = Uint8Array.of(
  0, 0, 0, 255, // inner Not-ECT
  1, 1, 1, 3, // inner ECT(1)
  2, 1, 2, 3, // inner ECT(0)
  3, 3, 3, 3, // inner CE
);
export const ECN_DROP = 255;

/** RFC 6040 section 4.2: the ECN field of the packet that leaves the tunnel. */
export const ecnOut = (inner: number, outer: number): number => DECAPSULATION[inner * 4 + outer];
