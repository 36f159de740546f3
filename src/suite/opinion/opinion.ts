/** Runs the second opinion: reads the captures, feeds the reference what the box received, compares what both sent. */
import { createLinkPlace, locate } from "../../capture/link.js";
import { mergeSources } from "../../capture/merge.js";
import { openCapture } from "../../capture/open.js";
import type { CaptureSource } from "../../capture/source.js";
import { createDevice } from "../../concentrator/index.js";
import { type Config, CORE, type SoftwireConcentrator } from "../../config/types.js";
import { markWritten, wasWritten, writtenKeys } from "../../config/written.js";
import { INTO, type FindingGroup } from "../../judge/types.js";
import { u32 } from "../../wire/bits.js";
import { createMemory } from "../../wire/memory.js";
import { createDoor } from "../door.js";
import { learnMacs } from "../learn-macs.js";
import { fileNames, type PipelineFile } from "../pipeline.js";
import { isLinkHousekeeping } from "../transit.js";
import { type Externals, externalsOf, toReference } from "./externals.js";
import { differences, match } from "./match.js";
import type { Opinion, Sent } from "./types.js";

/** Packets that are kept and compared: all is held in memory here. */
export const MOST_PACKETS = 200_000;
const LARGEST_PACKET = 65_575;
const MEMORY = 192 << 20;

interface Input extends Sent { readonly sec: number; readonly nsec: number }
interface Gathered { readonly inputs: readonly Input[]; readonly box: readonly Sent[]; readonly capped: boolean; readonly last: readonly [number, number] }

async function gather(config: Config, files: readonly PipelineFile[]): Promise<Gathered> {
  const memory = createMemory(96 << 20);
  const learned = await learnMacs(config, files);
  const names = fileNames(files);
  const sources: CaptureSource[] = [];
  for (let i = 0; i < files.length; i++) sources.push(await openCapture(files[i].path, { memory, fileIndex: i }));
  const merged = mergeSources(sources, { memory });
  const link = createLinkPlace();
  const door = createDoor(config, files.map((f) => f.side), memory.u8, "check", learned.macs);
  const inputs: Input[] = [];
  const box: Sent[] = [];
  let last: [number, number] = [0, 0];
  try {
    while (inputs.length + box.length < MOST_PACKETS) {
      const got = merged.next();
      if (!(typeof got === "boolean" ? got : await got)) return { inputs, box, capped: false, last };
      if (!locate(memory.u8, merged.off, merged.capLen, merged.linkType, link)) continue;
      if (memory.u8[link.l3] >>> 4 === 6 && isLinkHousekeeping(memory.u8, link.l3, link.l3Len)) continue;
      const direction = door.enter(merged, link);
      if (direction < 0) continue;
      last = [merged.sec, merged.nsec];
      const sent = { side: door.side, bytes: memory.u8.slice(link.l3, link.l3 + ipLength(memory.u8, link.l3, link.l3Len)), place: { file: names[merged.file], frame: merged.frame } };
      if (direction === INTO) inputs.push({ ...sent, sec: merged.sec, nsec: merged.nsec });
      else box.push(sent);
    }
    return { inputs, box, capped: true, last };
  } finally {
    merged.close();
  }
}

/** Without link-layer padding. */
function ipLength(b: Uint8Array, o: number, len: number): number {
  const said = b[o] >>> 4 === 4 ? (b[o + 2] << 8) | b[o + 3] : 40 + ((b[o + 4] << 8) | b[o + 5]);
  return said > 0 && said < len ? said : len;
}

/** What the reference sends for the inputs; each is told with the input that caused it. */
function reference(config: Config, inputs: readonly Input[], last: readonly [number, number], externals: Externals | undefined): Sent[] {
  const memory = createMemory(MEMORY);
  const at = memory.alloc(LARGEST_PACKET);
  const out = [memory.alloc(LARGEST_PACKET), memory.alloc(LARGEST_PACKET)];
  const sent: Sent[] = [];
  let cause = { file: "", frame: 0 };
  const device = createDevice(config, memory, {
    reserve: (side) => out[side],
    commit: (side, off, len) => {
      sent.push({ side, bytes: memory.u8.slice(off, off + len), place: cause });
    },
  });
  for (const i of inputs) {
    const bytes = externals === undefined ? i.bytes : translated(i, externals);
    memory.u8.set(bytes, at);
    cause = i.place;
    device.receive(i.side, at, bytes.length, i.sec, i.nsec);
  }
  device.drain(last[0], last[1]);
  return sent;
}

function translated(i: Input, externals: Externals): Uint8Array {
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

/** `findings`: of the check of the same captures. Reads them once more; standard input cannot be. */
export async function secondOpinion(declared: Config, files: readonly PipelineFile[], findings: readonly FindingGroup[]): Promise<Opinion> {
  const { inputs, box, capped, last } = await gather(declared, files);
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
  const { equal, list } = differences(matched, findings, { nat, df });
  return { compared: matched.pairs.length, equal, differences: list, capped, learned: externals.size };
}

