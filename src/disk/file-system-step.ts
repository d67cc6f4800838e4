import type { StepData } from "../run/step.ts";

/** Makes a file system on a partition that the same plan has made. */
export interface FileSystemStep extends StepData {
  readonly kind: "file-system";
  /** The kernel's node of the partition. */
  readonly device: string;
  readonly type: "ext4" | "vfat";
  /** A UUID; for vfat a volume serial number as `1A2B-3C4D`. */
  readonly uuid: string;
  readonly label?: string;
  /** The partition's size in bytes. */
  readonly size: number;
  /** The disk's logical sector size in bytes. */
  readonly sectorSize: number;
}
