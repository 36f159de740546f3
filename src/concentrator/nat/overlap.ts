/**
 * Port overlapping (RFC 7857 section 3): one external port for several inner ends whose remote ends differ, where the configuration declares it; RFC 4787
 * REQ-3 and RFC 5382 REQ-7 forbid it otherwise. Such a binding has its remote end in its key and is good for that one alone, so a packet from the
 * Internet is led by its 5-tuple. TCP and UDP only.
 */
import { type Records, findRecord, hashKey } from "../softwires/records.js";
import { NONE } from "./allocate.js";
import { REFUSED_LIMIT, REFUSED_POOL, bind, findBinding, install, isHeld } from "./bindings.js";
import { mayBind } from "./subscribers.js";
import { type External, hashExternal } from "./external.js";
import { findFlow } from "./flows.js";
import { B_EXTERNAL, B_EXTERNAL_PORT, B_REMOTE, B_REMOTE_PORT, B_STATE, B_STRIDE, STATE_STATIC, S_STRIDE, S_SUBSCRIBER, TCP, UDP, U_ADDRESS, U_STRIDE } from "./layout.js";
import { addressAt, highest, lowest } from "./pool.js";
import { type Nat, nextRandom } from "./state.js";

/** Most inner ends behind one external port; keeps the search for one of them short. */
const MOST_BEHIND_ONE = 32;
/** Ports that are looked at for one new binding: what a flood towards one remote end costs at most. */
const MOST_LOOKED_AT = 512;

/** The binding at this external end that serves the remote end; else one that serves any; else one of those that serve others; 0 when there is none. */
export function findForRemote(x: External, r: Records, address: number, port: number, remote: number, remotePort: number): number {
  const h = hashExternal(x, address, port);
  let any = 0;
  for (let i = h & x.mask; x.index[2 * i] !== 0; i = (i + 1) & x.mask) {
    const o = x.index[2 * i] * r.stride;
    if (x.index[2 * i + 1] !== h || r.data[o + x.at] !== address || r.data[o + x.at + 1] !== port) continue;
    if (r.data[o + B_REMOTE] === remote && r.data[o + B_REMOTE_PORT] === remotePort) return x.index[2 * i];
    if (any === 0 || r.data[o + B_REMOTE] === 0) any = x.index[2 * i];
  }
  return any;
}

/** As `findBinding`: the binding for this remote end alone before the one for any. */
export function findOverlapped(n: Nat, b4: number, inner: number, port: number, remote: number, remotePort: number): number {
  const any = findBinding(n, b4, inner, port, remote, remotePort);
  if (n.cfg?.overlapping === undefined || !overlaps(port >>> 16)) return any;
  const own = findExact(n, b4, inner, port, remote, remotePort);
  return own !== 0 ? own : any;
}

const overlaps = (protocol: number): boolean => protocol === TCP || protocol === UDP;

function findExact(n: Nat, b4: number, inner: number, port: number, remote: number, remotePort: number): number {
  findBinding(n, b4, inner, port, remote, remotePort);
  n.bindingKey[3] = remote;
  n.bindingKey[4] = remotePort;
  return findRecord(n.bindings, n.bindingKey, hashKey(n.bindings, n.bindingKey));
}

/**
 * The binding by which a packet to this remote end leaves; 0 when it needs a new one, for `bindOverlapped`. A binding that serves every remote end
 * does not serve one whom another inner end reaches from the same external port.
 */
export function findForOutbound(n: Nat, b4: number, inner: number, port: number, remote: number, remotePort: number): number {
  const own = findExact(n, b4, inner, port, remote, remotePort);
  if (own !== 0 || n.cfg?.overlapping === "always") return own;
  const any = findBinding(n, b4, inner, port, remote, remotePort);
  if (any === 0) return 0;
  const { data } = n.bindings;
  const o = any * B_STRIDE;
  const taken = findForRemote(n.external, n.bindings, data[o + B_EXTERNAL], data[o + B_EXTERNAL_PORT], remote, remotePort);
  if (taken === any || data[taken * B_STRIDE + B_REMOTE] !== remote || data[taken * B_STRIDE + B_REMOTE_PORT] !== remotePort) return any;
  return findExact(n, b4, inner, port, remote, remotePort);
}

