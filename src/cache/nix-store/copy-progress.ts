import type { Progress } from "../../run/step.ts";
import { totalNarSize } from "../closure.ts";
import type { CopiedPath } from "./copied-path.ts";

/** Adds up the bytes of paths that are being copied. */
export class CopyProgress {
  readonly #sizes: ReadonlyMap<string, number>;
  readonly #total: number;
  readonly #report: (progress: Progress) => void;
  /** Bytes of paths under way. */
  readonly #copying = new Map<string, number>();
  readonly #stopped = new Set<string>();
  #done = 0;

  constructor(paths: readonly CopiedPath[], report: (progress: Progress) => void) {
    this.#sizes = new Map(paths.map(({ storePath, narSize }) => [storePath, narSize]));
    this.#total = totalNarSize(paths);
    this.#report = report;
  }

  /** @param bytes Of the path's NAR, so far. */
  readonly copied = (storePath: string, bytes: number): void => {
    if (this.#stopped.has(storePath)) return;
    this.#copying.set(storePath, Math.min(bytes, this.#sizes.get(storePath) ?? 0));
    this.#tell(storePath);
  };

  readonly stopped = (storePath: string): void => {
    if (this.#stopped.has(storePath)) return;
    this.#stopped.add(storePath);
    this.#copying.delete(storePath);
    this.#done += this.#sizes.get(storePath) ?? 0;
    this.#tell(storePath);
  };

  #tell(detail: string): void {
    const copying = [...this.#copying.values()].reduce((sum, bytes) => sum + bytes, 0);
    this.#report({ done: this.#done + copying, total: this.#total, unit: "bytes", detail });
  }
}
