/**
 * Reads the packet notation: layers separated by `/`, each `name(from > to key=value flag ...)`, a `"text"`, or `$name`.
 * White space, line breaks and `# comments` to the end of a line mean nothing outside of a text.
 */

export interface Arg { readonly name: string; readonly value: string | undefined; readonly at: number }
export interface Word { readonly text: string; readonly at: number }
export interface Node {
  /** A layer's name, `$name`, or `"` for a text. */
  readonly name: string;
  readonly at: number;
  readonly from: Word | undefined;
  readonly to: Word | undefined;
  readonly args: readonly Arg[];
  /** The characters of a text. */
  readonly text: string;
}

/** A fault of the notation; `at` counts characters from the start of the text. */
export class NotationError extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.name = "NotationError";
    this.at = at;
  }
}

interface Reader { readonly s: string; i: number }

function skip(r: Reader): void {
  for (;;) {
    while (r.i < r.s.length && /\s/.test(r.s[r.i])) r.i++;
    if (r.s[r.i] !== "#") return;
    while (r.i < r.s.length && r.s[r.i] !== "\n") r.i++;
  }
}

/** Throws NotationError. */
export function parseNotation(s: string): Node[] {
  const r: Reader = { s, i: 0 };
  const nodes: Node[] = [];
  for (;;) {
    skip(r);
    nodes.push(readNode(r));
    skip(r);
    if (r.i >= s.length) return nodes;
    if (s[r.i] !== "/") throw new NotationError(`"${s[r.i]}" is not expected here; layers are separated by "/"`, r.i);
    r.i++;
  }
}

function readNode(r: Reader): Node {
  const at = r.i;
  if (r.s[at] === '"') return { name: '"', at, from: undefined, to: undefined, args: [], text: readText(r) };
  const m = /^\$?[A-Za-z][A-Za-z0-9_-]*/.exec(r.s.slice(at));
  if (m === null) throw new NotationError(at >= r.s.length ? "the packet ends where a layer is expected" : `"${r.s[at]}" begins no layer; expected a name like ipv4, a "text" or $name`, at);
  r.i += m[0].length;
  const node = { name: m[0], at, from: undefined, to: undefined, args: [], text: "" };
  skip(r);
  if (r.s[r.i] !== "(") return node;
  const open = r.i++;
  const args: Arg[] = [];
  let from: Word | undefined;
  let to: Word | undefined;
  for (;;) {
    skip(r);
    if (r.i >= r.s.length) throw new NotationError(`the "(" of ${node.name} is never closed`, open);
    if (r.s[r.i] === ")") break;
    const word = /^[^\s()=>#"/]+/.exec(r.s.slice(r.i))?.[0];
    const start = r.i;
    if (word === undefined) throw new NotationError(`"${r.s[r.i]}" is not expected inside ${node.name}( )`, r.i);
    r.i += word.length;
    skip(r);
    if (r.s[r.i] === ">") {
      if (from !== undefined) throw new NotationError(`${node.name} has a second "from > to"`, start);
      r.i++;
      skip(r);
      const second = /^[^\s()=>#"/]+/.exec(r.s.slice(r.i))?.[0];
      if (second === undefined) throw new NotationError('a value is missing after ">"', r.i);
      from = { text: word, at: start };
      to = { text: second, at: r.i };
      r.i += second.length;
    } else if (r.s[r.i] === "=") {
      r.i++;
      skip(r);
      const value = /^[^\s()=>#"/]+/.exec(r.s.slice(r.i))?.[0];
      if (value === undefined) throw new NotationError(`a value is missing after "${word}="`, r.i);
      r.i += value.length;
      args.push({ name: word, value, at: start });
    } else args.push({ name: word, value: undefined, at: start });
  }
  r.i++;
  return { ...node, from, to, args };
}

/** A text in double quotes with \" \\ \n and \xHH. */
function readText(r: Reader): string {
  const open = r.i++;
  let out = "";
  while (r.i < r.s.length) {
    const c = r.s[r.i++];
    if (c === '"') return out;
    if (c !== "\\") {
      out += c;
      continue;
    }
    const hex = /^x([0-9a-fA-F]{2})/.exec(r.s.slice(r.i));
    if (hex !== null) {
      out += String.fromCharCode(Number.parseInt(hex[1], 16));
      r.i += 3;
    } else {
      const e = r.s[r.i++];
      out += e === "n" ? "\n" : e;
    }
  }
  throw new NotationError('the text is never closed with "', open);
}

/** Replaces `$name` by the layers of that name; `$name(key=value ...)` overrides arguments of their first layer. `at` of what comes from a definition is the place of its use. */
export function expand(nodes: readonly Node[], defs: ReadonlyMap<string, readonly Node[]>): Node[] {
  const out: Node[] = [];
  for (const n of nodes) {
    if (!n.name.startsWith("$")) {
      out.push(n);
      continue;
    }
    const body = defs.get(n.name.slice(1));
    if (body === undefined) throw new NotationError(`${n.name} is not defined; "let" has: ${[...defs.keys()].map((k) => `$${k}`).join(", ") || "nothing"}`, n.at);
    body.forEach((b, i) => {
      const moved = { ...b, at: n.at, args: b.args.map((a) => ({ ...a, at: n.at })) };
      const first = i === 0 && (n.args.length > 0 || n.from !== undefined);
      out.push(first ? { ...moved, from: n.from ?? b.from, to: n.to ?? b.to, args: [...moved.args.filter((a) => !n.args.some((x) => x.name === a.name)), ...n.args] } : moved);
    });
  }
  return out;
}
