import { InstallerError } from "../errors.ts";
import { syncAll } from "../linux/sync.ts";
import { exec } from "./command.ts";

/** What the installer does when the system is installed and its disks are closed: `[finish] action`. */
export type FinishAction = "reboot" | "poweroff" | "none";

/**
 * The ways to carry out a finish action, best first: the live system's own program, which ends its services in order,
 * and the kernel's system request (`Documentation/admin-guide/sysrq.rst`) for live systems that have none.
 */
const requests = {
  reboot: { command: ["reboot"], systemRequest: "b" },
  poweroff: { command: ["poweroff"], systemRequest: "o" },
} as const;

/**
 * Reboots or powers off the machine. The target must have been closed before.
 *
 * @throws {InstallerError} `refused` when neither the program nor the kernel does it.
 */
export async function finish(action: FinishAction): Promise<void> {
  if (action === "none") return;
  syncAll();
  const { command, systemRequest } = requests[action];
  try {
    await exec(command, { timeoutSeconds: 30 });
  } catch (cause) {
    try {
      await Bun.write("/proc/sysrq-trigger", systemRequest);
    } catch {
      throw new InstallerError(
        "refused",
        `the system is installed, but ${action} failed: run it by hand`,
        {
          cause,
          hint: `Run ${action} by hand.`,
        },
      );
    }
  }
}
