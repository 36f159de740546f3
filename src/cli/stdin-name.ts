/** "-" as a positional argument: yargs drops it there, so it goes through under another name, which no file can have. */
const STDIN = "\0stdin";
const VALUED = /^(--(key|config|output)|-[co])$/;

export const hideStdin = (argv: readonly string[]): string[] => argv.map((a, i) => (a === "-" && !VALUED.test(argv[i - 1] ?? "") ? STDIN : a));
export const shownStdin = (names: readonly string[]): string[] => names.map((n) => (n === STDIN ? "-" : n));
