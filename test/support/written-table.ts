import type { TableLayout } from "../../src/disk/partitioning/layout.ts";
import { partitionPath } from "../../src/disk/partitioning/partition-path.ts";
import type { Disk } from "../../src/facts/facts.ts";
import type { ExistingTable } from "../../src/facts/partition-table.ts";

const MiB = 2 ** 20;

/** What is on a disk once a layout is written to it. */
export function writtenTable(layout: TableLayout, { size }: Disk): ExistingTable {
  const partitions = [...(layout.kept?.table.partitions ?? []), ...layout.partitions];
  return {
    label: layout.label === "msdos" ? "dos" : "gpt",
    id: layout.labelId,
    usable: { start: MiB, end: size - MiB },
    entries: 128,
    partitions: partitions
      .map(({ number, start, size: bytes, type, uuid, label, attributes }) => ({
        number,
        start,
        size: bytes,
        type,
        ...(uuid === undefined ? {} : { uuid }),
        ...(label === undefined ? {} : { label }),
        attributes,
      }))
      .toSorted((a, b) => a.number - b.number),
  };
}

/** The same disk with a table, as the kernel shows it then. */
export function withTable(disk: Disk, table: ExistingTable): Disk {
  return {
    ...disk,
    table,
    signatures: [
      { device: disk.path, type: table.label, size: disk.size },
      ...(disk.signatures ?? []),
    ],
    partitions: table.partitions.map(({ number, start, size }) => ({
      path: partitionPath(disk.path, number),
      number,
      start,
      size,
    })),
  };
}
