import { expect, test } from "vitest";
import { formatIpv6, parseIpv6 } from "../src/wire/address.js";

test("an IPv6 address keeps its canonical text", () => {
  expect(formatIpv6(parseIpv6("2001:DB8:0:0:0:0:0:1") ?? [0, 0, 0, 0])).toBe("2001:db8::1");
});