/** As `bind` for the inner end that `findForOutbound` did not find: a port of its own first, unless overlapping is declared to be the rule. */
export function bindOverlapped(n: Nat, remote: number, remotePort: number): number {
  const protocol = n.bindingKey[2] >>> 16;
  if (!overlaps(protocol)) return bind(n);
  if (!mayBind(n)) return REFUSED_LIMIT;
  if (n.cfg?.overlapping !== "always") {
    const alone = bind(n);
    if (alone !== REFUSED_POOL) return alone;
  }
  const sub = n.b4s.data[n.bindingKey[0] * S_STRIDE + S_SUBSCRIBER];
  const port = share(n, sub, protocol, n.bindingKey[2] & 0xffff, remote, remotePort);
  if (port === NONE) return REFUSED_POOL;
  n.bindingKey[3] = remote;
  n.bindingKey[4] = remotePort;
  return install(n, n.chosen, (protocol << 16) | port, 0);
}

/** A port that nobody uses towards this remote end; its address is left in `n.chosen`. Pooling as in `allocate`. */
function share(n: Nat, sub: number, protocol: number, wanted: number, remote: number, remotePort: number): number {
  const { data } = n.subscribers;
  const at = sub * U_STRIDE + U_ADDRESS;
  const pooling = n.cfg?.pooling ?? "paired";
  if (data[at] !== 0 && pooling !== "arbitrary") {
    const port = onAddress(n, data[at] - 1, protocol, wanted, remote, remotePort);
    if (port !== NONE || pooling === "paired") return port;
  }
  for (let i = 0; i < n.pool.count; i++) {
    const index = (n.pool.next + i) % n.pool.count;
    const port = onAddress(n, index, protocol, wanted, remote, remotePort);
    if (port === NONE) continue;
    if (data[at] === 0) data[at] = index + 1;
    n.pool.next = (index + 1) % n.pool.count;
    return port;
  }
  return NONE;
}

function onAddress(n: Nat, index: number, protocol: number, wanted: number, remote: number, remotePort: number): number {
  const { pool } = n;
  n.chosen = addressAt(pool, index);
  // RFC 4787 REQ-3a: an inner port from 1024 up stays there, one below stays below where the pool has such.
  const below = wanted < 1024 && highest(pool, protocol, 0) >= lowest(pool, protocol, 0);
  const low = lowest(pool, protocol, below ? 0 : 1);
  const span = highest(pool, protocol, below ? 0 : 1) - low + 1;
  if (span <= 0) return NONE;
  const start = n.cfg?.allocation === "random" ? (nextRandom(n) >>> 0) % span : 0;
  let other = NONE;
  for (let i = 0; i < Math.min(span, MOST_LOOKED_AT); i++) {
    const port = low + ((start + i) % span);
    if (!isShareable(n, (protocol << 16) | port, remote, remotePort)) continue;
    // REQ-4: parity where it can be kept.
    if (pool.step === 1 || ((port ^ wanted) & 1) === 0) return port;
    if (other === NONE) other = port;
  }
  return other;
}

/** Can the port of address `n.chosen` be used towards this remote end without anybody else's packets being taken for those of the new binding? */
function isShareable(n: Nat, port: number, remote: number, remotePort: number): boolean {
  const { external: x, bindings: r } = n;
  const h = hashExternal(x, n.chosen, port);
  let behind = 0;
  for (let i = h & x.mask; x.index[2 * i] !== 0; i = (i + 1) & x.mask) {
    const rec = x.index[2 * i];
    const o = rec * r.stride;
    if (x.index[2 * i + 1] !== h || r.data[o + x.at] !== n.chosen || r.data[o + x.at + 1] !== port) continue;
    if (++behind === MOST_BEHIND_ONE) return false;
    if (r.data[o + B_REMOTE] === remote && r.data[o + B_REMOTE_PORT] === remotePort) return false;
    if ((r.data[o + B_STATE] & STATE_STATIC) !== 0) return false;
    const exact = r.data[o + B_REMOTE] !== 0 && r.data[o + B_REMOTE_PORT] !== 0;
    // What served any remote end rests for its hold-down: whom it spoke with is not remembered.
    if (!exact && (isHeld(n, rec) || findFlow(n, rec, remote, remotePort) !== 0)) return false;
  }
  return true;
}
