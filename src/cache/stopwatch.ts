/** What a worker of a pull spends its time on. */
type Part = "wait" | "decompress" | "hash" | "write";

/** Measures what a thread does: one thing at a time, and `wait` whenever it does nothing else. */
export class Stopwatch {
  readonly #seconds: Record<Part, number> = { wait: 0, decompress: 0, hash: 0, write: 0 };
  #part: Part = "wait";
  #since = performance.now();

  /** Ends what was measured and begins with something else. */
  switchTo(part: Part): void {
    const now = performance.now();
    this.#seconds[this.#part] += (now - this.#since) / 1000;
    this.#part = part;
    this.#since = now;
  }

  /** Seconds of each part until now. */
  get seconds(): Readonly<Record<Part, number>> {
    this.switchTo(this.#part);
    return { ...this.#seconds };
  }
}
