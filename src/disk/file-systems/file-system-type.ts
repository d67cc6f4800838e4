import * as v from "valibot";
import { described } from "../../values/described.ts";
import { deviceReference } from "../../values/names.ts";
import type { PlannedDevice } from "../storage-object.ts";

const mountOptions = described(
  v.optional(
    v.array(v.pipe(v.string(), v.regex(/^[^,\s]+$/, "expected one mount option, without commas"))),
    [],
  ),
  'Mount options, as fstab(5) has them. With "nofail" the install goes on when it cannot be mounted; with "noauto" it is not mounted.',
);

/** The keys of every `[filesystem."/MOUNT/POINT"]`, whatever its type. */
export const mountKeys = {
  options: mountOptions,
};

/** The keys of a file system that knows modes and owners. */
export const ownershipKeys = {
  mode: described(
    v.optional(
      v.pipe(
        v.string(),
        v.regex(/^0?[0-7]{3,4}$/, 'expected the octal digits of a mode, such as "0755"'),
      ),
    ),
    'Permissions of its root directory, octal. Default: "0755" for /, else as mkfs makes it.',
  ),
  owner: described(
    v.optional(
      v.pipe(
        v.string(),
        v.regex(
          /^[0-9]{1,10}:[0-9]{1,10}$/,
          'expected the numbers of user and group, such as "1000:100"',
        ),
      ),
    ),
    'Owner and group of its root directory, by number. Default: "0:0" for /, else as mkfs makes it.',
  ),
};

/** The keys of whatever is made by a program of the mkfs family. */
export const makeKeys = {
  "mkfs-options": described(
    v.optional(v.array(v.string())),
    "Further arguments of the program that makes it, after the installer's own. Default: none.",
  ),
  format: described(
    v.optional(v.boolean()),
    "Whether it is made new. Default: true, but false on partitions with keep = true.",
  ),
};

/** The `type` of a table of file systems. */
export function typeKey<Name extends string>(name: Name) {
  return described(v.literal(name), "What the file system is.");
}

/** The `device` of a file system that is on one. */
export const deviceKey = described(
  deviceReference,
  'What it is on: a partition or volume as "DISK.PARTITION", an array, a LUKS device or a pool as "NAME".',
);

/** The keys of a file system that is made on a device, but for {@link ownershipKeys}. */
export const deviceKeys = {
  ...mountKeys,
  ...makeKeys,
  device: deviceKey,
};

/** What the tables of all types of file systems have in common. */
export interface CommonFileSystemTable {
  readonly type: string;
  readonly options: readonly string[];
  readonly mode?: string | undefined;
  readonly owner?: string | undefined;
  readonly device?: string | undefined;
  readonly label?: string | undefined;
  readonly "mkfs-options"?: readonly string[] | undefined;
  readonly format?: boolean | undefined;
  readonly subvolume?: string | undefined;
  readonly dataset?: string | undefined;
}

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
  /** Further arguments from the manifest. */
  readonly mkfsOptions: readonly string[];
  /** Version of the program that makes it, where it is known: `6.1.0`. */
  readonly makerVersion?: string;
}

/** How a type of file system is made. */
interface FileSystemMaker {
  /** The program that makes it. */
  readonly program: string;
  /** The identifier of a new one, derived from a seed and a name. */
  readonly identifier: (seed: string, name: string) => string;
  /** Has the kernel forget what it knows of those that were there before; it may fail where there is nothing to forget. */
  readonly forgetCommand?: readonly string[];
  /** The command that makes it. */
  readonly command: (fileSystem: NewFileSystem) => readonly string[];
  /** The bytes that a device must have at least; left out where the program makes do with any device. */
  readonly smallest?: (fileSystem: NewFileSystem) => number;
}

/** What mount(8) is given for a file system. */
interface MountArguments {
  /** The device, or what else the type calls its source; a directory of the live system for a bind mount. */
  readonly source: string;
  readonly options: readonly string[];
  /** Whether a directory is shown at a second place, `recursive` with what is mounted below it. */
  readonly bind?: "directory" | "recursive";
}

/** Where a file system is mounted. */
interface MountPlace {
  /** What it is made on; `undefined` for what is made on nothing. */
  readonly device: PlannedDevice | undefined;
  /** Where the target's `/` appears on the live system. */
  readonly root: string;
  /** The mount point as the installed system sees it. */
  readonly target: string;
}

/** The schema of the table of one type of file system. */
type FileSystemSchema = v.StrictObjectSchema<
  { readonly type: v.LiteralSchema<string, undefined> } & v.ObjectEntries,
  undefined
>;

/** A type of file system: all there is to know of it is in its one file below `file-systems/`. */
export interface FileSystemType<Schema extends FileSystemSchema = FileSystemSchema> {
  /** The table; its `type` is what mount(8) and blkid(8) call the file system. */
  readonly schema: Schema;
  /** Every program of the live system that is run for it. */
  readonly programs: readonly string[];
  /** Modules of the live system's kernel without which it cannot be mounted, unless the kernel has them built in. */
  readonly kernelModules: readonly string[];
  /**
   * What its `device` means: a device or pool of the manifest, a path of the target, or nothing, when it has none. What
   * is only ever part of a pool has no {@link maker}.
   */
  readonly source: "device" | "path" | "none";
  readonly maker?: FileSystemMaker;
  /** How a swap file is made on it (swapon(8)); left out where the kernel can swap to none. */
  readonly swapFiles?: "plain" | "without-copy-on-write";
  /** Whether it knows owners, modes and links, without which there is no NixOS on it; `true` unless given. */
  readonly isUnixLike?: false;
  /** What it is mounted from and with; left out where that is the device and the options of the table. */
  readonly mountArguments?: (table: CommonFileSystemTable, place: MountPlace) => MountArguments;
}
