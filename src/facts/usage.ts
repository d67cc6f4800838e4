import { readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { type MountInfo, parseMountInfo, readMountInfo } from "../linux/mount-info.ts";
import { readBlockDevice } from "./block-device.ts";
import { hasHiddenRoot, systemMountPoints } from "./live-medium.ts";
import { formatDeviceNumber } from "./open-devices.ts";
import { parseSwaps, reachableSwap } from "./swaps.ts";
import { listDirectory, parseKeyValues, readAttribute } from "./sysfs.ts";

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
  /** The devices of each mounted file system that may have several (btrfs), by their nodes. */
  readonly pools: readonly (readonly string[])[];
  /** Where the file systems are mounted that the running system itself needs. */
  readonly systemMountPoints: ReadonlySet<string>;
  /** Whether what `/` is made of cannot be seen any more. */
  readonly hiddenRoot: boolean;
}

function resolveLink(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/**
 * The kernel's node of a block device that a path names; of other paths, links followed. Without udev the names in
 * `/dev/mapper` are nodes of their own, no links.
 */
function kernelNode(path: string, sysfs = "/sys"): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isBlockDevice() === true) {
    const device = join(sysfs, "dev/block", formatDeviceNumber(found.rdev));
    const name = parseKeyValues(readText(join(device, "uevent"))).get("DEVNAME");
    if (name !== undefined) return `/dev/${name}`;
  }
  return resolveLink(path);
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
    if (backingFile === undefined) continue;
    loops.push({
      name,
      backingFile: backingFile.startsWith("/dev/") ? kernelNode(backingFile) : backingFile,
    });
  }
  return loops;
}

/** The devices of every btrfs that is mounted. */
async function readPools(sysfs: string): Promise<string[][]> {
  const pools: string[][] = [];
  for (const name of await listDirectory(join(sysfs, "fs/btrfs"))) {
    const devices: string[] = [];
    for (const device of await listDirectory(join(sysfs, "fs/btrfs", name, "devices"))) {
      const found = await readBlockDevice(device, sysfs);
      if (found !== undefined) devices.push(found.path);
    }
    if (devices.length > 0) pools.push(devices);
  }
  return pools;
}

/** The sources of a mount, links to nodes followed; bcachefs writes several, with colons between them. */
function resolveSource(source: string): string {
  if (!source.startsWith("/dev/")) return source;
  return source.includes(":/dev/")
    ? source
        .split(":")
        .map((each) => kernelNode(each))
        .join(":")
    : kernelNode(source);
}

/** The programs that must not lose the file system they are on: process 1, and the installer itself. */
function runningPrograms(): string[] {
  return ["/proc/1/exe", "/proc/self/exe"]
    .map(resolveLink)
    .filter((path) => !path.startsWith("/proc/"));
}

/** Reads what is mounted, swapped to and looped now. */
export async function readDeviceUsage(sysfs = "/sys"): Promise<DeviceUsage> {
  const live = parseMountInfo(readText("/proc/1/mountinfo"));
  const known = new Set(live.map(({ device }) => device));
  // What both see is told once, as the user knows it: the installer's own root is made of bind mounts.
  const own = readMountInfo().filter(({ device }) => !known.has(device));
  const mounts = [...live, ...own].map((mount) => ({
    ...mount,
    source: resolveSource(mount.source),
  }));
  return {
    mounts,
    swaps: parseSwaps(readText("/proc/swaps")).map((path) => kernelNode(reachableSwap(path))),
    loops: await readLoops(sysfs),
    pools: await readPools(sysfs),
    systemMountPoints: systemMountPoints(mounts, runningPrograms()),
    hiddenRoot: hasHiddenRoot(live),
  };
}
