import type { Disk } from "../../facts/facts.ts";
import type { ExistingTable } from "../../facts/partition-table.ts";
import { keptLayout } from "./kept-layout.ts";
import type { KeptPartition } from "./kept-partitions.ts";
import { newLayout } from "./new-layout.ts";
import type { PartitionTable } from "./partition.ts";
import type { TableLabel } from "./partition-types.ts";
import type { PlacedPartition } from "./placed-partition.ts";

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
export interface DiskRequest {
  /** Left out: `gpt`. */
  readonly table?: "gpt" | "msdos" | "none" | "keep" | undefined;
  readonly partition: readonly PartitionTable[];
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
    ? keptLayout(disk, bound, request, seed)
    : newLayout(disk, bound, request, seed);
}
