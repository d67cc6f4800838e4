import type { StepContext, StepData, StepDefinition } from "../../run/step.ts";
import { formatContents } from "../safety/disk-tree.ts";
import type { NamedDisk } from "../safety/spanning-groups.ts";
import { lookAgain } from "./look-again.ts";
import { takeDown } from "./take-down.ts";
import { furtherPrograms, takeDownCommand } from "./take-down-commands.ts";
import { takeDownOrder } from "./take-down-order.ts";

/**
 * Closes what is open on disks that an earlier run of the same manifest made: mappings, arrays and swap that it was
 * broken off with, or that the live system has assembled since. Nothing on the disks is changed.
 */
export interface CloseStep extends StepData {
  readonly kind: "close";
  /** The disks with all that is on them, as they were when the plan was made. */
  readonly disks: readonly NamedDisk[];
  /** Whether the live system runs udev, which then has to be waited for. */
  readonly udev: boolean;
}

async function run({ disks, udev }: CloseStep, context: StepContext): Promise<void> {
  const found = await lookAgain(disks, context.signal);
  const failure = await takeDown(takeDownOrder(found), udev, context);
  if (failure !== undefined) throw failure;
}

function commands({ disks, udev }: CloseStep): (readonly string[])[] {
  return takeDownOrder(disks.map(({ disk }) => disk)).flatMap((holder) => {
    const command = takeDownCommand(holder, udev);
    return command === undefined ? [] : [command];
  });
}

/** {@link CloseStep} */
export const closeStep: StepDefinition<CloseStep> = {
  kind: "close",
  reason: "disk",
  describe: ({ disks }) =>
    `Close what is open on ${disks.map(({ disk }) => disk.path).join(", ")} of an earlier run`,
  commands,
  programs: (step) => furtherPrograms(commands(step)),
  details: ({ disks }) => disks.flatMap(({ disk }) => formatContents(disk).split("\n")),
  run,
};

/** The step that closes what is open; none when there is nothing. */
export function closeSteps(disks: readonly NamedDisk[], udev: boolean): CloseStep[] {
  return disks.length === 0 ? [] : [{ kind: "close", id: "close", disks, udev }];
}
