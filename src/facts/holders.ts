import { existsSync } from "node:fs";
import { join } from "node:path";
import { type BlockDevice, readBlockDevice, readPartitions } from "./block-device.ts";
import { isHeldExclusively } from "./exclusive-open.ts";
import type { Holder } from "./facts.ts";
import { overlayDirectories, unseen } from "./live-medium.ts";
import { isBelow, mountOfPath } from "./mount-paths.ts";
import { programsWithOpenDevice } from "./open-devices.ts";
import { listDirectory, readAttribute } from "./sysfs.ts";
import type { DeviceUsage } from "./usage.ts";

/** A holder that makes a device of its own, and that device. */
interface Layer {
  readonly holder: Holder;
  readonly device: BlockDevice;
}

/** The mount points of a device's file system, also of one that has several devices. */
function mountsOf(device: BlockDevice, usage: DeviceUsage): string[] {
  // By its number; or by its name where a file system has a number of its own (btrfs, bcachefs).
  const pool = usage.pools.find((devices) => devices.includes(device.path)) ?? [device.path];
  const targets = usage.mounts
    .filter(
      (mount) =>
        mount.device === device.number ||
        mount.source.split(":").some((source) => pool.includes(source)),
    )
    .map(({ target }) => target);
  return [...new Set(targets)];
}

/** What is mounted below these mount points or made of directories there, and so has to go first. */
function mountsOver(targets: readonly string[], usage: DeviceUsage): string[] {
  if (targets.includes("/")) return [];
  const over = usage.mounts.filter(
    (mount) =>
      targets.some((target) => isBelow(mount.target, target)) ||
      overlayDirectories(mount).some((directory) =>
        targets.includes(mountOfPath(directory, usage.mounts) ?? ""),
      ),
  );
  return [...new Set(over.map(({ target }) => target))].filter(
    (target) => !targets.includes(target),
  );
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
    const onMount = targets.includes(mountOfPath(backingFile, usage.mounts) ?? "");
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

/** The kernel's drivers that make devices of others, by their directory in sysfs; an array has one while inactive too. */
const layerKinds = { dm: "device-mapper", md: "md", bcache: "bcache" } as const;

function layerKind(directory: string): Holder["kind"] {
  for (const [name, kind] of Object.entries(layerKinds)) {
    if (existsSync(join(directory, name))) return kind;
  }
  return "block-device";
}

/** The devices that the kernel has made of a device: mappings, arrays, caches. */
async function layersOn(device: BlockDevice, sysfs: string): Promise<Layer[]> {
  const layers: Layer[] = [];
  for (const name of await listDirectory(join(sysfs, "class/block", device.name, "holders"))) {
    const made = await readBlockDevice(name, sysfs);
    if (made === undefined) continue;
    const directory = join(sysfs, "class/block", name);
    const mapping = await readAttribute(join(directory, "dm/name"));
    const uuid = await readAttribute(join(directory, "dm/uuid"));
    const kind = layerKind(directory);
    const holder = {
      kind,
      device: device.path,
      name: mapping ?? name,
      path: made.path,
      ...(uuid === undefined ? {} : { uuid }),
    };
    layers.push({ holder, device: made });
  }
  return layers;
}

/** The partitions of a device that is no disk itself, such as an array. */
async function partitionsOn(device: BlockDevice, sysfs: string): Promise<Layer[]> {
  return (await readPartitions(device.name, sysfs)).map((partition) => ({
    holder: {
      kind: "partition" as const,
      device: device.path,
      name: partition.path,
      path: partition.path,
    },
    device: partition,
  }));
}

/** bcache's hold on a device, also where no cached device is there. */
function cacheOn(device: BlockDevice, sysfs: string): Holder[] {
  if (!existsSync(join(sysfs, "class/block", device.name, "bcache"))) return [];
  // The cached device itself has such a directory too.
  if (device.name.startsWith("bcache")) return [];
  return [{ kind: "bcache", device: device.path, name: device.path }];
}

/** The holders of a device and of everything made of it, a holder before its own; `visited` ends cycles. */
async function holdersOf(
  device: BlockDevice,
  usage: DeviceUsage,
  sysfs: string,
  visited: Set<string>,
): Promise<Holder[]> {
  if (visited.has(device.path)) return [];
  const isLayer = visited.size > 0 && device.partition === undefined;
  visited.add(device.path);
  const targets = mountsOf(device, usage);
  const over = mountsOver(targets, usage);
  const onDevice = { device: device.path };
  const holders: Holder[] = [
    ...targets.map((name) => ({ kind: "mount" as const, ...onDevice, name })),
    ...over.map((name) => ({ kind: "nested-mount" as const, ...onDevice, name })),
  ];
  for (const swap of usage.swaps) {
    if (swap === device.path || targets.includes(mountOfPath(swap, usage.mounts) ?? "")) {
      holders.push({ kind: "swap", ...onDevice, name: swap });
    }
  }
  const layers = [
    ...(isLayer ? await partitionsOn(device, sysfs) : []),
    ...(await layersOn(device, sysfs)),
    ...(await loopsOn(device, [...targets, ...over], usage, sysfs)),
  ];
  for (const layer of layers) {
    holders.push(layer.holder, ...(await holdersOf(layer.device, usage, sysfs, visited)));
  }
  return [...holders, ...cacheOn(device, sysfs)];
}

/** What holds a device that nothing was found to hold: the programs that have it open, or something unseen. */
async function unknownHolder({ path, number }: BlockDevice): Promise<Holder[]> {
  if (!(await isHeldExclusively(path))) return [];
  const programs = await programsWithOpenDevice(number);
  const name = programs.length === 0 ? unseen : programs.join(", ");
  return [{ kind: "exclusive-open", device: path, name }];
}

/**
 * The devices that are held although no holder of them was found.
 *
 * @param devices The disk first, then its partitions.
 * @param known The holders that were found. A loop device holds nothing exclusively.
 */
async function unknownHolders(
  [disk, ...partitions]: readonly BlockDevice[],
  known: readonly Holder[],
): Promise<Holder[]> {
  const explained = new Set(
    known.filter(({ kind }) => kind !== "loop").map(({ device }) => device),
  );
  // A disk that is held makes its partitions busy too, and a partition its disk.
  if (disk === undefined || explained.has(disk.path)) return [];
  const unexplained = partitions.filter(({ path }) => !explained.has(path));
  const found = (await Promise.all(unexplained.map(unknownHolder))).flat();
  if (found.length > 0 || unexplained.length < partitions.length) return found;
  return await unknownHolder(disk);
}

/**
 * Everything that keeps a disk busy: mounts, swap, mappings, arrays, caches and loop devices on it and on its
 * partitions, and what is on those in turn. Where none of them explains why the kernel refuses an exclusive open of one of
 * these, that is told instead.
 *
 * @param devices The disk first, then its partitions.
 */
export async function findHolders(
  devices: readonly BlockDevice[],
  usage: DeviceUsage,
  sysfs = "/sys",
): Promise<Holder[]> {
  const [disk, ...partitions] = devices;
  const visited = new Set<string>();
  const holders: Holder[] = [];
  if (disk !== undefined) holders.push(...(await holdersOf(disk, usage, sysfs, visited)));
  for (const partition of partitions) {
    holders.push(...(await holdersOf(partition, usage, sysfs, visited)));
  }
  return [...holders, ...(await unknownHolders(devices, holders))];
}
