import { errorMessage } from "../errors.ts";
import { setLoopback } from "../linux/loopback.ts";
import type { StepContext } from "../run/step.ts";

/**
 * Raises the loopback interface when it is down: switch-to-configuration falls back to a socket on 127.0.0.1 when there
 * is no `/dev/log`, and ends with "Failed to initialize logger" when it gets none. Lowered again at the end of the run.
 */
export function raiseLoopback(context: StepContext): void {
  try {
    if (setLoopback(true)) return;
  } catch (error) {
    context.log("warning", `The loopback interface is down and stays so: ${errorMessage(error)}`);
    return;
  }
  context.hold("loopback interface", async () => {
    setLoopback(false);
  });
}
