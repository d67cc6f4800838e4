import { constants } from "node:fs";
import { access, chmod, chown, realpath, rmdir } from "node:fs/promises";
import { errorCode, errorMessage, InstallerError } from "../../errors.ts";
import { readMountInfo } from "../../linux/mount-info.ts";
import { unwatchFileSystem, watchFileSystem } from "../../linux/watched-file-systems.ts";
import type { StepContext, StepData, StepDefinition } from "../../run/step.ts";
import type { CommonFileSystemTable } from "../file-systems/file-system-type.ts";
import { fileSystemType } from "../file-systems/index.ts";
import { liveOptions } from "../mounting/mount-options.ts";
import { orderMounts } from "../mounting/mount-order.ts";
import {
  checkMountRoot,
  liveMountPoint,
  makeMountPoint,
  makeTargetDirectory,
} from "../mounting/mount-point.ts";
import { releaseMounts } from "../mounting/release-mounts.ts";
import type { PlannedDevice } from "../storage-object.ts";

/** Mounts a file system of the target below the mount root until the end of the run. */
export interface MountStep extends StepData {
  readonly kind: "mount";
  /** What mount(8) calls its source: a device, `tmpfs`, a dataset; of a bind mount a directory of the live system. */
  readonly device: string;
  readonly type: string;
  /** Where the target's `/` appears on the live system: `/mnt`. */
  readonly root: string;
  /** The mount point as the installed system sees it: `/`, `/boot`. */
  readonly target: string;
  /** Mount options; empty for the defaults. */
  readonly options: readonly string[];
  /** Whether it shows a directory a second time, `recursive` with what is mounted below it. */
  readonly bind?: "directory" | "recursive";
  /** Whether the install goes on without it (`nofail`). */
  readonly optional: boolean;
  /** What its root directory is given once it is mounted: an octal mode, and `UID:GID`. */
  readonly mode?: string;
  readonly owner?: string;
}

/** What the root directory of the installed system has unless the manifest says otherwise, as NixOS has it. */
const rootDirectory = { mode: "0755", owner: "0:0" };

/** What is mounted at one place, and whether it was there before. */
function planMount(
  target: string,
  table: CommonFileSystemTable,
  device: PlannedDevice | undefined,
  root: string,
): MountStep {
  const { mountArguments, source } = fileSystemType(table.type);
  const given = mountArguments?.(table, { device, root, target }) ?? {
    source: device?.path ?? "",
    options: table.options,
  };
  const isKept = device?.kept === true && table.format !== true;
  const isNewRoot = target === "/" && source === "device" && !isKept;
  const attributes = {
    ...(isNewRoot ? rootDirectory : {}),
    ...(table.mode === undefined ? {} : { mode: table.mode }),
    ...(table.owner === undefined ? {} : { owner: table.owner }),
  };
  // What is new has to be filled, and is read-only from the first boot on.
  const staysReadOnly = isKept || source === "path";
  const options = liveOptions(given.options).filter((option) => staysReadOnly || option !== "ro");
  if (options.includes("ro") && Object.keys(attributes).length > 0) {
    throw new InstallerError(
      "refused",
      `filesystem."${target}" is mounted read-only, and can be given no mode or owner`,
      { object: `filesystem."${target}"`, hint: "Leave out mode and owner, or the option ro." },
    );
  }
  return {
    kind: "mount",
    id: `mount${target}`,
    device: given.source,
    type: table.type,
    root,
    target,
    options,
    ...(given.bind === undefined ? {} : { bind: given.bind }),
    optional: target !== "/" && table.options.includes("nofail"),
    ...attributes,
  };
}

/**
 * The mounts below the target's root in an order in which each finds its mount point and its source. Those with the
 * option `noauto` are left to the installed system.
 *
 * @param tables Those of the manifest, by mount point.
 * @throws {InstallerError} `refused`
 */
