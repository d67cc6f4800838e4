import { readFile } from "node:fs/promises";
import { errorMessage } from "../errors.ts";
import { exec } from "../run/command.ts";
import type { StepContext } from "../run/step.ts";

/** IFF_UP of netdevice(7). */
const interfaceUp = 1;

/**
 * Raises the loopback interface when it is down: switch-to-configuration falls back to a socket on 127.0.0.1 when there
 * is no `/dev/log`, and ends with "Failed to initialize logger" when it gets none. Lowered again at the end of the run.
 */
export async function raiseLoopback(context: StepContext): Promise<void> {
  if (await isLoopbackUp()) return;
  try {
    await context.exec(["ip", "link", "set", "dev", "lo", "up"], { reason: "system" });
  } catch (error) {
    context.signal.throwIfAborted();
    context.log("warning", `The loopback interface is down and stays so: ${errorMessage(error)}`);
    return;
  }
  context.hold("loopback interface", async () => {
    // Not through the context: an interrupted run closes what is open, too.
    await exec(["ip", "link", "set", "dev", "lo", "down"], { reason: "system" });
  });
}

async function isLoopbackUp(): Promise<boolean> {
  try {
    const flags = Number((await readFile("/sys/class/net/lo/flags", "utf8")).trim());
    return (flags & interfaceUp) !== 0;
  } catch {
    return false;
  }
}
