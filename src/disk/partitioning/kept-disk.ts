import { InstallerError } from "../../errors.ts";
import type { Disk } from "../../facts/facts.ts";
import type { ExistingTable } from "../../facts/partition-table.ts";
import { formatHolders } from "../safety/disk-tree.ts";
import type { KeptPartition } from "./kept-partitions.ts";
import { partitionPath } from "./partition-path.ts";

/** msdos types of partitions that hold logical ones; the kernel shows their first sectors only. */
const extendedTypes: readonly string[] = ["5", "f", "85"];

/**
 * A table can be added to only if the kernel's partitions are those of the table: else it would be written from the
 * state of another program's change, half done.
 *
 * @param disk The disk's name in the manifest.
 * @throws {InstallerError} `refused`
 */
export function checkKernelPartitions(disk: string, bound: Disk, table: ExistingTable): void {
  const wrong = bound.partitions.find(({ number, start, size }) => {
    const entry = table.partitions.find((partition) => partition.number === number);
    if (entry === undefined || entry.start !== start) return true;
    return entry.size !== size && !extendedTypes.includes(entry.type);
  });
  if (wrong === undefined) return;
  throw new InstallerError(
    "refused",
    `the kernel's partition ${wrong.path} is not the one in the partition table of ${bound.path}`,
    {
      object: `disk.${disk}`,
      finding: "preflight/kept-mismatch",
      hint: `Have the kernel read the table again: blockdev --rereadpt ${bound.path}`,
    },
  );
}

/**
 * Partitions that are kept must not be in use, since what is on them may be changed; others of the same disk may, but
 * not the disk as a whole.
 *
 * @param disk The disk's name in the manifest.
 * @throws {InstallerError} `refused`
 */
export function checkUnused(disk: string, bound: Disk, kept: readonly KeptPartition[]): void {
  const devices = [bound.path, ...kept.map(({ number }) => partitionPath(bound.path, number))];
  if (!bound.holders.some(({ device }) => devices.includes(device))) return;
  const used = bound.holders.find(({ device }) => devices.includes(device));
  throw new InstallerError(
    "refused",
    `${used?.device ?? bound.path} is in use\n${formatHolders(bound)}`,
    {
      object: `disk.${disk}`,
      finding: "preflight/disk-in-use",
      hint: "Unmount, swapoff or stop what uses it; a partition in use is never changed.",
    },
  );
}
