/** Rules on DS-Lite and its NAT that no mutant triggers, each with the reason. The test fails when one of them is triggered after all, or when another one is not. */
const because = (reason: string, ...rules: readonly string[]): readonly (readonly [string, string])[] => rules.map((r) => [r, reason]);

export const UNTRIGGERED: ReadonlyMap<string, string> = new Map<string, string>([
  ...because("it tells of the B4 or of traffic, not of a defect of the AFTR", "RFC2473-4.1.1-1.b4", "RFC6333-4.3-1", "RFC6333-6.4-1", "RFC7785-4-4"),
  ...because("it informs about a choice that documents leave to the device", "RFC2473-4.1.1-4", "RFC4459-3.2-2", "RFC6333-6.3-3", "RFC6333-8.3-1", "RFC7785-3-1", "RFC2983-5.1-1"),
  ...because("it judges the configuration, which mutants leave alone", "RFC4787-4.3-1.config", "RFC6333-5.3-5", "RFC6333-8.1-1", "RFC5382-5-1.config", "RFC5508-3.2-1.config", "RFC6888-3-10.config"),
  ...because("it judges messages of a DHCPv6 or PCP server that is the device itself; the reference is none (exhibits in test/judge/messages.test.ts show it)", "RFC6334-3-1", "RFC6334-3-2", "RFC6888-3-13"),
  ...because("it needs a device that loses its state in the middle of its traffic, which no transcript of the reference shows", "RFC6888-3-12"),
  ...because("MPLS labels are no part of the transcripts that mutants work on", "RFC3032-2.1-1", "RFC3032-2.1-2", "RFC3032-2.4.2-1", "RFC3032-2.4.3-1"),
  ...because("it needs two errors of an inner host through one binding, which no bundled spec has", "RFC4787-9-3.outbound"),
  ...because("it needs a pool of several addresses of which one is full, which no bundled spec has", "RFC7857-4-1"),
  ...because("it needs more new mappings, or longer traffic, than any bundled spec has", "RFC4787-4.1-2", "RFC6888-5-1", "RFC7857-9-1", "RFC7857-5-1", "RFC6333-B.2-1", "RFC1812-4.3.2.8-1"),
]);
