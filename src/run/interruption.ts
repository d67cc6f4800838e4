import { exitCodes, InstallerError } from "../errors.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What {@link interruptionController} needs. */
export interface InterruptionOptions {
  /** What the user can do once the run has ended so. */
  readonly hint?: string | undefined;
  /** Called when a second signal ends the process, right before: what it has to tell. */
  readonly onSecond?: () => void;
}

/**
 * An abort controller that the first SIGINT, SIGTERM or SIGHUP aborts, so that the run can close what it holds open. A
 * second SIGINT or SIGTERM ends the process at once. All that it has started is killed then (`watchdog.ts`), and the
 * kernel drops the installer's mount namespace with all its mounts; swap, mappings and arrays stay.
 */
export function interruptionController(options: InterruptionOptions = {}): AbortController {
  const { hint = "Run the same command again.", onSecond } = options;
  const controller = new AbortController();
  for (const signal of signals) {
    process.on(signal, () => {
      if (!controller.signal.aborted) {
        controller.abort(new InstallerError("interrupted", `interrupted by ${signal}`, { hint }));
        return;
      }
      // A lost terminal may send SIGHUP twice: from the shell, and from the kernel.
      if (signal === "SIGHUP") return;
      try {
        onSecond?.();
      } finally {
        process.exit(exitCodes.interrupted);
      }
    });
  }
  return controller;
}

/** The signal of an {@link interruptionController}. */
export function interruptionSignal(): AbortSignal {
  return interruptionController().signal;
}
