import { existsSync, realpathSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { readMemory } from "../facts/memory.ts";
import { isRotational } from "../facts/rotational.ts";
import { defaultHttpSettings, type HttpSettings } from "../http/retry.ts";
import { BackgroundSync } from "../linux/background-sync.ts";
import type { Progress } from "../run/step.ts";
import { makeTargetStore } from "../store/target-layout.ts";
import { validPaths } from "../store/target-store.ts";
import { MiB } from "../values/size.ts";
import { type Closure, type ClosurePath, totalNarSize } from "./closure.ts";
import type { KeptFiles } from "./kept-files.ts";
import type { FetchProfile } from "./profile.ts";
import { PullProgress } from "./pull-progress.ts";
import { PullQueue } from "./pull-queue.ts";
import { planResources } from "./resources.ts";
import type { WorkerReport } from "./worker-messages.ts";
import { PullWorker } from "./worker-pool.ts";

/**
 * Bytes of NARs after which they are sent on their way to the disk: what is on its way early need not be waited for at
 * the end, and takes no memory.
 */
const syncInterval = 64 * MiB;

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
  /** Files of NARs that need not be fetched again. */
  readonly files?: KeptFiles;
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
  const missing: ClosurePath[] = [];
  for (const path of closure.paths) {
    if (isThere(path)) options.files?.take(path);
    else missing.push(path);
  }
  const kept = closure.paths.length - missing.length;
  const narSize = totalNarSize(missing);
  if (missing.length === 0) return { fetched: 0, kept, downloaded: 0, narSize };
  // What the walk left behind would stand beside the workers: of 10,000 paths, 30 MB at the worst moment.
  Bun.gc(true);
  const profile = await new Pull(missing, options).run();
  const { received: downloaded } = profile;
  return { fetched: missing.length, kept, downloaded, narSize, profile };
}

/** A pull under way. */
class Pull {
  readonly #options: PullOptions;
  readonly #paths: readonly ClosurePath[];
  readonly #queue: PullQueue;
  readonly #workers: PullWorker[] = [];
  readonly #progress: PullProgress;
  readonly #sync: BackgroundSync;
  /** Bytes that were unpacked when the last sync began. */
  #synced = 0;
  readonly #finished = Promise.withResolvers<void>();

  constructor(paths: readonly ClosurePath[], options: PullOptions) {
    this.#options = options;
    this.#paths = paths;
    this.#progress = new PullProgress(paths);
    const store = join(options.root, "nix/store");
    const { workers, bufferMemory } = planResources({
      availableMemory: readMemory().available,
      processors: availableParallelism(),
      connections: options.connections,
      rotational: isRotational(realpathSync(store)),
    });
    this.#queue = new PullQueue(paths, {
      connections: Math.floor(options.connections / workers),
      memory: bufferMemory / workers,
    });
    this.#sync = new BackgroundSync(store);
    for (let index = 0; index < Math.min(workers, paths.length); index++) this.#startWorker();
  }

  async run(): Promise<FetchProfile> {
    const { signal } = this.#options;
    using sync = this.#sync;
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
    sync.finish();
    return this.#profile(reports, (performance.now() - started) / 1000);
  }

  #profile(reports: readonly (WorkerReport | undefined)[], fetch: number): FetchProfile {
    const total = (part: keyof WorkerReport) =>
      reports.reduce((sum, report) => sum + (report?.[part] ?? 0), 0);
    return {
      fetch,
      wait: total("wait"),
      decompress: total("decompress"),
      hash: total("hash"),
      write: total("write"),
      workers: this.#workers.length,
      requests: total("requests"),
      received: this.#progress.downloaded,
      unpacked: totalNarSize(this.#paths),
      paths: this.#paths.length,
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
        this.#progress.receive(storePath, bytes);
        this.#report();
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
    if (path !== undefined) worker.fetch(path, this.#options.files?.take(path));
    return path !== undefined;
  }

  #fetched(worker: PullWorker, storePath: string, bytes: number): void {
    this.#progress.complete(storePath, bytes);
    this.#report();
    if (this.#progress.left === 0) this.#finished.resolve();
    else while (this.#feed(worker));
  }

  #report(): void {
    this.#options.onProgress?.(this.#progress.report());
    const { unpacked } = this.#progress;
    if (unpacked - this.#synced < syncInterval) return;
    this.#synced = unpacked;
    try {
      this.#sync.start();
    } catch (error) {
      this.#finished.reject(error);
    }
  }
}
