/** Echo requests to external addresses of the NAT (RFC 1812 section 4.3.3.6): dropped and counted, or answered. */
import { describe, expect, it } from "vitest";
import { ACCESS, CORE } from "../../../src/config/types.js";
import { u16 } from "../../../src/wire/bits.js";
import { checksum } from "../../../src/wire/checksum.js";
import { v4 } from "../harness.js";
import { HOST, POOL, REMOTE, aftr, cut4, echo4, tcp4, udp4, unwrap, wrap } from "./packets.js";

const ends = (b: Uint8Array): string => `${b.slice(12, 16).join(".")} > ${b.slice(16, 20).join(".")}`;
const ping = (id = 5, more: { size?: number; ttl?: number } = {}): Uint8Array => echo4({ src: REMOTE, dst: POOL, id, ...more });
const other = "203.0.113.2";
const two = { ranges: [{ from: v4(POOL), to: v4(other) }], portFrom: 1024, portTo: 65535 };

describe("not answered (the default)", () => {
  it("is counted apart from other packets that no mapping takes", () => {
    const h = aftr();
    expect(h.feed(CORE, ping())).toEqual({ reason: "aftr-echo4-pool-ignored", out: [] });
    expect(h.feed(CORE, echo4({ src: REMOTE, dst: POOL, type: 13 })).reason).toBe("aftr-no-mapping");
    expect(h.feed(CORE, echo4({ src: REMOTE, dst: POOL, type: 0 })).reason).toBe("aftr-no-mapping");
    expect(h.feed(CORE, udp4({ src: REMOTE, dst: POOL })).reason).toBe("aftr-no-mapping");
  });
  it("from inside too", () => expect(aftr({ pool: two }).feed(ACCESS, wrap(echo4({ src: HOST, dst: other }))).reason).toBe("aftr-echo4-pool-ignored"));
});

describe("answered", () => {
  it("from the address that was asked, with the request's data; TTL 1 has arrived", () => {
    const h = aftr({ echo: true });
    for (const [id, ttl] of [[5, 64], [6, 1]]) {
      const { reason, out } = h.feed(CORE, ping(id, { ttl, size: 100 }));
      expect([reason, out.length, out[0].side]).toEqual(["aftr-echo4-pool-answered", 1, CORE]);
      const b = out[0].bytes;
      expect([ends(b), b[8], b[20], u16(b, 24), checksum(b, 0, 20), checksum(b, 20, b.length - 20)]).toEqual([`${POOL} > ${REMOTE}`, 64, 0, id, 0, 0]);
      expect(b.slice(24)).toEqual(ping(id, { size: 100 }).slice(24));
    }
  });
  it("leaves header options away", () => {
    const p = ping();
    const withOptions = new Uint8Array(p.length + 4);
    withOptions.set(p.slice(0, 20));
    withOptions.set([1, 1, 1, 0], 20);
    withOptions.set(p.slice(20), 24);
    withOptions[0] = 0x46;
    withOptions[3] += 4;
    withOptions[10] = withOptions[11] = 0;
    const sum = checksum(withOptions, 0, 24);
    withOptions[10] = sum >> 8;
    withOptions[11] = sum & 255;
    const { reason, out } = aftr({ echo: true }).feed(CORE, withOptions);
    expect([reason, out[0].bytes.length, checksum(out[0].bytes, 0, 20), checksum(out[0].bytes, 20, p.length - 20)]).toEqual(["aftr-echo4-pool-answered", p.length, 0, 0]);
  });
  it("in fragments when it came in fragments", () => {
    const h = aftr({ echo: true });
    const results = cut4(ping(5, { size: 2000 }), 1480).map((p) => h.feed(CORE, p));
    expect(results.map((r) => r.reason)).toEqual(["aftr-inner-fragment-held", "aftr-echo4-pool-answered"]);
    expect(results[1].out.map((o) => o.bytes.length)).toEqual([1500, 548]);
  });
  it("says nothing to damaged requests, and to hosts that cannot have asked", () => {
    const h = aftr({ echo: true });
    const p = ping();
    p[30] ^= 1;
    expect(h.feed(CORE, p)).toEqual({ reason: "aftr-echo4-pool-ignored", out: [] });
    expect(h.feed(CORE, echo4({ src: POOL, dst: POOL }))).toEqual({ reason: "aftr-echo4-pool-ignored", out: [] });
  });
  it("the mapping of an inner host's own query does not hide the address; the session with the host that it asked does", () => {
    const h = aftr({ echo: true });
    const [q] = h.feed(ACCESS, wrap(echo4({ src: HOST, dst: REMOTE, id: 5 }))).out;
    const id = u16(q.bytes, 24);
    expect(h.feed(CORE, echo4({ src: "198.51.100.99", dst: POOL, id })).reason).toBe("aftr-echo4-pool-answered");
    expect(h.feed(CORE, echo4({ src: REMOTE, dst: POOL, type: 0, id })).reason).toBe("aftr-translated-in");
  });
  it("a static mapping takes its identifier, and no other", () => {
    const h = aftr({ echo: true, staticMappings: [{ b4: [0x20010db8, 1, 0, 1], inner: v4(HOST), protocol: 1, innerPort: 7, outer: v4(POOL), outerPort: 7 }] });
    expect(h.feed(CORE, ping(7)).reason).toBe("aftr-translated-in");
    expect(h.feed(CORE, ping(8)).reason).toBe("aftr-echo4-pool-answered");
  });
  it("an inner host that asks gets its answer through its own mapping", () => {
    for (const dst of [POOL, other]) {
      const { reason, out } = aftr({ echo: true, pool: two }).feed(ACCESS, wrap(echo4({ src: HOST, dst, id: 5, size: 40 })));
      expect([reason, out.length, out[0].side]).toEqual(["aftr-echo4-pool-answered", 1, ACCESS]);
      const b = unwrap(out[0].bytes);
      expect([ends(b), b[20], u16(b, 24), checksum(b, 20, b.length - 20)]).toEqual([`${dst} > ${HOST}`, 0, 5, 0]);
    }
  });
  it("only echo requests are answered", () => {
    const h = aftr({ echo: true });
    expect(h.feed(CORE, echo4({ src: REMOTE, dst: POOL, type: 13 })).reason).toBe("aftr-no-mapping");
    expect(h.feed(CORE, tcp4({ src: REMOTE, dst: POOL })).out).toEqual([]);
    expect(h.feed(CORE, echo4({ src: REMOTE, dst: other })).out).toEqual([]);
  });
});
