import { InstallerError } from "../../errors.ts";
import type { Disk, Holder } from "../../facts/facts.ts";
import { pollUntil } from "../../facts/poll.ts";
import type { StepContext, StepData, StepDefinition } from "../../run/step.ts";
import { formatContents } from "../safety/disk-tree.ts";
import type { NamedDisk } from "../safety/spanning-groups.ts";
import { lookAgain } from "./look-again.ts";
import { takeDown } from "./take-down.ts";
import { takeDownCommand } from "./take-down-commands.ts";
import { takeDownOrder } from "./take-down-order.ts";

/** A disk, and what of it is the manifest's. */
export interface OwnDisk extends NamedDisk {
  /** The nodes of the partitions that are; `undefined` where all of the disk is. */
  readonly partitions?: readonly string[];
}

/**
 * Closes everything that is open on what a manifest made: mounts of the live system, swap, mappings, groups, arrays,
 * pools and loop devices, deepest first. Nothing on the disks is changed.
 */
export interface CloseOpenStep extends StepData {
  readonly kind: "close-open";
  readonly disks: readonly OwnDisk[];
  /** Whether the live system runs udev, which then has to be waited for. */
  readonly udev: boolean;
}

/** Seconds that what is busy is tried again. */
const deadline = 10;

/** What of a disk is the manifest's, with what uses that. Pure. */
function ownPart(disk: Disk, own: readonly string[] | undefined): Disk {
  if (own === undefined) return disk;
  const devices = new Set(own);
  // What is made of a partition is listed behind the partition, but for swap files and the like.
  for (let size = 0; size !== devices.size; ) {
    size = devices.size;
    for (const { device, path } of disk.holders) {
      if (path !== undefined && devices.has(device)) devices.add(path);
    }
  }
  return {
    ...disk,
    partitions: disk.partitions.filter(({ path }) => devices.has(path)),
    holders: disk.holders.filter(({ device }) => devices.has(device)),
  };
}

/** What uses the manifest's part of some disks, in the order in which it can be closed. Pure. */
export function openOn(disks: readonly OwnDisk[]): readonly Holder[] {
  return takeDownOrder(disks.map(({ disk, partitions }) => ownPart(disk, partitions)));
}

/** How what was closed is told of, before its name. */
const words: Readonly<Record<Holder["kind"], string>> = {
  mount: "the mount on",
  "nested-mount": "the mount on",
  swap: "swap on",
  "device-mapper": "the mapping",
  md: "the array",
  loop: "the loop device",
  bcache: "the cache",
  "zfs-pool": "the pool",
  partition: "the partition",
  "block-device": "the device",
  "exclusive-open": "the device in",
};

/** What is open, for people: `swap on /dev/vda2`. */
function describeOpen({ kind, name }: Holder): string {
  return `${words[kind]} ${name}`;
}

async function run({ disks, udev }: CloseOpenStep, context: StepContext): Promise<void> {
  let open = openOn(disks);
  let failure: unknown;
  const isClosed = await pollUntil(
    deadline,
    async () => {
      failure = await takeDown(open, udev, context);
      const before = open.map(describeOpen);
      const looked = await lookAgain(disks, context.signal);
      open = openOn(looked.map((disk, index) => ({ ...disks[index], name: "", disk })));
      const left = new Set(open.map(describeOpen));
      for (const what of before) if (!left.has(what)) context.log("info", `closed ${what}`);
      return open.length === 0;
    },
    context.signal,
  );
  if (isClosed) return;
  if (failure !== undefined) throw failure;
  throw new InstallerError(
    "disk",
    ["something is open still:", ...disks.map(({ disk }) => formatContents(disk))].join("\n"),
    { hint: "End what uses it: look with `lsof` or `fuser`." },
  );
}

/** {@link CloseOpenStep} */
export const closeOpenStep: StepDefinition<CloseOpenStep> = {
  kind: "close-open",
  reason: "disk",
  describe: ({ disks }) => `Close what is open on ${disks.map(({ disk }) => disk.path).join(", ")}`,
  commands: ({ disks, udev }) =>
    openOn(disks).flatMap((holder) => {
      const command = takeDownCommand(holder, udev);
      return command === undefined ? [] : [command];
    }),
  run,
};
