/**
 * Port blocks: port-block allocation (RFC 6888 REQ-14, small logs) and deterministic NAPT. A block belongs to one subscriber
 * for all protocols; it is free again when its last port, hold-down included, is.
 */
import type { NatConfig } from "../../config/types.js";

export interface Blocks {
  readonly size: number;
  readonly portFrom: number;
  readonly perAddress: number;
  readonly count: number;
  readonly deterministic: boolean;
  /** Subscriber record, 0 = free. */
  readonly owner: Int32Array;
  /** Ports in use, live or in hold-down, of all protocols. */
  readonly used: Int32Array;
  /** Next block + 1 of the same subscriber. */
  readonly next: Int32Array;
  cursor: number;
}

export function createBlocks(cfg: NatConfig | undefined, addresses: number): Blocks | undefined {
  if (cfg === undefined || (cfg.allocation !== "port-block" && cfg.allocation !== "deterministic")) return undefined;
  const size = Math.max(1, cfg.portBlockSize);
  const perAddress = Math.floor((cfg.pool.portTo - cfg.pool.portFrom + 1) / size);
  const count = perAddress * addresses;
  return {
    size, portFrom: cfg.pool.portFrom, perAddress, count, deterministic: cfg.allocation === "deterministic",
    owner: new Int32Array(count), used: new Int32Array(count), next: new Int32Array(count), cursor: 0,
  };
}

/** First port of a block. */
export const blockPort = (k: Blocks, block: number): number => k.portFrom + (block % k.perAddress) * k.size;
export const blockAddress = (k: Blocks, block: number): number => Math.floor(block / k.perAddress);

/** The block that holds a port of the address with this index, or -1. */
export function blockOf(k: Blocks, address: number, port: number): number {
  const i = Math.floor((port - k.portFrom) / k.size);
  return address < 0 || i < 0 || i >= k.perAddress ? -1 : address * k.perAddress + i;
}

/** A free block of the address (index), or of any address when `address` is -1; -1 when there is none. */
export function freeBlock(k: Blocks, address: number): number {
  const from = address < 0 ? k.cursor : address * k.perAddress;
  const span = address < 0 ? k.count : k.perAddress;
  for (let i = 0; i < span; i++) {
    const block = address < 0 ? (from + i) % k.count : from + i;
    if (k.owner[block] === 0) {
      if (address < 0) k.cursor = (block + 1) % k.count;
      return block;
    }
  }
  return -1;
}
