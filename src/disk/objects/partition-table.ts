import { gatherDisk } from "../../facts/disks.ts";
import { parsePartitionTable, partitionTableCommand } from "../../facts/partition-table.ts";
import { parseWipefs } from "../../facts/signatures.ts";
import type { CommandInput, StepContext, StepData, StepDefinition } from "../../run/step.ts";
import { formatSize } from "../../values/size.ts";
import type { MadeDevice, Outcome } from "../outcome.ts";
import type { KeptPartition } from "../partitioning/kept-partitions.ts";
import {
  addCommand,
  adoptPartitions,
  adoptPartitionTable,
  rereadCommand,
  settle,
  settleCommand,
} from "../partitioning/kernel-table.ts";
import type { TableLayout } from "../partitioning/layout.ts";
import { partitionPath } from "../partitioning/partition-path.ts";
import type { PlacedPartition } from "../partitioning/placed-partition.ts";
import { recheckKeptTable } from "../partitioning/recheck-table.ts";
import { formatScript, tableDifference, writeCommand } from "../partitioning/sfdisk.ts";
import { unfinishedLayout } from "../partitioning/unfinished.ts";
import { eraseCommand } from "../probe.ts";
import { checkIdentity, type ExpectedDisk, recheckDisk } from "../safety/recheck.ts";
import { storageStep } from "../storage-object.ts";
import { forgetCommand } from "../wiping/erase.ts";

/**
 * Writes the partition table of a blank disk, adds partitions to the table that a disk has, or makes sure that a disk
 * without one is blank.
 */
export interface PartitionTableStep extends StepData, ExpectedDisk, TableLayout {
  readonly kind: "partition-table";
  /** Logical sector size in bytes. */
  readonly sectorSize: number;
  /** Whether the live system runs udev, which then has to be waited for. */
  readonly udev: boolean;
  /** Whether an earlier run made the partitions and all that is on them, so that nothing is written. */
  readonly made: boolean;
  /** Whether the table has its final identifiers, which it gets when everything on the disks is made. */
  readonly marked: boolean;
  /** The numbers of partitions that a run which was broken off has added to a table that is kept: they are removed. */
  readonly leftovers: readonly number[];
}

function settleCommands({ udev }: PartitionTableStep): readonly (readonly string[])[] {
  return udev ? [settleCommand] : [];
}

/** The partitions that the manifest names in a table that is kept. */
function namedPartitions(step: PartitionTableStep): readonly (PlacedPartition | KeptPartition)[] {
  return [...(step.kept?.partitions ?? []), ...step.partitions];
}

/** Shows what is on the new partitions: nothing of what was there before may be found again. */
function signaturesCommand({ device, partitions }: PartitionTableStep): readonly string[] {
  return ["wipefs", "--json", ...partitions.map(({ number }) => partitionPath(device, number))];
}

function readCommands(step: PartitionTableStep): readonly (readonly string[])[] {
  const read = partitionTableCommand(step.device);
  return step.made || step.partitions.length === 0 ? [read] : [read, signaturesCommand(step)];
}

function commands(step: PartitionTableStep): readonly (readonly string[])[] {
  const { device, kept, oldPartitions, made } = step;
  const settled = settleCommands(step);
  if (step.label === "none") return [];
  // A loop device shows no partitions unless it is told, not even those that are there.
  const unknown = namedPartitions(step).filter(
    ({ number }) => !oldPartitions.includes(partitionPath(device, number)),
  );
  const added = unknown.map(({ number }) => addCommand(device, number));
  if (made) return [...added, ...settled, ...readCommands(step)];
  const write = step.partitions.length === 0 ? [] : [writeCommand(device, step)];
  if (kept === undefined) {
    return [...write, rereadCommand(device), ...settled, ...readCommands(step)];
  }
  return [...removeCommands(step), ...write, ...added, ...settled, ...readCommands(step)];
}

async function difference(
  step: PartitionTableStep,
  context: StepContext,
): Promise<string | undefined> {
  if (step.label === "none") return undefined;
  const { device, partitions, sectorSize, identity, made, marked } = step;
  const { stdout } = await context.exec(partitionTableCommand(device), { object: device });
  const disk = { size: identity.size, logicalSectorSize: sectorSize };
  const table = parsePartitionTable(stdout, disk);
  const different = tableDifference(table, marked ? step : unfinishedLayout(step));
  if (different !== undefined) return `the partition table of ${device}: ${different}`;
  if (made || partitions.length === 0) return undefined;
  const found = await context.exec(signaturesCommand(step), { object: device });
  const devices = partitions.map(({ number, size }) => ({
    path: partitionPath(device, number),
    size,
  }));
  const [old] = parseWipefs(found.stdout, devices);
  return old && `an old ${old.type} is still on the new partition ${old.device}`;
}

/** The commands that remove partitions of which nobody needs to keep anything; none when there are none. */
function removeCommands({ device, leftovers }: PartitionTableStep): readonly (readonly string[])[] {
  if (leftovers.length === 0) return [];
  const numbers = leftovers.map(String);
  return [
    ...leftovers.map((number) => eraseCommand(partitionPath(device, number))),
    ...leftovers.map((number) => forgetCommand(device, number)),
    ["sfdisk", "--no-reread", "--no-tell-kernel", "--delete", device, ...numbers],
  ];
}

