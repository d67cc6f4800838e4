import { InstallerError } from "../errors.ts";
import type { Disk, Facts } from "../facts/facts.ts";
import type { Finding } from "../findings/finding.ts";
import { findingsOf, refuseErrors } from "../findings/refusal-error.ts";
import type { CommonFileSystemTable } from "./file-systems/file-system-type.ts";
import { orderByNeed } from "./graph.ts";
import { judgeNamesInUse, judgePartitionIds, namedContent } from "./names-in-use.ts";
import {
  type StorageStep,
  type StorageTables,
  storageNodes,
  storageTables,
} from "./objects/index.ts";
import { layoutMadeSteps } from "./objects/layout-made.ts";
import { type MountStep, mountSteps } from "./objects/mount.ts";
import { swapFileSteps } from "./objects/swap-file.ts";
import { judgeOverwritten } from "./overwritten.ts";
import { type LayoutProgress, noProgress } from "./progress.ts";
import { disksToClose, disksToWipe } from "./safety/judge.ts";
import { brokenGroups, type FormattedPartition } from "./safety/spanning-groups.ts";
import type { PlanContext, PlannedDevice } from "./storage-object.ts";
import { closeSteps } from "./wiping/close-step.ts";
import { wipeSteps } from "./wiping/wipe-step.ts";

/** What {@link planStorage} follows from: plain data. */
export interface StorageInputs {
  readonly tables: StorageTables;
  readonly facts: Facts;
  /** Where the target is mounted while it is installed: `/mnt`. */
  readonly root: string;
  /** What the identifiers of everything on a disk are derived from. */
  readonly identifierSeed: (name: string, disk: Disk) => string;
  /** How far an earlier run of the same manifest has come. Default: there was none. */
  readonly progress?: LayoutProgress;
}

/** What the storage of a manifest comes to on a machine. */
export interface StoragePlan {
  /** What wipes disks, makes the objects, mounts the file systems and then makes files on them, in order. */
  readonly steps: readonly StorageStep[];
  /** Those of the steps that mount, parents first. */
  readonly mounts: readonly MountStep[];
  /** Every device by its name in the manifest. */
  readonly devices: ReadonlyMap<string, PlannedDevice>;
  /** What the user should know about it, though the install goes on. */
  readonly findings: readonly Finding[];
}

/** A table of the manifest that may say that what it describes is made anew. */
interface FormattedTable {
  readonly type?: string | undefined;
  readonly device?: string | undefined;
  readonly devices?: readonly string[] | undefined;
  readonly format?: boolean | undefined;
}

/** The partitions that are kept, but not what is on them. */
function formattedPartitions(
  tables: StorageTables,
  device: (reference: string) => PlannedDevice,
): FormattedPartition[] {
  const kinds: [string, Readonly<Record<string, FormattedTable>>][] = Object.entries(tables);
  return kinds.flatMap(([kind, named]) =>
    Object.entries(Object.hasOwn(storageTables, kind) ? named : {})
      .filter(([, { format }]) => format === true)
      .flatMap(([name, table]) => {
        const object = name.startsWith("/") ? `${kind}."${name}"` : `${kind}.${name}`;
        return [table.device ?? [], table.devices ?? []]
          .flat()
          .map(device)
          .filter(({ kept }) => kept)
          .map(({ path }) => ({ object, path }));
      }),
  );
}

/** What a part of the planning comes to; `undefined` where it is refused, with the reasons added to the findings. */
function attempt<Result>(findings: Finding[], plan: () => Result): Result | undefined {
  try {
    return plan();
  } catch (error) {
    findings.push(...findingsOf(error, "preflight/storage"));
    return undefined;
  }
}

/**
 * Plans the storage of a checked manifest: each object after those that it is made on, the mounts at the end. Pure.
 *
 * @throws {RefusalError} with everything that this machine cannot do.
 * @throws {InstallerError} `bug` for a manifest that was not checked.
 */
export function planStorage(inputs: StorageInputs): StoragePlan {
  const { tables, facts, root, identifierSeed, progress = noProgress } = inputs;
  const devices = new Map<string, PlannedDevice>();
  const device = (reference: string): PlannedDevice => {
    const found = devices.get(reference);
    if (found !== undefined) return found;
    throw new InstallerError("bug", `the manifest was checked but has no device ${reference}`);
  };
  const fileSystems: readonly CommonFileSystemTable[] = Object.values(tables.filesystem);
  const wiped = disksToWipe(tables.disk, facts, progress);
  const ownDisks = [...wiped.map(({ disk }) => disk.path), ...progress.disks];
  const context: PlanContext = {
    facts,
    ownDisks,
    progress,
    identifierSeed,
    device,
    fileSystemsOn: (reference) => fileSystems.filter((each) => each.device === reference),
  };
  const { udev } = facts.liveSystem;
  const steps: StorageStep[] = [
    ...closeSteps(disksToClose(tables.disk, facts, progress), udev),
    ...wipeSteps(wiped, udev),
  ];
  const findings: Finding[] = [];
  const refused = new Set<string>();
  for (const node of orderByNeed(storageNodes(tables)).order) {
    const isLost = node.needs.some((need) => refused.has(need));
    const planned = isLost ? undefined : attempt(findings, () => node.plan(context));
    if (planned === undefined) for (const given of node.gives) refused.add(given);
    steps.push(...(planned?.steps ?? []));
    findings.push(...(planned?.findings ?? []));
    for (const given of planned?.devices ?? []) devices.set(given.reference, given);
  }
  refuseErrors(findings);
  const formatted = formattedPartitions(tables, device);
  findings.push(...brokenGroups(formatted, wiped, facts), ...judgeOverwritten(formatted, facts));
  const mounts = attempt(findings, () => mountSteps(tables.filesystem, device, root)) ?? [];
  const swapFiles =
    attempt(findings, () =>
      mounts.length === 0 ? [] : swapFileSteps(tables.swap, mounts, devices.values(), root),
    ) ?? [];
  const contents = steps.flatMap((step) => ("partitions" in step ? [] : namedContent(step)));
  const newPartitions = steps.filter((step) => "partitions" in step);
  findings.push(
    ...judgePartitionIds(newPartitions, ownDisks, facts),
    ...judgeNamesInUse(contents, ownDisks, facts),
  );
  refuseErrors(findings);
  const made = layoutMadeSteps(steps.filter((step) => step.kind === "partition-table"));
  return { steps: [...steps, ...made, ...mounts, ...swapFiles], mounts, devices, findings };
}
