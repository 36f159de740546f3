/** The configuration with the same addresses replaced. Comments go: they may tell what the addresses no longer do. Names stay. */
import { isSeq, parseDocument, Scalar, visit } from "yaml";
import { formatIpv4, formatIpv6, mask32, parseIpv4, parseIpv6 } from "../../wire/address.js";
import type { Mapper } from "./addresses.js";
import { blocks } from "./numbered.js";

function prefix4(map: Mapper, address: number, length: number): string {
  return `${formatIpv4((map.v4(address) & mask32(length)) >>> 0)}/${length}`;
}

/** The text with its addresses replaced; several when it is a range. Undefined when it holds no address. */
export function mappedText(map: Mapper, text: string): string[] | undefined {
  const range = /^\s*([\d.]+)\s*-\s*([\d.]+)\s*$/.exec(text);
  if (range !== null) {
    const [from, to] = [parseIpv4(range[1]), parseIpv4(range[2])];
    if (from === undefined || to === undefined || from > to) return undefined;
    return blocks(from, to).map((b) => (b.length === 32 ? formatIpv4(map.v4(b.address)) : prefix4(map, b.address, b.length)));
  }
  let found = false;
  const out = text.replace(/[0-9a-fA-F:.]{2,}(?:\/\d+)?/g, (token) => {
    const [address, length] = token.split("/");
    const four = parseIpv4(address);
    if (four !== undefined) {
      found = true;
      return length === undefined ? formatIpv4(map.v4(four)) : prefix4(map, four, Number(length));
    }
    const six = address.includes(":") ? parseIpv6(address) : undefined;
    if (six === undefined) return token;
    found = true;
    const mapped = map.v6(six);
    if (length === undefined) return formatIpv6(mapped);
    const n = Number(length);
    return `${formatIpv6([0, 1, 2, 3].map((i) => (mapped[i] & mask32(Math.max(0, Math.min(32, n - 32 * i)))) >>> 0) as unknown as typeof mapped)}/${n}`;
  });
  return found ? [out] : undefined;
}

export function anonymiseConfig(text: string, map: Mapper): string {
  const doc = parseDocument(text);
  const finished = new WeakSet<object>();
  const bare = (node: { comment?: string | null; commentBefore?: string | null }): void => {
    node.comment = null;
    node.commentBefore = null;
  };
  visit(doc, {
    Scalar(key, node, path) {
      bare(node);
      if (typeof node.value !== "string" || key === "key" || finished.has(node)) return;
      const mapped = mappedText(map, node.value);
      if (mapped === undefined) return;
      node.value = mapped[0];
      const parent = path.at(-1);
      if (mapped.length === 1 || !isSeq(parent)) return;
      const more = mapped.slice(1).map((text) => new Scalar(text));
      for (const m of more) finished.add(m);
      parent.items.splice((key as number) + 1, 0, ...more);
    },
    Collection: (_, node) => bare(node),
  });
  doc.comment = null;
  doc.commentBefore = null;
  return doc.toString({ lineWidth: 0 });
}
