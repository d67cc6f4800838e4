import { join } from "node:path";
import { listDirectory, parseKeyValues, readAttribute } from "./sysfs.ts";

/** The kernel counts a device's size and a partition's start in these, whatever its real sectors are. */
const kernelSector = 512;

/** A block device as sysfs shows it; sizes in bytes. */
export interface BlockDevice {
  /** The kernel's name in sysfs: `vda1`. */
  readonly name: string;
  /** The kernel's node: `/dev/vda1`. */
  readonly path: string;
  /** `major:minor` */
  readonly number: string;
  readonly size: number;
  /** For a partition: its number and its first byte on the disk. */
  readonly partition?: { readonly number: number; readonly start: number };
}

/** The kernel's name of a device from its own node, no link: `vda1`, `cciss!c0d0`. */
export function nameOfNode(path: string): string {
  return path.replace(/^\/dev\//, "").replaceAll("/", "!");
}

/**
 * Reads a block device from `/sys/class/block`; `undefined` when there is none of that name.
 *
 * @param name The kernel's name: `vda`, `nvme0n1p2`.
 */
export async function readBlockDevice(
  name: string,
  sysfs = "/sys",
): Promise<BlockDevice | undefined> {
  const directory = join(sysfs, "class/block", name);
  const number = await readAttribute(join(directory, "dev"));
  if (number === undefined) return undefined;
  const uevent = parseKeyValues((await readAttribute(join(directory, "uevent"))) ?? "");
  const partition = await readAttribute(join(directory, "partition"));
  const start = await readAttribute(join(directory, "start"));
  return {
    name,
    path: `/dev/${uevent.get("DEVNAME") ?? name.replaceAll("!", "/")}`,
    number,
    size: Number((await readAttribute(join(directory, "size"))) ?? 0) * kernelSector,
    ...(partition === undefined
      ? {}
      : { partition: { number: Number(partition), start: Number(start) * kernelSector } }),
  };
}

/** The partitions the kernel knows of a disk, by their number. */
export async function readPartitions(disk: string, sysfs = "/sys"): Promise<BlockDevice[]> {
  const directory = join(sysfs, "class/block", disk);
  const partitions: BlockDevice[] = [];
  for (const name of await listDirectory(directory)) {
    if (!name.startsWith(disk)) continue;
    const device = await readBlockDevice(name, sysfs);
    if (device?.partition !== undefined) partitions.push(device);
  }
  return partitions.toSorted((a, b) => (a.partition?.number ?? 0) - (b.partition?.number ?? 0));
}
