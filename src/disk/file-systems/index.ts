import * as v from "valibot";
import { InstallerError } from "../../errors.ts";
import { ext4 } from "./ext4.ts";
import type { FileSystemType } from "./file-system-type.ts";
import { vfat } from "./vfat.ts";

/** Every type of file system there is. */
const fileSystemTypes = [ext4, vfat] as const;

/** Every program of the live system that is run for some type of file system. */
export const fileSystemPrograms: readonly string[] = fileSystemTypes.flatMap(
  ({ programs }) => programs,
);

/** `[filesystem."/MOUNT/POINT"]` */
export const fileSystemSchema = v.variant("type", [ext4.schema, vfat.schema]);

/** A validated `[filesystem."/MOUNT/POINT"]`. */
export type FileSystemTable = v.InferOutput<typeof fileSystemSchema>;

/** The definition of a type of file system by its name in the manifest. */
export function fileSystemType(name: string): FileSystemType {
  const found = fileSystemTypes.find(({ schema }) => schema.entries.type.literal === name);
  if (found === undefined) throw new InstallerError("bug", `no file system is called ${name}`);
  return found;
}
