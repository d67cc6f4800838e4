import { closeSync, constants, existsSync, openSync, readdirSync } from "node:fs";
import { SystemCallError } from "../../linux/libc.ts";
import { mount, mountFlags } from "../../linux/mount.ts";
import type { StepContext } from "../../run/step.ts";

const storeDirectory = "/nix/store";

/**
 * A live system that has its programs in `/nix/store` itself, as NixOS's own installation image has, kept in reach
 * while the portable store covers it.
 */
export class LiveStore {
  readonly #descriptor: number | undefined;

  /** To be made before anything is mounted on `/nix`. */
  constructor() {
    const inUse =
      existsSync(storeDirectory) &&
      readdirSync(storeDirectory).some((name) => !name.startsWith("."));
    this.#descriptor = inUse
      ? openSync(storeDirectory, constants.O_RDONLY | constants.O_DIRECTORY)
      : undefined;
  }

  /**
   * Makes its store paths appear behind those of the portable store, read-only, by overlayfs. Where the kernel has none, it says that
   * they stay hidden: a live system with a Nix beside its own package manager does not need them.
   */
  show(context: StepContext): void {
    if (this.#descriptor === undefined) return;
    const layers = `lowerdir=${storeDirectory}:/proc/self/fd/${this.#descriptor}`;
    try {
      mount("landfall", storeDirectory, "overlay", mountFlags.readOnly, layers);
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      context.log(
        "warning",
        `the live system's own store paths are hidden during the installation (${error.message})`,
      );
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }
}
