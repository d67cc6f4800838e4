import { realpathSync } from "node:fs";
import { errorMessage, InstallerError } from "../errors.ts";
import { type MountInfo, mountsBelow, readMountInfo } from "../linux/mount-info.ts";
import { syncFileSystem } from "../linux/sync.ts";
import { syncWatchedFileSystem, watchedFileSystems } from "../linux/watched-file-systems.ts";

/** Whether what is written to a file system goes to a disk: not so those of the kernel, which the target has besides. */
function isOnDisk({ source, type }: MountInfo): boolean {
  return source.startsWith("/dev/") || type === "zfs";
}

/** The mount points at and below a directory that have a disk behind them, one of each file system. */
function diskMounts(root: string): readonly string[] {
  const mounts = mountsBelow(realpathSync(root), readMountInfo()).filter(isOnDisk);
  return [...new Map(mounts.map(({ device, target }) => [device, target])).values()];
}

/** Waits for one file system, in the words of the user. */
function flush(mountPoint: string, sync: (mountPoint: string) => void): void {
  try {
    sync(mountPoint);
  } catch (cause) {
    const source = readMountInfo().find(({ target }) => target === mountPoint)?.source;
    const message = `what was written to ${mountPoint} does not get to the disk: ${errorMessage(cause)}`;
    throw new InstallerError("disk", message, {
      cause,
      object: source ?? mountPoint,
      hint: "The disk fails: look at the kernel's log (dmesg). When it is mended or replaced, run the same command again.",
    });
  }
}

/**
 * Has every file system of the target written to its disk, and hears whether that went well since it was mounted: what
 * the kernel could not write long after a program did is told by syncfs(2), and by sync(2) never.
 *
 * @param root Where the target is mounted.
 * @throws {InstallerError} `disk`, for the first file system of which something did not get to its disk.
 */
export function flushTarget(root: string): void {
  for (const mountPoint of watchedFileSystems()) flush(mountPoint, syncWatchedFileSystem);
  for (const mountPoint of diskMounts(root)) flush(mountPoint, syncFileSystem);
}
