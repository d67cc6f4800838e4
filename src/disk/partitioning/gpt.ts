import { InstallerError } from "../../errors.ts";
import { parseSize } from "../../values/size.ts";
import { deterministicUuid } from "../identifiers.ts";
import type { PartitionTable } from "./partition.ts";

/** Partition type GUIDs: UEFI specification 2.10, table 5.7, GRUB manual ("BIOS installation"), Discoverable Partitions. */
const partitionTypes: Readonly<Record<PartitionTable["type"], string>> = {
  esp: "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
  "bios-boot": "21686148-6449-6E6F-744E-656564454649",
  swap: "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F",
  linux: "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
};

/** What is to be known of a disk before partitions can be placed on it; sizes in bytes. */
export interface DiskGeometry {
  readonly size: number;
  readonly logicalSectorSize: number;
}

/** A partition with its place on the disk. */
export interface PlacedPartition {
  /** Its number in the table, from 1. */
  readonly number: number;
  /** Its name in the manifest and in the table. */
  readonly name: string;
  /** First byte, a multiple of 1 MiB. */
  readonly start: number;
  /** Bytes, a multiple of 1 MiB. */
  readonly size: number;
  /** Type GUID in upper case. */
  readonly type: string;
  /** Partition GUID (PARTUUID) in lower case. */
  readonly uuid: string;
}

const MiB = 2 ** 20;

/** Entries in a partition table as every tool makes it (UEFI specification 2.10, 5.3.1: at least 16384 bytes). */
const maximumPartitions = 128;
const entryArraySize = 16384;

/** The first byte after the last whole MiB that partitions may use: the backup table takes the disk's end. */
function usableEnd(disk: DiskGeometry): number {
  const sector = disk.logicalSectorSize;
  const backup = sector * (1 + Math.ceil(entryArraySize / sector));
  return Math.floor((disk.size - backup) / MiB) * MiB;
}

/** How many MiB the partitions, placed one behind the other from the first MiB on, go beyond the disk. */
interface Overflow {
  readonly partition: string;
  readonly needed: number;
  readonly available: number;
}

/** The places of the partitions, in bytes; `undefined` in the manifest's size means the rest of the disk. */
function placeExtents(
  disk: DiskGeometry,
  partitions: readonly Pick<PartitionTable, "name" | "size">[],
): { readonly extents: { start: number; size: number }[]; readonly overflow?: Overflow } {
  const end = usableEnd(disk);
  const extents: { start: number; size: number }[] = [];
  let overflowing: string | undefined;
  let next = MiB;
  for (const { name, size } of partitions) {
    const bytes = size === undefined ? Math.max(end - next, MiB) : (parseSize(size) ?? 0);
    const rounded = Math.ceil(bytes / MiB) * MiB;
    extents.push({ start: next, size: rounded });
    next += rounded;
    if (next > end) overflowing ??= name;
  }
  if (overflowing === undefined) return { extents };
  const overflow = {
    partition: overflowing,
    needed: next / MiB - 1,
    available: Math.max(end / MiB - 1, 0),
  };
  return { extents, overflow };
}

/**
 * Places the partitions of a GUID partition table: in the manifest's order, from the first MiB on, each start and size
 * a multiple of 1 MiB (sizes are rounded up), which is right for every sector size. The last one may leave out its
 * size and gets the rest of the disk.
 *
 * @param diskName The disk's name in the manifest.
 * @param seed What the partition GUIDs are derived from.
 * @throws {InstallerError} `manifest` when another than the last partition has no size or there are more than 128;
 *   `refused` when the disk is too small, with what is needed and what is missing.
 */
export function layoutPartitions(
  diskName: string,
  disk: DiskGeometry,
  partitions: readonly PartitionTable[],
  seed: string,
): PlacedPartition[] {
  const unsized = partitions.findIndex(({ size }) => size === undefined);
  if (unsized !== -1 && unsized < partitions.length - 1) {
    throw new InstallerError(
      "manifest",
      `partition ${partitions[unsized]?.name} of disk.${diskName} has no size, but is not the last`,
      { object: `disk.${diskName}`, hint: "Give it a size, or put it last." },
    );
  }
  if (partitions.length > maximumPartitions) {
    throw new InstallerError(
      "manifest",
      `disk.${diskName} has ${partitions.length} partitions; a GUID partition table holds ${maximumPartitions}`,
      { object: `disk.${diskName}` },
    );
  }
  const { extents, overflow } = placeExtents(disk, partitions);
  if (overflow !== undefined) {
    const { partition, needed, available } = overflow;
    throw new InstallerError(
      "refused",
      `partition ${partition} of disk.${diskName} does not fit: the partitions need ${needed} MiB, the disk has ` +
        `room for ${available} MiB, ${needed - available} MiB are missing`,
      { object: `disk.${diskName}`, hint: "Use a larger disk or smaller partitions." },
    );
  }
  return extents.map(({ start, size }, index) => {
    const { name, type } = partitions[index] ?? { name: "", type: "linux" };
    return {
      number: index + 1,
      name,
      start,
      size,
      type: partitionTypes[type],
      uuid: deterministicUuid(seed, `disk.${diskName}.${name}`),
    };
  });
}
