import type { StepData } from "../../run/step.ts";
import type { NewFileSystem } from "../file-systems/file-system-type.ts";
import { fileSystemPrograms, fileSystemSchema, fileSystemType } from "../file-systems/index.ts";
import { identifierDetails, signatureDifference } from "../probe.ts";
import { type StorageObject, storageStep } from "../storage-object.ts";

/** Makes a file system on a device. */
export interface FileSystemStep extends StepData, NewFileSystem {
  readonly kind: "file-system";
  /** As in the manifest: `ext4`. */
  readonly type: string;
}

function command(step: FileSystemStep): readonly string[] {
  return fileSystemType(step.type).makeCommand(step);
}

/** `[filesystem."/MOUNT/POINT"]`: what is mounted there. The mounts themselves come after all that is made (`mount.ts`). */
export const fileSystem: StorageObject<typeof fileSystemSchema, FileSystemStep> = {
  table: "filesystem",
  schema: fileSystemSchema,
  programs: [...fileSystemPrograms, "wipefs"],
  gives: () => [],
  madeOn: ({ device }) => [device],
  plan: (mountPoint, table, context) => {
    const device = context.device(table.device);
    const step: FileSystemStep = {
      kind: "file-system",
      id: `filesystem${mountPoint}`,
      device: device.path,
      type: table.type,
      uuid: fileSystemType(table.type).identifier(device.seed, `filesystem.${mountPoint}`),
      ...(table.label === undefined ? {} : { label: table.label }),
      size: device.size,
      sectorSize: device.sectorSize,
    };
    return { steps: [step], devices: [] };
  },
  step: storageStep<FileSystemStep>({
    kind: "file-system",
    describe: ({ device, type, label }) =>
      `Make ${type} on ${device}${label === undefined ? "" : ` (label ${label})`}`,
    commands: (step) => [command(step)],
    details: identifierDetails,
    difference: signatureDifference,
    make: async (step, context) => {
      await context.exec(command(step), { object: step.device });
    },
  }),
};
