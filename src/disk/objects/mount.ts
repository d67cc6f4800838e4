import { chmod, chown, rmdir } from "node:fs/promises";
import type { StepContext, StepData, StepDefinition } from "../../run/step.ts";
import type { FileSystemTable } from "../file-systems/index.ts";
import { checkMountRoot, liveMountPoint, makeMountPoint } from "../mounting/mount-point.ts";
import { releaseMounts } from "../mounting/release-mounts.ts";
import type { PlannedDevice } from "../storage-object.ts";

/** Mounts a file system of the target below the mount root until the end of the run. */
export interface MountStep extends StepData {
  readonly kind: "mount";
  /** The kernel's node of the partition. */
  readonly device: string;
  readonly type: string;
  /** Where the target's `/` appears on the live system: `/mnt`. */
  readonly root: string;
  /** The mount point as the installed system sees it: `/`, `/boot`. */
  readonly target: string;
  /** Mount options; empty for the defaults. */
  readonly options: readonly string[];
}

/** The mounts below the target's root, parents before what lies in them. */
export function mountSteps(
  tables: Readonly<Record<string, FileSystemTable>>,
  device: (reference: string) => PlannedDevice,
  root: string,
): MountStep[] {
  return Object.entries(tables)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([target, table]) => ({
      kind: "mount",
      id: `mount${target}`,
      device: device(table.device).path,
      type: table.type,
      root,
      target,
      options: table.options,
    }));
}

function command({ device, type, root, target, options }: MountStep): string[] {
  return [
    "mount",
    "-t",
    type,
    ...(options.length === 0 ? [] : ["-o", options.join(",")]),
    device,
    liveMountPoint(root, target),
  ];
}

/** Makes the mount root where it is missing, and has it removed again at the end. */
async function prepareRoot(root: string, context: StepContext): Promise<void> {
  const made = await makeMountPoint(root);
  if (made.length > 0) {
    context.hold(`the directory ${root}`, async () => {
      for (const directory of made.toReversed()) await rmdir(directory);
    });
  }
  await checkMountRoot(root);
}

async function run(step: MountStep, context: StepContext): Promise<void> {
  const { root, target, device } = step;
  const isRoot = target === "/";
  const mountPoint = liveMountPoint(root, target);
  if (isRoot) await prepareRoot(root, context);
  else await makeMountPoint(mountPoint);
  // Held first: an interruption may come when mount(8) has done its work.
  context.hold(`${device} on ${mountPoint}`, () => releaseMounts(mountPoint));
  await context.exec(command(step), { object: device });
  if (!isRoot) return;
  await chmod(mountPoint, 0o755);
  await chown(mountPoint, 0, 0);
}

/** {@link MountStep} */
export const mountStep: StepDefinition<MountStep> = {
  kind: "mount",
  reason: "disk",
  describe: ({ device, root, target }) => `Mount ${device} on ${liveMountPoint(root, target)}`,
  commands: (step) => [command(step)],
  run,
};
