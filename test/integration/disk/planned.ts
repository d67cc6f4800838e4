import type { CommonFileSystemTable } from "../../../src/disk/file-systems/file-system-type.ts";
import { type FileSystemTable, fileSystemMakers } from "../../../src/disk/file-systems/index.ts";
import { fileSystem } from "../../../src/disk/objects/file-system.ts";
import { mountStep, mountSteps } from "../../../src/disk/objects/mount.ts";
import { noProgress } from "../../../src/disk/progress.ts";
import type { PlanContext, PlannedDevice } from "../../../src/disk/storage-object.ts";
import { readProgramVersions } from "../../../src/facts/program-versions.ts";
import { findTools } from "../../../src/facts/tools.ts";
import type { LoopDisk } from "../../support/loop-disk.ts";
import { machineFacts } from "../../unit/plan/inputs.ts";
import { type StepRun, seed } from "./steps.ts";

/** File systems of a manifest by mount point. */
type Tables = Readonly<Record<string, FileSystemTable>>;

/** A whole disk as a device of a manifest. */
export function wholeDisk(reference: string, disk: LoopDisk, kept = false): PlannedDevice {
  const { path, size } = disk;
  return {
    reference,
    path,
    size,
    sectorSize: 512,
    seed,
    disks: [path],
    kept,
    made: false,
    isEfiSystemPartition: false,
  };
}

/** What objects are planned with on this machine. */
export async function contextOf(
  devices: readonly PlannedDevice[],
  disks: readonly LoopDisk[],
  tables: Tables = {},
): Promise<PlanContext> {
  const fileSystems: readonly CommonFileSystemTable[] = Object.values(tables);
  const facts = {
    ...machineFacts,
    disks: await Promise.all(disks.map((disk) => disk.facts())),
    versions: await readProgramVersions(findTools(fileSystemMakers)),
  };
  return {
    facts,
    ownDisks: [],
    progress: noProgress,
    device: (reference) => {
      const found = devices.find((device) => device.reference === reference);
      if (found === undefined) throw new Error(`no device ${reference}`);
      return found;
    },
    fileSystemsOn: (reference) => fileSystems.filter(({ device }) => device === reference),
    identifierSeed: () => seed,
  };
}

/** Makes the file systems of a manifest on its devices, as a run does, without mounting them. */
export async function makeFileSystems(
  run: StepRun,
  tables: Tables,
  context: PlanContext,
): Promise<void> {
  for (const [mountPoint, table] of Object.entries(tables)) {
    const { steps } = fileSystem.plan(mountPoint, table, context);
    for (const step of steps) await run.run(fileSystem.step, step);
  }
}

/** Mounts the file systems of a manifest, as a run does. */
export async function mountFileSystems(
  run: StepRun,
  tables: Tables,
  context: PlanContext,
  root: string,
): Promise<void> {
  for (const step of mountSteps(tables, context.device, root)) await run.run(mountStep, step);
}
