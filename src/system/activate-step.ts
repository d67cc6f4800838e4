import { existsSync } from "node:fs";
import { InstallerError } from "../errors.ts";
import { parseStorePath } from "../nix/store-path.ts";
import { CommandError } from "../run/command.ts";
import type { StepContext, StepData, StepDefinition } from "../run/step.ts";
import { chrootCommand, runInChroot } from "./chroot.ts";
import { resolveInRoot } from "./root-path.ts";

/** Runs the system's activation script, which makes `/etc`, users and the rest of the root. */
export interface ActivateStep extends StepData {
  readonly kind: "activate";
  /** Where the target is mounted, prepared by a `chroot` step. */
  readonly root: string;
  /** Store path of the system. */
  readonly toplevel: string;
}

/**
 * `TOPLEVEL/activate` in the target. nixos-enter ignores its exit status; here a failing snippet ends the install, as
 * the boot loader step would fail later with a message about something else.
 */
export const activateStep: StepDefinition<ActivateStep> = {
  kind: "activate",
  reason: "system",
  describe: ({ toplevel }) => `Activate ${parseStorePath(toplevel).name}`,
  commands: (step) => [chrootCommand(step.root, activateCommand(step))],
  run: async (step, context) => {
    const { root, toplevel } = step;
    if (!existsSync(await resolveInRoot(root, `${toplevel}/activate`))) {
      context.log("info", `${toplevel} has no activate script (system.activatable = false)`);
      return;
    }
    await activate(step, context);
    if (!existsSync(await resolveInRoot(root, "/etc/os-release"))) {
      throw new InstallerError("system", "activation made no /etc/os-release in the target", {
        object: toplevel,
        hint: "Look in the log for what the activation script printed.",
      });
    }
  },
};

function activateCommand({ toplevel }: ActivateStep): string[] {
  return [`${toplevel}/activate`];
}

async function activate(step: ActivateStep, context: StepContext): Promise<void> {
  const { root, toplevel } = step;
  try {
    await runInChroot(context, {
      root,
      toplevel,
      argv: activateCommand(step),
      environment: { IN_NIXOS_ENTER: "1" },
    });
  } catch (error) {
    if (!(error instanceof CommandError) || error.status === undefined) throw error;
    throw new InstallerError("system", `activation failed with exit status ${error.status}`, {
      cause: error,
      object: toplevel,
      hint: "A snippet of the system's activation script failed; its own output names it.",
    });
  }
}
