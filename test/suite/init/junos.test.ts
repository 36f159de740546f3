import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/load.js";
import type { DsLite, SixRdDomain, SixToFour } from "../../../src/config/types.js";
import { draftFromJunos } from "../../../src/suite/init/junos/draft.js";
import { formatIpv4, formatIpv6, formatPrefix4, formatPrefix6 } from "../../../src/wire/address.js";

const load = (text: string) => {
  const draft = draftFromJunos(text, "router.set");
  return { ...draft, config: parseConfig(draft.text, "draft.yaml") };
};

const DS_LITE = `
set system host-name aftr1
set interfaces sp-1/2/0 unit 0 family inet
set interfaces sp-1/2/0 unit 0 family inet6
set interfaces ge-0/0/1 unit 0 family inet6 service input service-set DSL
set interfaces ge-0/0/1 unit 0 family inet6 service output service-set DSL
set interfaces ge-0/0/1 unit 0 family inet6 address 2001:db8:1::1/64
set interfaces ge-0/0/2 unit 0 family inet address 198.51.100.2/30
set services service-set DSL softwire-rules SW
set services service-set DSL nat-rules NAT
set services service-set DSL softwire-options dslite-ipv6-prefix-length 56
set services service-set DSL tcp-mss 1420
set services service-set DSL interface-service service-interface sp-1/2/0.0
set services softwire softwire-concentrator ds-lite AFTR softwire-address 2001:db8:ffff::1
set services softwire softwire-concentrator ds-lite AFTR mtu-v6 1540
set services softwire softwire-concentrator ds-lite AFTR copy-dscp
set services softwire softwire-concentrator ds-lite AFTR flow-limit 1000
set services softwire softwire-concentrator ds-lite AFTR auto-update-mtu
set services softwire rule SW match-direction input
set services softwire rule SW term t1 then ds-lite AFTR
set services nat pool P address 203.0.113.0/28
set services nat pool P address-range low 203.0.113.32 high 203.0.113.40
set services nat pool P port range low 2048 high 60000
set services nat pool P port range random-allocation
set services nat pool P port preserve-parity
set services nat pool P mapping-timeout 300
set services nat rule NAT match-direction input
set services nat rule NAT term t1 from source-address 10.0.0.0/8
set services nat rule NAT term t1 then translated source-pool P
set services nat rule NAT term t1 then translated translation-type napt-44
set services nat rule NAT term t1 then translated mapping-type endpoint-independent
`;

