import type { Disk, Facts } from "../../facts/facts.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import { findingsOf } from "../../findings/refusal-error.ts";
import type { DiskTable } from "../objects/disk.ts";
import { layoutTable } from "../partitioning/layout.ts";
import { type LayoutProgress, noProgress } from "../progress.ts";
import { chooseDisk, type DiskChoice } from "./choose.ts";
import { stableLinks } from "./disk-tree.ts";
import { isBlank, judgeDisk, judgeMadeDisk } from "./refuse.ts";
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

/**
 * The disks of a manifest that are wiped: those with `wipe = true` that are not blank, and those on which a run of this
 * manifest was broken off before all was made. What such a run has made is used as it is.
 */
export function disksToWipe(
  tables: Readonly<Record<string, DiskTable>>,
  facts: Facts,
  { state, disks }: LayoutProgress,
): NamedDisk[] {
  if (state === "made") return [];
  return Object.entries(tables).flatMap(([name, table]) => {
    const chosen = chooseDisk(name, table, facts);
    if ("finding" in chosen) return [];
    const { disk } = chosen;
    const isOwn = table.table !== "keep" && disks.includes(disk.path);
    if (!table.wipe && !isOwn) return [];
    return isBlank(disk) && disk.holders.length === 0 ? [] : [{ name, disk }];
  });
}

/** The disks on which something is open that an earlier run made: by that run, or by the live system, which found it. */
export function disksToClose(
  tables: Readonly<Record<string, DiskTable>>,
  facts: Facts,
  { state, disks }: LayoutProgress,
): NamedDisk[] {
  if (state !== "made") return [];
  return Object.entries(tables).flatMap(([name, table]) => {
    const chosen = chooseDisk(name, table, facts);
    if ("finding" in chosen || table.table === "keep") return [];
    const { disk } = chosen;
    return disks.includes(disk.path) && disk.holders.length > 0 ? [{ name, disk }] : [];
  });
}

/** What speaks against using a disk: of one that an earlier run made only what else uses it. */
function judgeUse(
  disk: Disk,
  table: DiskTable,
  object: string,
  { state, disks }: LayoutProgress,
): Finding[] {
  const isOwn = disks.includes(disk.path);
  if (isOwn && state === "made") return judgeMadeDisk(disk, table, object);
  return judgeDisk(disk, isOwn ? { ...table, wipe: true } : table, object);
}

/**
 * Judges all disks of a manifest, also together: two of them must not be the same device, and what is wiped must be
 * all of its group. Pure.
 *
 * @returns Errors and warnings.
 */
export function judgeDisks(
  tables: Readonly<Record<string, DiskTable>>,
  facts: Facts,
  progress: LayoutProgress = noProgress,
): Finding[] {
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
      ...judgeUse(disk, table, object, progress),
      // What an earlier run laid out is there.
      ...(progress.disks.includes(disk.path) ? [] : judgeLayout(name, disk, table)),
      ...judgeName(name, disk, table),
    );
  }
  const wiped = disksToWipe(tables, facts, progress);
  return [...found, ...spanningGroups(wiped, facts), ...missingMembers(wiped, facts)];
}
