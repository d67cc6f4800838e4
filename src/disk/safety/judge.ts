import { InstallerError } from "../../errors.ts";
import type { Disk, Facts } from "../../facts/facts.ts";
import type { DiskTable } from "../objects/disk.ts";
import { layoutTable } from "../partitioning/layout.ts";
import { chooseDisk, type DiskChoice } from "./choose.ts";
import { stableLinks } from "./disk-tree.ts";
import type { Refusal } from "./refusal.ts";
import { isBlank, judgeDisk } from "./refuse.ts";
import { missingMembers, type NamedDisk, spanningGroups } from "./spanning-groups.ts";

/** What was found out about the disks of a manifest. */
export interface DiskJudgement {
  readonly refusals: readonly Refusal[];
  /** Things the user should change or know, though the install goes on. */
  readonly warnings: readonly string[];
}

/** Whether the partitions fit on the disk. */
function judgeLayout(name: string, disk: Disk, table: DiskTable): Refusal[] {
  if (disk.size === 0) return [];
  try {
    layoutTable(name, disk, table, "");
    return [];
  } catch (error) {
    if (!(error instanceof InstallerError) || error.reason !== "refused") throw error;
    const { message, hint } = error;
    return [{ object: `disk.${name}`, message, ...(hint === undefined ? {} : { hint }) }];
  }
}

/**
 * Refuses a disk that the machine has twice, by two paths to one storage system: what is written to one is written to
 * what may be in use by the other. Only all that tells disks apart makes them one; there are serial numbers that every
 * bridge of a kind has.
 */
function judgePaths(disk: Disk, { disks }: Facts, object: string): Refusal[] {
  const { path, wwn, serial, size } = disk;
  const other = disks.find(
    (each) =>
      each.path !== path && each.wwn === wwn && each.serial === serial && each.size === size,
  );
  if (wwn === undefined || other === undefined) return [];
  return [
    {
      object,
      message: `${path} and ${other.path} are one disk (WWN ${wwn}) that is reached by several paths`,
      hint: "Multipath devices are not supported: leave but one path to the disk.",
    },
  ];
}

/** A warning where a disk is named by the order in which the kernel found it, which changes between boots. */
function nameWarning(name: string, disk: Disk, { device }: DiskChoice): string | undefined {
  if (device !== disk.path) return undefined;
  const [stable] = stableLinks(disk);
  if (stable === undefined) return undefined;
  return `disk.${name}: ${device} may be another disk after the next boot; write device = "${stable}"`;
}

/** The disks of a manifest that are wiped: those with `wipe = true` that are not blank. */
export function disksToWipe(
  tables: Readonly<Record<string, DiskTable>>,
  facts: Facts,
): NamedDisk[] {
  return Object.entries(tables).flatMap(([name, table]) => {
    const chosen = chooseDisk(name, table, facts);
    if (!table.wipe || "refusal" in chosen) return [];
    const { disk } = chosen;
    return isBlank(disk) && disk.holders.length === 0 ? [] : [{ name, disk }];
  });
}

/**
 * Judges all disks of a manifest, also together: two of them must not be the same device, and what is wiped must be
 * all of its group. Pure.
 */
export function judgeDisks(
  tables: Readonly<Record<string, DiskTable>>,
  facts: Facts,
): DiskJudgement {
  const refusals: Refusal[] = [];
  const warnings: string[] = [];
  const names = new Map<string, string>();
  for (const [name, table] of Object.entries(tables)) {
    const object = `disk.${name}`;
    const chosen = chooseDisk(name, table, facts);
    if ("refusal" in chosen) {
      refusals.push(chosen.refusal);
      continue;
    }
    const { disk } = chosen;
    const other = names.get(disk.path);
    if (other !== undefined) {
      const message = `disk.${other} and disk.${name} are the same device, ${disk.path}`;
      refusals.push({ object, message });
    }
    names.set(disk.path, name);
    refusals.push(
      ...judgePaths(disk, facts, object),
      ...judgeDisk(disk, table, object),
      ...judgeLayout(name, disk, table),
    );
    const warning = nameWarning(name, disk, table);
    if (warning !== undefined) warnings.push(warning);
  }
  const wiped = disksToWipe(tables, facts);
  return {
    refusals: [...refusals, ...spanningGroups(wiped, facts)],
    warnings: [...warnings, ...missingMembers(wiped, facts)],
  };
}