describe("softproof init --junos", () => {
  it("drafts a DS-Lite AFTR with its NAT", () => {
    const { config, text, remarks } = load(DS_LITE);
    const c = config.serviceSets[0].concentrators[0] as DsLite;
    expect(config.serviceSets[0].name).toBe("DSL");
    expect([c.kind, c.name, formatIpv6(c.address), c.mtuV6, c.copyDscpIn, c.copyDscpOut, c.flowLimit, c.subscriberPrefixLength]).toEqual(["ds-lite", "AFTR", "2001:db8:ffff::1", 1540, true, false, 1000, 56]);
    expect(c.nat?.pool.ranges.map((r) => `${formatIpv4(r.from)}-${formatIpv4(r.to)}`)).toEqual(["203.0.113.0-203.0.113.15", "203.0.113.32-203.0.113.40"]);
    // Filtering is by 5-tuple on Junos unless the rule says otherwise: a default that is not the RFC's is written out.
    expect(c.nat).toMatchObject({ pool: { portFrom: 2048, portTo: 60000 }, mapping: "endpoint-independent", filtering: "address-and-port-dependent", parity: true, allocation: "random", mssClamp: 1420 });
    expect(config.access.ipv6.map(formatIpv6)).toEqual(["2001:db8:ffff::1", "2001:db8:1::1"]);
    expect(text).toContain("ge-0/0/2.0 has 198.51.100.2/30");
    expect(remarks).toEqual(expect.arrayContaining([
      expect.stringMatching(/^line 18: not understood: .*auto-update-mtu$/), expect.stringMatching(/mapping-timeout 300/), expect.stringMatching(/from source-address 10\.0\.0\.0\/8/), "1 line of `set system`: not about softwires, not read",
    ]));
  });
  it("drafts 6rd, and 6to4 that Junos writes as 2002::/16, inline or not", () => {
    const { config, text } = load(`
user@mx> set services softwire softwire-concentrator v6rd RD softwire-address 10.0.0.1
set services softwire softwire-concentrator v6rd RD ipv4-prefix 10.0.0.0/8
set services softwire softwire-concentrator v6rd RD v6rd-prefix 3040::/16
set services softwire softwire-concentrator v6rd RD mtu-v4 1500
set services softwire softwire-concentrator v6rd SIX softwire-address 192.88.99.1
set services softwire softwire-concentrator v6rd SIX ipv4-prefix 0.0.0.0/0
set services softwire softwire-concentrator v6rd SIX v6rd-prefix 2002::/16
set services softwire softwire-concentrator v6rd SIX mtu-v4 1500
set services softwire rule R1 match-direction input
set services softwire rule R1 term t then v6rd RD
set services softwire rule R2 term t then v6rd SIX
set services softwire rule-set RS rule R1
set services softwire rule-set RS rule R2
set services service-set INLINE softwire-rule-sets RS
set services service-set INLINE next-hop-service inside-service-interface si-0/0/0.1
`);
    const [rd, six] = config.serviceSets[0].concentrators as [SixRdDomain, SixToFour];
    expect([rd.kind, formatIpv4(rd.address), formatPrefix4(rd.ipv4Prefix), formatPrefix6(rd.v6rdPrefix), rd.tunnelMtu]).toEqual(["6rd", "10.0.0.1", "10.0.0.0/8", "3040::/16", 1480]);
    expect([six.kind, six.name, six.anycast]).toEqual(["6to4-relay", "SIX", true]);
    expect(text).toContain("si-0/0/0.1: inline on the line card");
  });
  it("drafts the MX-SPC3 form with port blocks", () => {
    const { config } = load(`
set services softwires softwire-types ds-lite AFTR softwire-address 2001:db8::1
set services softwires softwire-types ds-lite AFTR mtu-v6 1500
set services softwires rule-set RS rule R then ds-lite AFTR
set services softwires rule-set RS match-direction input rule R then ds-lite AFTR
set services nat source pool P address 203.0.113.0/24
set services nat source pool P port block-allocation block-size 256 max-blocks-per-host 4
set services nat source rule-set NRS rule N match source-address 10.0.0.0/8
set services nat source rule-set NRS rule N then source-nat pool P
set services service-set SS softwires-rule-set RS
set services service-set SS nat-rule-sets NRS
`);
    const c = config.serviceSets[0].concentrators[0] as DsLite;
    expect(c.nat).toMatchObject({ allocation: "port-block", portBlockSize: 256, portsPerSubscriber: 1024, mapping: "address-and-port-dependent" });
  });
  it("loses no line: inactive, unreachable and unknown ones are told", () => {
    const { remarks, config } = load(`${DS_LITE}
set services softwire softwire-concentrator v6rd IDLE softwire-address 10.0.0.9
set services softwire softwire-concentrator v6rd IDLE v6rd-prefix 2001:db8::/32
set services softwire something-new
deactivate services nat rule NAT term t1 then translated mapping-type
edit services
`);
    expect((config.serviceSets[0].concentrators[0] as DsLite).nat?.mapping).toBe("address-and-port-dependent");
    expect(remarks.join("\n")).toMatch(/v6rd IDLE \(line 33\): no service set reaches it/);
    expect(remarks.join("\n")).toMatch(/line 35: not understood: set services softwire something-new/);
    expect(remarks.join("\n")).toMatch(/line 36: deactivate .*inactive and left out/);
    expect(remarks.join("\n")).toMatch(/line 37: not a set line: edit services/);
  });
  it("says so when there is nothing to draft", () => {
    expect(draftFromJunos("set system host-name x\n", "x.set").remarks[0]).toMatch(/no softwire concentrator was found/);
  });
});
