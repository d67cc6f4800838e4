import { InstallerError } from "../../errors.ts";
import type { Disk } from "../../facts/facts.ts";
import {
  type ExistingPartition,
  type ExistingTable,
  msdosPartitionUuid,
} from "../../facts/partition-table.ts";
import { deterministicUuid } from "../identifiers.ts";
import { alignDown, alignmentOf, alignUp, type Extent, MiB, usableExtent } from "./extents.ts";
import { checkKernelPartitions, checkUnused } from "./kept-disk.ts";
import { findKeptPartitions, type KeptPartition } from "./kept-partitions.ts";
import type { PartitionTable } from "./partition.ts";
import { formatAttributes } from "./partition-attributes.ts";
import { partitionTypeId, type TableLabel } from "./partition-types.ts";
import { placeInGaps } from "./place-in-gaps.ts";
import { placeInOrder } from "./place-in-order.ts";
import { type Place, placementError, placementRequests } from "./placement-request.ts";
import { brokenRules, tableEntries } from "./table-rules.ts";

/** A partition with its place on the disk; all starts and sizes are multiples of 1 MiB. */
export interface PlacedPartition extends ExistingPartition {
  /** Its name in the manifest. */
  readonly name: string;
  readonly uuid: string;
}

/** What becomes of a disk: its partition table. */
export interface TableLayout {
  /** `none`: the disk itself is the device. */
  readonly label: TableLabel | "none";
  /** GUID of the disk in lower case, or the eight hexadecimal digits of an msdos disk; empty without a table. */
  readonly labelId: string;
  /** The new partitions, in the manifest's order. */
  readonly partitions: readonly PlacedPartition[];
  /** The table that is there and stays, with those of its partitions that the manifest names. */
  readonly kept?: { readonly table: ExistingTable; readonly partitions: readonly KeptPartition[] };
}

/** A disk's table of the manifest, as far as its partitions go. */
interface DiskRequest {
  /** Left out: `gpt`. */
  readonly table?: "gpt" | "msdos" | "none" | "keep" | undefined;
  readonly partition: readonly PartitionTable[];
}

/** What tells the partitions of one disk from those of any other. */
interface Identity {
  /** The disk's name in the manifest. */
  readonly disk: string;
  /** What identifiers are derived from. */
  readonly seed: string;
  readonly label: TableLabel;
  readonly labelId: string;
}

/** An msdos table and the kernel count an msdos partition's sectors with 32 bits. */
const mostSectors = 2 ** 32;

function placedPartition(
  { disk, seed, label, labelId }: Identity,
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
      ? (partition.uuid ?? deterministicUuid(seed, `disk.${disk}.${name}`))
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

/** Partitions with their places and numbers, none of which has the identifier of another. */
function placedPartitions(
  identity: Identity,
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
          hint: "Keep the other with keep = true if it is the same, or give this one another `uuid`.",
        },
      );
    }
    uuids.add(placed.uuid);
    return placed;
  });
}

function newTable(disk: string, bound: Disk, request: DiskRequest, seed: string): TableLayout {
  const label = request.table === "msdos" ? "msdos" : "gpt";
  const guid = deterministicUuid(seed, `disk.${disk}`);
  const labelId = label === "gpt" ? guid : guid.slice(0, 8);
  const usable = usableExtent(label, bound);
  const requests = placementRequests(request.partition, usable);
  const places = placeInOrder(disk, requests, usable, alignmentOf(bound));
  const limit = mostSectors * bound.logicalSectorSize;
  const beyond = label === "msdos" ? places.find(({ end }) => end > limit) : undefined;
  if (beyond !== undefined) {
    throw placementError(
      disk,
      `partition ${beyond.name} of disk.${disk} would end at ${beyond.end / MiB} MiB, but an msdos table reaches ` +
        `${limit / MiB} MiB on a disk with sectors of ${bound.logicalSectorSize} bytes`,
      'Write table = "gpt", or give the partition a smaller size.',
    );
  }
  const numbers = places.map((_place, index) => index + 1);
  const identity = { disk, seed, label, labelId } as const;
  return {
    label,
    labelId,
    partitions: placedPartitions(identity, request.partition, places, numbers),
  };
}

