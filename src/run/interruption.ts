import { exitCodes, InstallerError } from "../errors.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * An abort controller that the first SIGINT, SIGTERM or SIGHUP aborts, so that the run can close what it holds open. A
 * second SIGINT or SIGTERM ends the process at once; the kernel then drops the installer's mount namespace with all its
 * mounts, but swap stays on.
 *
 * @param hint What the user can do once the run has ended so.
 */
export function interruptionController(hint = "Run the same command again."): AbortController {
  const controller = new AbortController();
  for (const signal of signals) {
    process.on(signal, () => {
      if (controller.signal.aborted) {
        // A lost terminal may send SIGHUP twice: from the shell, and from the kernel.
        if (signal !== "SIGHUP") process.exit(exitCodes.interrupted);
        return;
      }
      controller.abort(new InstallerError("interrupted", `interrupted by ${signal}`, { hint }));
    });
  }
  return controller;
}

/** The signal of an {@link interruptionController}. */
export function interruptionSignal(hint?: string): AbortSignal {
  return interruptionController(hint).signal;
}
