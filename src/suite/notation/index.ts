/** The compact packet notation: text to bytes and back. */
import { type Compiled, compile } from "./compile.js";
import { fragments, fragments6 } from "./fragment.js";
import { expand, type Node, NotationError, parseNotation } from "./parse.js";

export { bindFields, compareExpected, comparePackets, fieldAt, type FieldDifference, textOf } from "./compare.js";
export { type Compiled, compile } from "./compile.js";
export { describe } from "./describe.js";
export { dissect } from "./dissect.js";
export { type Node, NotationError, parseNotation } from "./parse.js";

export type Definitions = ReadonlyMap<string, readonly Node[]>;

/** One packet of an expectation. Throws NotationError. */
export const compileText = (text: string, defs: Definitions = new Map()): Compiled => compile(expand(parseNotation(text), defs));

/**
 * The frames of one entry of a trace: one, or with a leading `fragments(MTU)` several (IPv6: `id=` is the identification); `order=2,1,3` and leaving numbers out chooses among them.
 * Throws NotationError.
 */
export function compileFrames(text: string, defs: Definitions = new Map()): { readonly frames: readonly Uint8Array[]; readonly first: Compiled } {
  const nodes = expand(parseNotation(text), defs);
  const head = nodes[0];
  if (head.name !== "fragments") {
    const first = compile(nodes);
    return { frames: [first.bytes], first };
  }
  const mtu = head.args.find((a) => a.value === undefined);
  const order = head.args.find((a) => a.name === "order");
  if (mtu === undefined || !/^\d{2,5}$/.test(mtu.name) || Number(mtu.name) < 28) throw new NotationError("expected fragments(MTU) or fragments(MTU order=2,1,...) with an MTU of at least 28 bytes", head.at);
  const first = compile(nodes.slice(1));
  const version = first.bytes[first.ip] >>> 4;
  if (version !== 4 && version !== 6) throw new NotationError("fragments(MTU) needs an IP packet after it", head.at);
  const id = Number(head.args.find((a) => a.name === "id")?.value ?? 1);
  const all = version === 4 ? fragments(first.bytes, first.ip, Number(mtu.name)) : fragments6(first.bytes, first.ip, Number(mtu.name), id);
  if (order === undefined) return { frames: all, first };
  const chosen = (order.value ?? "").split(",").map(Number);
  const wrong = chosen.find((n) => !Number.isInteger(n) || n < 1 || n > all.length);
  if (wrong !== undefined) throw new NotationError(`order names fragment ${wrong}, but there are ${all.length}`, order.at);
  return { frames: chosen.map((n) => all[n - 1]), first };
}
