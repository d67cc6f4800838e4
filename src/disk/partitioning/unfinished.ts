import { msdosPartitionUuid } from "../../facts/partition-table.ts";
import { uuidV5 } from "../identifiers.ts";
import type { TableLayout } from "./layout.ts";
import type { PlacedPartition } from "./placed-partition.ts";

/**
 * What stands in a table instead of an identifier, a UUID, for as long as what is made on the disk is not finished. It
 * follows from that identifier, so that a later run of the same manifest knows it, and nobody else has it.
 */
export function unfinishedUuid(uuid: string): string {
  return uuidV5(uuid, "unfinished");
}

/** The same for the eight hexadecimal digits of an msdos disk. */
function unfinishedDiskId(id: string): string {
  return unfinishedUuid(`00000000-0000-5000-8000-0000${id}`).slice(0, 8);
}

/**
 * A layout as it is on its disk until everything is made that is to be on it: with another identifier of the disk, or,
 * in a table that is not this manifest's own, of each partition that is added. So the table says of itself, to a run that
 * finds it after a power cut, whether what is on the disk is whole.
 */
export function unfinishedLayout(layout: TableLayout): TableLayout {
  const { label, labelId, partitions, kept } = layout;
  if (label === "none") return layout;
  if (kept !== undefined) {
    // An msdos table has no identifiers of partitions: their PARTUUIDs are made of the disk's and the number.
    if (label === "msdos") return layout;
    return { ...layout, partitions: withUuids(partitions, ({ uuid }) => unfinishedUuid(uuid)) };
  }
  if (label === "gpt") return { ...layout, labelId: unfinishedUuid(labelId) };
  const id = unfinishedDiskId(labelId);
  return {
    ...layout,
    labelId: id,
    partitions: withUuids(partitions, ({ number }) => msdosPartitionUuid(id, number)),
  };
}

function withUuids(
  partitions: readonly PlacedPartition[],
  uuidOf: (partition: PlacedPartition) => string,
): PlacedPartition[] {
  return partitions.map((partition) => ({ ...partition, uuid: uuidOf(partition) }));
}
