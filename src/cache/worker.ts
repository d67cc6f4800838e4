/*
 * A thread of the pull: it fetches, decompresses, checks and writes store paths by itself. An entry point of its own
 * of the compiled binary (see build.ts); it talks to src/cache/worker-pool.ts in the messages of worker-messages.ts.
 */
import { closeSync, openSync } from "node:fs";
import { basename, join } from "node:path";
import { parentPort } from "node:worker_threads";
import { InstallerError } from "../errors.ts";
import { retryLogger } from "../http/retry-log.ts";
import { diskError } from "../store/disk-error.ts";
import { verifyPath } from "../store/verify-path.ts";
import { formatSize } from "../values/size.ts";
import { makeCacheClient } from "./cache-client.ts";
import { CacheMemory } from "./cache-health.ts";
import type { ClosurePath } from "./closure.ts";
import { type FetchContext, fetchPath } from "./fetch-path.ts";
import { clearUmask } from "./file-calls.ts";
import { FileLinks } from "./file-links.ts";
import { clientWithFile, type KeptFile } from "./kept-files.ts";
import { Stopwatch } from "./stopwatch.ts";
import { sweepLinks } from "./sweep-links.ts";
import type { NamedPath } from "./verify-paths.ts";
import { type FromWorker, type ToWorker, toFailure, type WorkerReport } from "./worker-messages.ts";

/** Milliseconds between two reports of a path's progress. */
const reportInterval = 100;

const stop = new AbortController();
const active = new Set<Promise<void>>();
let start: StartMessage | undefined;
/** Made for the first path that is fetched: until then, what is in `.links` is looked at and put in order. */
let context: Omit<FetchContext, "onBytes"> | undefined;

type StartMessage = ToWorker & { readonly kind: "start" };

parentPort?.on("message", (message: ToWorker) => {
  switch (message.kind) {
    case "start":
      clearUmask();
      start = message;
      break;
    case "verify":
      verify(message.path);
      break;
    case "sweep":
      sweep(message.suspects);
      break;
    case "fetch": {
      const task = work(message.path, message.file).finally(() => active.delete(task));
      active.add(task);
      break;
    }
    case "stop":
      void finish();
      break;
  }
});

function say(message: FromWorker): void {
  parentPort?.postMessage(message, []);
}

function log(level: "debug" | "info" | "warning", message: string): void {
  say({ kind: "log", level, message });
}

function started(): StartMessage {
  if (start === undefined) throw new InstallerError("bug", "a worker was not started");
  return start;
}

function makeContext(): Omit<FetchContext, "onBytes"> {
  const { storeDirectory, autoOptimise, substituters, http } = started();
  const store = openSync(storeDirectory, "r");
  const { signal } = stop;
  const warn = (message: string) => log("warning", message);
  return {
    client: makeCacheClient(http),
    signal,
    onRetry: retryLogger(log, http),
    storeDirectory,
    store,
    links: autoOptimise ? new FileLinks(storeDirectory, store) : undefined,
    substituters,
    memory: new CacheMemory(substituters.length, http.attempts, { signal, warn }),
    stopwatch: new Stopwatch(),
    counts: { requests: 0, resumed: 0, repeated: 0, files: 0 },
    warn,
  };
}

/** Ends what works without a break, and so does not hear of it, once the pull is broken off. */
function checkStop(): void {
  if (Atomics.load(started().stopFlag, 0) !== 0) throw brokenOff();
}

function brokenOff(): InstallerError {
  return new InstallerError("interrupted", "the pull was broken off");
}

function verify(path: NamedPath): void {
  const { storePath } = path;
  try {
    const { storeDirectory } = started();
    const verdict = verifyPath(join(storeDirectory, basename(storePath)), path, checkStop);
    say({ kind: "verified", storePath, verdict });
  } catch (error) {
    say({ kind: "failed", storePath, failure: toFailure(unverified(error, storePath)) });
  }
}

function sweep(suspects: ReadonlySet<number>): void {
  try {
    const { storeDirectory } = started();
    say({ kind: "swept", unsound: sweepLinks(storeDirectory, suspects, checkStop) });
  } catch (error) {
    say({ kind: "failed", storePath: "", failure: toFailure(unverified(error, ".links")) });
  }
}

function unverified(error: unknown, object: string): unknown {
  return diskError(error, `${object} cannot be verified`, { object });
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
    context ??= makeContext();
    const client = file === undefined ? context.client : clientWithFile(context.client, path, file);
    const { narHash, narSize } = await fetchPath(path, { ...context, client, onBytes });
    say({ kind: "fetched", storePath, bytes: received, narHash, narSize });
  } catch (error) {
    say({ kind: "failed", storePath, failure: toFailure(error) });
  }
}

/** Breaks off what is under way; afterwards nothing of the target is open. */
async function finish(): Promise<void> {
  stop.abort(brokenOff());
  await Promise.all(active);
  if (context === undefined) {
    say({ kind: "stopped", report: nothingDone });
    return;
  }
  const { store, links, stopwatch, counts } = context;
  closeSync(store);
  if (links !== undefined) {
    const { files, bytes } = links.saved;
    log("debug", `${files} files are links of equal ones, which saves ${formatSize(bytes)}`);
    links.close();
  }
  say({ kind: "stopped", report: { ...stopwatch.seconds, ...counts } });
}

const nothingDone: WorkerReport = {
  wait: 0,
  decompress: 0,
  hash: 0,
  write: 0,
  requests: 0,
  files: 0,
};
