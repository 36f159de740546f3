/** Colour on stdout: only on a terminal and never with NO_COLOR (no-color.org: present and not empty). */
const wanted = process.stdout.isTTY === true && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb";
const paint = (code: number) => (s: string): string => (wanted ? `\x1b[${code}m${s}\x1b[0m` : s);

export const useColour = wanted;
export const bold = paint(1);
export const red = paint(31);
export const yellow = paint(33);
export const green = paint(32);
export const dim = paint(2);
