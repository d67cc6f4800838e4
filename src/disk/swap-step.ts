import { readFile } from "node:fs/promises";
import { parseSwaps } from "../facts/swaps.ts";
import { exec } from "../run/command.ts";
import type { StepData, StepDefinition } from "../run/step.ts";

/** Makes a swap area on a partition and swaps to it until the end of the run. */
export interface SwapStep extends StepData {
  readonly kind: "swap";
  /** The kernel's node of the partition. */
  readonly device: string;
  readonly uuid: string;
  readonly label?: string;
}

function makeCommand({ device, uuid, label }: SwapStep): string[] {
  return ["mkswap", "-U", uuid, ...(label === undefined ? [] : ["-L", label]), device];
}

function swapOnCommand({ device }: SwapStep): string[] {
  return ["swapon", device];
}

/** {@link SwapStep} */
export const swapStep: StepDefinition<SwapStep> = {
  kind: "swap",
  reason: "disk",
  describe: ({ device, label }) =>
    `Make swap on ${device}${label === undefined ? "" : ` (label ${label})`} and use it`,
  commands: (step) => [makeCommand(step), swapOnCommand(step)],
  run: async (step, context) => {
    const { device } = step;
    await context.exec(makeCommand(step), { object: device });
    // Held first: an interruption may come when swapon(8) has done its work.
    context.hold(`swap on ${device}`, async () => {
      const swaps = parseSwaps(await readFile("/proc/swaps", "utf8"));
      if (swaps.includes(device)) await exec(["swapoff", device], { object: device });
    });
    await context.exec(swapOnCommand(step), { object: device });
  },
};
