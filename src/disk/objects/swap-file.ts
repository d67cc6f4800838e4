import { open, realpath, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorCode, errorMessage, InstallerError } from "../../errors.ts";
import type { StepContext, StepData } from "../../run/step.ts";
import { formatSize, parseSize } from "../../values/size.ts";
import { fileSystemType, swapFileTypes } from "../file-systems/index.ts";
import { deterministicUuid } from "../identifiers.ts";
import { liveMountPoint, makeMountPoint } from "../mounting/mount-point.ts";
import { identifierDetails, signatureDifference } from "../probe.ts";
import { type PlannedDevice, storageStep } from "../storage-object.ts";
import { makeSwapCommand, type SwapArea, swapOff, swapOnCommand } from "../swapping/swap-area.ts";
import type { MountStep } from "./mount.ts";
import type { SwapTable } from "./swap.ts";

/** Makes a swap file in the target, and swaps to it until the end of the run where the kernel can. */
export interface SwapFileStep extends StepData, SwapArea {
  readonly kind: "swap-file";
  /** Where the target's `/` appears on the live system. */
  readonly root: string;
  /** The file as the installed system sees it. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** Whether an earlier run made the file system, and perhaps the file. */
  readonly made: boolean;
  /** Whether the file system copies what is written unless told not to, as btrfs does. */
  readonly copiesOnWrite: boolean;
}

function isBelow(path: string, directory: string): boolean {
  return directory === "/" || path.startsWith(`${directory}/`);
}

/** The mount of a file system that a file of the live system comes to lie on: through bind mounts, the one behind. */
function mountOf(path: string, mounts: readonly MountStep[]): MountStep | undefined {
  const [mount] = mounts
    .filter(({ root, target }) => isBelow(path, liveMountPoint(root, target)))
    .toSorted((a, b) => b.target.length - a.target.length);
  if (mount?.bind === undefined) return mount;
  const rest = path.slice(liveMountPoint(mount.root, mount.target).length);
  const others = mounts.filter((other) => other !== mount);
  return mountOf(join(mount.device, rest), others);
}

function refused(object: string, message: string, hint: string): InstallerError {
  return new InstallerError("refused", message, {
    object,
    hint,
    finding: "preflight/swap-file-place",
  });
}

/** The mount that a swap file is made on. @throws {InstallerError} `refused` when it can be on no such one. */
function swappableMount(
  object: string,
  device: string,
  file: string,
  mounts: readonly MountStep[],
) {
  const mount = mountOf(device, mounts);
  if (mount === undefined || !swapFileTypes.includes(mount.type)) {
    throw refused(
      object,
      `${file} would lie on ${mount?.type ?? "nothing"}, and Linux cannot swap to a file there`,
      `Put it on ${swapFileTypes.join(", ")}.`,
    );
  }
  if (!mount.optional) return mount;
  throw refused(
    object,
    `${file} would lie on ${mount.target}, which may be left out (nofail)`,
    "Put it on a file system without nofail.",
  );
}

/**
 * The swap files of a manifest.
 *
 * @param tables Those of the manifest, by name.
 * @param devices Every device.
 * @throws {InstallerError} `refused` where no swap file can be.
 */
export function swapFileSteps(
  tables: Readonly<Record<string, SwapTable>>,
  mounts: readonly MountStep[],
  devices: Iterable<PlannedDevice>,
  root: string,
): SwapFileStep[] {
  const all = [...devices];
  return Object.entries(tables).flatMap(([name, { file, size, label, priority }]) => {
    if (file === undefined || size === undefined) return [];
    const object = `swap.${name}`;
    const device = liveMountPoint(root, file);
    const mount = swappableMount(object, device, file, mounts);
    const on = all.find(({ path }) => path === mount.device);
    const { seed = "", made = false } = on ?? {};
    const step: SwapFileStep = {
      kind: "swap-file",
      id: `swap/${name}`,
      device,
      root,
      file,
      size: parseSize(size) ?? 0,
      made,
      copiesOnWrite: fileSystemType(mount.type).swapFiles === "without-copy-on-write",
      uuid: deterministicUuid(seed, object),
      ...(label === undefined ? {} : { label }),
      ...(priority === undefined ? {} : { priority }),
    };
    return [step];
  });
}

/** All but the last, which has the kernel use it. */
function makeCommands(step: SwapFileStep): string[][] {
  const { device, size, copiesOnWrite } = step;
  return [
    // Only while it is empty (btrfs(5), "SWAPFILE SUPPORT").
    ...(copiesOnWrite ? [["chattr", "+C", device]] : []),
    ["fallocate", "-l", String(size), device],
    makeSwapCommand(step),
  ];
}

/** Makes an empty file that only root can read. @throws {InstallerError} `disk` when it exists or lies elsewhere. */
async function createFile({ device, file, root, id }: SwapFileStep): Promise<void> {
  const directory = dirname(device);
  await makeMountPoint(directory);
  const expected = liveMountPoint(await realpath(root), dirname(file));
  if ((await realpath(directory)) !== expected) {
    throw new InstallerError("disk", `the directory of ${file} is a link to somewhere else`, {
      object: id,
      hint: "Name the swap file by a path without links.",
    });
  }
  try {
    await using handle = await open(join(expected, basename(device)), "wx", 0o600);
    await handle.sync();
  } catch (cause) {
    if (errorCode(cause) !== "EEXIST") throw cause;
    throw new InstallerError("disk", `${file} exists already`, {
      cause,
      object: id,
      hint: "Remove it, or choose another name for the swap file.",
    });
  }
}

/** Whether the file of an earlier run is there, and whole; one that is not is removed. */
async function isThere(step: SwapFileStep, context: StepContext): Promise<boolean> {
  const { device, root, file } = step;
  // A link would lead to a file that is not this manifest's.
  const real = await realpath(device).catch(() => undefined);
  if (real !== liveMountPoint(await realpath(root), file)) return false;
  if ((await difference(step, context)) === undefined) return true;
  await rm(device);
  return false;
}

async function make(step: SwapFileStep, context: StepContext): Promise<void> {
  const { device, file } = step;
  if (!step.made || !(await isThere(step, context))) {
    await createFile(step);
    for (const argv of makeCommands(step)) await context.exec(argv, { object: device });
  }
  try {
    await context.exec(swapOnCommand(step), { object: device });
  } catch (error) {
    context.signal.throwIfAborted();
    context.log("warning", `the live system cannot swap to ${file}: ${errorMessage(error)}`);
  }
}

async function difference(step: SwapFileStep, context: StepContext): Promise<string | undefined> {
  const { device, size } = step;
  const found = await stat(device);
  if ((found.mode & 0o7777) !== 0o600 || found.uid !== 0) return `others may read ${device}`;
  if (found.size !== size) return `${device} has ${found.size} bytes instead of ${size}`;
  // st_blocks counts 512 bytes each (stat(3type)).
  if (found.blocks * 512 < size) return `${device} has holes`;
  return await signatureDifference({ ...step, type: "swap" }, context);
}

/** {@link SwapFileStep} */
export const swapFileStep = storageStep<SwapFileStep>({
  kind: "swap-file",
  writesDisk: true,
  describe: ({ device, size }) => `Make the swap file ${device} (${formatSize(size)}) and use it`,
  commands: (step) => [...makeCommands(step), swapOnCommand(step)],
  programs: () => ["swapoff", "wipefs"],
  details: identifierDetails,
  difference,
  make,
  letGo: { what: ({ device }) => `swap on ${device}`, release: swapOff },
});
