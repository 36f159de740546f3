/** The elements of a router's XML output that hold text and nothing else, with their lines. No parser for all of XML: whatever does not nest is told. */

export interface XmlElement { readonly name: string; readonly text: string; readonly line: number }
export interface XmlFault { readonly line: number; readonly column: number; readonly message: string }

const TOKEN = /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[[\s\S]*?\]\]>|<![^>]*>|<(\/?)([A-Za-z_][\w:.-]*)((?:"[^"]*"|'[^']*'|[^<>"'])*)>/y;

/** `at`: offset of the first tag in `text`. `rest`: lines before and behind the elements (a prompt, the command). */
export function xmlElements(text: string, at: number): { readonly elements: XmlElement[]; readonly rest: readonly string[] } | XmlFault {
  const elements: XmlElement[] = [];
  const open: { name: string; from: number; line: number; column: number; plain: boolean }[] = [];
  const place = { line: 1, start: 0, seen: 0 };
  const lineOf = (offset: number): { line: number; column: number } => {
    for (let i = text.indexOf("\n", place.seen); i >= 0 && i < offset; i = text.indexOf("\n", place.seen)) {
      place.line++;
      place.start = place.seen = i + 1;
    }
    return { line: place.line, column: offset - place.start + 1 };
  };
  const outside: string[] = [text.slice(0, at)];
  let last = at;
  for (let i = at; i < text.length; ) {
    const next = text.indexOf("<", i);
    if (next < 0) break;
    if (open.length === 0) outside.push(text.slice(last, next));
    TOKEN.lastIndex = next;
    const m = TOKEN.exec(text);
    if (m === null) {
      const inside = open.at(-1);
      return { ...lineOf(next), message: inside === undefined ? "a `<` that begins no XML tag, or one that is cut off" : `a tag that is cut off or no tag, within <${inside.name}> of line ${inside.line}` };
    }
    i = last = next + m[0].length;
    if (m[2] === undefined) continue;
    const name = m[2];
    if (m[1] === "/") {
      const top = open.pop();
      if (top === undefined || top.name !== name) return { ...lineOf(next), message: top === undefined ? `</${name}> closes nothing` : `</${name}> where </${top.name}> was expected, which closes line ${top.line}` };
      if (top.plain) elements.push({ name: name.replace(/^.*:/, ""), text: text.slice(top.from, next).trim(), line: top.line });
    } else {
      const parent = open.at(-1);
      if (parent !== undefined) parent.plain = false;
      if (!m[3].endsWith("/")) open.push({ name, from: last, ...lineOf(next), plain: true });
    }
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) return { line: unclosed.line, column: unclosed.column, message: `the XML ends within <${unclosed.name}>: it is cut off` };
  outside.push(text.slice(last));
  return { elements, rest: outside.flatMap((t) => t.split("\n")).filter((l) => l.trim() !== "") };
}
