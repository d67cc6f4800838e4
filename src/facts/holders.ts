import { join } from "node:path";
import type { BlockDevice } from "./block-device.ts";
import { readBlockDevice } from "./block-device.ts";
import { isHeldExclusively } from "./exclusive-open.ts";
import type { Holder } from "./facts.ts";
import { listDirectory, readAttribute } from "./sysfs.ts";
import type { DeviceUsage } from "./usage.ts";

/** A holder that makes a device of its own, and that device. */
interface Layer {
  readonly holder: Holder;
  readonly device: BlockDevice;
}

/** The mounts of a device: by its number, or by its name where a file system has a number of its own (btrfs). */
function mountsOf(device: BlockDevice, usage: DeviceUsage): string[] {
  const targets = usage.mounts
    .filter((mount) => mount.device === device.number || mount.source === device.path)
    .map(({ target }) => target);
  return [...new Set(targets)];
}

function isBelow(path: string, directory: string): boolean {
  return directory === "/" ? path.startsWith("/") : path.startsWith(`${directory}/`);
}

/** The mount that a path lies on: the deepest, and of those the last. */
function mountOfPath(path: string, usage: DeviceUsage): string | undefined {
  const targets = usage.mounts.map(({ target }) => target).filter((dir) => isBelow(path, dir));
  return targets.toSorted((a, b) => b.length - a.length)[0];
}

/** The loop devices made of a device, or of a file on one of its mounts. */
async function loopsOn(
  device: BlockDevice,
  targets: readonly string[],
  usage: DeviceUsage,
  sysfs: string,
): Promise<Layer[]> {
  const layers: Layer[] = [];
  for (const { name, backingFile } of usage.loops) {
    const onMount = targets.includes(mountOfPath(backingFile, usage) ?? "");
    if (backingFile !== device.path && !onMount) continue;
    const loop = await readBlockDevice(name, sysfs);
    if (loop === undefined) continue;
    const holder = {
      kind: "loop" as const,
      device: device.path,
      name: `${loop.path} (${backingFile})`,
      path: loop.path,
    };
    layers.push({ holder, device: loop });
  }
  return layers;
}

/** The devices that the kernel has made of a device: mappings, arrays, caches. */
async function layersOn(device: BlockDevice, sysfs: string): Promise<Layer[]> {
  const layers: Layer[] = [];
  for (const name of await listDirectory(join(sysfs, "class/block", device.name, "holders"))) {
    const made = await readBlockDevice(name, sysfs);
    if (made === undefined) continue;
    const directory = join(sysfs, "class/block", name);
    const mapping = await readAttribute(join(directory, "dm/name"));
    const array = await readAttribute(join(directory, "md/level"));
    const kind =
      mapping !== undefined
        ? ("device-mapper" as const)
        : array !== undefined
          ? ("md" as const)
          : ("block-device" as const);
    const holder = { kind, device: device.path, name: mapping ?? name, path: made.path };
    layers.push({ holder, device: made });
  }
  return layers;
}

/** The holders of a device and of everything made of it, a holder before its own; `visited` ends cycles. */
async function holdersOf(
  device: BlockDevice,
  usage: DeviceUsage,
  sysfs: string,
  visited: Set<string>,
): Promise<Holder[]> {
  if (visited.has(device.path)) return [];
  visited.add(device.path);
  const targets = mountsOf(device, usage);
  const holders: Holder[] = targets.map((name) => ({ kind: "mount", device: device.path, name }));
  for (const swap of usage.swaps) {
    if (swap === device.path || targets.includes(mountOfPath(swap, usage) ?? "")) {
      holders.push({ kind: "swap", device: device.path, name: swap });
    }
  }
  const layers = [
    ...(await layersOn(device, sysfs)),
    ...(await loopsOn(device, targets, usage, sysfs)),
  ];
  for (const layer of layers) {
    holders.push(layer.holder, ...(await holdersOf(layer.device, usage, sysfs, visited)));
  }
  return holders;
}

/**
 * Everything that keeps a disk busy: mounts, swap, mappings, arrays and loop devices on it and on its partitions, and
 * what is on those in turn. Where none of them explains why the kernel refuses an exclusive open, that is told instead.
 *
 * @param devices The disk first, then its partitions.
 */
export async function findHolders(
  devices: readonly BlockDevice[],
  usage: DeviceUsage,
  sysfs = "/sys",
): Promise<Holder[]> {
  const visited = new Set<string>();
  const holders: Holder[] = [];
  for (const device of devices) holders.push(...(await holdersOf(device, usage, sysfs, visited)));
  if (holders.some(({ kind }) => kind !== "loop")) return holders;
  // Partitions first: an open partition makes its disk busy too, and is what should be named.
  for (const device of devices.toReversed()) {
    if (!(await isHeldExclusively(device.path))) continue;
    holders.push({ kind: "exclusive-open", device: device.path, name: "another program" });
    break;
  }
  return holders;
}
