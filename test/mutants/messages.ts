/** Defects of servers and initiators in the messages that configure them. */
import { put16, u16 } from "../../src/wire/bits.js";
import { initiator, type Mutant, type Pick } from "./mutant.js";

const DHCP4_OPTIONS = 28 + 240;
const dhcp4: Pick = (s) => s.version === 4 && s.protocol === 17 && s.upper > 0 && s.b.length > DHCP4_OPTIONS && (u16(s.b, s.upper + 2) === 67 || u16(s.b, s.upper + 2) === 68);
const dhcp6: Pick = (s) => s.version === 6 && s.protocol === 17 && s.upper > 0 && (u16(s.b, s.upper + 2) === 546 || u16(s.b, s.upper + 2) === 547);
/** Offset of the value of a DHCPv4 option, 0 when it is not there. */
function option4(b: Uint8Array, code: number): number {
  for (let at = DHCP4_OPTIONS; at + 2 <= b.length && b[at] !== 255; at += 2 + b[at + 1]) if (b[at] === code) return at + 2;
  return 0;
}
function option6(b: Uint8Array, code: number): number {
  for (let at = 52; at + 4 <= b.length; at += 4 + u16(b, at + 2)) if (u16(b, at) === code) return at + 4;
  return 0;
}
const with4 = (code: number, edit: (b: Uint8Array, at: number) => void) => initiator((s, e, t) => dhcp4(s, e, t) && option4(s.b, code) > 0, (b) => edit(b, option4(b, code)));
const with6 = (code: number, edit: (b: Uint8Array, at: number) => void) => initiator((s, e, t) => dhcp6(s, e, t) && option6(s.b, code) > 0, (b) => edit(b, option6(b, code)));

type Row = readonly [id: string, title: string, clauses: readonly string[], apply: Mutant["apply"]];
const rows4: readonly Row[] = [
  ["dhcp-6rd-mask-33", "a server gives an IPv4MaskLen of 33, and the CE uses it", ["RFC5969-7.1.1-2"], with4(212, (b, at) => { b[at] = 33; })],
  ["dhcp-6rd-too-long", "a server gives elements that make 129 bits, and the CE uses them", ["RFC5969-7.1.1-3"], with4(212, (b, at) => { b[at] = 0; b[at + 1] = 97; })],
  ["dhcp-6rd-trailing-bits", "a server sets bits behind 6rdPrefixLen", ["RFC5969-7.1.1-4"], with4(212, (b, at) => { b[at + 17] = 1; })],
  ["dhcp-6rd-short", "a server sends the option without a BR address", ["RFC5969-7.1.1-1"], with4(212, (b, at) => { b[at - 1] = 18; b.fill(0, at + 18, at + 22); })],
  ["dhcp-6rd-not-asked", "a CE does not ask for the option and uses it", ["RFC5969-7.1.1-5", "RFC5969-7.1-1"], with4(55, (b, at) => b.fill(1, at, at + b[at - 1]))],
];
const rows6: readonly Row[] = [
  ["dhcp-aftr-name-compressed", "a server sends the name with a compression pointer", ["RFC6334-3-1"], with6(64, (b, at) => { b[at] = 0xc0; })],
  ["dhcp-aftr-name-in-confirm", "the name stands in a Confirm message", ["RFC6334-3-2"], with6(64, (b) => { b[48] = 4; })],
  ["dhcp-aftr-name-not-asked", "a B4 does not ask for the name and uses it", ["RFC6334-5-1", "RFC6333-5.4-1"], with6(6, (b, at) => { for (let k = at; k < at + u16(b, at - 2); k += 2) put16(b, k, 23); })],
];

export const MESSAGE_MUTANTS: readonly Mutant[] = [
  ...rows4.map(([id, title, clauses, apply]): Mutant => ({ id, title, mechanisms: ["6rd"], clauses, apply })),
  ...rows6.map(([id, title, clauses, apply]): Mutant => ({ id, title, mechanisms: ["ds-lite"], clauses, apply })),
];
