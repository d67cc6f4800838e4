import * as v from "valibot";
import { InstallerError } from "../../errors.ts";
import { bcachefs } from "./bcachefs.ts";
import { bind } from "./bind.ts";
import { btrfs } from "./btrfs.ts";
import { ext4 } from "./ext4.ts";
import { f2fs } from "./f2fs.ts";
import type { FileSystemType } from "./file-system-type.ts";
import { tmpfs } from "./tmpfs.ts";
import { vfat } from "./vfat.ts";
import { xfs } from "./xfs.ts";
import { zfs } from "./zfs.ts";

/** Every type of file system there is. */
const fileSystemTypes = [ext4, vfat, xfs, btrfs, f2fs, bcachefs, zfs, tmpfs, bind] as const;

/** The same without what the table of each is like. */
const types: readonly FileSystemType[] = fileSystemTypes;

/** Every program of the live system that is run for some type of file system. */
export const fileSystemPrograms: readonly string[] = types.flatMap(({ programs }) => programs);

/** Every kernel module that some type of file system needs. */
export const fileSystemModules: readonly string[] = types.flatMap(
  ({ kernelModules }) => kernelModules,
);

/** Those of the programs that make file systems, each in its own way from version to version. */
export const fileSystemMakers: readonly string[] = types.flatMap(({ maker }) =>
  maker === undefined ? [] : [maker.program],
);

/** The types that swap files can be on. */
export const swapFileTypes: readonly string[] = types
  .filter(({ swapFiles }) => swapFiles !== undefined)
  .map(({ schema }) => schema.entries.type.literal);

/** `[filesystem."/MOUNT/POINT"]` */
export const fileSystemSchema = v.variant(
  "type",
  fileSystemTypes.map(({ schema }) => schema),
);

/** A validated `[filesystem."/MOUNT/POINT"]`. */
export type FileSystemTable = v.InferOutput<typeof fileSystemSchema>;

/** The definition of a type of file system by its name in the manifest. */
export function fileSystemType(name: string): FileSystemType {
  const found = types.find(({ schema }) => schema.entries.type.literal === name);
  if (found === undefined) throw new InstallerError("bug", `no file system is called ${name}`);
  return found;
}
