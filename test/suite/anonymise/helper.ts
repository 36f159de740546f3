import type { Mapper } from "../../../src/suite/anonymise/addresses.js";
import { type Anonymised, anonymiseFile, type AnonymiseOptions } from "../../../src/suite/anonymise/file.js";

/** A 6rd domain and an AFTR, both with public addresses. */
export const CONFIG = `softproof: 1
access: { macs: ["02:00:00:00:00:01"] }
core: { macs: ["02:00:00:00:00:03"] }
service-sets:
  - softwire-concentrators:
      - v6rd: { name: rd, softwire-address: 81.2.69.1, ipv4-prefix: 81.2.0.0/16, v6rd-prefix: "2a02:1230::/28" } # a customer's network
  - softwire-concentrators:
      - ds-lite: { name: aftr, softwire-address: "2a02:9::1", nat: { pool: { addresses: [81.3.0.2-81.3.0.6, 81.4.0.0/29], ports: 1024-65535 } } }
`;

/** Anonymises a file into memory. */
export async function anonymised(path: string, map: Mapper, options: AnonymiseOptions = {}): Promise<Anonymised & { readonly bytes: Buffer }> {
  const pieces: Buffer[] = [];
  const done = await anonymiseFile(path, map, { write: (u8, off, length) => void pieces.push(Buffer.from(u8.slice(off, off + length))) }, options);
  return { ...done, bytes: Buffer.concat(pieces) };
}
