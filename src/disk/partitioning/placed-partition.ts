import { InstallerError } from "../../errors.ts";
import { type ExistingPartition, msdosPartitionUuid } from "../../facts/partition-table.ts";
import { deterministicUuid } from "../identifiers.ts";
import type { PartitionTable } from "./partition.ts";
import { formatAttributes } from "./partition-attributes.ts";
import { partitionTypeId, type TableLabel } from "./partition-types.ts";
import type { Place } from "./placement-request.ts";

/** A partition with its place on the disk; all starts and sizes are multiples of 1 MiB. */
export interface PlacedPartition extends ExistingPartition {
  /** Its name in the manifest. */
  readonly name: string;
  readonly uuid: string;
}

/** What tells the partitions of one disk from those of any other. */
export interface TableIdentity {
  /** The disk's name in the manifest. */
  readonly disk: string;
  /** What identifiers are derived from. */
  readonly seed: string;
  readonly label: TableLabel;
  readonly labelId: string;
}

/** The PARTUUID of a partition in a GUID partition table. */
export function partitionUuid(
  { disk, seed }: Pick<TableIdentity, "disk" | "seed">,
  { name, uuid }: PartitionTable,
): string {
  return uuid ?? deterministicUuid(seed, `disk.${disk}.${name}`);
}

function placedPartition(
  { disk, seed, label, labelId }: TableIdentity,
  partition: PartitionTable,
  place: Place,
  number: number,
): PlacedPartition {
  const { name, type = "linux", attributes = [] } = partition;
  const id = partitionTypeId(label, type);
  if (id === undefined) {
    throw new InstallerError(
      "refused",
      `partition ${name} of disk.${disk}: ${label} tables have no type ${type}`,
      { object: `disk.${disk}`, hint: "Write another type for it." },
    );
  }
  const uuid =
    label === "gpt"
      ? partitionUuid({ disk, seed }, partition)
      : msdosPartitionUuid(labelId, number);
  return {
    number,
    name,
    start: place.start,
    size: place.end - place.start,
    type: id,
    uuid,
    ...(label === "gpt" ? { label: partition.label ?? name } : {}),
    attributes: formatAttributes(attributes),
  };
}

/**
 * Partitions with their places and numbers, none of which has the identifier of another.
 *
 * @param existing The partitions that are in the table already.
 * @throws {InstallerError} `refused` when two would have the same identifier, or the table knows no such type.
 */
export function placedPartitions(
  identity: TableIdentity,
  partitions: readonly PartitionTable[],
  places: readonly Place[],
  numbers: readonly number[],
  existing: readonly ExistingPartition[] = [],
): PlacedPartition[] {
  const uuids = new Set(existing.map(({ uuid }) => uuid));
  return places.map((place, index) => {
    const partition = partitions[index];
    const number = numbers[index];
    if (partition === undefined || number === undefined) {
      throw new InstallerError("bug", `${place.name} of disk.${identity.disk} was not asked for`);
    }
    const placed = placedPartition(identity, partition, place, number);
    if (uuids.has(placed.uuid)) {
      throw new InstallerError(
        "refused",
        `partition ${placed.name} of disk.${identity.disk} would have the PARTUUID of another: ${placed.uuid}`,
        {
          object: `disk.${identity.disk}`,
          finding: "preflight/identifier-in-use",
          hint: "Keep the other with keep = true if it is the same, or give this one another `uuid`.",
        },
      );
    }
    uuids.add(placed.uuid);
    return placed;
  });
}
