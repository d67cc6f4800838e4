/*
 * A thread of the pull: it fetches, decompresses, checks and writes store paths by itself. An entry point of its own
 * of the compiled binary (see build.ts); it talks to src/cache/worker-pool.ts in the messages of worker-messages.ts.
 */
import { closeSync, openSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { InstallerError } from "../errors.ts";
import { retryLogger } from "../http/retry-log.ts";
import { formatSize } from "../values/size.ts";
import { makeCacheClient } from "./cache-client.ts";
import type { ClosurePath } from "./closure.ts";
import { type FetchContext, fetchPath } from "./fetch-path.ts";
import { clearUmask } from "./file-calls.ts";
import { FileLinks } from "./file-links.ts";
import { clientWithFile, type KeptFile } from "./kept-files.ts";
import { Stopwatch } from "./stopwatch.ts";
import { type FromWorker, type ToWorker, toFailure } from "./worker-messages.ts";

/** Milliseconds between two reports of a path's progress. */
const reportInterval = 100;

const stop = new AbortController();
const active = new Set<Promise<void>>();
let context: Omit<FetchContext, "onBytes"> | undefined;

parentPort?.on("message", (message: ToWorker) => {
  if (message.kind === "start") {
    context = makeContext(message);
  } else if (message.kind === "fetch") {
    const task: Promise<void> = work(message.path, message.file).finally(() => active.delete(task));
    active.add(task);
  } else {
    void finish();
  }
});

function say(message: FromWorker): void {
  parentPort?.postMessage(message, []);
}

function log(level: "debug" | "info" | "warning", message: string): void {
  say({ kind: "log", level, message });
}

function makeContext(start: ToWorker & { readonly kind: "start" }): typeof context {
  clearUmask();
  const { storeDirectory } = start;
  const store = openSync(storeDirectory, "r");
  return {
    client: makeCacheClient(start.http),
    signal: stop.signal,
    onRetry: retryLogger(log, start.http),
    storeDirectory,
    store,
    links: start.autoOptimise ? new FileLinks(storeDirectory, store) : undefined,
    substituters: start.substituters,
    stopwatch: new Stopwatch(),
    counts: { requests: 0, files: 0 },
    warn: (message) => log("warning", message),
  };
}

async function work(path: ClosurePath, file: KeptFile | undefined): Promise<void> {
  const { storePath } = path;
  let received = 0;
  let reported = 0;
  const onBytes = (bytes: number) => {
    received = bytes;
    if (performance.now() - reported < reportInterval) return;
    reported = performance.now();
    say({ kind: "received", storePath, bytes });
  };
  try {
    if (context === undefined) throw new InstallerError("bug", "a worker was not started");
    const client = file === undefined ? context.client : clientWithFile(context.client, path, file);
    await fetchPath(path, { ...context, client, onBytes });
    say({ kind: "fetched", storePath, bytes: received });
  } catch (error) {
    say({ kind: "failed", storePath, failure: toFailure(error) });
  }
}

/** Breaks off what is under way; afterwards nothing of the target is open. */
async function finish(): Promise<void> {
  stop.abort(new InstallerError("interrupted", "the pull was broken off"));
  await Promise.all(active);
  if (context === undefined) throw new InstallerError("bug", "a worker was not started");
  closeSync(context.store);
  if (context.links !== undefined) {
    const { files, bytes } = context.links.saved;
    log("debug", `${files} files are links of equal ones, which saves ${formatSize(bytes)}`);
    context.links.close();
  }
  say({ kind: "stopped", report: { ...context.stopwatch.seconds, ...context.counts } });
}
