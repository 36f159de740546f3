/** Addresses written as text in the payload of protocols with an ALG: FTP (RFC 959, 2428), RTSP, SIP. The length of a text never changes. */
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from "../../wire/address.js";
import { changed, type Scrub } from "./scrub.js";

const PORTS: ReadonlySet<number> = new Set([21, 554, 5060]);
/** Four numbers and, with commas, the two of the port behind them. */
const TEXT = /(?<![\d.,])(\d{1,3})([.,])(\d{1,3})\2(\d{1,3})\2(\d{1,3})(?![\d.])/g;
const TEXT6 = /(?<=\|2\|)[0-9a-fA-F:.]{2,39}(?=\|)/g;

/** The numbers of `value`, with leading zeros where the old text was longer; zeros alone when they do not fit. */
function fitted(value: number, separator: string, length: number): { readonly text: string; readonly fits: boolean } {
  const parts = formatIpv4(value).split(".");
  let spare = length - parts.join(separator).length;
  if (spare < 0) return fitted(0, separator, length);
  for (let i = 0; i < 4 && spare > 0; i++) {
    const add = Math.min(spare, 3 - parts[i].length);
    parts[i] = "0".repeat(add) + parts[i];
    spare -= add;
  }
  return { text: parts.join(separator), fits: value !== 0 };
}

export function rewriteAlg(s: Scrub, from: number, to: number, at: number, end: number): void {
  if (!PORTS.has(from) && !PORTS.has(to)) return;
  s.wanting = true; // the text goes on to the end of the datagram
  if (at >= end) return;
  const before = Buffer.from(s.now.subarray(at, end)).toString("latin1");
  const after = before.replace(TEXT, (all, a: string, separator: string, b: string, c: string, d: string) => {
    const address = parseIpv4([a, b, c, d].map((x) => String(Number(x))).join("."));
    if (address === undefined) return all;
    const mapped = s.map.v4(address);
    if (mapped === address) return all;
    const { text, fits } = fitted(mapped, separator, all.length);
    if (!fits) s.blanked++;
    return text;
  }).replace(TEXT6, (all) => {
    const address = parseIpv6(all);
    if (address === undefined) return all;
    const text = formatIpv6(s.map.v6(address));
    if (text === formatIpv6(address)) return all;
    if (text.length === all.length) return text;
    s.blanked++;
    return "::".padEnd(all.length, "0");
  });
  if (after === before) return;
  s.now.set(Buffer.from(after, "latin1"), at);
  changed(s, end);
}
