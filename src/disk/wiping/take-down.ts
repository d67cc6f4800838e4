import type { Holder } from "../../facts/facts.ts";
import type { StepContext } from "../../run/step.ts";
import { stopCache } from "./bcache.ts";
import { takeDownCommand } from "./take-down-commands.ts";
import { unmountEverywhere } from "./unmount.ts";

async function takeDownOne(holder: Holder, udev: boolean, context: StepContext): Promise<void> {
  const { kind, name, device } = holder;
  if (kind === "mount" || kind === "nested-mount") return await unmountEverywhere(name, context);
  if (kind === "bcache") return await stopCache(holder.path ?? device);
  const command = takeDownCommand(holder, udev);
  if (command !== undefined) await context.exec(command, { object: device });
}

/**
 * Takes holders down, each that can be: what is still busy is left for another pass, since the kernel and programs that
 * look at devices in passing let go a little later.
 *
 * @param holders In the order in which they can be taken down.
 * @returns The first error; `undefined` when all went well.
 */
export async function takeDown(
  holders: readonly Holder[],
  udev: boolean,
  context: StepContext,
): Promise<unknown> {
  let first: unknown;
  for (const holder of holders) {
    try {
      await takeDownOne(holder, udev, context);
    } catch (error) {
      context.signal.throwIfAborted();
      first ??= error;
    }
  }
  return first;
}
