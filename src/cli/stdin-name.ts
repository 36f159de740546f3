/**
 * "-" is stdin. yargs drops it where it stands alone, and takes it for the end of a list behind an option that holds one; so it goes through under another
 * name, which no file can have.
 */
const STDIN = "\0stdin";

export const hideStdin = (argv: readonly string[]): string[] => argv.map((a) => (a === "-" ? STDIN : a));

const shown = (value: unknown): unknown => (value === STDIN ? "-" : Array.isArray(value) ? value.map(shown) : value);
/** The arguments of a command as they were written. */
export const shownStdin = <T extends object>(args: T): T => Object.fromEntries(Object.entries(args).map(([name, value]) => [name, shown(value)])) as T;
/** The same of a text about them. */
export const textWithStdin = (text: string): string => text.replaceAll(STDIN, "-");
