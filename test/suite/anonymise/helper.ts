/** Anonymises a file into memory. */
import type { Mapper } from "../../../src/suite/anonymise/addresses.js";
import { type Anonymised, anonymiseFile, type AnonymiseOptions } from "../../../src/suite/anonymise/file.js";

export async function anonymised(path: string, map: Mapper, options: AnonymiseOptions = {}): Promise<Anonymised & { readonly bytes: Buffer }> {
  const pieces: Buffer[] = [];
  const done = await anonymiseFile(path, map, { write: (u8, off, length) => void pieces.push(Buffer.from(u8.slice(off, off + length))) }, options);
  return { ...done, bytes: Buffer.concat(pieces) };
}
