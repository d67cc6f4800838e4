import * as v from "valibot";
import { InstallerError } from "../../errors.ts";
import type { Disk } from "../../facts/facts.ts";
import { devicePath } from "../../values/paths.ts";
import { deterministicUuid } from "../identifiers.ts";
import { layoutPartitions } from "../partitioning/gpt.ts";
import { partitionSchema } from "../partitioning/partition.ts";
import { partitionPath } from "../partitioning/partition-path.ts";
import { resolveDisk } from "../safety/refuse.ts";
import type { PlanContext, PlannedDevice, StorageObject } from "../storage-object.ts";
import { type PartitionTableStep, partitionTableStep } from "./partition-table.ts";

const schema = v.strictObject({
  /** The device node, best one of `/dev/disk/by-id`. */
  device: devicePath,
  /** Whether what the disk holds may be destroyed. */
  wipe: v.optional(v.boolean(), false),
  partition: v.pipe(v.array(partitionSchema), v.minLength(1, "expected at least one partition")),
});

/** A validated `[disk.NAME]`. */
export type DiskTable = v.InferOutput<typeof schema>;

/** The disk of the machine that a table means, already judged. */
function boundDisk(name: string, table: DiskTable, { facts }: PlanContext): Disk {
  const disk = resolveDisk(facts, table.device);
  if (disk === undefined) {
    throw new InstallerError("bug", `disk.${name} was judged but cannot be resolved`);
  }
  return disk;
}

/** `[disk.NAME]`: a whole disk and its partitions. */
export const disk: StorageObject<typeof schema, PartitionTableStep> = {
  table: "disk",
  schema,
  programs: ["blockdev", "partx", "sfdisk", "udevadm", "wipefs"],
  gives: (name, { partition }) => partition.map((each) => `${name}.${each.name}`),
  madeOn: () => [],
  plan: (name, table, context) => {
    const bound = boundDisk(name, table, context);
    const seed = context.identifierSeed(name, bound);
    const partitions = layoutPartitions(name, bound, table.partition, seed);
    const step: PartitionTableStep = {
      kind: "partition-table",
      id: `disk/${name}/partition-table`,
      disk: name,
      device: bound.path,
      identity: {
        size: bound.size,
        ...(bound.serial === undefined ? {} : { serial: bound.serial }),
        ...(bound.wwn === undefined ? {} : { wwn: bound.wwn }),
      },
      wipe: table.wipe,
      oldPartitions: bound.partitions.map(({ path }) => path),
      labelId: deterministicUuid(seed, `disk.${name}`),
      sectorSize: bound.logicalSectorSize,
      udev: context.facts.liveSystem.udev,
      partitions,
    };
    const devices = partitions.map(
      (partition, index): PlannedDevice => ({
        reference: `${name}.${partition.name}`,
        path: partitionPath(bound.path, partition.number),
        size: partition.size,
        sectorSize: bound.logicalSectorSize,
        seed,
        disks: [bound.path],
        kept: false,
        isEfiSystemPartition: table.partition[index]?.type === "esp",
      }),
    );
    return { steps: [step], devices };
  },
  step: partitionTableStep,
};
