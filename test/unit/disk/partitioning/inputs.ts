import { layoutTable, type TableLayout } from "../../../../src/disk/partitioning/layout.ts";
import type { PartitionTable } from "../../../../src/disk/partitioning/partition.ts";
import { InstallerError } from "../../../../src/errors.ts";
import type { Disk } from "../../../../src/facts/facts.ts";
import type { ExistingPartition, ExistingTable } from "../../../../src/facts/partition-table.ts";

export const MiB = 2 ** 20;
export const GiB = 2 ** 30;
export const TiB = 2 ** 40;

/** A disk with nothing on it, but for what is said. */
export function blankDisk(size: number, fields: Partial<Disk> = {}): Disk {
  return {
    path: "/dev/vda",
    size,
    logicalSectorSize: 512,
    physicalSectorSize: 512,
    readOnly: false,
    removable: false,
    rotational: false,
    links: [],
    partitions: [],
    holders: [],
    groups: [],
    signatures: [],
    ...fields,
  };
}

export type Request = Omit<Parameters<typeof layoutTable>[2], "partition">;

/** The layout of a new GUID partition table, or of another one. */
export function layout(
  disk: Disk,
  partitions: readonly PartitionTable[],
  request: Request = {},
): TableLayout {
  return layoutTable("main", disk, { ...request, partition: partitions }, "seed");
}

/** A partition of a manifest. */
export function partition(
  name: string,
  size?: string,
  fields: Partial<PartitionTable> = {},
): PartitionTable {
  return { name, ...(size === undefined ? {} : { size }), ...fields };
}

/** The error that ends a call. */
export function errorOf(run: () => unknown): InstallerError {
  try {
    run();
  } catch (error) {
    if (error instanceof InstallerError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

/** Start and size of each partition in MiB. */
export function places(partitions: readonly { start: number; size: number }[]): number[][] {
  return partitions.map(({ start, size }) => [start / MiB, size / MiB]);
}

const linux = "0FC63DAF-8483-4772-8E79-3D69D8477DE4";

/** A partition that is on a disk; MiB. */
export function existing(
  number: number,
  start: number,
  size: number,
  fields: Partial<ExistingPartition> = {},
): ExistingPartition {
  const uuid = `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
  const place = { number, start: start * MiB, size: size * MiB };
  return { ...place, type: linux, uuid, attributes: "", ...fields };
}

/** A disk with a table, whose partitions the kernel shows. */
export function diskWith(
  size: number,
  partitions: readonly ExistingPartition[],
  fields: Partial<ExistingTable> = {},
): Disk {
  const table: ExistingTable = {
    label: "gpt",
    id: "11111111-2222-4333-8444-555555555555",
    usable: { start: 34 * 512, end: size - 33 * 512 },
    entries: 128,
    partitions,
    ...fields,
  };
  return blankDisk(size, {
    table,
    partitions: partitions.map(({ number, start, size: bytes }) => ({
      path: `/dev/vda${number}`,
      number,
      start,
      size: bytes,
    })),
  });
}
