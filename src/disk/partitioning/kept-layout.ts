import { InstallerError } from "../../errors.ts";
import type { Disk } from "../../facts/facts.ts";
import type { ExistingTable } from "../../facts/partition-table.ts";
import { MiB } from "../../values/size.ts";
import { alignDown, alignmentOf, alignUp, type Extent, usableExtent } from "./extents.ts";
import { checkKernelPartitions, checkUnused } from "./kept-disk.ts";
import { findKeptPartitions } from "./kept-partitions.ts";
import type { DiskRequest, TableLayout } from "./layout.ts";
import type { PartitionTable } from "./partition.ts";
import type { TableLabel } from "./partition-types.ts";
import { placeInGaps } from "./place-in-gaps.ts";
import { placedPartitions } from "./placed-partition.ts";
import { placementRequests } from "./placement-request.ts";
import { brokenRules } from "./table-rules.ts";

/** The table that is to be kept. @throws {InstallerError} `refused` when it is none that can be. */
function tableToKeep(disk: string, { path, table }: Disk): ExistingTable & { kind: TableLabel } {
  const kind = table?.label === "dos" ? "msdos" : table?.label;
  if (table !== undefined && (kind === "gpt" || kind === "msdos")) return { ...table, kind };
  throw new InstallerError(
    "refused",
    table === undefined
      ? `${path} has no partition table that can be kept`
      : `the partition table of ${path} is of the kind ${table.label}, which cannot be kept`,
    {
      object: `disk.${disk}`,
      finding: "preflight/kept-mismatch",
      hint: 'Without table = "keep" a new table is made.',
    },
  );
}

/** Numbers that are free in a table, in order: of an msdos table those of primary partitions. */
function freeNumbers({ entries, partitions }: ExistingTable): number[] {
  const taken = new Set(partitions.map(({ number }) => number));
  const numbers = Array.from({ length: entries }, (_item, index) => index + 1);
  return numbers.filter((number) => !taken.has(number));
}

/** The part of a table that is kept which new partitions may use. */
function usableOf(label: TableLabel, table: ExistingTable, disk: Disk): Extent {
  const { start } = usableExtent(label, disk);
  const end = Math.min(table.usable.end, disk.size);
  return { start: Math.max(alignUp(table.usable.start, MiB), start), end: alignDown(end, MiB) };
}

/** @throws {InstallerError} `refused` when new partitions say what the table that is kept does not know. */
function checkAdded(
  disk: string,
  path: string,
  label: TableLabel,
  added: readonly PartitionTable[],
): void {
  if (added.length === 0) return;
  const [broken] = brokenRules({ table: label, wipe: false, partition: added });
  if (broken === undefined) return;
  const [, index, key] = broken.path;
  const where = [added[Number(index)]?.name, key].filter((part) => part !== undefined);
  throw new InstallerError(
    "refused",
    `disk.${disk} adds partitions to the ${label} table of ${path}, but ${where.join(", ")}: ${broken.message}`,
    { object: `disk.${disk}`, hint: "Write what this kind of table knows." },
  );
}

/**
 * The table that a disk has, with partitions added.
 *
 * @throws {InstallerError} `refused` when it is not what the manifest says, is in use or has no room.
 */
export function keptLayout(
  disk: string,
  bound: Disk,
  request: DiskRequest,
  seed: string,
): TableLayout {
  const { kind: label, ...table } = tableToKeep(disk, bound);
  const wanted = request.partition.filter(({ keep }) => keep === true);
  const added = request.partition.filter(({ keep }) => keep !== true);
  checkAdded(disk, bound.path, label, added);
  const partitions = findKeptPartitions(wanted, { disk, path: bound.path, label, table });
  checkKernelPartitions(disk, bound, table);
  checkUnused(disk, bound, partitions);
  const numbers = freeNumbers(table);
  if (numbers.length < added.length) {
    throw new InstallerError(
      "refused",
      `the partition table of ${bound.path} has room for ${numbers.length} more partitions, disk.${disk} adds ${added.length}`,
      {
        object: `disk.${disk}`,
        hint: "Remove partitions that nobody needs with a partitioning tool.",
      },
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
