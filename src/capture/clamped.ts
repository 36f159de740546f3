/** Faults of frames whose time had to be replaced by the look-ahead, in words; the first of each sort is told. */
const clock = (sec: number, nsec: number): string => `${sec}.${String(nsec).padStart(9, "0")}`;

/** Frame `frame` is older than what was delivered already (`reached`, after a look-ahead of `window` frames). */
export const lateFrame = (frame: number, sec: number, nsec: number, window: number, reachedSec: number, reachedNsec: number): string =>
  `frame ${frame} is of ${clock(sec, nsec)}, before what ${window} frames of look-ahead can put in order (${clock(reachedSec, reachedNsec)} was reached); it keeps its place in the file and takes the time before it, and so do further ones. Sort the file with \`reordercap\` if that matters`;

/** Frame `frame` is later than all of the `overtaken` frames after it. */
export const wildFrame = (frame: number, sec: number, nsec: number, overtaken: number, reachedSec: number, reachedNsec: number): string =>
  `frame ${frame} is of ${clock(sec, nsec)}, later than all of the ${overtaken} frames after it (${clock(reachedSec, reachedNsec)} was reached): its time is taken to be wrong and replaced by that; further ones are not listed`;