export function mountSteps(
  tables: Readonly<Record<string, CommonFileSystemTable>>,
  device: (reference: string) => PlannedDevice,
  root: string,
): MountStep[] {
  const mounts = Object.entries(tables)
    .filter(([, { options }]) => !options.includes("noauto"))
    .map(([target, table]) => {
      const { source } = fileSystemType(table.type);
      const planned =
        source === "device" && table.device !== undefined ? device(table.device) : undefined;
      const step = planMount(target, table, planned, root);
      return {
        step,
        target,
        ...(source === "path" && table.device !== undefined ? { source: table.device } : {}),
        recursive: step.bind === "recursive",
      };
    });
  return orderMounts(mounts).map(({ step }) => step);
}

function withOptions(options: readonly string[]): readonly string[] {
  return options.length === 0 ? [] : ["-o", options.join(",")];
}

function commands(step: MountStep): readonly (readonly string[])[] {
  const { device, type, root, target, options, bind } = step;
  const mountPoint = liveMountPoint(root, target);
  if (bind === undefined) {
    return [["mount", "-t", type, ...withOptions(options), device, mountPoint]];
  }
  const bound = ["mount", "-o", bind === "recursive" ? "rbind" : "bind", device, mountPoint];
  // The kernel takes the options of a bind mount only once it is there (mount(2)).
  const remounted = ["mount", ...withOptions(["remount", "bind", ...options]), mountPoint];
  return options.length === 0 ? [bound] : [bound, remounted];
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

/** Checks that something is mounted, and can be written unless it is not meant to. */
async function checkMounted({ device, options }: MountStep, mountPoint: string): Promise<void> {
  const path = await realpath(mountPoint);
  if (!readMountInfo().some(({ target }) => target === path)) {
    throw new InstallerError("disk", `${device} is not mounted on ${mountPoint}`, {
      object: device,
      hint: "Look at the kernel's log with `dmesg`.",
    });
  }
  if (options.includes("ro")) return;
  try {
    await access(mountPoint, constants.W_OK);
  } catch (cause) {
    if (errorCode(cause) !== "EROFS") throw cause;
    throw new InstallerError("disk", `${device} can be mounted on ${mountPoint} only read-only`, {
      cause,
      object: device,
      hint: "The file system is damaged, or the disk read-only: look at the kernel's log with `dmesg`.",
    });
  }
}

async function setAttributes({ mode, owner }: MountStep, mountPoint: string): Promise<void> {
  // In this order: a change of owner takes set-user-ID bits away.
  if (owner !== undefined) {
    const [user = 0, group = 0] = owner.split(":").map(Number);
    await chown(mountPoint, user, group);
  }
  if (mode !== undefined) await chmod(mountPoint, Number.parseInt(mode, 8));
}

async function release(mountPoint: string): Promise<void> {
  unwatchFileSystem(mountPoint);
  await releaseMounts(mountPoint);
}

async function mount(step: MountStep, context: StepContext): Promise<void> {
  const { device, root, target, bind } = step;
  const mountPoint = liveMountPoint(root, target);
  if (bind !== undefined) await makeTargetDirectory(root, device);
  await makeTargetDirectory(root, mountPoint);
  // Held first: an interruption may come when mount(8) has done its work.
  context.hold(`${device} on ${mountPoint}`, () => release(mountPoint));
  for (const argv of commands(step)) await context.exec(argv, { object: device });
  await checkMounted(step, mountPoint);
  watchFileSystem(mountPoint);
  await setAttributes(step, mountPoint);
}

async function run(step: MountStep, context: StepContext): Promise<void> {
  if (step.target === "/") await prepareRoot(step.root, context);
  try {
    await mount(step, context);
  } catch (error) {
    if (!step.optional) throw error;
    context.signal.throwIfAborted();
    // What did get mounted is no better: nothing may be written where it cannot be found again.
    await release(liveMountPoint(step.root, step.target));
    context.log(
      "warning",
      `${step.target} is left out, since it has the option nofail: ${errorMessage(error)}`,
    );
  }
}

/** {@link MountStep} */
export const mountStep: StepDefinition<MountStep> = {
  kind: "mount",
  reason: "disk",
  // What is kept is written for the first time by mounting it.
  writesDisk: true,
  describe: ({ device, root, target }) => `Mount ${device} on ${liveMountPoint(root, target)}`,
  commands,
  kernelModules: ({ type, optional }) => (optional ? [] : fileSystemType(type).kernelModules),
  run,
};
