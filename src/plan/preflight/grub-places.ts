import { biosBootType } from "../../disk/partitioning/partition-types.ts";
import type { StoragePlan } from "../../disk/plan-storage.ts";
import type { Disk, Facts } from "../../facts/facts.ts";
import type { Manifest } from "../../manifest/schema.ts";
import { fileSystemAt } from "./mounted-at.ts";

/** Whether a disk's table, which stays, has such a place. */
function isPlace({ table }: Disk): boolean {
  return (
    table?.label === "dos" || table?.partitions.some(({ type }) => type === biosBootType) === true
  );
}

/**
 * The disks from which a BIOS can start GRUB: those with a BIOS boot partition, or with the gap behind an msdos table
 * (GRUB manual, "BIOS installation"). Pure.
 *
 * @returns The kernel's nodes: `/dev/vda`.
 */
export function placesForGrub({ steps }: StoragePlan, facts: Facts): readonly string[] {
  return steps.flatMap((step) => {
    if (step.kind !== "partition-table") return [];
    const kept = facts.disks.find(({ path }) => path === step.device && step.kept !== undefined);
    const hasPlace =
      step.label === "msdos" ||
      step.partitions.some(({ type }) => type === biosBootType) ||
      (kept !== undefined && isPlace(kept));
    return hasPlace ? [step.device] : [];
  });
}

/**
 * The disks on which GRUB is expected for a BIOS: of the {@link placesForGrub} those that were made for it, and those that
 * `/boot` is on. A disk for data may have an msdos table too. Pure.
 */
export function grubDisks(
  manifest: Manifest,
  storage: StoragePlan,
  facts: Facts,
): readonly string[] {
  const boot = fileSystemAt("/boot", manifest)?.table.device ?? "";
  const bootDisks = storage.devices.get(boot)?.disks ?? [];
  const madeForIt = storage.steps.flatMap((step) =>
    step.kind === "partition-table" && step.partitions.some(({ type }) => type === biosBootType)
      ? [step.device]
      : [],
  );
  return placesForGrub(storage, facts).filter(
    (disk) => bootDisks.includes(disk) || madeForIt.includes(disk),
  );
}
