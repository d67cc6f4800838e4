import type { StepData } from "../run/step.ts";

/** Mounts a file system of the target below the mount root until the end of the run. */
export interface MountStep extends StepData {
  readonly kind: "mount";
  /** The kernel's node of the partition. */
  readonly device: string;
  readonly type: "ext4" | "vfat";
  /** Where the target's `/` appears on the live system: `/mnt`. */
  readonly root: string;
  /** The mount point as the installed system sees it: `/`, `/boot`. */
  readonly target: string;
  /** Mount options; empty for the defaults. */
  readonly options: readonly string[];
}
