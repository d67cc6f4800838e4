import type { StepData, StepDefinition } from "../run/step.ts";

/** Reads back what the boot loader step left and compares it with the system. */
export interface BootCheckStep extends StepData {
  readonly kind: "boot-check";
  /** Where the target is mounted. */
  readonly root: string;
  /** Store path of the system. */
  readonly toplevel: string;
  readonly firmware: "uefi" | "bios";
  /** Whether the boot loader could write the firmware's variables; without meaning on BIOS. */
  readonly efiVariables: boolean;
  /** The target's file systems: mount points as seen in the target, and the device nodes they are on. */
  readonly fileSystems: readonly { readonly mountPoint: string; readonly device: string }[];
  /** The whole disks of the target, whose boot sectors GRUB writes on BIOS: `/dev/vda`. */
  readonly disks: readonly string[];
}

/** How file systems and partitions identify themselves. */
function probeCommand(device: string): string[] {
  return ["blkid", "-p", "-o", "export", device];
}

/** The proof that the machine will boot the system. */
export const bootCheckStep: StepDefinition<BootCheckStep> = {
  kind: "boot-check",
  reason: "system",
  describe: ({ toplevel }) => `Check that the boot loader starts ${toplevel}`,
  commands: ({ fileSystems }) => fileSystems.map(({ device }) => probeCommand(device)),
  run: async () => {},
};
