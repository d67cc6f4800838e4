import * as v from "valibot";
import type { Disk } from "../../facts/facts.ts";
import { RefusalError } from "../../findings/refusal-error.ts";
import { described, inJsonSchema } from "../../values/described.ts";
import { devicePath } from "../../values/paths.ts";
import { addedNumbers, diskBefore, diskState } from "../partitioning/earlier-run.ts";
import type { KeptPartition } from "../partitioning/kept-partitions.ts";
import { layoutTable } from "../partitioning/layout.ts";
import { partitionSchema } from "../partitioning/partition.ts";
import { partitionPath } from "../partitioning/partition-path.ts";
import { isEfiSystemType } from "../partitioning/partition-types.ts";
import type { PlacedPartition } from "../partitioning/placed-partition.ts";
import { tableChoice, tableRules } from "../partitioning/table-rules.ts";
import { chooseDisk } from "../safety/choose.ts";
import { matchChoice } from "../safety/match.ts";
import { expectedDisk } from "../safety/recheck.ts";
import { judgeDisk } from "../safety/refuse.ts";
import type { PlanContext, PlannedDevice, StorageObject } from "../storage-object.ts";
import {
  type PartitionTableStep,
  partitionTableOutcome,
  partitionTableStep,
} from "./partition-table.ts";

const keys = v.strictObject({
  device: described(
    v.optional(devicePath),
    "Its device node. Those of /dev/disk/by-id name the same disk on every boot.",
  ),
  match: described(
    v.optional(matchChoice),
    "Instead of device: what the disk is like. Of several alternatives, the first one counts that exactly one disk is like. In texts, * stands for anything, ? for a character and [a-f] for one of a set.",
  ),
  wipe: described(
    v.optional(v.boolean(), false),
    "Whether everything on the disk may be destroyed. Without it, a disk that holds anything is refused.",
  ),
  table: described(
    v.optional(tableChoice),
    'What the disk gets: "gpt" or "msdos", a new partition table; "none", when the disk itself is used as a device; "keep", when the table that is there stays. Default: "gpt".',
  ),
  partition: described(
    v.optional(v.array(partitionSchema), []),
    "The partitions, in their order on the disk.",
  ),
});

const schema = v.pipe(
  keys,
  v.partialCheck(
    [["device"], ["match"]],
    ({ device, match }) => (device === undefined) !== (match === undefined),
    "expected either `device` or `match`",
  ),
  inJsonSchema({ oneOf: [{ required: ["device"] }, { required: ["match"] }] }),
  tableRules(),
);

/** A validated `[disk.NAME]`. */
export type DiskTable = v.InferOutput<typeof schema>;

/** The disk of the machine that a table means. @throws {RefusalError} */
function boundDisk(name: string, table: DiskTable, { facts }: PlanContext): Disk {
  const chosen = chooseDisk(name, table, facts);
  if ("finding" in chosen) throw new RefusalError([chosen.finding]);
  const { disk } = chosen;
  // Without a medium nothing fits on it: that there is none is all to be said.
  if (disk.size === 0) throw new RefusalError(judgeDisk(disk, table, `disk.${name}`));
  return disk;
}

/** The disk itself as a device. */
function wholeDisk(name: string, bound: Disk, seed: string, made: boolean): PlannedDevice {
  return {
    reference: name,
    path: bound.path,
    size: bound.size,
    sectorSize: bound.logicalSectorSize,
    seed,
    disks: [bound.path],
    kept: false,
    made,
    isEfiSystemPartition: false,
  };
}

function partitionDevice(
  disk: PlannedDevice,
  partition: PlacedPartition | KeptPartition,
  kept: boolean,
): PlannedDevice {
  return {
    ...disk,
    reference: `${disk.reference}.${partition.name}`,
    path: partitionPath(disk.path, partition.number),
    size: partition.size,
    kept,
    made: disk.made,
    isEfiSystemPartition: isEfiSystemType(partition.type),
  };
}

/** `[disk.NAME]`: a whole disk and its partitions. */
export const disk: StorageObject<typeof schema, PartitionTableStep> = {
  table: "disk",
  kind: {
    what: "a disk",
    gives: ({ table }) => (table === "none" ? "itself" : "parts"),
    parts: { key: "partition", what: "partition" },
  },
  schema,
  programs: ["blockdev", "partx", "sfdisk", "udevadm", "wipefs"],
  gives: (name, { table, partition }) =>
    table === "none" ? [name] : partition.map((each) => `${name}.${each.name}`),
  madeOn: () => [],
  plan: (name, table, context) => {
    const bound = boundDisk(name, table, context);
    const seed = context.identifierSeed(name, bound);
    const { state, disks } = context.progress;
    const isOwn = disks.includes(bound.path);
    const layout = layoutTable(
      name,
      isOwn ? diskBefore(name, bound, table, seed) : bound,
      table,
      seed,
    );
    const made = state === "made";
    const step: PartitionTableStep = {
      kind: "partition-table",
      id: `disk/${name}/partition-table`,
      ...expectedDisk({ name, disk: bound }),
      // A new table is written on a blank disk: what is wiped is wiped before.
      ...(layout.kept === undefined && !made ? { oldPartitions: [] } : {}),
      sectorSize: bound.logicalSectorSize,
      udev: context.facts.liveSystem.udev,
      made,
      marked: made && diskState(name, bound, table, seed) === "made",
      leftovers: isOwn && state === "unfinished" ? addedNumbers(name, bound, table, seed) : [],
      ...layout,
    };
    const whole = wholeDisk(name, bound, seed, made);
    const devices = [
      ...(layout.label === "none" ? [whole] : []),
      ...(layout.kept?.partitions ?? []).map((each) => partitionDevice(whole, each, true)),
      ...layout.partitions.map((each) => partitionDevice(whole, each, false)),
    ];
    return { steps: [step], devices };
  },
  outcome: partitionTableOutcome,
  step: partitionTableStep,
};
