import type { Disk } from "../../facts/facts.ts";
import type { ExistingPartition } from "../../facts/partition-table.ts";
import { isBlank } from "../safety/refuse.ts";
import { type DiskRequest, layoutTable } from "./layout.ts";
import { partitionPath } from "./partition-path.ts";
import { partitionUuid } from "./placed-partition.ts";
import { tableDifference } from "./sfdisk.ts";
import { unfinishedLayout, unfinishedUuid } from "./unfinished.ts";

/**
 * What a disk has of an earlier run of the same manifest: nothing, and it is `blank` or holds something `foreign`; a
 * table on which not everything was made (`unfinished`); or all that it is to have (`made`).
 */
export type DiskState = "blank" | "foreign" | "unfinished" | "made";

/** The partitions that an earlier run of the same manifest added to a table that is kept. */
function addedPartitions(
  disk: string,
  bound: Disk,
  request: DiskRequest,
  seed: string,
): readonly ExistingPartition[] {
  if (request.table !== "keep" || bound.table?.label !== "gpt") return [];
  const uuids = request.partition
    .filter(({ keep }) => keep !== true)
    .map((partition) => partitionUuid({ disk, seed }, partition))
    .flatMap((uuid) => [uuid, unfinishedUuid(uuid)]);
  return bound.table.partitions.filter(({ uuid }) => uuid !== undefined && uuids.includes(uuid));
}

/** The numbers of the partitions that an earlier run of the same manifest added to a table that is kept. Pure. */
export function addedNumbers(
  disk: string,
  bound: Disk,
  request: DiskRequest,
  seed: string,
): readonly number[] {
  return addedPartitions(disk, bound, request, seed).map(({ number }) => number);
}

/**
 * A disk as it was before an earlier run of the same manifest added partitions to its table. Of a disk that gets a table
 * of its own, nothing of before is left. Pure.
 *
 * @param disk The disk's name in the manifest.
 * @param seed What identifiers are derived from.
 */
export function diskBefore(disk: string, bound: Disk, request: DiskRequest, seed: string): Disk {
  const added = addedPartitions(disk, bound, request, seed);
  if (added.length === 0 || bound.table === undefined) return bound;
  const paths = added.map(({ number }) => partitionPath(bound.path, number));
  return {
    ...bound,
    table: {
      ...bound.table,
      partitions: bound.table.partitions.filter((partition) => !added.includes(partition)),
    },
    partitions: bound.partitions.filter(({ path }) => !paths.includes(path)),
    holders: bound.holders.filter(({ device }) => !paths.includes(device)),
  };
}

/**
 * Looks at a disk's table for what an earlier run of the same manifest has left. Pure.
 *
 * A disk without a table of its own says nothing: it is `blank` or `foreign`.
 */
export function diskState(
  disk: string,
  bound: Disk,
  request: DiskRequest,
  seed: string,
): DiskState {
  if (isBlank(bound)) return "blank";
  const { table } = bound;
  if (table === undefined || request.table === "none") return "foreign";
  const isAdded =
    request.table !== "keep" || addedPartitions(disk, bound, request, seed).length > 0;
  if (!isAdded) return "foreign";
  try {
    const layout = layoutTable(disk, diskBefore(disk, bound, request, seed), request, seed);
    if (tableDifference(table, layout) === undefined) return "made";
    return tableDifference(table, unfinishedLayout(layout)) === undefined
      ? "unfinished"
      : "foreign";
  } catch {
    // What cannot be laid out was not: why, is told where the disk is planned.
    return "foreign";
  }
}
