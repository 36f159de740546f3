import { describe, expect, it } from "vitest";
import { rewriteEndpoint } from "../../../src/concentrator/nat/rewrite.js";
import { u16 } from "../../../src/wire/bits.js";
import { finish, sum } from "../../../src/wire/checksum.js";
import { DST } from "../../../src/wire/ipv4.js";

/** IPv4 header to 198.51.100.4 and an ICMP message with a right checksum, its identifier rewritten to `id`. */
function rewritten(message: readonly number[], id: number): Uint8Array {
  const b = Uint8Array.from([0x45, 0, 0, 20 + message.length, 0, 1, 0, 0, 64, 1, 0, 0, 1, 1, 1, 1, 198, 51, 100, 4, ...message]);
  expect(finish(sum(b, 20, message.length, 0))).toBe(0);
  rewriteEndpoint(b, 0, DST, id, 4, 0xc0a80105 | 0, message.length);
  return b;
}

describe("the checksum of an ICMP query whose sum becomes zero (RFC 1624)", () => {
  it("is 0xffff when the message is nothing but zeros: zeros alone add up to no right sum", () => {
    const b = rewritten([0, 0, 0xff, 0xfd, 0, 2, 0, 0], 0);
    expect([u16(b, 22), u16(b, 24)]).toEqual([0xffff, 0]);
    expect(finish(sum(b, 20, 8, 0))).toBe(0);
  });
  it("stays 0 when there is more", () => {
    const b = rewritten([8, 0, 0xff, 0xfd, 0, 2, 0, 0, 0xf7, 0xff, 0, 0], 0);
    expect(u16(b, 22)).toBe(0);
    expect(finish(sum(b, 20, 12, 0))).toBe(0);
  });
});