/** The table that is to be kept. @throws {InstallerError} `refused` when it is none that can be. */
function tableToKeep(disk: string, { path, table }: Disk): ExistingTable & { kind: TableLabel } {
  const kind = table?.label === "dos" ? "msdos" : table?.label;
  if (table !== undefined && (kind === "gpt" || kind === "msdos")) return { ...table, kind };
  throw new InstallerError(
    "refused",
    table === undefined
      ? `${path} has no partition table that can be kept`
      : `the partition table of ${path} is of the kind ${table.label}, which cannot be kept`,
    { object: `disk.${disk}`, hint: 'Write table = "gpt" to make a new one.' },
  );
}

/** Numbers that are free in a table, in order: the primary ones of msdos. */
function freeNumbers(label: TableLabel, { entries, partitions }: ExistingTable): number[] {
  const taken = new Set(partitions.map(({ number }) => number));
  const most = Math.max(entries, label === "msdos" ? tableEntries.msdos : 0);
  return Array.from({ length: most }, (_item, index) => index + 1).filter(
    (number) => !taken.has(number),
  );
}

/** The part of a table that is kept which new partitions may use. */
function usableOf(label: TableLabel, table: ExistingTable, disk: Disk): Extent {
  const { start } = usableExtent(label, disk);
  const end = Math.min(table.usable.end, disk.size);
  return { start: Math.max(alignUp(table.usable.start, MiB), start), end: alignDown(end, MiB) };
}

function keptTable(disk: string, bound: Disk, request: DiskRequest, seed: string): TableLayout {
  const { kind: label, ...table } = tableToKeep(disk, bound);
  const wanted = request.partition.filter(({ keep }) => keep === true);
  const added = request.partition.filter(({ keep }) => keep !== true);
  const [broken] = brokenRules({ table: label, wipe: false, partition: added });
  if (added.length > 0 && broken !== undefined) {
    throw new InstallerError(
      "refused",
      `disk.${disk} has a table of kind ${label}: ${broken.message}`,
      {
        object: `disk.${disk}`,
      },
    );
  }
  const partitions = findKeptPartitions(wanted, { disk, path: bound.path, label, table });
  checkKernelPartitions(disk, bound, table);
  checkUnused(disk, bound, partitions);
  const numbers = freeNumbers(label, table);
  if (numbers.length < added.length) {
    throw new InstallerError(
      "refused",
      `the partition table of ${bound.path} has room for ${numbers.length} more partitions, disk.${disk} adds ${added.length}`,
      { object: `disk.${disk}` },
    );
  }
  const usable = usableOf(label, table, bound);
  const taken = table.partitions.map(({ start, size }) => ({ start, end: start + size }));
  const places = placeInGaps(
    disk,
    placementRequests(added, usable),
    usable,
    taken,
    alignmentOf(bound),
  );
  const identity = { disk, seed, label, labelId: table.id };
  return {
    label,
    labelId: table.id,
    partitions: placedPartitions(identity, added, places, numbers, table.partitions),
    kept: { table, partitions },
  };
}

/**
 * Says where every partition of a disk lies and how it is identified: in a new table, or in the one that is there. Pure.
 *
 * @param disk The disk's name in the manifest.
 * @param seed What identifiers are derived from.
 * @throws {InstallerError} `refused` when the disk has no room for them, or is not what the manifest wants to keep; it
 *   names partitions and figures.
 */
export function layoutTable(
  disk: string,
  bound: Disk,
  request: DiskRequest,
  seed: string,
): TableLayout {
  if (request.table === "none") return { label: "none", labelId: "", partitions: [] };
  return request.table === "keep"
    ? keptTable(disk, bound, request, seed)
    : newTable(disk, bound, request, seed);
}
