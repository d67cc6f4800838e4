import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { parseSwaps } from "../../facts/swaps.ts";
import { exec } from "../../run/command.ts";
import type { StepData } from "../../run/step.ts";
import { deviceReference } from "../../values/names.ts";
import { deterministicUuid } from "../identifiers.ts";
import { identifierDetails, signatureDifference } from "../probe.ts";
import { type StorageObject, storageStep } from "../storage-object.ts";

const schema = v.strictObject({
  device: deviceReference,
  label: v.optional(
    v.pipe(v.string(), v.maxBytes(15, "expected a label of at most 15 bytes, as swap allows")),
  ),
});

/** Makes a swap area on a device and swaps to it until the end of the run. */
export interface SwapStep extends StepData {
  readonly kind: "swap";
  /** The node of the device. */
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

async function swapOff({ device }: SwapStep): Promise<void> {
  const swaps = parseSwaps(await readFile("/proc/swaps", "utf8"));
  if (swaps.includes(device)) await exec(["swapoff", device], { object: device });
}

/** `[swap.NAME]` */
export const swap: StorageObject<typeof schema, SwapStep> = {
  table: "swap",
  schema,
  programs: ["mkswap", "swapoff", "swapon", "wipefs"],
  gives: () => [],
  madeOn: ({ device }) => [device],
  plan: (name, table, context) => {
    const device = context.device(table.device);
    const step: SwapStep = {
      kind: "swap",
      id: `swap/${name}`,
      device: device.path,
      uuid: deterministicUuid(device.seed, `swap.${name}`),
      ...(table.label === undefined ? {} : { label: table.label }),
    };
    return { steps: [step], devices: [] };
  },
  step: storageStep<SwapStep>({
    kind: "swap",
    describe: ({ device, label }) =>
      `Make swap on ${device}${label === undefined ? "" : ` (label ${label})`} and use it`,
    commands: (step) => [makeCommand(step), swapOnCommand(step)],
    details: identifierDetails,
    difference: (step, context) => signatureDifference({ ...step, type: "swap" }, context),
    make: async (step, context) => {
      await context.exec(makeCommand(step), { object: step.device });
      await context.exec(swapOnCommand(step), { object: step.device });
    },
    letGo: { what: ({ device }) => `swap on ${device}`, release: swapOff },
  }),
};
