import type { Disk, Facts } from "../../facts/facts.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import { findingsOf } from "../../findings/refusal-error.ts";
import type { DiskTable } from "../objects/disk.ts";
import { layoutTable } from "../partitioning/layout.ts";
import { chooseDisk, type DiskChoice } from "./choose.ts";
import { stableLinks } from "./disk-tree.ts";
import { isBlank, judgeDisk } from "./refuse.ts";
import { missingMembers, type NamedDisk, spanningGroups } from "./spanning-groups.ts";

/** Whether the partitions fit on the disk. */
function judgeLayout(name: string, disk: Disk, table: DiskTable): readonly Finding[] {
  if (disk.size === 0) return [];
  try {
    layoutTable(name, disk, table, "");
    return [];
  } catch (error) {
    return findingsOf(error, "preflight/disk-layout");
  }
}

/**
 * Refuses a disk that the machine has twice, by two paths to one storage system: what is written to one is written to
 * what may be in use by the other. Only all that tells disks apart makes them one; there are serial numbers that every
 * bridge of a kind has.
 */
function judgePaths(disk: Disk, { disks }: Facts, object: string): Finding[] {
  const { path, wwn, serial, size } = disk;
  const other = disks.find(
    (each) =>
      each.path !== path && each.wwn === wwn && each.serial === serial && each.size === size,
  );
  if (wwn === undefined || other === undefined) return [];
  return [
    makeFinding(
      "preflight/disk-multipath",
      object,
      `${path} and ${other.path} are one disk (WWN ${wwn}) that is reached by several paths`,
      "Multipath devices are not supported: leave but one path to the disk.",
    ),
  ];
}

/** A warning where a disk is named by the order in which the kernel found it, which changes between boots. */
function judgeName(name: string, disk: Disk, { device }: DiskChoice): Finding[] {
  if (device !== disk.path) return [];
  const [stable] = stableLinks(disk);
  if (stable === undefined) return [];
  return [
    makeFinding(
      "preflight/disk-name-unstable",
      `disk.${name}`,
      `${device} may be another disk after the next boot`,
      `Write device = "${stable}".`,
    ),
  ];
}

/** The disks of a manifest that are wiped: those with `wipe = true` that are not blank. */
export function disksToWipe(
  tables: Readonly<Record<string, DiskTable>>,
  facts: Facts,
): NamedDisk[] {
  return Object.entries(tables).flatMap(([name, table]) => {
    const chosen = chooseDisk(name, table, facts);
    if (!table.wipe || "finding" in chosen) return [];
    const { disk } = chosen;
    return isBlank(disk) && disk.holders.length === 0 ? [] : [{ name, disk }];
  });
}

/**
 * Judges all disks of a manifest, also together: two of them must not be the same device, and what is wiped must be
 * all of its group. Pure.
 *
 * @returns Errors and warnings.
 */
export function judgeDisks(tables: Readonly<Record<string, DiskTable>>, facts: Facts): Finding[] {
  const found: Finding[] = [];
  const names = new Map<string, string>();
  for (const [name, table] of Object.entries(tables)) {
    const object = `disk.${name}`;
    const chosen = chooseDisk(name, table, facts);
    if ("finding" in chosen) {
      found.push(chosen.finding);
      continue;
    }
    const { disk } = chosen;
    const other = names.get(disk.path);
    if (other !== undefined) {
      const message = `disk.${other} and disk.${name} are the same device, ${disk.path}`;
      found.push(makeFinding("preflight/disk-named-twice", object, message));
    }
    names.set(disk.path, name);
    found.push(
      ...judgePaths(disk, facts, object),
      ...judgeDisk(disk, table, object),
      ...judgeLayout(name, disk, table),
      ...judgeName(name, disk, table),
    );
  }
  const wiped = disksToWipe(tables, facts);
  return [...found, ...spanningGroups(wiped, facts), ...missingMembers(wiped, facts)];
}
