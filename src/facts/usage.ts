import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { type MountInfo, parseMountInfo, readMountInfo } from "../linux/mount-info.ts";
import { parseSwaps } from "./swaps.ts";
import { listDirectory, readAttribute } from "./sysfs.ts";

/** A loop device and the file or block device behind it. */
interface LoopDevice {
  /** The kernel's name: `loop0`. */
  readonly name: string;
  readonly backingFile: string;
}

/** Everything on the live system that may keep block devices busy. */
export interface DeviceUsage {
  /** The mounts of process 1, and those only this process sees: the installer has a mount namespace of its own. */
  readonly mounts: readonly MountInfo[];
  /** Devices and files that are swapped to, links followed. */
  readonly swaps: readonly string[];
  readonly loops: readonly LoopDevice[];
}

function resolveLink(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

async function readLoops(sysfs: string): Promise<LoopDevice[]> {
  const loops: LoopDevice[] = [];
  for (const name of await listDirectory(join(sysfs, "block"))) {
    const backingFile = await readAttribute(join(sysfs, "block", name, "loop/backing_file"));
    if (backingFile !== undefined) loops.push({ name, backingFile });
  }
  return loops;
}

/** Reads what is mounted, swapped to and looped now. */
export async function readDeviceUsage(sysfs = "/sys"): Promise<DeviceUsage> {
  const live = parseMountInfo(readText("/proc/1/mountinfo"));
  const known = new Set(live.map(({ device }) => device));
  // What both see is told once, as the user knows it: the installer's own root is made of bind mounts.
  const own = readMountInfo().filter(({ device }) => !known.has(device));
  return {
    mounts: [...live, ...own].map((mount) =>
      mount.source.startsWith("/dev/") ? { ...mount, source: resolveLink(mount.source) } : mount,
    ),
    swaps: parseSwaps(readText("/proc/swaps")).map(resolveLink),
    loops: await readLoops(sysfs),
  };
}
