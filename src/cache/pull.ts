import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseMemory } from "../facts/memory.ts";
import { defaultHttpSettings, type HttpSettings } from "../http/retry.ts";
import type { Progress } from "../run/step.ts";
import { makeTargetStore } from "../store/target-layout.ts";
import { validPaths } from "../store/target-store.ts";
import { type Closure, type ClosurePath, downloadSize } from "./closure.ts";
import type { FetchProfile } from "./profile.ts";
import { PullQueue } from "./pull-queue.ts";
import { planResources } from "./resources.ts";
import type { WorkerReport } from "./worker-messages.ts";
import { PullWorker } from "./worker-pool.ts";

/** What {@link pullClosure} is told. */
export interface PullOptions {
  readonly closure: Closure;
  /** The mount point of the target: its store is `nix/store` below. */
  readonly root: string;
  /** Requests at once. */
  readonly connections: number;
  /** Whether equal files become links of one, as `auto-optimise-store` of nix.conf has it. Default: `false`. */
  readonly autoOptimise?: boolean;
  readonly signal: AbortSignal;
  /** Bytes downloaded of those to download. */
  readonly onProgress?: (progress: Progress) => void;
  readonly log?: (level: "debug" | "info" | "warning", message: string) => void;
  /** Default: {@link defaultHttpSettings}. */
  readonly http?: HttpSettings;
}

/** What a pull did. */
export interface PullReport {
  /** Paths that were fetched. */
  readonly fetched: number;
  /** Paths that were there and registered already. */
  readonly kept: number;
  /** Bytes received of the NARs that were fetched. */
  readonly downloaded: number;
  /** Bytes of the NARs that were fetched. */
  readonly narSize: number;
  /** Where the time went; absent where nothing was fetched. */
  readonly profile?: FetchProfile;
}

/**
 * Fetches every path of a closure that the target's store does not have yet and unpacks it there. Nothing is
 * registered: until {@link registerPaths} has been called after a sync, Nix takes the new paths for rubbish.
 *
 * @throws {InstallerError} with reason `cache`, `integrity` or `disk`; the signal's reason once it is aborted.
 * Nothing of the target is open any more then.
 */
export async function pullClosure(options: PullOptions): Promise<PullReport> {
  const { closure, root, signal } = options;
  signal.throwIfAborted();
  makeTargetStore(root);
  const valid = validPaths(root);
  const isThere = ({ storePath, narHash }: ClosurePath) =>
    valid.get(storePath) === narHash && existsSync(join(root, storePath));
  const missing = closure.paths.filter((path) => !isThere(path));
  const kept = closure.paths.length - missing.length;
  const narSize = missing.reduce((sum, path) => sum + path.narSize, 0);
  if (missing.length === 0) return { fetched: 0, kept, downloaded: 0, narSize };
  const profile = await new Pull(missing, options).run();
  const { received: downloaded } = profile;
  return { fetched: missing.length, kept, downloaded, narSize, profile };
}

/** A pull under way. */
class Pull {
  readonly #options: PullOptions;
  readonly #queue: PullQueue;
  readonly #workers: PullWorker[] = [];
  /** What each path counts for in the progress. */
  readonly #sizes: ReadonlyMap<string, number>;
  readonly #total: number;
  /** Bytes of all NARs. */
  readonly #unpacked: number;
  /** Bytes received of paths under way. */
  readonly #received = new Map<string, number>();
  #done = 0;
  #downloaded = 0;
  #left: number;
  readonly #finished = Promise.withResolvers<void>();

  constructor(paths: readonly ClosurePath[], options: PullOptions) {
    this.#options = options;
    this.#sizes = new Map(paths.map((path) => [path.storePath, downloadSize(path)]));
    this.#total = paths.reduce((sum, path) => sum + downloadSize(path), 0);
    this.#unpacked = paths.reduce((sum, path) => sum + path.narSize, 0);
    this.#left = paths.length;
    const { workers, bufferMemory } = planResources({
      availableMemory: parseMemory(readFileSync("/proc/meminfo", "utf8")).available,
      processors: availableParallelism(),
      connections: options.connections,
    });
    this.#queue = new PullQueue(paths, {
      connections: Math.floor(options.connections / workers),
      memory: bufferMemory / workers,
    });
    for (let index = 0; index < Math.min(workers, paths.length); index++) this.#startWorker();
  }

  async run(): Promise<FetchProfile> {
    const { signal } = this.#options;
    const started = performance.now();
    let reports: (WorkerReport | undefined)[] = [];
    const abort = () => this.#finished.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      this.#feedAll();
      await this.#finished.promise;
    } finally {
      signal.removeEventListener("abort", abort);
      reports = await Promise.all(this.#workers.map((worker) => worker.stop()));
    }
    const total = (part: keyof WorkerReport) =>
      reports.reduce((sum, report) => sum + (report?.[part] ?? 0), 0);
    return {
      fetch: (performance.now() - started) / 1000,
      wait: total("wait"),
      decompress: total("decompress"),
      hash: total("hash"),
      write: total("write"),
      workers: this.#workers.length,
      requests: total("requests"),
      received: this.#downloaded,
      unpacked: this.#unpacked,
      paths: this.#sizes.size,
      files: total("files"),
    };
  }

  #startWorker(): void {
    const { root, closure, autoOptimise = false, http } = this.#options;
    const start = {
      kind: "start",
      storeDirectory: join(root, "nix/store"),
      autoOptimise,
      substituters: closure.substituters,
      http: http ?? defaultHttpSettings,
    } as const;
    const worker = new PullWorker(start, {
      onReceived: (storePath, bytes) => {
        this.#received.set(storePath, bytes);
        this.#report(storePath);
      },
      onFetched: (by, storePath, bytes) => this.#fetched(by, storePath, bytes),
      onFailed: (error) => this.#finished.reject(error),
      onLog: (level, message) => this.#options.log?.(level, message),
    });
    this.#workers.push(worker);
  }

  /** Deals the first paths out, so that the largest are not all with the same worker. */
  #feedAll(): void {
    let hungry: readonly PullWorker[] = this.#workers;
    while (hungry.length > 0) hungry = hungry.filter((worker) => this.#feed(worker));
  }

  /** Gives a worker one path; returns whether there was one for it. */
  #feed(worker: PullWorker): boolean {
    const path = this.#queue.next(worker.active);
    if (path !== undefined) worker.fetch(path);
    return path !== undefined;
  }

  #fetched(worker: PullWorker, storePath: string, bytes: number): void {
    this.#received.delete(storePath);
    this.#done += this.#sizes.get(storePath) ?? 0;
    this.#downloaded += bytes;
    this.#left--;
    this.#report(storePath);
    if (this.#left === 0) this.#finished.resolve();
    else while (this.#feed(worker));
  }

  #report(storePath: string): void {
    let done = this.#done;
    for (const [path, bytes] of this.#received) {
      done += Math.min(bytes, this.#sizes.get(path) ?? 0);
    }
    this.#options.onProgress?.({ done, total: this.#total, unit: "bytes", detail: storePath });
  }
}