/**
 * Removes what a run that was broken off has added to a table.
 *
 * @returns The disk as it is expected to be then.
 */
async function removeLeftovers(
  step: PartitionTableStep,
  context: StepContext,
  object: string,
): Promise<PartitionTableStep> {
  const { device, leftovers, oldPartitions } = step;
  if (leftovers.length === 0) return step;
  checkIdentity(step, await gatherDisk(device, context.signal));
  for (const argv of removeCommands(step)) await context.exec(argv, { object });
  if (step.udev) await settle(context);
  const gone = leftovers.map((number) => partitionPath(device, number));
  return { ...step, oldPartitions: oldPartitions.filter((path) => !gone.includes(path)) };
}

/** Adds partitions to the table that is there. */
async function add(step: PartitionTableStep, context: StepContext, object: string): Promise<void> {
  const { device, partitions, sectorSize, udev } = step;
  await recheckKeptTable(await removeLeftovers(step, context, object), context.signal);
  if (partitions.length > 0) {
    await context.exec(writeCommand(device, step), {
      input: formatScript(unfinishedLayout(step), sectorSize),
      object,
    });
  }
  await adoptPartitions(context, device, namedPartitions(step), udev);
}

async function make(step: PartitionTableStep, context: StepContext): Promise<void> {
  const { device, partitions, sectorSize, udev } = step;
  const object = `disk.${step.disk}`;
  if (step.made) {
    checkIdentity(step, await gatherDisk(device, context.signal));
    await adoptPartitions(context, device, namedPartitions(step), udev);
    return;
  }
  if (step.kept !== undefined) {
    await add(step, context, object);
    return;
  }
  await recheckDisk(step, context.signal);
  if (step.label === "none") return;
  await context.exec(writeCommand(device, step), {
    input: formatScript(unfinishedLayout(step), sectorSize),
    object,
  });
  await adoptPartitionTable(context, device, partitions, udev);
}

/** The script that the table is written by, behind what is removed before. */
function inputs(step: PartitionTableStep): CommandInput[] {
  const { label, partitions, made, sectorSize } = step;
  if (label === "none" || made || partitions.length === 0) return [];
  const text = formatScript(unfinishedLayout(step), sectorSize);
  return [{ command: removeCommands(step).length, descriptor: 0, text }];
}

function formatPartitions(partitions: readonly (PlacedPartition | KeptPartition)[]): string {
  return partitions.map(({ name, size }) => `${name} ${formatSize(size)}`).join(", ");
}

function describe(step: PartitionTableStep): string {
  const { device, label, partitions, kept, made } = step;
  if (label === "none") return `Use ${device} without a partition table`;
  if (made) {
    return `Use the partitions that an earlier run made on ${device} (${label}: ${formatPartitions(namedPartitions(step))})`;
  }
  if (kept === undefined) return `Partition ${device} (${label}: ${formatPartitions(partitions)})`;
  const named = formatPartitions(kept.partitions);
  if (partitions.length === 0) return `Keep the partitions of ${device} (${label}: ${named})`;
  const also = named === "" ? "" : `; kept: ${named}`;
  return `Add partitions to ${device} (${label}: ${formatPartitions(partitions)}${also})`;
}

/** What a step leaves on its disk: the table, and every partition, also those that the manifest does not name. Pure. */
export function partitionTableOutcome(step: PartitionTableStep): Outcome {
  const { device, label, labelId, kept, partitions, made } = step;
  if (label === "none") return { contents: [], devices: [] };
  const named = new Map(kept?.partitions.map(({ number, name }) => [number, name]));
  const before = (kept?.table.partitions ?? []).map((partition) => {
    const name = named.get(partition.number) ?? partition.label;
    return { ...partition, ...(name === undefined ? {} : { name }), isNew: false };
  });
  const devices = [...before, ...partitions.map((each) => ({ ...each, isNew: !made }))]
    .toSorted((a, b) => a.number - b.number)
    .map(({ number, size, isNew, ...partition }): MadeDevice => {
      const { name, type, uuid } = partition;
      return {
        path: partitionPath(device, number),
        size,
        on: [device],
        isNew,
        partition: {
          number,
          ...(name === undefined || name === "" ? {} : { name }),
          type,
          ...(uuid === undefined ? {} : { uuid }),
        },
      };
    });
  const isNew = kept === undefined && !made;
  return { contents: [{ device, type: label, isNew, uuid: labelId }], devices };
}

/** {@link PartitionTableStep} A disk that is not blank is wiped by a step of its own before. */
export const partitionTableStep: StepDefinition<PartitionTableStep> =
  storageStep<PartitionTableStep>({
    kind: "partition-table",
    writesDisk: true,
    describe,
    commands,
    inputs,
    // The disk is looked at once more before it is written.
    programs: () => ["wipefs"],
    details: (step) =>
      namedPartitions(step)
        .toSorted((a, b) => a.number - b.number)
        .map(({ number, name, size, uuid }) =>
          [number, name, formatSize(size), `PARTUUID=${uuid ?? "none"}`].join("  "),
        ),
    difference,
    make,
  });
