import { statSync } from "node:fs";
import { InstallerError } from "../../errors.ts";
import { type BlockDevice, nameOfNode, readPartitions } from "../../facts/block-device.ts";
import { formatDeviceNumber } from "../../facts/open-devices.ts";
import type { ExistingPartition } from "../../facts/partition-table.ts";
import { pollUntil } from "../../facts/poll.ts";
import type { StepContext } from "../../run/step.ts";
import { partitionPath } from "./partition-path.ts";

/** Seconds the kernel and udev have to show the partitions of a new table. */
const settleDeadline = 30;

function isLoop(device: string): boolean {
  return /^\/dev\/loop\d+$/.test(device);
}

/**
 * The command that makes the kernel read a disk's table again. Loop devices are told each partition by partx, since
 * they show partitions only when they were set up for it.
 */
export function rereadCommand(device: string): readonly string[] {
  return isLoop(device) ? ["partx", "--update", device] : ["blockdev", "--rereadpt", device];
}

/** The command that tells the kernel one partition of a disk that may be in use, and leaves the others alone. */
export function addCommand(device: string, number: number): readonly string[] {
  return ["partx", "--add", "--nr", String(number), device];
}

/** The command that waits until udev has handled every event. */
export const settleCommand: readonly string[] = [
  "udevadm",
  "settle",
  `--timeout=${settleDeadline}`,
];

/**
 * Waits until udev has handled every event, also those that it makes itself of a disk that was written and closed:
 * udevd answers `settle` only after inotify (`udevd.c` of systemd). Should it not in time, what is looked at next tells.
 */
export async function settle(context: StepContext): Promise<void> {
  await context.exec(settleCommand, { allowedExitCodes: [0, 1] });
}

/** Whether a node exists and is the device of that number. */
function hasNode(device: BlockDevice): boolean {
  const { rdev } = statSync(device.path, { throwIfNoEntry: false }) ?? { rdev: 0 };
  return formatDeviceNumber(rdev) === device.number;
}

/** A partition as the kernel shows it. */
type KernelPartition = Pick<ExistingPartition, "number" | "start" | "size">;

/** Whether the kernel shows these partitions, and their nodes are there. */
async function showsPartitions(
  device: string,
  partitions: readonly KernelPartition[],
): Promise<boolean> {
  const shown = await readPartitions(nameOfNode(device));
  return partitions.every(({ number, start, size }) => {
    const found = shown.find(({ path }) => path === partitionPath(device, number));
    return found?.partition?.start === start && found.size === size && hasNode(found);
  });
}

/** Whether the kernel shows these partitions and no others. */
async function showsExactly(
  device: string,
  partitions: readonly KernelPartition[],
): Promise<boolean> {
  const shown = await readPartitions(nameOfNode(device));
  return shown.length === partitions.length && (await showsPartitions(device, partitions));
}

/** Tells the kernel something until it has understood. */
async function adopt(
  context: StepContext,
  device: string,
  udev: boolean,
  command: () => Promise<void>,
  isAdopted: () => Promise<boolean>,
): Promise<void> {
  const adopted = await pollUntil(
    settleDeadline,
    async () => {
      await command();
      return isAdopted();
    },
    context.signal,
  );
  // udev reads the table again on its own, and partitions vanish for a moment: nodes count once it is done.
  if (adopted && udev) await settle(context);
  const settled = adopted && (await pollUntil(settleDeadline, isAdopted, context.signal));
  if (settled) return;
  throw new InstallerError(
    "disk",
    `the kernel did not take over the new partition table of ${device} within ${settleDeadline} s`,
    { object: device, hint: "A program may still use its old partitions: look with `lsblk`." },
  );
}

/**
 * Makes the kernel take over a table that was just written, and waits until it shows exactly these partitions and their
 * nodes are there. A program that looks at the old partitions (udev's own probing) makes the kernel refuse for a moment:
 * then it is asked again.
 *
 * @throws {InstallerError} `disk` when that does not come to be in time.
 */
export async function adoptPartitionTable(
  context: StepContext,
  device: string,
  partitions: readonly KernelPartition[],
  udev: boolean,
): Promise<void> {
  const reread = async () => {
    await context.exec(rereadCommand(device), { allowedExitCodes: [0, 1] });
  };
  await adopt(context, device, udev, reread, () => showsExactly(device, partitions));
}

/**
 * Makes the kernel take over partitions that were added to a table whose other partitions may be in use, and waits until
 * it shows them and their nodes are there.
 *
 * @throws {InstallerError} `disk` when that does not come to be in time.
 */
export async function adoptPartitions(
  context: StepContext,
  device: string,
  partitions: readonly KernelPartition[],
  udev: boolean,
): Promise<void> {
  const add = async () => {
    for (const partition of partitions) {
      // What is there already cannot be added: udev has the table read when it was written.
      if (await showsPartitions(device, [partition])) continue;
      await context.exec(addCommand(device, partition.number), { allowedExitCodes: [0, 1] });
    }
  };
  await adopt(context, device, udev, add, () => showsPartitions(device, partitions));
}

/**
 * Waits until the kernel shows partitions that were there before, and their nodes are there, after their table was
 * written: udev has the table read again on its own.
 *
 * @throws {InstallerError} `disk` when that does not come to be in time.
 */
export async function awaitPartitions(
  context: StepContext,
  device: string,
  partitions: readonly KernelPartition[],
  udev: boolean,
): Promise<void> {
  const look = () => showsPartitions(device, partitions);
  await adopt(context, device, udev, async () => {}, look);
}
