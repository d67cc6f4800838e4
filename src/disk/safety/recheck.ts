import { InstallerError } from "../../errors.ts";
import { gatherDisk } from "../../facts/disks.ts";
import type { Disk } from "../../facts/facts.ts";
import type { Refusal } from "./refusal.ts";
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
export function identityDifference(expected: ExpectedDisk, disk: Disk): string | undefined {
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

function objection(expected: ExpectedDisk, disk: Disk, object: string): Refusal | undefined {
  const changed = identityDifference(expected, disk);
  if (changed !== undefined) {
    return {
      object,
      message: `${expected.device} is not what it was when the plan was made: ${changed}`,
      hint: "Run the installer again, which makes a new plan.",
    };
  }
  // What is to be wiped has been wiped before.
  const [refusal] = judgeDisk(disk, { wipe: false }, object);
  return refusal;
}

/**
 * Looks at a disk once more right before it is written: it must still be the disk that the plan was made for, blank,
 * and nothing may have begun to use it, since facts and plan are older.
 *
 * @throws {InstallerError} `disk`, before anything is written to it.
 */
export async function recheckDisk(expected: ExpectedDisk, signal: AbortSignal): Promise<void> {
  const object = `disk.${expected.disk}`;
  const disk = await gatherDisk(expected.device, signal);
  if (disk === undefined)
    throw new InstallerError("disk", `${expected.device} is gone`, { object });
  const reason = objection(expected, disk, object);
  if (reason === undefined) return;
  const { message, hint } = reason;
  throw new InstallerError("disk", message, { object, ...(hint === undefined ? {} : { hint }) });
}
