import { InstallerError } from "../../errors.ts";
import type { StepContext, StepData } from "../../run/step.ts";
import { formatSize } from "../../values/size.ts";
import type { CommonFileSystemTable, NewFileSystem } from "../file-systems/file-system-type.ts";
import {
  fileSystemModules,
  fileSystemPrograms,
  fileSystemSchema,
  fileSystemType,
} from "../file-systems/index.ts";
import { originOf } from "../made-new.ts";
import { identifiersOf } from "../outcome.ts";
import {
  eraseCommand,
  identifierDetails,
  recheckKept,
  signatureDifference,
  verifyKept,
} from "../probe.ts";
import {
  type PlanContext,
  type PlannedDevice,
  type StorageObject,
  storageStep,
} from "../storage-object.ts";

/** Makes a file system on a device, or looks whether the one that is kept is there. */
export interface FileSystemStep extends StepData, Omit<NewFileSystem, "uuid"> {
  readonly kind: "file-system";
  /** As in the manifest: `ext4`. */
  readonly type: string;
  /** Whether it is made new. */
  readonly format: boolean;
  /** Left out for one that others made, which has its own. */
  readonly uuid?: string;
}

function commands(step: FileSystemStep): readonly (readonly string[])[] {
  const { type, format, device, uuid } = step;
  const { maker } = fileSystemType(type);
  if (!format || maker === undefined || uuid === undefined) return [];
  const { forgetCommand } = maker;
  return [
    eraseCommand(device),
    ...(forgetCommand === undefined ? [] : [forgetCommand]),
    maker.command({ ...step, uuid }),
  ];
}

async function make(step: FileSystemStep, context: StepContext): Promise<void> {
  if (!step.format) await recheckKept(step.id, step, context);
  const forgetCommand = fileSystemType(step.type).maker?.forgetCommand;
  for (const argv of commands(step)) {
    await context.exec(argv, {
      object: step.device,
      ...(argv === forgetCommand ? { allowedExitCodes: [0, 1] } : {}),
    });
  }
}

function refused(object: string, message: string, hint: string): InstallerError {
  return new InstallerError("refused", message, { object, hint });
}

/** Checks that what is in a pool leaves to the pool what is the pool's. */
function checkInPool(object: string, table: CommonFileSystemTable, { pool }: PlannedDevice): void {
  if (pool !== table.type) {
    throw refused(
      object,
      `${object} is of type ${table.type}, but ${table.device} is a ${pool} pool`,
      `Set type = "${pool}", or choose another device.`,
    );
  }
  const made = table.label ?? table.format ?? table["mkfs-options"]?.[0];
  if (made === undefined) return;
  throw refused(
    object,
    `${object} is part of the ${pool} pool ${table.device}, and has no label or format of its own`,
    `Write label, mkfs-options and format in [${pool}.${table.device}].`,
  );
}

/** The step for a file system on a device of its own. */
function fileSystemStep(
  mountPoint: string,
  table: CommonFileSystemTable,
  device: PlannedDevice,
  { facts }: PlanContext,
): FileSystemStep {
  const object = `filesystem."${mountPoint}"`;
  const { maker } = fileSystemType(table.type);
  if (maker === undefined || table.subvolume !== undefined) {
    throw refused(
      object,
      `${object} needs a pool, but ${device.reference} is none`,
      `Make one on it (bcachefs, btrfs or zpool), and name that as device.`,
    );
  }
  const origin = originOf(object, table.format, device);
  const format = origin === "this-run";
  const { label } = table;
  const makerVersion = facts.versions[maker.program];
  const step = {
    kind: "file-system",
    id: `filesystem${mountPoint}`,
    device: device.path,
    type: table.type,
    format,
    ...(label === undefined ? {} : { label }),
    size: device.size,
    sectorSize: device.sectorSize,
    mkfsOptions: table["mkfs-options"] ?? [],
    ...(makerVersion === undefined ? {} : { makerVersion }),
  } as const;
  if (origin === "others") {
    verifyKept(object, step, facts);
    return step;
  }
  const made = { ...step, uuid: maker.identifier(device.seed, `filesystem.${mountPoint}`) };
  const smallest = maker.smallest?.(made) ?? 0;
  if (!format || device.size >= smallest) return made;
  throw new InstallerError(
    "refused",
    `${device.reference} has ${formatSize(device.size)}, but ${table.type} needs at least ${formatSize(smallest)}`,
    {
      object,
      finding: "preflight/device-too-small",
      hint: "Make it larger, or choose another type.",
    },
  );
}

/** `[filesystem."/MOUNT/POINT"]`: what is mounted there. The mounts themselves come after all that is made (`mount.ts`). */
export const fileSystem: StorageObject<typeof fileSystemSchema, FileSystemStep> = {
  table: "filesystem",
  kind: { what: "a file system", madeOn: "device", gives: () => "nothing", canStay: true },
  schema: fileSystemSchema,
  programs: [...fileSystemPrograms, "wipefs"],
  kernelModules: fileSystemModules,
  gives: () => [],
  madeOn: (table: CommonFileSystemTable) =>
    fileSystemType(table.type).source === "device" && table.device !== undefined
      ? [table.device]
      : [],
  plan: (mountPoint, table: CommonFileSystemTable, context) => {
    if (fileSystemType(table.type).source !== "device" || table.device === undefined) {
      return { steps: [], devices: [] };
    }
    const device = context.device(table.device);
    if (device.pool !== undefined) {
      checkInPool(`filesystem."${mountPoint}"`, table, device);
      return { steps: [], devices: [] };
    }
    return { steps: [fileSystemStep(mountPoint, table, device, context)], devices: [] };
  },
  outcome: (step) => ({
    contents: [
      { device: step.device, type: step.type, isNew: step.format, ...identifiersOf(step) },
    ],
    devices: [],
  }),
  step: storageStep<FileSystemStep>({
    kind: "file-system",
    writesDisk: true,
    describe: ({ device, type, label, format }) =>
      `${format ? "Make" : "Keep the"} ${type} on ${device}${label === undefined ? "" : ` (label ${label})`}`,
    commands,
    programs: () => ["wipefs"],
    details: identifierDetails,
    kernelModules: ({ type }) => fileSystemType(type).kernelModules,
    difference: signatureDifference,
    make,
  }),
};
