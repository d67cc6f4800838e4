import * as v from "valibot";
import { InstallerError } from "../../errors.ts";
import type { StepContext, StepData } from "../../run/step.ts";
import { described, inJsonSchema } from "../../values/described.ts";
import { labelFor } from "../../values/label.ts";
import { deviceReference } from "../../values/names.ts";
import { absolutePath } from "../../values/paths.ts";
import { parseSize, size } from "../../values/size.ts";
import { wholeNumber } from "../../values/whole-number.ts";
import { deterministicUuid } from "../identifiers.ts";
import { type Origin, originOf } from "../made-new.ts";
import { identifiersOf } from "../outcome.ts";
import {
  eraseCommand,
  identifierDetails,
  signatureDifference,
  signaturesOn,
  verifyKept,
} from "../probe.ts";
import { type PlannedDevice, type StorageObject, storageStep } from "../storage-object.ts";
import { makeSwapCommand, type SwapArea, swapOff, swapOnCommand } from "../swapping/swap-area.ts";

/** The smallest area mkswap makes: ten pages, of up to 64 KiB. */
const smallestArea = 10 * 64 * 1024;

const schema = v.pipe(
  v.strictObject({
    device: described(v.optional(deviceReference), 'The device that is swapped to: "main.swap".'),
    file: described(
      v.optional(absolutePath),
      "Instead of device: a file of the installed system, on ext4, xfs, btrfs or f2fs.",
    ),
    size: described(
      v.optional(
        v.pipe(
          size,
          v.check((text) => {
            const bytes = parseSize(text) ?? 0;
            return bytes >= smallestArea && bytes % 4096 === 0;
          }, "expected a multiple of 4KiB from 1MiB on"),
        ),
      ),
      "The size of the file.",
    ),
    label: described(v.optional(labelFor("swap", 15)), "At most 15 bytes. Default: none."),
    "random-encryption": described(
      v.optional(v.boolean(), false),
      "Whether the installed system encrypts it with a new key at every boot (swapDevices.*.randomEncryption). It is only emptied now.",
    ),
    priority: described(
      v.optional(wholeNumber(0, 32767)),
      "The kernel fills the area of the highest priority first (swapon(8)). Default: areas of low priority, in their order.",
    ),
    format: described(
      v.optional(v.boolean()),
      "Whether it is made new. Default: true, but false on partitions with keep = true.",
    ),
  }),
  v.partialCheck(
    [["device"], ["file"]],
    ({ device, file }) => (device === undefined) !== (file === undefined),
    "expected either `device`, or `file` and `size`",
  ),
  inJsonSchema({ oneOf: [{ required: ["device"] }, { required: ["file", "size"] }] }),
  v.forward(
    v.partialCheck(
      [["file"], ["size"]],
      (table) => table.file === undefined || table.size !== undefined,
      'expected the size of the file, such as "4GiB"',
    ),
    ["size"],
  ),
  v.forward(
    v.partialCheck(
      [["file"], ["size"]],
      (table) => table.file !== undefined || table.size === undefined,
      "expected none: a device has the size it has",
    ),
    ["size"],
  ),
  v.forward(
    v.partialCheck(
      [["file"], ["format"]],
      ({ file, format }) => file === undefined || format === undefined,
      "expected none: a swap file is always made anew",
    ),
    ["format"],
  ),
  v.forward(
    v.partialCheck(
      [["file"], ["random-encryption"]],
      (table) => table.file === undefined || !table["random-encryption"],
      "expected none: only a device can be encrypted at every boot",
    ),
    ["random-encryption"],
  ),
  v.forward(
    v.partialCheck(
      [["label"], ["random-encryption"]],
      (table) => table.label === undefined || !table["random-encryption"],
      "expected none: what is encrypted anew at every boot loses its label",
    ),
    ["label"],
  ),
);

/** A validated `[swap.NAME]`. */
export type SwapTable = v.InferOutput<typeof schema>;

/** Makes a swap area on a device unless it is kept, and swaps to it until the end of the run. */
export interface SwapStep extends StepData, SwapArea {
  readonly kind: "swap";
  /** `made` anew, `kept` as it is, or left empty to the installed system, which makes it at `every-boot`. */
  readonly content: "made" | "kept" | "every-boot";
}

