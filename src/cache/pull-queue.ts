import { type ClosurePath, downloadSize } from "./closure.ts";
import { bufferedNarSize } from "./fetch-path.ts";

/** Bytes of compressed NARs that one worker may hold in memory. */
const bufferedBytes = 4 * 2 ** 20;

/**
 * The paths still to be fetched, and who should get which when: the largest first, so that no worker is left with a
 * long one at the end.
 */
export class PullQueue {
  /** Ascending by size: the next is the last. */
  readonly #streamed: ClosurePath[];
  readonly #buffered: ClosurePath[];
  readonly #connections: number;

  /** @param connections Requests that one worker may have under way. */
  constructor(paths: readonly ClosurePath[], connections: number) {
    const ascending = paths.toSorted((one, other) => one.narSize - other.narSize);
    this.#streamed = ascending.filter(({ narSize }) => narSize > bufferedNarSize);
    this.#buffered = ascending.filter(({ narSize }) => narSize <= bufferedNarSize);
    this.#connections = connections;
  }

  /**
   * What a worker should start now, or `undefined` if it has enough to do or nothing is left. One that streams a
   * large NAR is kept busy by that and does nothing else; of those that fit into memory it has many on their way, so
   * that it does not wait for the network.
   *
   * @param active What the worker is busy with.
   */
  next(active: Iterable<ClosurePath>): ClosurePath | undefined {
    const busy = [...active];
    if (busy.some(({ narSize }) => narSize > bufferedNarSize)) return undefined;
    if (this.#streamed.length > 0) return busy.length === 0 ? this.#streamed.pop() : undefined;
    const next = this.#buffered.at(-1);
    if (next === undefined || busy.length >= this.#connections) return undefined;
    const held = busy.reduce((sum, path) => sum + downloadSize(path), 0);
    if (busy.length > 0 && held + downloadSize(next) > bufferedBytes) return undefined;
    return this.#buffered.pop();
  }
}
