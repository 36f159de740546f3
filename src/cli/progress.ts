/** Progress on stderr: one line that rewrites itself on a terminal, a heartbeat line every ten seconds elsewhere. */
import { thousands } from "../report/text.js";


export interface ProgressState { readonly packets: number; readonly bytes: number; readonly size: number }
export interface Progress {
  update(s: ProgressState): void;
  /** Clears the line. */
  end(): void;
}

const TTY_INTERVAL = 200;
const HEARTBEAT = 10_000;

const duration = (s: number): string => (s < 60 ? `${Math.ceil(s)} s` : s < 3600 ? `${Math.floor(s / 60)} min ${Math.round(s % 60)} s` : `${Math.floor(s / 3600)} h ${Math.round((s % 3600) / 60)} min`);

/** "1,234,567 packets, 1.52 M packets/s, 210 MB/s, 43 %, 12 s left". Size 0 = unknown (stdin): no percentage. Exported for the tests. */
export function progressText(s: ProgressState, seconds: number): string {
  const rate = s.packets / Math.max(seconds, 1e-3);
  const rateText = rate >= 1e6 ? `${(rate / 1e6).toFixed(2)} M` : rate >= 1e3 ? `${(rate / 1e3).toFixed(0)} k` : rate.toFixed(0);
  let line = `${thousands(s.packets)} packets, ${rateText} packets/s, ${(s.bytes / 1e6 / Math.max(seconds, 1e-3)).toFixed(0)} MB/s`;
  if (s.size > 0 && s.bytes > 0) {
    const share = Math.min(1, s.bytes / s.size);
    line += `, ${Math.floor(share * 100)} %, ${duration((seconds * (1 - share)) / share)} left`;
  }
  return line;
}

/** The clock here is the wall clock: it only reaches stderr, never a record or an output. */
export function createProgress(label: string, quiet = false): Progress {
  if (quiet) return { update: () => undefined, end: () => undefined };
  const tty = process.stderr.isTTY === true;
  const start = performance.now();
  let last = tty ? start - TTY_INTERVAL : start;
  let shown = false;
  return {
    update(s) {
      const now = performance.now();
      if (now - last < (tty ? TTY_INTERVAL : HEARTBEAT)) return;
      last = now;
      const line = `${label}: ${progressText(s, (now - start) / 1000)}`;
      if (tty) {
        const width = (process.stderr.columns ?? 80) - 1;
        process.stderr.write(`\r\x1b[K${line.slice(0, width)}`);
        shown = true;
      } else process.stderr.write(`${line}\n`);
    },
    end() {
      if (shown) process.stderr.write("\r\x1b[K");
      shown = false;
    },
  };
}

/** "spec 12 of 60, 20 %, 3 s left: ID". Exported for the tests. */
export function specProgressText(done: number, of: number, id: string, seconds: number): string {
  const left = done === 0 ? "" : `, ${duration((seconds * (of - done)) / done)} left`;
  return `spec ${done + 1} of ${of}, ${Math.floor((100 * done) / Math.max(1, of))} %${left}: ${id}`;
}

/** Progress of `run`, by spec: the same line on a terminal, a heartbeat elsewhere. `end` may be called twice. */
export function createSpecProgress(quiet: boolean): { update(done: number, of: number, id: string): void; end(): void } {
  const tty = process.stderr.isTTY === true;
  const start = performance.now();
  let last = start;
  let shown = false;
  return {
    update(done, of, id) {
      const now = performance.now();
      if (quiet || (!tty && now - last < HEARTBEAT)) return;
      last = now;
      const line = `run: ${specProgressText(done, of, id, (now - start) / 1000)}`;
      process.stderr.write(tty ? `\r\x1b[K${line.slice(0, (process.stderr.columns ?? 80) - 1)}` : `${line}\n`);
      shown = tty;
    },
    end() {
      if (shown) process.stderr.write("\r\x1b[K");
      shown = false;
    },
  };
}
