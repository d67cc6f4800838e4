import { InstallerError } from "../errors.ts";
import { gatherDisk } from "../facts/disks.ts";
import type { Disk } from "../facts/facts.ts";
import { formatContents, formatHolders } from "./disk-tree.ts";
import type { PartitionTableStep } from "./partition-table-step.ts";
import { isBlank } from "./refuse.ts";

function difference(step: PartitionTableStep, disk: Disk): string | undefined {
  const { identity } = step;
  if (disk.size !== identity.size) return `${disk.size} bytes instead of ${identity.size}`;
  if (disk.serial !== identity.serial) {
    return `serial ${disk.serial ?? "none"} instead of ${identity.serial ?? "none"}`;
  }
  if (disk.wwn !== identity.wwn) {
    return `WWN ${disk.wwn ?? "none"} instead of ${identity.wwn ?? "none"}`;
  }
  const partitions = disk.partitions.map(({ path }) => path).join(" ");
  const expected = step.oldPartitions.join(" ");
  if (partitions !== expected) {
    return `partitions ${partitions || "none"} instead of ${expected || "none"}`;
  }
  return undefined;
}

/**
 * Looks at a disk once more right before it is written: it must still be the disk that the plan was made for, and
 * nothing may have begun to use it, since facts and plan are older.
 *
 * @throws {InstallerError} `disk`, before anything is written to it.
 */
export async function recheckDisk(step: PartitionTableStep, signal: AbortSignal): Promise<void> {
  const fail = (message: string, hint?: string) =>
    new InstallerError("disk", message, {
      object: `disk.${step.disk}`,
      ...(hint === undefined ? {} : { hint }),
    });
  const disk = await gatherDisk(step.device, signal);
  if (disk === undefined) throw fail(`${step.device} is gone`);
  const changed = difference(step, disk);
  if (changed !== undefined) {
    const hint = "Run the installer again, which makes a new plan.";
    throw fail(`${step.device} is not what it was when the plan was made: ${changed}`, hint);
  }
  if (disk.readOnly) throw fail(`${step.device} is read-only`);
  if (disk.holders.length > 0) {
    const hint = "Unmount, swapoff or stop what uses it; a disk in use is never written to.";
    throw fail(`${step.device} is in use\n${formatHolders(disk)}`, hint);
  }
  if (!step.wipe && !isBlank(disk)) {
    const hint = "Write `wipe = true` for this disk to destroy everything on it.";
    throw fail(`${step.device} is not empty\n${formatContents(disk)}`, hint);
  }
}
