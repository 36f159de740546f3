import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolutionOf, toTime } from "../../src/capture/timestamp.js";

describe("pcapng timestamps", () => {
  it("are exact for every 64-bit count and every resolution (property, against integers of any size)", () => {
    const octets = fc.oneof(fc.nat(19), fc.nat(64).map((n) => 0x80 | n), fc.constantFrom(6, 9));
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), octets, (units, octet) => {
      const perSecond = (octet & 0x80) !== 0 ? 2n ** BigInt(octet & 0x7f) : 10n ** BigInt(octet);
      const out = { sec: 0, nsec: 0 };
      toTime(Number(units >> 32n), Number(units & 0xffffffffn), resolutionOf(octet), out);
      // Whole seconds beyond 2^53 (only at a resolution of seconds or so) are rounded.
      if (units / perSecond <= 2n ** 53n) expect(out.sec).toBe(Number(units / perSecond));
      expect(out.nsec).toBe(Number(((units % perSecond) * 1_000_000_000n) / perSecond));
    }), { numRuns: 3000 });
  });
});
