import type { StepData } from "../run/step.ts";
import type { PlacedPartition } from "./gpt.ts";

/** What tells one disk from another; compared again right before the disk is written. */
export interface DiskIdentity {
  /** Bytes. */
  readonly size: number;
  readonly serial?: string;
  readonly wwn?: string;
}

/** Writes a GUID partition table on a disk, after erasing what the disk held. */
export interface PartitionTableStep extends StepData {
  readonly kind: "partition-table";
  /** The disk's name in the manifest. */
  readonly disk: string;
  /** The kernel's node of the disk, no link: `/dev/vda`. */
  readonly device: string;
  readonly identity: DiskIdentity;
  /** Whether what the disk holds may be destroyed. */
  readonly wipe: boolean;
  /** The kernel's nodes of the partitions the disk has now; their signatures are erased first. */
  readonly oldPartitions: readonly string[];
  /** The disk's GUID in the new table. */
  readonly labelId: string;
  /** Logical sector size in bytes. */
  readonly sectorSize: number;
  /** Whether the live system runs udev, which then has to be waited for. */
  readonly udev: boolean;
  readonly partitions: readonly PlacedPartition[];
}
