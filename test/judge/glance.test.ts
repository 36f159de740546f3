import { expect, it } from "vitest";
import { isOrdinary6, isSound4 } from "../../src/judge/glance.js";
import * as ip4 from "../../src/wire/ipv4.js";
import { wordsOf } from "../../src/wire/words.js";
import * as B from "./build.js";

/** The packet at offset 8 of a memory, its words, and the word of its first header. */
function placed(packet: Uint8Array): { b: Uint8Array; w: Int32Array } {
  const b = new Uint8Array(4096);
  b.set(packet, 8);
  return { b, w: wordsOf(b) };
}

it("calls those IPv4 headers sound that are without fault and options", () => {
  const packet = B.tunnel(B.six(), { id: 0x1234 });
  for (let at = 0; at < 20; at++) {
    for (let v = 0; v < 256; v++) {
      const { b, w } = placed(B.changed(packet, at, v));
      const fault = ip4.ipv4Fault(b, 8, 4000);
      expect(isSound4(w, 2), `byte ${at} = ${v}`).toBe(b[8] === 0x45 && fault === ip4.FAULT_NONE);
    }
  }
});

it("looks closer at every IPv6 header of which a fact may hold", () => {
  const ordinary = (o: B.SixOptions): boolean => isOrdinary6(placed(B.six(o)).w, 2);
  expect(ordinary({})).toBe(true);
  expect(ordinary({ hop: 2, next: 6 })).toBe(true);
  for (const hop of [0, 1]) expect(ordinary({ hop })).toBe(false);
  for (const next of [0, 43, 44, 51, 58, 60]) expect(ordinary({ next })).toBe(false);
  for (const address of ["::", "::1", "::ffff:10.0.0.1", "fe80::1", "fec0::1", "ff02::1", "4000::1", "::a00:1"]) {
    expect(ordinary({ src: address }), address).toBe(false);
    expect(ordinary({ dst: address }), address).toBe(false);
  }
});
