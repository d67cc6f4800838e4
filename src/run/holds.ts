import { errorMessage, InstallerError } from "../errors.ts";

/**
 * How long something stays open that nobody releases: as long as the installer's mount namespace, which ends with its
 * processes, or for as long as the machine runs.
 */
export type HoldLife = "with-processes" | "with-machine";

interface Hold {
  readonly what: string;
  readonly release: () => Promise<void>;
  readonly life: HoldLife;
}

/** What a run holds open (mounts, swap, mappings), released in reverse order, each exactly once. */
export class Holds {
  readonly #open: Hold[] = [];

  add(what: string, release: () => Promise<void>, life: HoldLife = "with-processes"): void {
    this.#open.push({ what, release, life });
  }

  /** What stays open if the process ends now, the last opened first. */
  lasting(): string[] {
    return this.#open
      .filter(({ life }) => life === "with-machine")
      .map(({ what }) => what)
      .toReversed();
  }

  /**
   * Releases everything, going on past failures.
   *
   * @param onRelease Told what is about to be released.
   * @throws {InstallerError} `disk`, naming each thing that could not be released and why.
   */
  async releaseAll(onRelease: (what: string) => void): Promise<void> {
    const failures: { what: string; error: unknown }[] = [];
    for (let hold = this.#open.at(-1); hold !== undefined; hold = this.#open.at(-1)) {
      onRelease(hold.what);
      try {
        await hold.release();
      } catch (error) {
        failures.push({ what: hold.what, error });
      }
      // Only now: should the process be ended meanwhile, it is open still.
      this.#open.pop();
    }
    if (failures.length === 0) return;
    const list = failures.map(({ what, error }) => `${what}: ${errorMessage(error)}`).join("; ");
    throw new InstallerError("disk", `could not close again: ${list}`, {
      cause: failures[0]?.error,
      hint: "Close it by hand before the disk is used again.",
    });
  }
}
