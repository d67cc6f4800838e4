import { errorMessage, InstallerError } from "../errors.ts";

interface Hold {
  readonly what: string;
  readonly release: () => Promise<void>;
}

/** What a run holds open (mounts, swap, mappings), released in reverse order, each exactly once. */
export class Holds {
  readonly #open: Hold[] = [];

  add(what: string, release: () => Promise<void>): void {
    this.#open.push({ what, release });
  }

  /**
   * Releases everything, going on past failures.
   *
   * @param onRelease Told what is about to be released.
   * @throws {InstallerError} `disk`, naming each thing that could not be released and why.
   */
  async releaseAll(onRelease: (what: string) => void): Promise<void> {
    const failures: { what: string; error: unknown }[] = [];
    for (let hold = this.#open.pop(); hold !== undefined; hold = this.#open.pop()) {
      onRelease(hold.what);
      try {
        await hold.release();
      } catch (error) {
        failures.push({ what: hold.what, error });
      }
    }
    if (failures.length === 0) return;
    const list = failures.map(({ what, error }) => `${what}: ${errorMessage(error)}`).join("; ");
    throw new InstallerError("disk", `could not close again: ${list}`, {
      cause: failures[0]?.error,
      hint: "Close it by hand before the disk is used again.",
    });
  }
}
