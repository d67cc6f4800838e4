import { readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type MountInfo, readMountInfo } from "../linux/mount-info.ts";
import { formatDeviceNumber } from "./open-devices.ts";

/**
 * Whether a directory lies on a disk that turns, of whatever the kernel says that it does. It says so of every disk of
 * virtio, where nobody knows what the host has (virtio_blk.c); those count as disks that do not.
 *
 * @param directory An absolute path without links.
 */
export function isRotational(directory: string): boolean {
  const source = mountOf(directory, readMountInfo())?.source;
  if (source?.startsWith("/dev/") !== true) return false;
  try {
    const device = realpathSync(`/sys/dev/block/${formatDeviceNumber(statSync(source).rdev)}`);
    // A partition has no queue of its own; it lies in the directory of its disk.
    return [device, dirname(device)].some(turns);
  } catch {
    return false;
  }
}

/** The mount that a path is on: the deepest, and of several at one place the last. */
function mountOf(path: string, mounts: readonly MountInfo[]): MountInfo | undefined {
  return mounts
    .filter(({ target }) => `${path}/`.startsWith(target === "/" ? "/" : `${target}/`))
    .toSorted((one, other) => one.target.length - other.target.length)
    .at(-1);
}

function turns(device: string): boolean {
  if (basename(device).startsWith("vd")) return false;
  try {
    return readFileSync(join(device, "queue/rotational"), "utf8").trim() === "1";
  } catch {
    return false;
  }
}
