/** Exit codes and the problems that lead to them. */
import { visible } from "../report/text.js";
import { INTERRUPTED } from "../suite/record-lines.js";

export const EXIT = {
  conforming: 0,
  nonConforming: 1,
  /** Usage, configuration, profile or waiver invalid; found before a packet is read. */
  usage: 2,
  /** Input unreadable or truncated. */
  input: 3,
  nothingExercised: 4,
  internal: 70,
  interrupted: INTERRUPTED,
} as const;

export interface Problem extends Error { readonly exitCode: number }

/** An error for people with its exit code. `message` says what, where, what was expected and what to do. */
export function problem(exitCode: number, message: string): Problem {
  return Object.assign(new Error(message), { exitCode, name: "Problem" });
}

/** Errors of other rooms that carry no exit code of their own but are the user's to mend: they name a place in a file. */
function isInputProblem(e: unknown): boolean {
  return e instanceof Error && (e.name === "InputProblem" || "problems" in e);
}

/** The exit code of whatever was thrown: a problem's own, 2 for invalid input files, else 70. */
export function exitCodeOf(e: unknown): number {
  if (e instanceof Error && "exitCode" in e && typeof e.exitCode === "number") return e.exitCode;
  return isInputProblem(e) ? EXIT.usage : EXIT.internal;
}

/** What is printed on stderr for it. Our own faults come with the stack, and with a request. */
export function errorText(e: unknown): string {
  if (!(e instanceof Error)) return `softproof: internal error: ${String(e)}`;
  if (exitCodeOf(e) !== EXIT.internal) return `softproof: ${visible(e.message, true)}`;
  return `softproof: internal error: ${e.message}\n${e.stack ?? ""}\nThis is a fault of softproof, not of your files: please report it with the command and this text.`;
}

const systemCode = (e: unknown): string => (e instanceof Error && "code" in e ? String(e.code) : String(e));
const WHY: Readonly<Record<string, string>> = {
  EACCES: "no permission", EPERM: "no permission", EROFS: "the file system is read-only", ENOTDIR: "a part of the path is a file, not a folder",
  EEXIST: "a file of that name stands in its place", ENOSPC: "the disk is full", EISDIR: "it is a folder", ENOENT: "it does not exist",
};
export const why = (e: unknown): string => WHY[systemCode(e)] ?? (e instanceof Error ? e.message : String(e));

/** For an output folder that cannot be written: exit 2, before a packet is read. */
export function unwritable(dir: string, e: unknown): Problem {
  return problem(EXIT.usage, `cannot write to the output folder ${dir}: ${why(e)}. Name another folder with -o DIR.`);
}
