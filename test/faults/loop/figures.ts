import type { Run } from "./loop-machine.ts";

/** Bytes of NARs that a cache has sent. */
interface Fetched {
  readonly bytes: number;
  readonly twice: number;
}

/** What the kills cost. */
export class Figures {
  /** Runs that were killed. */
  kills = 0;
  readonly #boundaries = new Map<string, number>();
  #installs = 0;
  #seconds = 0;
  #undisturbedSeconds = 0;
  #twice = 0;
  #undisturbedTwice = 0;
  #bytes = 0;

  /** An install that nothing has come between. */
  undisturbed(seconds: number, { bytes, twice }: Fetched): void {
    this.#undisturbedSeconds = seconds;
    this.#undisturbedTwice = twice;
    this.#bytes = bytes;
  }

  /** An install of several runs, of which the last one finished it. */
  killed(runs: readonly Run[], { twice }: Fetched): void {
    this.#installs++;
    this.#twice += twice - this.#undisturbedTwice;
    for (const run of runs) {
      this.#seconds += run.seconds;
      if (!run.killed) continue;
      this.kills++;
      const last = run.boundaries.at(-1) ?? "before the first step";
      this.#boundaries.set(last, (this.#boundaries.get(last) ?? 0) + 1);
    }
  }

  /** All of it in words. Where a run was killed is told by what had come last: `+` a step had begun, `-` it had ended. */
  text(): string {
    const lost = this.#seconds - this.#installs * this.#undisturbedSeconds;
    const each = (total: number) => total / Math.max(1, this.kills);
    const where = [...this.#boundaries].map(([name, count]) => `${name} ${count}`).toSorted();
    return [
      `${this.kills} kills in ${this.#installs} installs, all of which ended in the same system`,
      `undisturbed: ${this.#undisturbedSeconds.toFixed(1)} s, ${(this.#bytes / 1e6).toFixed(1)} MB of NARs`,
      `lost per kill: ${each(lost).toFixed(1)} s; fetched twice per kill: ${(each(this.#twice) / 1e6).toFixed(1)} MB`,
      `killed behind: ${where.join(", ")}`,
    ].join("\n");
  }
}