function commands(step: SwapStep): (readonly string[])[] {
  const { content, device } = step;
  if (content === "every-boot") return [eraseCommand(device)];
  if (content === "kept") return [swapOnCommand(step)];
  return [eraseCommand(device), makeSwapCommand(step), swapOnCommand(step)];
}

function describe({ device, label, content }: SwapStep): string {
  if (content === "every-boot") return `Empty ${device} for swap that every boot encrypts anew`;
  if (content === "kept") return `Use the swap on ${device}`;
  return `Make swap on ${device}${label === undefined ? "" : ` (label ${label})`} and use it`;
}

async function make(step: SwapStep, context: StepContext): Promise<void> {
  if (step.content === "kept") {
    const unlike = await signatureDifference({ ...step, type: "swap" }, context);
    // A hibernated system, too, has its memory there: that is no swap to blkid, and swapon(8) would destroy it.
    if (unlike !== undefined) {
      throw new InstallerError("disk", `the swap to be kept is not there: ${unlike}`, {
        object: step.device,
      });
    }
  }
  for (const argv of commands(step)) await context.exec(argv, { object: step.device });
}

async function difference(step: SwapStep, context: StepContext): Promise<string | undefined> {
  const { device, content } = step;
  if (content !== "every-boot") return signatureDifference({ ...step, type: "swap" }, context);
  const [left] = await signaturesOn(device, context);
  return left === undefined ? undefined : `${device} still carries ${left.type}`;
}

function contentOf(
  object: string,
  table: SwapTable,
  device: PlannedDevice,
  origin: Origin,
): SwapStep["content"] {
  if (!table["random-encryption"]) return origin === "this-run" ? "made" : "kept";
  if (origin !== "others") return "every-boot";
  throw new InstallerError(
    "refused",
    `${object} would be overwritten at every boot, but ${device.reference} (${device.path}) is to be kept`,
    {
      object,
      finding: "preflight/kept-overwritten",
      hint: `Write format = true for ${object}, or leave out random-encryption.`,
    },
  );
}

/** `[swap.NAME]` on a device; a swap file is made when the file systems are mounted (`swap-file.ts`). */
export const swap: StorageObject<typeof schema, SwapStep> = {
  table: "swap",
  kind: { what: "swap", madeOn: "device", gives: () => "nothing", canStay: true },
  schema,
  programs: ["chattr", "fallocate", "mkswap", "swapoff", "swapon", "wipefs"],
  gives: () => [],
  madeOn: ({ device }) => (device === undefined ? [] : [device]),
  plan: (name, table, context) => {
    if (table.device === undefined) return { steps: [], devices: [] };
    const object = `swap.${name}`;
    const device = context.device(table.device);
    const origin = originOf(object, table.format, device);
    const content = contentOf(object, table, device, origin);
    const isOwn = origin !== "others" && content !== "every-boot";
    const { label, priority } = table;
    const step: SwapStep = {
      kind: "swap",
      id: `swap/${name}`,
      device: device.path,
      content,
      ...(isOwn ? { uuid: deterministicUuid(device.seed, object) } : {}),
      ...(label === undefined ? {} : { label }),
      ...(priority === undefined ? {} : { priority }),
    };
    if (origin === "others") verifyKept(object, { ...step, type: "swap" }, context.facts);
    return { steps: [step], devices: [] };
  },
  outcome: (step) => ({
    contents: [
      {
        device: step.device,
        type: step.content === "every-boot" ? "swap, encrypted anew at every boot" : "swap",
        isNew: step.content !== "kept",
        ...identifiersOf(step),
      },
    ],
    devices: [],
  }),
  step: storageStep<SwapStep>({
    kind: "swap",
    writesDisk: true,
    describe,
    commands,
    programs: ({ content }) => (content === "every-boot" ? ["wipefs"] : ["swapoff", "wipefs"]),
    details: identifierDetails,
    difference,
    make,
    letGo: { what: ({ device }) => `swap on ${device}`, release: swapOff },
  }),
};
