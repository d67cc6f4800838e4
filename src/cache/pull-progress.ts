import type { Progress } from "../run/step.ts";
import { type ClosurePath, downloadSize, totalDownloadSize, totalNarSize } from "./closure.ts";

/** Most store paths under way that are told of; a screen has no room for more. */
const shownPaths = 8;

/** How far a pull has come. */
export class PullProgress {
  readonly #paths: ReadonlyMap<string, ClosurePath>;
  readonly #total: number;
  readonly #narSize: number;
  /** Bytes received of paths under way. */
  readonly #received = new Map<string, number>();
  /** What the complete paths count for of the total. */
  #done = 0;
  /** Bytes of the NARs of the complete paths. */
  #unpacked = 0;
  #downloaded = 0;
  #left: number;

  constructor(paths: readonly ClosurePath[]) {
    this.#paths = new Map(paths.map((path) => [path.storePath, path]));
    this.#total = totalDownloadSize(paths);
    this.#narSize = totalNarSize(paths);
    this.#left = paths.length;
  }

  /** @param bytes Received of the path so far; fewer than before when it is fetched once more. */
  receive(storePath: string, bytes: number): void {
    this.#received.set(storePath, bytes);
  }

  /** @param bytes Received of the path in all. */
  complete(storePath: string, bytes: number): void {
    const path = this.#paths.get(storePath);
    this.#received.delete(storePath);
    this.#done += path === undefined ? 0 : downloadSize(path);
    this.#unpacked += path?.narSize ?? 0;
    this.#downloaded += bytes;
    this.#left--;
  }

  /** Paths that are not complete. */
  get left(): number {
    return this.#left;
  }

  /** Bytes of the NARs of paths that are not complete. */
  get bytesLeft(): number {
    return this.#narSize - this.#unpacked;
  }

  /** Bytes received of complete paths. */
  get downloaded(): number {
    return this.#downloaded;
  }

  /** Bytes of NARs written so far, about: of paths under way, as many as of the download. */
  get unpacked(): number {
    let unpacked = this.#unpacked;
    for (const [storePath, part] of this.#parts()) {
      unpacked += part * (this.#paths.get(storePath)?.narSize ?? 0);
    }
    return unpacked;
  }

  /** For people: bytes downloaded of those to download, and the paths that have been under way the longest. */
  report(): Progress {
    let done = this.#done;
    for (const [path, part] of this.#parts()) done += part * this.#size(path);
    const current = this.#received.keys().take(shownPaths).toArray();
    return { done, total: this.#total, unit: "bytes", current };
  }

  /** What part is there of each path under way. */
  *#parts(): Generator<[storePath: string, part: number]> {
    for (const [path, bytes] of this.#received) yield [path, Math.min(1, bytes / this.#size(path))];
  }

  #size(storePath: string): number {
    const path = this.#paths.get(storePath);
    return path === undefined ? 1 : downloadSize(path);
  }
}
