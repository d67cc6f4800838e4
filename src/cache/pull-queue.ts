import type { Compression } from "../nix/narinfo.ts";
import { KiB, MiB } from "../values/size.ts";
import { type ClosurePath, downloadSize } from "./closure.ts";

/**
 * Bytes that undoing a compression keeps in memory, for what Nix writes: the window, or the block. A window may be
 * larger than that, so this is an estimate.
 */
const windowSizes: Partial<Readonly<Record<Compression, number>>> = {
  none: 0,
  gzip: 64 * KiB,
  zstd: 2 * MiB,
  br: 4 * MiB,
  bzip2: 4 * MiB,
};

/** The same for other compressions: the dictionary of `xz -6`. */
const dictionarySize = 8 * MiB;

/** Bytes of an answer that arrive before anybody reads them. */
const receiveBuffer = 512 * KiB;

/** Bytes of memory that fetching a path takes, about. */
function memoryNeed(path: ClosurePath): number {
  const window = windowSizes[path.compression] ?? dictionarySize;
  return Math.min(path.narSize, window) + Math.min(downloadSize(path), receiveBuffer);
}

/** What one worker may have under way. */
export interface WorkerLimits {
  readonly connections: number;
  /** Bytes. */
  readonly memory: number;
}

/**
 * The paths still to be fetched, and who should get which when: the largest first, so that no worker is left with a
 * long one at the end, and small ones beside them, so that nobody waits for the network.
 */
export class PullQueue {
  /** Ascending by need and size: the next is the last. */
  readonly #waiting: { readonly path: ClosurePath; readonly need: number }[];
  readonly #limits: WorkerLimits;

  constructor(paths: readonly ClosurePath[], limits: WorkerLimits) {
    this.#limits = limits;
    this.#waiting = paths
      .map((path) => ({ path, need: memoryNeed(path) }))
      .toSorted((one, other) => one.need - other.need || one.path.narSize - other.path.narSize);
  }

  /**
   * What a worker should start now, or `undefined` if it has enough to do or nothing is left: the largest there is
   * memory for, and whatever it is when it has nothing else.
   *
   * @param active What the worker is busy with.
   */
  next(active: ReadonlySet<ClosurePath>): ClosurePath | undefined {
    if (active.size === 0) return this.#waiting.pop()?.path;
    if (active.size >= this.#limits.connections) return undefined;
    let room = this.#limits.memory;
    for (const path of active) room -= memoryNeed(path);
    const count = this.#countUpTo(room);
    return count === 0 ? undefined : this.#waiting.splice(count - 1, 1)[0]?.path;
  }

  /** How many paths need no more memory than this. */
  #countUpTo(need: number): number {
    let from = 0;
    let to = this.#waiting.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const isSmall = (this.#waiting[middle]?.need ?? 0) <= need;
      if (isSmall) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
