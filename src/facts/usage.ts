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
  /** The mounts of this process and of process 1: the installer lives in a mount namespace of its own. */
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
  const own = readMountInfo();
  const seen = new Set(own.map(({ device, target }) => `${device} ${target}`));
  const outside = parseMountInfo(readText("/proc/1/mountinfo")).filter(
    ({ device, target }) => !seen.has(`${device} ${target}`),
  );
  return {
    mounts: [...own, ...outside].map((mount) =>
      mount.source.startsWith("/dev/") ? { ...mount, source: resolveLink(mount.source) } : mount,
    ),
    swaps: parseSwaps(readText("/proc/swaps")).map(resolveLink),
    loops: await readLoops(sysfs),
  };
}
