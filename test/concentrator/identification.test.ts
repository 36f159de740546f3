import { expect, it } from "vitest";
import { CORE } from "../../src/config/types.js";
import * as ipv4 from "../../src/wire/ipv4.js";
import { harness, sixRd, udp6 } from "./harness.js";

it("more packets than there are identifications, to many CEs: none meets its own again (RFC 6864 section 4.3)", () => {
  const h = harness(sixRd());
  const seen = new Set<number>();
  for (let i = 0; i < 70_000; i++) {
    const ce = i % 200;
    const b = h.feed(CORE, udp6({ src: "2620:fe::fe", dst: `2001:db8:6464:${ce.toString(16)}00::1`, size: 8 })).out[0].bytes;
    expect(ipv4.df(b, 0)).toBe(false);
    const key = (ipv4.dst(b, 0) & 0xff) * 65536 + ipv4.id(b, 0);
    if (seen.has(key)) throw new Error(`identification ${ipv4.id(b, 0)} came twice for one destination, the second time in packet ${i}`);
    seen.add(key);
  }
});
