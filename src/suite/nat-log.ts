/** The NAT log of a run (RFC 6888 section 4): all of it as RFC 5424 text in a file, its beginning and an exact count in the record. */
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { openOutput } from "../capture/output-file.js";
import { type NatEvent, type NatLog, syslogLine } from "../concentrator/nat/log.js";
import type { Config } from "../config/types.js";

export const NAT_LOG_FILE = "nat.log";
/** Version of the events in the record. */
export const NAT_LOG_VERSION = 1;
/** Events that the record shows; the file has all. */
const SHOWN = 100;
const FLUSH_CHARACTERS = 1 << 16;

export interface NatLogSummary {
  readonly version: number;
  /** Events of the run, shown or not. */
  readonly total: number;
  /** The first of them; `device` is "SERVICE-SET.CONCENTRATOR". */
  readonly events: readonly (NatEvent & { readonly device: string })[];
}

export interface NatLogWriter {
  readonly log: NatLog;
  summary(): NatLogSummary;
  /** Renames the file into place; returns its name, if there is one. */
  close(): string[];
  abort(): void;
}

export const hasNat = (config: Config): boolean => config.serviceSets.some((s) => s.concentrators.some((c) => c.kind === "ds-lite" && c.nat !== undefined));

/** Undefined without a NAT in the configuration. Without `dir` there is no file. Throws when the file cannot be made or written. */
export function createNatLog(config: Config, dir: string | undefined): NatLogWriter | undefined {
  if (!hasNat(config)) return undefined;
  const file = dir === undefined ? undefined : openOutput(join(dir, NAT_LOG_FILE));
  const events: (NatEvent & { device: string })[] = [];
  let total = 0;
  let waiting = "";
  const flush = (): void => {
    if (file !== undefined && waiting !== "") {
      const bytes = Buffer.from(waiting, "latin1");
      file.write(bytes, 0, bytes.length);
    }
    waiting = "";
  };
  return {
    log(event, device) {
      total++;
      if (events.length < SHOWN) events.push({ device, ...event });
      if (file === undefined) return;
      waiting += `${syslogLine(event, device)}\n`;
      if (waiting.length >= FLUSH_CHARACTERS) flush();
    },
    summary: () => ({ version: NAT_LOG_VERSION, total, events }),
    close() {
      flush();
      file?.finish();
      return file === undefined ? [] : [NAT_LOG_FILE];
    },
    abort() {
      file?.abort();
    },
  };
}
