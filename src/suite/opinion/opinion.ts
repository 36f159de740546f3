/** Runs the second opinion: feeds the reference what the box received, compares what both sent. */
import { createDevice } from "../../concentrator/index.js";
import { type Config, CORE, type SoftwireConcentrator } from "../../config/types.js";
import { markWritten, wasWritten, writtenKeys } from "../../config/written.js";
import type { FindingGroup } from "../../judge/types.js";
import { OPINION_VERSION, type OpinionLine } from "../../report/opinion.js";
import { u32 } from "../../wire/bits.js";
import { createMemory } from "../../wire/memory.js";
import type { PipelineFile } from "../pipeline.js";
import { differences } from "./differences.js";
import { type Externals, externalsOf, toReference } from "./externals.js";
import { gather, LIMIT, type Limit, type ReferenceSent, type Sent } from "./gather.js";
import { match } from "./match.js";

const LARGEST_PACKET = 65_575;
const MEMORY = 192 << 20;

/** What the reference sends for the inputs; each is told with the input that caused it. */
function reference(config: Config, inputs: readonly Sent[], last: readonly [number, number], externals: Externals | undefined): ReferenceSent[] {
  const memory = createMemory(MEMORY);
  const at = memory.alloc(LARGEST_PACKET);
  const out = [memory.alloc(LARGEST_PACKET), memory.alloc(LARGEST_PACKET)];
  const sent: ReferenceSent[] = [];
  let cause = -1;
  const device = createDevice(config, memory, {
    reserve: (side) => out[side],
    commit: (side, off, len, sec, nsec, reason) => {
      sent.push({ side, bytes: memory.u8.slice(off, off + len), place: inputs[cause].place, sec, nsec, cause, reason });
    },
  });
  for (const [n, i] of inputs.entries()) {
    const bytes = externals === undefined ? i.bytes : translated(i, externals);
    memory.u8.set(bytes, at);
    cause = n;
    device.receive(i.side, at, bytes.length, i.sec, i.nsec);
  }
  device.drain(last[0], last[1]);
  return sent;
}

function translated(i: Sent, externals: Externals): Uint8Array {
  const inner = i.side === CORE ? 0 : i.bytes[0] >>> 4 === 6 && i.bytes[6] === 4 ? 40 : -1;
  if (inner < 0) return i.bytes;
  const copy = i.bytes.slice();
  return toReference(copy, inner, externals) ? copy : i.bytes;
}

/**
 * What the configuration does not declare is taken from the box: the tunnel's MTU is the largest packet that it tunnelled, or what it named in Packet Too Big.
 * Whether DF is set is free then.
 */
function likeTheBox(config: Config, box: readonly Sent[]): { config: Config; df: boolean } {
  let largest = 0;
  let named = 0;
  for (const { bytes: b } of box) {
    if (b[0] >>> 4 === 4 && b[9] === 41) largest = Math.max(largest, b.length - ((b[0] & 15) << 2));
    else if (b[0] >>> 4 === 6 && b[6] === 58 && b.length >= 48 && b[40] === 2) named = Math.max(named, u32(b, 44));
  }
  let df = false;
  const open = (c: SoftwireConcentrator): SoftwireConcentrator => {
    if (c.kind === "ds-lite") return c;
    if (!wasWritten(c, "tunnel-mtu-mode") && !(c.kind === "6rd" && c.anycast)) df = true;
    if (wasWritten(c, "tunnel-mtu") || wasWritten(c, "mtu-v4")) return c;
    const mtu = Math.max(1280, named > 0 && named < 65_536 ? named : largest > 0 ? largest : c.tunnelMtu);
    return markWritten({ ...c, tunnelMtu: Math.min(mtu, 65_515) }, writtenKeys(c));
  };
  return { config: { ...config, serviceSets: config.serviceSets.map((s) => ({ ...s, concentrators: s.concentrators.map(open) })) }, df };
}

/**
 * `findings`: of the check of the same captures. Reads them once more; standard input cannot be. Same captures, configuration and findings give the same line.
 * Undefined when `signal` ended it.
 */
export async function secondOpinion(declared: Config, files: readonly PipelineFile[], findings: readonly FindingGroup[], signal?: AbortSignal, limit: Limit = LIMIT): Promise<OpinionLine | undefined> {
  const { inputs, box, capped, last } = await gather(declared, files, limit, signal);
  if (signal?.aborted === true) return undefined;
  const { config, df } = likeTheBox(declared, box);
  const nat = config.serviceSets.some((s) => s.concentrators.some((c) => c.kind === "ds-lite" && c.nat !== undefined));
  let answer = reference(config, inputs, last, undefined);
  let externals: Externals = new Map();
  if (nat) {
    // The external ends that the box chose are its own choice: found by the outbound packets, and inbound packets go to the reference's instead.
    externals = externalsOf(match(box, answer, nat).pairs);
    if (externals.size > 0) answer = reference(config, inputs, last, externals);
  }
  const matched = match(box, answer, nat);
  return {
    type: "opinion", version: OPINION_VERSION, inputs: inputs.length, box: box.filter((b) => !b.late).length, reference: answer.length,
    compared: matched.pairs.length, learned: externals.size, limit, capped, ...differences(matched, { inputs, findings, freedoms: { nat, df }, box, last, capped }),
  };
}
