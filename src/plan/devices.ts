import { layoutPartitions, type PlacedPartition } from "../disk/gpt.ts";
import { partitionPath } from "../disk/partition-path.ts";
import { InstallerError } from "../errors.ts";
import type { Disk } from "../facts/facts.ts";
import type { DiskTable, Manifest } from "../manifest/schema.ts";
import { parseStorePath } from "../nix/store-path.ts";

/** A disk of the manifest, bound to one of the machine, with its partitions placed. */
export interface PlannedDisk {
  /** `NAME` of `[disk.NAME]`. */
  readonly name: string;
  readonly table: DiskTable;
  readonly disk: Disk;
  /** What this disk's identifiers are derived from. */
  readonly seed: string;
  readonly partitions: readonly PlacedPartition[];
}

/** A partition that other tables refer to as `disk.partition`. */
export interface PlannedPartition {
  /** The kernel's node it will have: `/dev/vda2`. */
  readonly device: string;
  /** Bytes. */
  readonly size: number;
  /** Logical sector size of its disk, in bytes. */
  readonly sectorSize: number;
  readonly seed: string;
}

/**
 * What a disk's identifiers are derived from: `[system] seed`, so that a system can be built against identifiers that
 * are known before its disks are; else the toplevel's hash and the disk's own identity.
 */
function identifierSeed(manifest: Manifest, name: string, disk: Disk): string {
  const hash = parseStorePath(manifest.system.toplevel).hash;
  return manifest.system.seed ?? `${hash}/${disk.wwn ?? disk.serial ?? name}`;
}

/** Binds the manifest's disks, already judged, to those of the machine and places their partitions. */
export function plannedDisks(
  manifest: Manifest,
  resolve: (device: string) => Disk | undefined,
): PlannedDisk[] {
  return Object.entries(manifest.disk).map(([name, table]) => {
    const disk = resolve(table.device);
    if (disk === undefined) {
      throw new InstallerError("bug", `disk.${name} was judged but cannot be resolved`);
    }
    const seed = identifierSeed(manifest, name, disk);
    return {
      name,
      table,
      disk,
      seed,
      partitions: layoutPartitions(name, disk, table.partition, seed),
    };
  });
}

/** The partitions of the plan by their name in the manifest: `main.root`. */
export function plannedPartitions(disks: readonly PlannedDisk[]): Map<string, PlannedPartition> {
  return new Map(
    disks.flatMap(({ name, disk, seed, partitions }) =>
      partitions.map((partition) => [
        `${name}.${partition.name}`,
        {
          device: partitionPath(disk.path, partition.number),
          size: partition.size,
          sectorSize: disk.logicalSectorSize,
          seed,
        },
      ]),
    ),
  );
}
