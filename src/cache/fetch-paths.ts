import { BackgroundSync } from "../linux/background-sync.ts";
import type { Progress } from "../run/step.ts";
import { MiB } from "../values/size.ts";
import type { ClosurePath } from "./closure.ts";
import type { KeptFiles } from "./kept-files.ts";
import { PullProgress } from "./pull-progress.ts";
import { PullQueue } from "./pull-queue.ts";
import type { Fetched } from "./worker-messages.ts";
import type { PullWorker } from "./worker-pool.ts";
import type { WorkerTeam } from "./worker-team.ts";

/**
 * Bytes of NARs after which they are sent on their way to the disk: what is on its way early need not be waited for at
 * the end, and takes no memory.
 */
const syncInterval = 64 * MiB;

/** What {@link PathFetcher} needs. */
export interface FetcherOptions {
  /** The target's store directory. */
  readonly storeDirectory: string;
  readonly team: WorkerTeam;
  /** Bytes downloaded of those to download. */
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** Files of NARs that need not be fetched again. */
  readonly files: KeptFiles | undefined;
}

/** Has workers fetch the paths that a store lacks, and sends what they write to the disk meanwhile. */
export class PathFetcher implements Disposable {
  readonly #options: FetcherOptions;
  readonly #queue: PullQueue;
  readonly #progress: PullProgress;
  readonly #sync: BackgroundSync;
  /** Bytes that were unpacked when the last sync began. */
  #synced = 0;
  /** Paths of which another cache than the one that was asked first knew the right NAR. */
  readonly #changed = new Map<string, ClosurePath>();
  readonly #finished = Promise.withResolvers<void>();

  constructor(paths: readonly ClosurePath[], options: FetcherOptions) {
    this.#options = options;
    this.#progress = new PullProgress(paths);
    this.#queue = new PullQueue(paths, options.team.limits);
    this.#sync = new BackgroundSync(options.storeDirectory);
  }

  /** Fetches all of them. @throws {InstallerError} as soon as one cannot be fetched, while others are under way. */
  async run(): Promise<void> {
    if (this.#progress.left === 0) return;
    this.#feedAll();
    await this.#finished.promise;
  }

  /** Is told how far a path is. @param bytes Received so far; fewer than before when it is fetched once more. */
  receive(storePath: string, bytes: number): void {
    this.#progress.receive(storePath, bytes);
    this.#report();
  }

  /** A path as it was fetched: it may be described otherwise than it was when it was asked for. */
  asFetched(path: ClosurePath): ClosurePath {
    return this.#changed.get(path.storePath) ?? path;
  }

  /** Bytes received of the paths that are there now. */
  get downloaded(): number {
    return this.#progress.downloaded;
  }

  /** Bytes of NARs that are still to be unpacked. */
  get bytesLeft(): number {
    return this.#progress.bytesLeft;
  }

  /** Waits until what was sent to the disk is there. @throws {InstallerError} with reason `disk`. */
  finishSync(): void {
    this.#sync.finish();
  }

  [Symbol.dispose](): void {
    try {
      this.#sync[Symbol.dispose]();
    } catch {
      // After a failure, which matters more; before a success there is finishSync.
    }
  }

  /** Deals the first paths out, so that the largest are not all with the same worker. */
  #feedAll(): void {
    let hungry: readonly PullWorker[] = this.#options.team.workers;
    while (hungry.length > 0) hungry = hungry.filter((worker) => this.#feed(worker));
  }

  /** Gives a worker one path; returns whether there was one for it. */
  #feed(worker: PullWorker): boolean {
    const path = this.#queue.next(worker.active);
    if (path === undefined) return false;
    worker
      .fetch(path, this.#options.files?.take(path))
      .then((fetched) => this.#fetched(worker, path, fetched))
      .catch(this.#finished.reject);
    return true;
  }

  #fetched(worker: PullWorker, path: ClosurePath, { bytes, narHash, narSize }: Fetched): void {
    const { storePath } = path;
    if (narHash !== path.narHash || narSize !== path.narSize) {
      this.#changed.set(storePath, { ...path, narHash, narSize });
    }
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
