import { closeSync, constants, openSync } from "node:fs";
import { errorCode } from "../../errors.ts";

/**
 * Claims disks for this process alone (open(2), O_EXCL on a block device): while they are claimed, nobody can mount,
 * assemble or activate anything on them or on their partitions, however eager udev's rules are. Disposing it gives them
 * back.
 */
export class DiskClaim implements Disposable {
  /** The disks that are claimed. */
  readonly paths: readonly string[];
  readonly #descriptors: readonly number[];

  private constructor(paths: readonly string[], descriptors: readonly number[]) {
    this.paths = paths;
    this.#descriptors = descriptors;
  }

  /** @returns `undefined` when one of the disks is in use. @throws the error of open(2) for any other reason. */
  static take(paths: readonly string[]): DiskClaim | undefined {
    const descriptors: number[] = [];
    try {
      for (const path of paths) {
        descriptors.push(openSync(path, constants.O_RDONLY | constants.O_EXCL));
      }
      return new DiskClaim(paths, descriptors);
    } catch (error) {
      for (const descriptor of descriptors) closeSync(descriptor);
      if (errorCode(error) === "EBUSY") return undefined;
      throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const descriptor of this.#descriptors) closeSync(descriptor);
  }
}
