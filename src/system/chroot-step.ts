import { realpath } from "node:fs/promises";
import type { StepData, StepDefinition } from "../run/step.ts";
import { exposeEfiVariables, hideEfiVariables } from "./efi-variables.ts";
import { mountKernelFileSystems } from "./kernel-file-systems.ts";
import { endProcessesIn } from "./leftover-processes.ts";
import { raiseLoopback } from "./loopback.ts";

/** Makes the target a root that its programs can run in. Held until the end of the run. */
export interface ChrootStep extends StepData {
  readonly kind: "chroot";
  /** Where the target is mounted. */
  readonly root: string;
  /** Store path of the system. */
  readonly toplevel: string;
  readonly firmware: "uefi" | "bios";
  /** Whether the boot loader may write the firmware's variables; without meaning on BIOS. */
  readonly efiVariables: boolean;
}

/**
 * Mounts `/dev`, `/proc`, `/sys` of the live system and a fresh `/run` in the target. Runs in the installer's own mount
 * namespace, so that the live system sees none of it.
 */
export const chrootStep: StepDefinition<ChrootStep> = {
  kind: "chroot",
  reason: "system",
  describe: ({ root, firmware, efiVariables }) => {
    const variables =
      firmware === "bios" ? "" : efiVariables ? ", EFI variables" : ", EFI variables hidden";
    return `Prepare ${root} for programs of the system (/dev, /proc, /sys, /run${variables})`;
  },
  commands: () => [],
  run: async ({ root: path, firmware, efiVariables }, context) => {
    // The kernel names mounts and the roots of processes by the path without links.
    const root = await realpath(path);
    await mountKernelFileSystems(root, context);
    // Released first: what still runs in the target keeps its file systems busy.
    context.hold(`processes in ${root}`, () => endProcessesIn(root));
    if (firmware === "uefi") {
      const change = efiVariables ? exposeEfiVariables : hideEfiVariables;
      change(root);
    }
    raiseLoopback(context);
  },
};
