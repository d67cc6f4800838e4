import { InstallerError } from "../../errors.ts";
import { nameOfNode, readPartitions } from "../../facts/block-device.ts";
import { gatherDisk } from "../../facts/disks.ts";
import type { Disk } from "../../facts/facts.ts";
import { pollUntil } from "../../facts/poll.ts";
import type { StepContext, StepData, StepDefinition } from "../../run/step.ts";
import { settle, settleCommand } from "../partitioning/kernel-table.ts";
import { formatContents } from "../safety/disk-tree.ts";
import { isBlank } from "../safety/refuse.ts";
import type { NamedDisk } from "../safety/spanning-groups.ts";
import { DiskClaim } from "./claim.ts";
import { eraseCommand, forgetCommand, zeroSignatures } from "./erase.ts";
import { checkBeforeWipe, lookAgain } from "./look-again.ts";
import { takeDown } from "./take-down.ts";
import { furtherPrograms, takeDownCommand } from "./take-down-commands.ts";
import { takeDownOrder } from "./take-down-order.ts";

/**
 * Takes down what uses disks, and erases everything by which it could be found again. One step for all disks that are
 * wiped, before anything else is written: so an array across two of them goes down as a whole.
 */
export interface WipeStep extends StepData {
  readonly kind: "wipe";
  /** The disks with all that is on them, as they were when the plan was made. */
  readonly disks: readonly NamedDisk[];
  /** Whether the live system runs udev, which then has to be waited for. */
  readonly udev: boolean;
}

/** Seconds that holders have to go, for programs that look at devices in passing. */
const takeDownDeadline = 30;
/** Seconds that the kernel and udev have to notice that nothing is left. */
const blankDeadline = 30;

function disksOf(step: WipeStep): Disk[] {
  return step.disks.map(({ disk }) => disk);
}

/** Takes everything down, again and again should something be assembled anew, until the disks are this process's alone. */
async function claimDisks(
  step: WipeStep,
  context: StepContext,
  seconds: number,
): Promise<DiskClaim> {
  let failure: unknown;
  let busy: Disk[] = [];
  const claims: DiskClaim[] = [];
  await pollUntil(
    seconds,
    async () => {
      busy = await lookAgain(step.disks, context.signal);
      failure = await takeDown(takeDownOrder(busy), step.udev, context);
      const claim = DiskClaim.take(busy.map(({ path }) => path));
      if (claim !== undefined) claims.push(claim);
      return claim !== undefined;
    },
    context.signal,
  );
  const [claim] = claims;
  if (claim !== undefined) return claim;
  if (failure !== undefined) throw failure;
  const held = busy.filter(({ holders }) => holders.length > 0);
  throw new InstallerError(
    "disk",
    [
      `what uses ${disksOf(step)
        .map(({ path }) => path)
        .join(", ")} could not be taken down within ${seconds} s`,
      ...held.map(formatContents),
    ].join("\n"),
    { object: step.id, hint: "Stop it by hand; nothing was erased." },
  );
}

/** Without udev nobody removes the nodes of mappings that are gone (dmsetup(8)). */
function nodeCommands(step: WipeStep): readonly (readonly string[])[] {
  const mappings = disksOf(step).some(({ holders }) =>
    holders.some(({ kind }) => kind === "device-mapper"),
  );
  return mappings && !step.udev ? [["dmsetup", "mknodes"]] : [];
}

/** Has the kernel forget a disk's partitions; what looks at one in passing makes it refuse for a moment. */
async function forgetPartitions({ path }: Disk, context: StepContext): Promise<void> {
  const gone = await pollUntil(
    blankDeadline,
    async () => {
      for (const { partition } of await readPartitions(nameOfNode(path))) {
        const command = forgetCommand(path, partition?.number ?? 0);
        await context.exec(command, { object: path, allowedExitCodes: [0, 1] });
      }
      return (await readPartitions(nameOfNode(path))).length === 0;
    },
    context.signal,
  );
  if (gone) return;
  throw new InstallerError("disk", `the kernel does not let go of the partitions of ${path}`, {
    object: path,
    hint: "A program may have one of them open: look with `lsof`.",
  });
}

