import { MiB } from "../../values/size.ts";
import type { TableLabel } from "./partition-types.ts";

/** A stretch of a disk in bytes. */
export interface Extent {
  readonly start: number;
  /** The byte behind its last one. */
  readonly end: number;
}

/** What is to be known of a disk before partitions can be placed on it; sizes in bytes. */
export interface DiskGeometry {
  readonly size: number;
  readonly logicalSectorSize: number;
  /** The kernel's `optimal_io_size`, 0 or left out where the disk tells none. */
  readonly optimalTransferSize?: number;
}

export function alignUp(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

export function alignDown(bytes: number, alignment: number): number {
  return Math.floor(bytes / alignment) * alignment;
}

/** The largest alignment that a disk gets: what asks for more tells nonsense. */
const largestAlignment = 64 * MiB;

/**
 * What the start of each partition is a multiple of: 1 MiB, which fits every sector size, and also the stripe of a
 * hardware RAID. Bridges that tell the most they can transfer (33553920 bytes) instead of a stripe are not believed:
 * that is no multiple of a page.
 */
export function alignmentOf({ optimalTransferSize = 0 }: DiskGeometry): number {
  if (optimalTransferSize === 0 || optimalTransferSize % 4096 !== 0) return MiB;
  let alignment = MiB;
  while (alignment % optimalTransferSize !== 0 && alignment <= largestAlignment) alignment += MiB;
  return alignment <= largestAlignment ? alignment : MiB;
}

/** Entries in a GUID partition table as every tool makes it, in bytes (UEFI specification 2.10, 5.3.1). */
const entryArraySize = 16384;

/**
 * The part of a disk that the partitions of a new table may use, in whole MiB. The first MiB is for the table and, on a
 * disk with an msdos table, for GRUB's core image; the end of a disk with a GUID partition table for its backup.
 */
export function usableExtent(label: TableLabel, disk: DiskGeometry): Extent {
  const sector = disk.logicalSectorSize;
  const backup = label === "gpt" ? sector * (1 + Math.ceil(entryArraySize / sector)) : 0;
  return { start: MiB, end: Math.max(alignDown(disk.size - backup, MiB), MiB) };
}

export function overlaps(one: Extent, other: Extent): boolean {
  return one.start < other.end && other.start < one.end;
}

/** What is left of an extent when others are taken out of it, in order; nothing empty. */
export function freeExtents(within: Extent, taken: readonly Extent[]): Extent[] {
  const free: Extent[] = [];
  let start = within.start;
  for (const extent of taken.toSorted((a, b) => a.start - b.start)) {
    if (extent.start > start) free.push({ start, end: Math.min(extent.start, within.end) });
    start = Math.max(start, extent.end);
  }
  free.push({ start, end: within.end });
  return free.filter((extent) => extent.start < extent.end);
}
