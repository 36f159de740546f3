/** A strict little XML parser for the tests: elements, attributes, the five entities, character references. Throws on anything that is not well-formed. */
export interface Node { readonly name: string; readonly attributes: Readonly<Record<string, string>>; readonly children: Node[]; text: string }

const ENTITY: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: "\"", apos: "'" };
function decode(text: string): string {
  if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text)) throw new Error(`character outside XML 1.0 in ${JSON.stringify(text)}`);
  return text.replace(/&([^;]*);?/g, (whole, name: string) => {
    const number = /^#(\d+)$/.exec(name)?.[1];
    const value = number === undefined ? ENTITY[name] : String.fromCodePoint(Number(number));
    if (value === undefined || !whole.endsWith(";")) throw new Error(`bad reference ${whole}`);
    return value;
  });
}

export function parseXml(source: string): Node {
  const top: Node = { name: "", attributes: {}, children: [], text: "" };
  const open: Node[] = [top];
  const tag = /<(\/?)([a-zA-Z-]+)((?:\s+[a-zA-Z-]+="[^"<]*")*)\s*(\/?)>/y;
  let at = source.indexOf("?>") + 2;
  if (!source.startsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")) throw new Error("no XML declaration");
  while (at < source.length) {
    const here = open.at(-1)!;
    const next = source.indexOf("<", at);
    here.text += decode(source.slice(at, next < 0 ? source.length : next));
    if (next < 0) break;
    tag.lastIndex = next;
    const m = tag.exec(source);
    if (m === null) throw new Error(`not a tag: ${source.slice(next, next + 60)}`);
    at = tag.lastIndex;
    const [, closing, name = "", rest = "", selfClosing] = m;
    if (closing === "/") {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes nothing`);
      continue;
    }
    const attributes = Object.fromEntries([...rest.matchAll(/([a-zA-Z-]+)="([^"]*)"/g)].map(([, k, v]) => [k ?? "", decode(v ?? "")]));
    const node: Node = { name, attributes, children: [], text: "" };
    here.children.push(node);
    if (selfClosing !== "/") open.push(node);
  }
  if (open.length !== 1 || top.children.length !== 1) throw new Error("elements left open, or not one root");
  return top.children[0]!;
}
