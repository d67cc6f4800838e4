import { existsSync } from "node:fs";
import { CommandError } from "../run/command.ts";
import type { StepData, StepDefinition } from "../run/step.ts";
import { chrootCommand, runInChroot } from "./chroot.ts";
import { makeDirectoryInRoot, resolveInRoot } from "./root-path.ts";

/** Makes the files and directories that the system declares by tmpfiles.d(5). */
export interface TmpfilesStep extends StepData {
  readonly kind: "tmpfiles";
  /** Where the target is mounted, prepared by a `chroot` step. */
  readonly root: string;
  /** Store path of the system. */
  readonly toplevel: string;
}

/**
 * `systemd-tmpfiles --create --remove -E` in the target, as nixos-enter runs it. It fails on a single line that it
 * cannot carry out, which first boot mends: that is a warning.
 */
export const tmpfilesStep: StepDefinition<TmpfilesStep> = {
  kind: "tmpfiles",
  reason: "system",
  describe: () => "Create the system's temporary files and directories (systemd-tmpfiles)",
  commands: (step) => [chrootCommand(step.root, tmpfilesCommand(step))],
  run: async (step, context) => {
    const { root, toplevel } = step;
    const argv = tmpfilesCommand(step);
    const [program = ""] = argv;
    if (!existsSync(await resolveInRoot(root, program))) {
      context.log("warning", `${program} is not there: temporary files are made at first boot`);
      return;
    }
    try {
      await runInChroot(context, { root, toplevel, argv });
    } catch (error) {
      if (!(error instanceof CommandError) || error.status === undefined) throw error;
      context.log(
        "warning",
        `systemd-tmpfiles ended with exit status ${error.status}:\n${error.output}`,
      );
    }
    // Its rules may have removed or changed what boot loader scripts need.
    await makeDirectoryInRoot(root, "/tmp", 0o1777);
  },
};

function tmpfilesCommand({ toplevel }: TmpfilesStep): string[] {
  return [`${toplevel}/sw/bin/systemd-tmpfiles`, "--create", "--remove", "-E"];
}
