/**
 * Choice of an external endpoint. Pooling is paired unless declared otherwise: a subscriber keeps one external address (RFC 4787
 * REQ-2, RFC 6888 REQ-2), and is refused rather than moved when that one is used up (hard pairing); with soft pairing it gets a
 * port of another address then, and goes back to its own when it can. Never a port that is in use or in hold-down: ports are not
 * overloaded (RFC 4787 REQ-3, RFC 5382 REQ-7).
 */
import type { NatConfig } from "../../config/types.js";
import { ICMP, U_ADDRESS, U_BLOCK, U_STRIDE } from "./layout.js";
import { type Blocks, blockAddress, blockPort, freeBlock } from "./blocks.js";
import { findExternal } from "./external.js";
import { logBlock } from "./log.js";
import { addressAt, classAt, hasPorts, highest, lowest } from "./pool.js";
import { type Nat, nextRandom } from "./state.js";

/** Nothing is free. */
export const NONE = -1;

/**
 * A free port for subscriber `sub` and the inner port `wanted`; its address is left in `n.chosen` (int32). Protocols
 * without ports give port 0: one inner host per external address and protocol (RFC 3022 section 4.1 cannot do better).
 */
export function allocate(n: Nat, sub: number, protocol: number, wanted: number): number {
  const at = sub * U_STRIDE;
  if (n.blocks !== undefined && hasPorts(protocol)) return fromBlocks(n, n.blocks, sub, protocol, wanted);
  const paired = n.subscribers.data[at + U_ADDRESS];
  const pooling = n.cfg?.pooling ?? "paired";
  if (paired !== 0 && pooling !== "arbitrary") {
    const port = onAddress(n, paired - 1, protocol, wanted);
    if (port !== NONE || pooling === "paired") return port;
  }
  for (let i = 0; i < n.pool.count; i++) {
    const index = (n.pool.next + i) % n.pool.count;
    const port = onAddress(n, index, protocol, wanted);
    if (port === NONE) continue;
    if (paired === 0) n.subscribers.data[at + U_ADDRESS] = index + 1;
    n.pool.next = (index + 1) % n.pool.count;
    return port;
  }
  return NONE;
}

function onAddress(n: Nat, index: number, protocol: number, wanted: number): number {
  n.chosen = addressAt(n.pool, index);
  if (!hasPorts(protocol)) return findExternal(n.external, n.bindings, n.chosen, protocol << 16) === 0 ? 0 : NONE;
  const first = protocol !== ICMP && wanted < 1024 && highest(n.pool, protocol, 0) >= lowest(n.pool, protocol, 0) ? 0 : 1;
  const port = inDomain(n, index, protocol, first, wanted);
  return port === NONE ? inDomain(n, index, protocol, 1 - first, wanted) : port;
}

function inDomain(n: Nat, index: number, protocol: number, domain: number, wanted: number): number {
  const port = ofParity(n, index, protocol, domain, wanted);
  return port === NONE && n.pool.step === 2 ? ofParity(n, index, protocol, domain, wanted ^ 1) : port;
}

function ofParity(n: Nat, index: number, protocol: number, domain: number, like: number): number {
  const { pool } = n;
  const { step } = pool;
  let low = lowest(pool, protocol, domain);
  const high = highest(pool, protocol, domain);
  if (step === 2 && ((low ^ like) & 1) !== 0) low++;
  if (low > high) return NONE;
  const span = Math.floor((high - low) / step) + 1;
  const kind = classAt(pool, index, protocol, domain, like);
  if (pool.used[kind] >= span) return NONE;
  const start = n.cfg?.allocation === "random" ? (nextRandom(n) >>> 0) % span : pool.cursor[kind];
  for (let i = 0; i < span; i++) {
    const k = (start + i) % span;
    const port = low + k * step;
    if (findExternal(n.external, n.bindings, n.chosen, (protocol << 16) | port) !== 0) continue;
    pool.cursor[kind] = k + 1 === span ? 0 : k + 1;
    return port;
  }
  return NONE;
}

function fromBlocks(n: Nat, k: Blocks, sub: number, protocol: number, wanted: number): number {
  const { data } = n.subscribers;
  const at = sub * U_STRIDE;
  for (let b = data[at + U_BLOCK]; b !== 0; b = k.next[b - 1]) {
    const port = inBlock(n, k, b - 1, protocol, wanted);
    if (port !== NONE) return port;
  }
  if (k.deterministic && data[at + U_BLOCK] !== 0) return NONE;
  const block = k.deterministic ? n.deterministicBlock(sub) : anyBlock(k, data[at + U_ADDRESS] - 1, n.cfg?.pooling ?? "paired");
  if (block < 0 || k.owner[block] !== 0) return NONE;
  k.owner[block] = sub;
  k.next[block] = data[at + U_BLOCK];
  data[at + U_BLOCK] = block + 1;
  if (data[at + U_ADDRESS] === 0) data[at + U_ADDRESS] = blockAddress(k, block) + 1;
  n.blocksAllocated++;
  logBlock(n, k, block, "block-allocated");
  return inBlock(n, k, block, protocol, wanted);
}

/** A free block for a subscriber paired with the address of index `paired` (-1: none yet). */
function anyBlock(k: Blocks, paired: number, pooling: NonNullable<NatConfig["pooling"]>): number {
  const own = pooling === "arbitrary" ? -1 : freeBlock(k, paired);
  return own >= 0 || (pooling === "paired" && paired >= 0) ? own : freeBlock(k, -1);
}

function inBlock(n: Nat, k: Blocks, block: number, protocol: number, wanted: number): number {
  n.chosen = addressAt(n.pool, blockAddress(k, block));
  const low = blockPort(k, block);
  const random = n.cfg?.allocation === "port-block" ? (nextRandom(n) >>> 0) % k.size : 0;
  let other = NONE;
  for (let i = 0; i < k.size; i++) {
    const port = low + ((random + i) % k.size);
    if (findExternal(n.external, n.bindings, n.chosen, (protocol << 16) | port) !== 0) continue;
    if (n.pool.step === 1 || ((port ^ wanted) & 1) === 0) return port;
    if (other === NONE) other = port;
  }
  return other;
}
