import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../../src/run/command.ts";
import { loopDisk } from "../support/loop-disk.ts";
import { scratchDirectory } from "../support/scratch.ts";

/** How each file system is made. What mkfs would leave for later is done at once, so that it disturbs no run. */
const makers = {
  ext4: ["mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0"],
  btrfs: ["mkfs.btrfs", "-q"],
  xfs: ["mkfs.xfs", "-q"],
} as const;

/** A file system of a target. */
export type FileSystem = keyof typeof makers;

/** The names of {@link FileSystem}. */
export const fileSystems: readonly FileSystem[] = ["ext4", "btrfs", "xfs"];

/** Bytes that a file system has at least: the smallest that all three can be made in. */
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
  const blocks = Math.ceil((smallest + narSize * 2.5) / 2 ** 20);
  const disk = stack.use(await loopDisk(blocks * 2 ** 20));
  const scratch = stack.use(await scratchDirectory("target"));
  await exec([...makers[fileSystem], disk.path]);
  const path = join(scratch.path, "mnt");
  await mkdir(path);
  await exec(["mount", "-t", fileSystem, disk.path, path]);
  // What is left of a command that was broken off may still be writing.
  stack.defer(async () => {
    await exec(["umount", "--lazy", path]);
  });
  // Nothing of what was written before is the business of the run.
  await exec(["sync"]);
  const cleanup = stack.move();
  return { path, [Symbol.asyncDispose]: () => cleanup.disposeAsync() };
}
