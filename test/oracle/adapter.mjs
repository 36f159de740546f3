#!/usr/bin/env node
// `node test/oracle/adapter.mjs CASE_DIR OUT_DIR`: runs one oracle case through the built reference and leaves
// access-out.pcap and core-out.pcap. Exit 77: the configuration can't be expressed. SOFTPROOF_DIST names another build folder.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { caseConfig, roles } from "./case-config.mjs";

const [caseDir, outDir] = process.argv.slice(2);
if (caseDir === undefined || outDir === undefined) {
  console.error("usage: adapter.mjs CASE_DIR OUT_DIR");
  process.exit(2);
}
const dist = resolve(process.env.SOFTPROOF_DIST ?? join(dirname(fileURLToPath(import.meta.url)), "..", "..", "dist"));
const load = (path) => import(pathToFileURL(join(dist, path)).href);
const [address, { createMemory }, { createDevice }, { openCapture }, { createLinkPlace, locate }] = await Promise.all([
  load("wire/address.js"), load("wire/memory.js"), load("concentrator/index.js"), load("capture/open.js"), load("capture/link.js"),
]);

const kase = JSON.parse(readFileSync(join(caseDir, "case.json"), "utf8"));
if (!roles.has(kase.concentrator.role)) process.exit(77);
const config = caseConfig(kase.concentrator, address);
const memory = createMemory();

/** The frames' IP packets, copied out: a case is small. */
async function packets(name, side, index) {
  const source = await openCapture(join(caseDir, name), { memory, fileIndex: index });
  const place = createLinkPlace();
  const found = [];
  while (await source.next()) {
    const isIp = locate(memory.u8, source.off, source.capLen, source.linkType, place);
    const bytes = isIp ? memory.u8.slice(place.l3, place.l3 + place.l3Len) : new Uint8Array(0);
    found.push({ side, sec: source.sec, nsec: source.nsec, bytes, isIp });
  }
  source.close();
  return found;
}

const all = [];
for (const [index, name] of ["access", "core"].entries()) {
  if (kase.inputs[name] !== undefined) all.push(...(await packets(kase.inputs[name], index, index)));
}
all.sort((x, y) => x.sec - y.sec || x.nsec - y.nsec);

const outputs = [[], []];
const reserved = memory.alloc(65536 + 64);
const device = createDevice(config, memory, {
  reserve: () => reserved,
  commit(side, off, len, sec, nsec) {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(sec, 0);
    record.writeUInt32LE(nsec, 4);
    record.writeUInt32LE(len, 8);
    record.writeUInt32LE(len, 12);
    outputs[side].push(record, Buffer.from(memory.u8.slice(off, off + len)));
  },
});
const input = memory.alloc(65536 + 64);
const { REASONS } = await load("concentrator/reasons.js");
for (const p of all) {
  if (!p.isIp) continue;
  memory.u8.set(p.bytes, input);
  const reason = device.receive(p.side, input, p.bytes.length, p.sec, p.nsec);
  if (process.env.ORACLE_VERBOSE) console.error(p.side === 0 ? "access" : "core", p.bytes.length, REASONS[reason]?.id);
}
const last = all.at(-1) ?? { sec: 0, nsec: 0 };
device.drain(last.sec, last.nsec);

mkdirSync(outDir, { recursive: true });
const header = Buffer.alloc(24);
[0xa1b23c4d, 0x00040002, 0, 0, 262144, 101].forEach((v, i) => header.writeUInt32LE(v, 4 * i));
for (const [index, name] of ["access", "core"].entries()) writeFileSync(join(outDir, `${name}-out.pcap`), Buffer.concat([header, ...outputs[index]]));
