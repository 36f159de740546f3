/** Text files of any size, line by line: UTF-8 or UTF-16 with its mark, plain or gzip, line ends of any system. What is no text is told with its place. */
import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { TextDecoder } from "node:util";
import { createGunzip } from "node:zlib";
import { InputProblem } from "../../config/problems.js";

/** Characters of a line that are looked at: a line of syslog has at most some thousands. */
export const LONGEST_LINE = 1 << 16;
const CHUNK = 1 << 20;

/** `line` 0: the file as a whole. Throws InputProblem. */
export function fault(file: string, line: number, message: string, hint: string, column = 1): never {
  throw new InputProblem([{ file, line, column: line === 0 ? 0 : column, message, hint }]);
}

/** The first bytes: they tell compression and encoding. Throws when the file cannot be read. */
function head(file: string): Buffer {
  const b = Buffer.alloc(4);
  const fd = openSync(file, "r");
  try {
    return b.subarray(0, readSync(fd, b, 0, 4, 0));
  } finally {
    closeSync(fd);
  }
}
const why = (e: unknown): string => {
  const code = (e as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "no such file";
  if (code === "EISDIR") return "it is a folder";
  if (code === "EACCES") return "no permission to read it";
  return e instanceof Error ? e.message : String(e);
};

/** Calls `take` with every line, without its end, and its number from 1; `cut` when there was more than is looked at. Throws InputProblem for what is no text. */
export async function eachLine(file: string, take: (line: string, number: number, cut: boolean) => void): Promise<void> {
  let first: Buffer;
  try {
    first = head(file);
  } catch (e) {
    return fault(file, 0, `cannot be read: ${why(e)}`, "name a text file");
  }
  const gzip = first[0] === 0x1f && first[1] === 0x8b;
  const plain = createReadStream(file, { highWaterMark: CHUNK });
  const stream = gzip ? plain.pipe(createGunzip()) : plain;
  plain.on("error", (e) => stream.destroy(e)); // pipe passes data on, and no errors
  let decoder: TextDecoder | undefined;
  let rest = "";
  let number = 0;
  let cut = false;
  /** The last line ended with a carriage return, which may be half of its end. */
  let half = false;
  const add = (text: string): void => {
    if (text.includes("\0")) fault(file, number + 1, "it is binary, not text", "expected what a router prints or logs; a capture goes with --access, --core or --both");
    const room = LONGEST_LINE - rest.length;
    if (text.length > room) cut = true;
    rest += text.slice(0, Math.max(0, room));
  };
  const end = (): void => {
    take(rest, ++number, cut);
    rest = "";
    cut = false;
  };
  const feed = (text: string): void => {
    let at = half && text.startsWith("\n") ? 1 : 0;
    if (text.length > 0) half = false;
    const ends = /\r\n|\n|\r/g;
    ends.lastIndex = at;
    for (let m = ends.exec(text); m !== null; m = ends.exec(text)) {
      add(text.slice(at, m.index));
      end();
      at = m.index + m[0].length;
      half = m[0] === "\r" && at === text.length;
    }
    add(text.slice(at));
  };
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      decoder ??= new TextDecoder(chunk[0] === 0xff && chunk[1] === 0xfe ? "utf-16le" : chunk[0] === 0xfe && chunk[1] === 0xff ? "utf-16be" : "utf-8");
      feed(decoder.decode(chunk, { stream: true }));
    }
  } catch (e) {
    if (e instanceof InputProblem) throw e;
    return gzip ? fault(file, number + 1, `the gzip data is damaged or cut short (${why(e)})`, "copy the file again or test it with `gzip -t`") : fault(file, 0, `cannot be read: ${why(e)}`, "name a text file");
  } finally {
    plain.destroy();
    stream.destroy();
  }
  feed(decoder?.decode() ?? "");
  if (rest !== "") end();
}
