import * as v from "valibot";
import { deviceReference } from "../../values/names.ts";

const mountOptions = v.optional(
  v.array(v.pipe(v.string(), v.regex(/^[^,\s]+$/, "expected one mount option, without commas"))),
  [],
);

/** The keys of every `[filesystem."/MOUNT/POINT"]`, whatever its type. */
export const mountKeys = {
  /** Mount options, as mount(8) takes them. */
  options: mountOptions,
};

/** The keys of a file system that is made on a device. */
export const deviceKeys = {
  ...mountKeys,
  device: deviceReference,
};

/** A file system that is to be made. */
export interface NewFileSystem {
  /** The node of the device. */
  readonly device: string;
  readonly uuid: string;
  readonly label?: string;
  /** Bytes. */
  readonly size: number;
  /** Logical sector size in bytes. */
  readonly sectorSize: number;
}

/** The schema of the table of one type of file system. */
export type FileSystemSchema = v.StrictObjectSchema<
  { readonly type: v.LiteralSchema<string, undefined> } & v.ObjectEntries,
  undefined
>;

/** A type of file system: all there is to know of it is in its one file below `file-systems/`. */
export interface FileSystemType<Schema extends FileSystemSchema = FileSystemSchema> {
  /** The table; its `type` is what mount(8) and blkid(8) call the file system. */
  readonly schema: Schema;
  /** Every program of the live system that is run for it. */
  readonly programs: readonly string[];
  /** The identifier of a new one, derived from a seed and a name. */
  readonly identifier: (seed: string, name: string) => string;
  /** The command that makes it. */
  readonly makeCommand: (fileSystem: NewFileSystem) => readonly string[];
}
