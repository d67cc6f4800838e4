import { InstallerError } from "../../errors.ts";
import { gatherDisk } from "../../facts/disks.ts";
import type { Disk } from "../../facts/facts.ts";
import { judgeDisk } from "./refuse.ts";
import type { NamedDisk } from "./spanning-groups.ts";

/** What tells one disk from another. */
interface DiskIdentity {
  /** As of {@link Disk}. */
  readonly sequence?: number;
  /** Bytes. */
  readonly size: number;
  readonly serial?: string;
  readonly wwn?: string;
}

/** A disk as it was when the plan was made. */
export interface ExpectedDisk {
  /** The disk's name in the manifest. */
  readonly disk: string;
  /** The kernel's node of the disk, no link: `/dev/vda`. */
  readonly device: string;
  readonly identity: DiskIdentity;
  /** The kernel's nodes of its partitions. */
  readonly oldPartitions: readonly string[];
}

/** A disk as it is now, to be compared with what it will be. */
export function expectedDisk({ name, disk }: NamedDisk): ExpectedDisk {
  const { path, sequence, size, serial, wwn } = disk;
  return {
    disk: name,
    device: path,
    identity: {
      ...(sequence === undefined ? {} : { sequence }),
      size,
      ...(serial === undefined ? {} : { serial }),
      ...(wwn === undefined ? {} : { wwn }),
    },
    oldPartitions: disk.partitions.map((partition) => partition.path),
  };
}

/** In what a disk is another one than the plan was made for, or has other partitions; `undefined` when in nothing. */
function identityDifference(expected: ExpectedDisk, disk: Disk): string | undefined {
  const { identity } = expected;
  if (disk.size !== identity.size) return `${disk.size} bytes instead of ${identity.size}`;
  if (disk.serial !== identity.serial) {
    return `serial ${disk.serial ?? "none"} instead of ${identity.serial ?? "none"}`;
  }
  if (disk.wwn !== identity.wwn) {
    return `WWN ${disk.wwn ?? "none"} instead of ${identity.wwn ?? "none"}`;
  }
  // Of two disks without a serial number nothing else tells one from the other.
  if (disk.sequence !== identity.sequence) return "it was attached anew, or is another disk";
  const partitions = disk.partitions.map(({ path }) => path).join(" ");
  const oldPartitions = expected.oldPartitions.join(" ");
  if (partitions !== oldPartitions) {
    return `partitions ${partitions || "none"} instead of ${oldPartitions || "none"}`;
  }
  return undefined;
}

/** What to do when the machine is not as it was when the plan was made. */
export const planAgain = "Run the installer again, which makes a new plan.";

/** The error for a disk that has changed since the plan was made. @param difference What it is or has now. */
export function changedError({ disk, device }: ExpectedDisk, difference: string): InstallerError {
  const message = `${device} is not what it was when the plan was made: ${difference}`;
  return new InstallerError("disk", message, { object: `disk.${disk}`, hint: planAgain });
}

/**
 * The disk as it is now, if it is the one that the plan was made for, with the partitions that it had.
 *
 * @param found What is there now under the name of the disk.
 * @throws {InstallerError} `disk`
 */
export function checkIdentity(expected: ExpectedDisk, found: Disk | undefined): Disk {
  const object = `disk.${expected.disk}`;
  if (found === undefined) {
    throw new InstallerError("disk", `${expected.device} is gone`, { object });
  }
  const changed = identityDifference(expected, found);
  if (changed !== undefined) throw changedError(expected, changed);
  return found;
}

/**
 * Looks at a disk once more right before it is written: it must still be the disk that the plan was made for, blank,
 * and nothing may have begun to use it, since facts and plan are older.
 *
 * @throws {InstallerError} `disk`, before anything is written to it.
 */
export async function recheckDisk(expected: ExpectedDisk, signal: AbortSignal): Promise<void> {
  const object = `disk.${expected.disk}`;
  const disk = checkIdentity(expected, await gatherDisk(expected.device, signal));
  // What is to be wiped has been wiped before.
  const [finding] = judgeDisk(disk, { wipe: false }, object);
  if (finding === undefined) return;
  const { message, hint } = finding;
  throw new InstallerError("disk", message, { object, ...(hint === undefined ? {} : { hint }) });
}
