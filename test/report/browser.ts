/** Headless Chromium over its debugging pipe (NUL-separated JSON on descriptors 3 and 4): no package needed. */
import { spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Readable, Writable } from "node:stream";

/** The path of a Chromium on PATH, if there is one. */
export function findChromium(): string | undefined {
  for (const dir of (process.env["PATH"] ?? "").split(delimiter)) {
    for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
      const path = join(dir, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch { /* look further */ }
    }
  }
  return undefined;
}

type Json = Record<string, unknown>;
export interface Page {
  /** Evaluates an expression in the page and returns its JSON value; throws what the page threw. */
  eval<T>(expression: string): Promise<T>;
  send(method: string, params?: Json): Promise<Json>;
  /** Console messages of level error or warning, exceptions, and CSP reports so far. */
  readonly complaints: string[];
  /** Addresses that the page asked for. */
  readonly requests: string[];
  screenshot(): Promise<Buffer>;
  close(): Promise<void>;
}

export async function openPage(chromium: string, url: string): Promise<Page> {
  const profile = mkdtempSync(join(tmpdir(), "softproof-chromium-"));
  const child = spawn(chromium, ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage", `--user-data-dir=${profile}`, "--remote-debugging-pipe", "about:blank"], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const down = child.stdio[3] as Writable;
  const up = child.stdio[4] as Readable;
  const waiting = new Map<number, (answer: Json) => void>();
  const complaints: string[] = [];
  const requests: string[] = [];
  let loaded: () => void = () => {};
  const load = new Promise<void>((resolve) => { loaded = resolve; });
  let rest = "";
  up.setEncoding("utf8");
  up.on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\0");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const m = JSON.parse(part) as { id?: number; method?: string; params?: Json; error?: Json };
      if (m.id !== undefined) waiting.get(m.id)?.(m as Json);
      const p = m.params ?? {};
      if (m.method === "Page.loadEventFired") loaded();
      if (m.method === "Runtime.exceptionThrown") complaints.push(JSON.stringify(p["exceptionDetails"]));
      if (m.method === "Runtime.consoleAPICalled" && p["type"] !== "log") complaints.push(JSON.stringify(p["args"]));
      if (m.method === "Log.entryAdded") complaints.push(JSON.stringify(p["entry"]));
      if (m.method === "Network.requestWillBeSent") requests.push(String((p["request"] as Json)["url"]));
    }
  });
  let id = 0;
  const call = (method: string, params: Json, sessionId?: string): Promise<Json> => new Promise((resolve, reject) => {
    const mine = ++id;
    waiting.set(mine, (answer) => {
      waiting.delete(mine);
      if (answer["error"] === undefined) resolve((answer["result"] ?? {}) as Json);
      else reject(new Error(`${method}: ${JSON.stringify(answer["error"])}`));
    });
    down.write(`${JSON.stringify({ id: mine, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`);
  });
  const targetId = String((await call("Target.createTarget", { url: "about:blank" }))["targetId"]);
  const session = String((await call("Target.attachToTarget", { targetId, flatten: true }))["sessionId"]);
  const send = (method: string, params: Json = {}): Promise<Json> => call(method, params, session);
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await send(`${domain}.enable`);
  await send("Page.navigate", { url });
  await load;
  return {
    send, complaints, requests,
    async eval<T>(expression: string): Promise<T> {
      const answer = await send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
      if (answer["exceptionDetails"] !== undefined) throw new Error(JSON.stringify(answer["exceptionDetails"]));
      return (answer["result"] as { value: T }).value;
    },
    async screenshot() { return Buffer.from(String((await send("Page.captureScreenshot", { captureBeyondViewport: true }))["data"]), "base64"); },
    async close() {
      await call("Browser.close", {}).catch(() => undefined);
      await ended;
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
