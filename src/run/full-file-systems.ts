import { statfsSync } from "node:fs";
import { type MountInfo, readMountInfo } from "../linux/mount-info.ts";
import { formatSize, MiB } from "../values/size.ts";

/** A file system with less than this left, in bytes, is full: programs have failed for want of a few blocks. */
const nothingLeft = MiB;

/** Whether a file system can become full, and can be asked without waiting for another machine. */
function isWritable({ source, type, options }: MountInfo): boolean {
  const isLocal = source.startsWith("/dev/") || ["tmpfs", "overlay", "zfs"].includes(type);
  return isLocal && !options.includes("ro");
}

/** How full a file system is, when there is no room in it. */
function describe({ target, source, type }: MountInfo): string | undefined {
  const { bsize, blocks, bavail, files, ffree } = statfsSync(target);
  const name = source.startsWith("/dev/") ? `${target} (${source})` : `${target} (${type})`;
  const size = blocks * bsize;
  // What is smaller than that altogether may be meant to be: `/dev/shm` of a container, an empty tmpfs.
  if (size >= nothingLeft && bavail * bsize < nothingLeft) {
    return `${name}, with ${formatSize(bavail * bsize)} of ${formatSize(size)} free`;
  }
  return files > 0 && ffree === 0 ? `${name}, with none of ${files} inodes free` : undefined;
}

/** The file systems of this mount namespace, the live system's and the target's, on which there is no room: in words. */
export function fullFileSystems(): readonly string[] {
  const mounts = new Map(
    readMountInfo()
      .filter(isWritable)
      .map((mount) => [mount.device, mount]),
  );
  return [...mounts.values()].flatMap((mount) => {
    try {
      return describe(mount) ?? [];
    } catch {
      // It is below another mount, or its device has gone.
      return [];
    }
  });
}
