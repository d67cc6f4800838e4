import { InstallerError } from "../errors.ts";
import { gatherDisk } from "../facts/disks.ts";
import type { Disk } from "../facts/facts.ts";
import type { PartitionTableStep } from "./partition-table-step.ts";
import { inUse, isBlank, notBlank, type Refusal } from "./refuse.ts";

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

function objection(step: PartitionTableStep, disk: Disk, object: string): Refusal | undefined {
  const changed = difference(step, disk);
  if (changed !== undefined) {
    return {
      object,
      message: `${step.device} is not what it was when the plan was made: ${changed}`,
      hint: "Run the installer again, which makes a new plan.",
    };
  }
  if (disk.readOnly) return { object, message: `${step.device} is read-only` };
  if (disk.holders.length > 0) return inUse(disk, object);
  if (!step.wipe && !isBlank(disk)) return notBlank(disk, object);
  return undefined;
}

/**
 * Looks at a disk once more right before it is written: it must still be the disk that the plan was made for, and
 * nothing may have begun to use it, since facts and plan are older.
 *
 * @throws {InstallerError} `disk`, before anything is written to it.
 */
export async function recheckDisk(step: PartitionTableStep, signal: AbortSignal): Promise<void> {
  const object = `disk.${step.disk}`;
  const disk = await gatherDisk(step.device, signal);
  if (disk === undefined) throw new InstallerError("disk", `${step.device} is gone`, { object });
  const reason = objection(step, disk, object);
  if (reason === undefined) return;
  const { message, hint } = reason;
  throw new InstallerError("disk", message, { object, ...(hint === undefined ? {} : { hint }) });
}
