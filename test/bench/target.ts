import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../../src/run/command.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { attachImage } from "./images.ts";

/**
 * How each file system is made and mounted. Nothing is discarded, so that the blocks below stay written, and nothing is
 * left to do in the background during a run.
 */
const makers = {
  ext4: { make: ["mkfs.ext4", "-q", "-F", "-E", "nodiscard"], options: "noinit_itable,nodiscard" },
  btrfs: { make: ["mkfs.btrfs", "-q", "-f", "--nodiscard"], options: "nodiscard" },
  xfs: { make: ["mkfs.xfs", "-q", "-f", "-K"], options: "nodiscard" },
} as const;

/** A file system of a target. */
export type FileSystem = keyof typeof makers;

/** The names of {@link FileSystem}. */
export const fileSystems: readonly FileSystem[] = ["ext4", "btrfs", "xfs"];

/** Bytes that a file system has at least: all three can be made in it. */
const smallest = 2 ** 29;

/** An empty file system, mounted at `path`; disposing it removes it. */
export interface Target extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes a file system anew on a loop device, with room for a store of that size, and mounts it.
 *
 * @param narSize Bytes of NARs that shall fit.
 */
export async function makeTarget(fileSystem: FileSystem, narSize: number): Promise<Target> {
  await using stack = new AsyncDisposableStack();
  const blocks = Math.ceil((smallest + narSize * 1.75) / 2 ** 20);
  const { path: device } = stack.use(await attachImage(blocks * 2 ** 20));
  const scratch = stack.use(await scratchDirectory("target"));
  const { make, options } = makers[fileSystem];
  await exec([...make, device]);
  const path = join(scratch.path, "mnt");
  await mkdir(path);
  await exec(["mount", "-t", fileSystem, "-o", options, device, path]);
  stack.defer(async () => {
    await exec(["umount", path]);
  });
  // Nothing of what was written before is the business of the run.
  await exec(["sync"]);
  const cleanup = stack.move();
  return { path, [Symbol.asyncDispose]: () => cleanup.disposeAsync() };
}
