import { InstallerError } from "../../errors.ts";
import type { StepContext, StepData, StepDefinition } from "../../run/step.ts";
import { formatSize } from "../../values/size.ts";
import type { PlacedPartition } from "../partitioning/gpt.ts";
import {
  adoptPartitionTable,
  forgetCommands,
  rereadCommand,
  settle,
  settleCommand,
} from "../partitioning/kernel-table.ts";
import { formatScript, parseTable, tableDifference } from "../partitioning/sfdisk.ts";
import { type ExpectedDisk, recheckDisk } from "../safety/recheck.ts";

/** Writes a GUID partition table on a disk, after erasing what the disk held. */
export interface PartitionTableStep extends StepData, ExpectedDisk {
  readonly kind: "partition-table";
  /** The disk's GUID in the new table. */
  readonly labelId: string;
  /** Logical sector size in bytes. */
  readonly sectorSize: number;
  /** Whether the live system runs udev, which then has to be waited for. */
  readonly udev: boolean;
  readonly partitions: readonly PlacedPartition[];
}

/**
 * Erases every signature: both GPT headers, superblocks of file systems, RAID, LVM, LUKS (wipefs(8)); those in the old
 * partitions first, since they cannot be found any more once the table is gone.
 */
function eraseCommands({ device, oldPartitions }: PartitionTableStep): (readonly string[])[] {
  const wipe = [...oldPartitions, device].map((path) => ["wipefs", "--all", path]);
  return [...wipe, ...forgetCommands(device, oldPartitions)];
}

/** Writes the table that is given on standard input (sfdisk(8)), old signatures in the new partitions erased. */
function writeCommand(device: string): readonly string[] {
  return ["sfdisk", "--no-tell-kernel", "--wipe=always", "--wipe-partitions=always", device];
}

function readCommand(device: string): readonly string[] {
  return ["sfdisk", "--json", device];
}

async function run(step: PartitionTableStep, context: StepContext): Promise<void> {
  const { device } = step;
  const object = `disk.${step.disk}`;
  await recheckDisk(step, context.signal);
  for (const argv of eraseCommands(step)) await context.exec(argv, { object });
  // udev looks at what was erased, and sfdisk writes to no disk that another program has open exclusively.
  if (step.udev) await settle(context);
  await context.exec(writeCommand(device), { input: formatScript(step), object });
  await adoptPartitionTable(context, device, step.partitions, step.udev);
  const { stdout } = await context.exec(readCommand(device), { object });
  const different = tableDifference(parseTable(stdout), step);
  if (different !== undefined) {
    throw new InstallerError("disk", `${device} does not hold the table written: ${different}`, {
      object,
      hint: "The disk may be failing: look at the kernel's log with `dmesg`.",
    });
  }
}

/** {@link PartitionTableStep} */
export const partitionTableStep: StepDefinition<PartitionTableStep> = {
  kind: "partition-table",
  reason: "disk",
  writesDisk: true,
  describe: ({ device, partitions }) => {
    const list = partitions.map(({ name, size }) => `${name} ${formatSize(size)}`);
    return `Partition ${device} (gpt: ${list.join(", ")})`;
  },
  commands: (step) => [
    ...eraseCommands(step),
    ...(step.udev ? [settleCommand] : []),
    writeCommand(step.device),
    rereadCommand(step.device),
    ...(step.udev ? [settleCommand] : []),
    readCommand(step.device),
  ],
  details: ({ partitions }) =>
    partitions.map(
      ({ number, name, size, uuid }) => `${number}  ${name}  ${formatSize(size)}  PARTUUID=${uuid}`,
    ),
  run,
};
