import type { FileSystemStep } from "../disk/file-system-step.ts";
import { deterministicUuid, deterministicVolumeId } from "../disk/identifiers.ts";
import type { MountStep } from "../disk/mount-step.ts";
import type { PartitionTableStep } from "../disk/partition-table-step.ts";
import type { SwapStep } from "../disk/swap-step.ts";
import { InstallerError } from "../errors.ts";
import type { Facts } from "../facts/facts.ts";
import type { Manifest } from "../manifest/schema.ts";
import type { PlannedDisk, PlannedPartition } from "./devices.ts";

type Partitions = ReadonlyMap<string, PlannedPartition>;

function partitionOf(partitions: Partitions, reference: string): PlannedPartition {
  const partition = partitions.get(reference);
  if (partition === undefined) {
    throw new InstallerError("bug", `the manifest was checked but has no partition ${reference}`);
  }
  return partition;
}

/** One partition table per disk, in the manifest's order. */
export function partitionTableSteps(
  disks: readonly PlannedDisk[],
  facts: Facts,
): PartitionTableStep[] {
  return disks.map(({ name, table, disk, seed, partitions }) => ({
    kind: "partition-table",
    id: `disk/${name}/partition-table`,
    disk: name,
    device: disk.path,
    identity: {
      size: disk.size,
      ...(disk.serial === undefined ? {} : { serial: disk.serial }),
      ...(disk.wwn === undefined ? {} : { wwn: disk.wwn }),
    },
    wipe: table.wipe,
    oldPartitions: disk.partitions.map(({ path }) => path),
    labelId: deterministicUuid(seed, `disk.${name}`),
    sectorSize: disk.logicalSectorSize,
    udev: facts.liveSystem.udev,
    partitions,
  }));
}

/** One new file system per `[filesystem."…"]`. */
export function fileSystemSteps(manifest: Manifest, partitions: Partitions): FileSystemStep[] {
  return Object.entries(manifest.filesystem).map(([mountPoint, table]) => {
    const { device, size, sectorSize, seed } = partitionOf(partitions, table.device);
    const name = `filesystem.${mountPoint}`;
    return {
      kind: "file-system",
      id: `filesystem${mountPoint}`,
      device,
      type: table.type,
      uuid:
        table.type === "vfat" ? deterministicVolumeId(seed, name) : deterministicUuid(seed, name),
      ...(table.label === undefined ? {} : { label: table.label }),
      size,
      sectorSize,
    };
  });
}

/** One swap area per `[swap.…]`. */
export function swapSteps(manifest: Manifest, partitions: Partitions): SwapStep[] {
  return Object.entries(manifest.swap).map(([name, table]) => {
    const { device, seed } = partitionOf(partitions, table.device);
    return {
      kind: "swap",
      id: `swap/${name}`,
      device,
      uuid: deterministicUuid(seed, `swap.${name}`),
      ...(table.label === undefined ? {} : { label: table.label }),
    };
  });
}

/** The mounts below the target's root, parents before what lies in them. */
export function mountSteps(manifest: Manifest, partitions: Partitions, root: string): MountStep[] {
  return Object.entries(manifest.filesystem)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([target, table]) => ({
      kind: "mount",
      id: `mount${target}`,
      device: partitionOf(partitions, table.device).device,
      type: table.type,
      root,
      target,
      options: table.options,
    }));
}
