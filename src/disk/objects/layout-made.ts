import { parsePartitionTable, partitionTableCommand } from "../../facts/partition-table.ts";
import type { StepContext, StepData, StepDefinition } from "../../run/step.ts";
import { flushDisks } from "../flush-devices.ts";
import { awaitPartitions, settleCommand } from "../partitioning/kernel-table.ts";
import { tableDifference } from "../partitioning/sfdisk.ts";
import { storageStep } from "../storage-object.ts";
import type { PartitionTableStep } from "./partition-table.ts";

/**
 * Gives a partition table its final identifiers, once everything is made that is to be on the disks, and is sure to be
 * there after a power cut. Until then it has others, by which a later run knows that something may be missing
 * (`unfinished.ts`).
 */
export interface LayoutMadeStep extends StepData {
  readonly kind: "layout-made";
  readonly table: PartitionTableStep;
  /** The nodes of all disks: what lies on one disk may be a part of what lies on another. */
  readonly disks: readonly string[];
}

/** The commands that make a table what the manifest wants: sfdisk(8), `--disk-id` and `--part-uuid`. */
function markCommands({
  device,
  label,
  labelId,
  partitions,
  kept,
}: PartitionTableStep): string[][] {
  // Its partitions are in use by now, and have not changed.
  const common = ["sfdisk", "--no-reread", "--no-tell-kernel"];
  if (kept === undefined) {
    const id = label === "gpt" ? labelId.toUpperCase() : `0x${labelId}`;
    return [[...common, "--disk-id", device, id]];
  }
  return partitions.map(({ number, uuid }) => [
    ...common,
    "--part-uuid",
    device,
    String(number),
    uuid.toUpperCase(),
  ]);
}

async function make({ table, disks }: LayoutMadeStep, context: StepContext): Promise<void> {
  await flushDisks(disks);
  const { device, disk, partitions, udev } = table;
  for (const argv of markCommands(table)) await context.exec(argv, { object: `disk.${disk}` });
  // udev reads a table that was written once more, and partitions vanish for a moment.
  await awaitPartitions(context, device, partitions, udev);
}

async function difference(
  { table }: LayoutMadeStep,
  context: StepContext,
): Promise<string | undefined> {
  const { device, identity, sectorSize } = table;
  const { stdout } = await context.exec(partitionTableCommand(device), { object: device });
  const disk = { size: identity.size, logicalSectorSize: sectorSize };
  const different = tableDifference(parsePartitionTable(stdout, disk), table);
  return different && `the partition table of ${device}: ${different}`;
}

/** {@link LayoutMadeStep} */
export const layoutMadeStep: StepDefinition<LayoutMadeStep> = storageStep<LayoutMadeStep>({
  kind: "layout-made",
  writesDisk: true,
  describe: ({ table: { device } }) => `Mark what is made on ${device} as whole`,
  commands: ({ table }) => [
    ...markCommands(table),
    ...(table.udev ? [settleCommand] : []),
    partitionTableCommand(table.device),
  ],
  difference,
  make,
});

/** The steps behind all that makes something on the disks: one for each table whose identifiers are not final. */
export function layoutMadeSteps(tables: readonly PartitionTableStep[]): LayoutMadeStep[] {
  const disks = tables.map(({ device }) => device).toSorted();
  return tables
    .filter(
      ({ label, kept, partitions, marked }) =>
        !marked &&
        label !== "none" &&
        (kept === undefined || (label === "gpt" && partitions.length > 0)),
    )
    .map((table) => ({
      kind: "layout-made",
      id: `disk/${table.disk}/layout-made`,
      table,
      disks,
    }));
}
