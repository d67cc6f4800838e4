import type { StorageTables } from "../disk/objects/index.ts";
import type { TomlTable } from "./toml.ts";

/** What the other tables of a manifest must know of one kind of storage object. */
export interface StorageKind {
  /** What one of them is: `a LUKS mapping`. */
  readonly what: string;
  /** The key that names what it is made on: one device or an array of them. */
  readonly madeOn?: "device" | "devices";
  /** What other objects can be made on: the object itself, or its parts. */
  readonly gives: (table: TomlTable) => "itself" | "parts" | "nothing";
  /** The array of tables that describes its parts. */
  readonly parts?: { readonly key: string; readonly what: string };
  /** The type of the file systems on it; any number of them may share it. */
  readonly holds?: string;
  /** Whether it is what it is made on, byte for byte from the first: what reads a member reads the whole. */
  readonly isTransparent?: true;
  /** Whether one that is there already can stay, which `format` tells. */
  readonly canStay?: true;
  /** Names that it cannot have, with what has them already. */
  readonly reservedNames?: Readonly<Record<string, string>>;
}

const itself = () => "itself" as const;
const nothing = () => "nothing" as const;

function pool(what: string, holds: string): StorageKind {
  return { what, madeOn: "devices", gives: itself, holds, canStay: true };
}

/** Directories of `/dev`, where a volume group gets one of its name. */
const deviceDirectories = Object.fromEntries(
  ["block", "bus", "char", "cpu", "disk", "dm", "dri", "input", "mapper", "md", "net", "pts"]
    .concat(["shm", "snd", "vfio"])
    .map((name) => [name, `/dev/${name} is a directory of the kernel or of udev`]),
);

/**
 * The tables of a manifest that describe storage. Those that give devices have their names in common, because
 * references do not say of which kind a device is.
 */
export const storageKinds: Readonly<Record<keyof StorageTables, StorageKind>> = {
  disk: {
    what: "a disk",
    gives: ({ table }) => (table === "none" ? "itself" : "parts"),
    parts: { key: "partition", what: "partition" },
  },
  luks: {
    what: "a LUKS mapping",
    madeOn: "device",
    gives: itself,
    canStay: true,
    reservedNames: { control: "/dev/mapper/control is how programs talk to device-mapper" },
  },
  raid: { what: "an array", madeOn: "devices", gives: itself, isTransparent: true },
  lvm: {
    what: "a volume group",
    madeOn: "devices",
    gives: () => "parts",
    parts: { key: "volume", what: "volume" },
    reservedNames: deviceDirectories,
  },
  btrfs: pool("a btrfs file system", "btrfs"),
  bcachefs: pool("a bcachefs file system", "bcachefs"),
  zpool: pool("a ZFS pool", "zfs"),
  filesystem: { what: "a file system", madeOn: "device", gives: nothing, canStay: true },
  swap: { what: "swap", madeOn: "device", gives: nothing, canStay: true },
};