async function eraseDisk(disk: Disk, context: StepContext): Promise<void> {
  for (const { path } of disk.partitions) {
    await context.exec(eraseCommand(path), { object: disk.path });
  }
  await forgetPartitions(disk, context);
  await context.exec(eraseCommand(disk.path), { object: disk.path });
  await zeroSignatures(disk);
}

/** Makes sure that nothing is left, neither on the disks nor of what was made of them. */
async function checkBlank(step: WipeStep, context: StepContext): Promise<void> {
  let left: Disk[] = [];
  const blank = await pollUntil(
    blankDeadline,
    async () => {
      const disks = await Promise.all(
        disksOf(step).map(({ path }) => gatherDisk(path, context.signal)),
      );
      left = disks.flatMap((disk) =>
        disk === undefined || (isBlank(disk) && disk.holders.length === 0) ? [] : [disk],
      );
      return left.length === 0;
    },
    context.signal,
  );
  if (blank) return;
  throw new InstallerError(
    "disk",
    ["something is left after the wipe:", ...left.map(formatContents)].join("\n"),
    { object: step.id, hint: "The disk may be failing: look at the kernel's log with `dmesg`." },
  );
}

/**
 * Carries out a {@link WipeStep}.
 *
 * @param seconds How long what is busy is tried again.
 * @throws {InstallerError} `refused` or `disk`; until the disks are free nothing is erased.
 */
export async function wipeDisks(
  step: WipeStep,
  context: StepContext,
  seconds = takeDownDeadline,
): Promise<void> {
  await checkBeforeWipe(step.disks, context.signal);
  {
    using claim = await claimDisks(step, context, seconds);
    for (const argv of nodeCommands(step)) await context.exec(argv);
    context.log("debug", `${claim.paths.join(", ")}: nothing else can use them now`);
    for (const [index, disk] of disksOf(step).entries()) {
      const total = step.disks.length;
      context.progress({ done: index, total, unit: "items", detail: disk.path });
      await eraseDisk(disk, context);
    }
  }
  // Giving back a disk makes udev look at it once more.
  if (step.udev) await settle(context);
  await checkBlank(step, context);
}

function commands(step: WipeStep): (readonly string[])[] {
  const disks = disksOf(step);
  return [
    ...takeDownOrder(disks).flatMap((holder) => {
      const command = takeDownCommand(holder, step.udev);
      return command === undefined ? [] : [command];
    }),
    ...nodeCommands(step),
    ...disks.flatMap(({ path, partitions }) => [
      ...partitions.map((partition) => eraseCommand(partition.path)),
      ...partitions.map(({ number }) => forgetCommand(path, number)),
      eraseCommand(path),
    ]),
    ...(step.udev ? [settleCommand] : []),
  ];
}

/** Every program that {@link wipeStep} may run. */
export const wipePrograms: readonly string[] = [
  "dmsetup",
  "losetup",
  "mdadm",
  "nsenter",
  "partx",
  "swapoff",
  "udevadm",
  "umount",
  "wipefs",
  "zpool",
];

/** {@link WipeStep} */
export const wipeStep: StepDefinition<WipeStep> = {
  kind: "wipe",
  reason: "disk",
  writesDisk: true,
  describe: (step) => {
    const paths = disksOf(step).map(({ path }) => path);
    return `Wipe ${paths.join(", ")}: everything on ${paths.length === 1 ? "it" : "them"} is destroyed`;
  },
  commands,
  programs: (step) => furtherPrograms(commands(step)),
  details: (step) => disksOf(step).flatMap((disk) => formatContents(disk).split("\n")),
  run: (step, context) => wipeDisks(step, context),
};

/** The step that wipes the disks which are to be wiped; none when there are none. */
export function wipeSteps(disks: readonly NamedDisk[], udev: boolean): WipeStep[] {
  return disks.length === 0 ? [] : [{ kind: "wipe", id: "wipe", disks, udev }];
}
