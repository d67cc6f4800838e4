import { existsSync } from "node:fs";
import { InstallerError } from "../errors.ts";
import { CommandError } from "../run/command.ts";
import type { StepContext, StepData, StepDefinition } from "../run/step.ts";
import { chrootCommand, runInChroot } from "./chroot.ts";
import { withHostPath } from "./host-path.ts";
import { removeEmptyMachineId } from "./prepare-root-step.ts";
import { resolveInRoot } from "./root-path.ts";

/** Runs the system's own boot loader installer. What it left is judged by the `boot-check` step. */
export interface BootLoaderStep extends StepData {
  readonly kind: "boot-loader";
  /** Where the target is mounted, prepared by a `chroot` step and activated. */
  readonly root: string;
  /** Store path of the system. */
  readonly toplevel: string;
}

/** `NIXOS_INSTALL_BOOTLOADER=1 TOPLEVEL/bin/switch-to-configuration boot` in the target, as nixos-install runs it. */
export const bootLoaderStep: StepDefinition<BootLoaderStep> = {
  kind: "boot-loader",
  reason: "system",
  describe: () => "Install the boot loader (switch-to-configuration boot)",
  commands: (step) => [chrootCommand(step.root, bootLoaderCommand(step))],
  run: async (step, context) => {
    const { root, toplevel } = step;
    const program = `${toplevel}/bin/switch-to-configuration`;
    if (!existsSync(await resolveInRoot(root, program))) {
      throw new InstallerError("system", `${program} is not there`, {
        object: toplevel,
        hint: "Build the system with system.switch.enable = true: its boot loader is installed by this program.",
      });
    }
    await removeEmptyMachineId(root);
    await withHostPath(root, () => installBootLoader(step, context));
  },
};

function bootLoaderCommand({ toplevel }: BootLoaderStep): string[] {
  return [`${toplevel}/bin/switch-to-configuration`, "boot"];
}

async function installBootLoader(step: BootLoaderStep, context: StepContext): Promise<void> {
  const { root, toplevel } = step;
  try {
    await runInChroot(context, {
      root,
      toplevel,
      argv: bootLoaderCommand(step),
      environment: { NIXOS_INSTALL_BOOTLOADER: "1" },
    });
  } catch (error) {
    if (!(error instanceof CommandError) || error.status === undefined) throw error;
    throw new InstallerError(
      "system",
      `installing the boot loader failed with exit status ${error.status}`,
      {
        cause: error,
        object: toplevel,
        hint: "Mend what the output complains of; it is from the system's own boot loader installer, set up by boot.loader.*.",
      },
    );
  }
}
