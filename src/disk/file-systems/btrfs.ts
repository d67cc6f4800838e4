import * as v from "valibot";
import { isAtLeast } from "../../facts/program-versions.ts";
import { described } from "../../values/described.ts";
import { labelFor } from "../../values/label.ts";
import { MiB } from "../../values/size.ts";
import { deterministicUuid } from "../identifiers.ts";
import {
  deviceKeys,
  type FileSystemType,
  type NewFileSystem,
  ownershipKeys,
  typeKey,
} from "./file-system-type.ts";

/** A label of btrfs. */
export const btrfsLabel = labelFor("btrfs", 255);

/** A subvolume by its path below the top level. */
export const subvolumePath = v.pipe(
  v.string(),
  v.regex(
    /^(?!\.{1,2}(?:\/|$))[^/,\s]+(?:\/(?!\.{1,2}(?:\/|$))[^/,\s]+)*$/,
    'expected a path below the top level, such as "@" or "@/var"',
  ),
);

const schema = v.strictObject({
  type: typeKey("btrfs"),
  ...deviceKeys,
  ...ownershipKeys,
  options: v.pipe(
    deviceKeys.options,
    v.check(
      (options) => !options.some((option) => option.startsWith("subvol=")),
      'expected the key "subvolume" instead of the option subvol=',
    ),
  ),
  label: described(v.optional(btrfsLabel), "At most 255 bytes. Default: none."),
  subvolume: described(
    v.optional(subvolumePath),
    "The subvolume of the pool that is mounted; it is made with the pool. Default: the top level.",
  ),
});

/**
 * The features that a newer mkfs.btrfs turns on by itself and an older kernel or GRUB cannot read: `block-group-tree`, on
 * since btrfs-progs 6.19, needs Linux 6.1 to be written. `-O` knows its name since 6.3. What is on since 5.15, `no-holes`
 * and `free-space-tree`, is read and written by Linux 4.9 and GRUB 2.04.
 *
 * @param makerVersion Version of btrfs-progs.
 */
function btrfsFeatureOptions(makerVersion: string | undefined): readonly string[] {
  return isAtLeast(makerVersion, "6.3") ? ["-O", "^block-group-tree"] : [];
}

/**
 * Has the kernel forget every btrfs that is not mounted (btrfs-device(8)). It remembers devices by the UUID of the file
 * system, which is the same on the next run, and mounts no other device in place of one that it remembers.
 */
export const forgetCommand: readonly string[] = ["btrfs", "device", "scan", "--forget"];

/** What mkfs.btrfs is told for one device or several. */
export interface NewBtrfs {
  readonly devices: readonly string[];
  readonly uuid: string;
  readonly label?: string;
  /** Profile of the data: `single`, `raid1` … */
  readonly data: string;
  /** Profile of the metadata. */
  readonly metadata: string;
  readonly mkfsOptions: readonly string[];
  readonly makerVersion?: string;
}

/** The command that makes a btrfs. Profiles are always told, since their defaults differ between versions. */
export function makeBtrfsCommand(fileSystem: NewBtrfs): string[] {
  const { devices, uuid, label, data, metadata, mkfsOptions, makerVersion } = fileSystem;
  return [
    "mkfs.btrfs",
    "-q",
    // Whatever was there is gone already; mkfs.btrfs would refuse what it still takes for something.
    "-f",
    "-U",
    uuid,
    "-d",
    data,
    "-m",
    metadata,
    ...btrfsFeatureOptions(makerVersion),
    ...(label === undefined ? [] : ["-L", label]),
    ...mkfsOptions,
    ...devices,
  ];
}

/** Whether data and metadata share their block groups, for very small devices: `-M`. */
export function isMixed(mkfsOptions: readonly string[]): boolean {
  return mkfsOptions.includes("-M") || mkfsOptions.includes("--mixed");
}

/**
 * The bytes that each device of a btrfs has at least: 109 MiB with metadata twice, as mkfs.btrfs(8) says; 16 MiB with
 * mixed block groups.
 */
export function smallestBtrfs(mkfsOptions: readonly string[]): number {
  return (isMixed(mkfsOptions) ? 16 : 109) * MiB;
}

function command({ device, mkfsOptions, ...more }: NewFileSystem): string[] {
  // In mixed block groups both are of one kind.
  const metadata = isMixed(mkfsOptions) ? "single" : "dup";
  return makeBtrfsCommand({ ...more, devices: [device], data: "single", metadata, mkfsOptions });
}

/**
 * The mount options that show the kernel all devices of a btrfs; otherwise udev has to have done so, and there may be
 * none.
 */
export function memberOptions(devices: readonly string[]): readonly string[] {
  return devices.length < 2 ? [] : devices.map((device) => `device=${device}`);
}

/** btrfs(5), on one device, or on those of a `[btrfs.NAME]`. */
export const btrfs: FileSystemType<typeof schema> = {
  schema,
  programs: ["btrfs", "mkfs.btrfs"],
  kernelModules: ["btrfs"],
  source: "device",
  swapFiles: "without-copy-on-write",
  maker: {
    program: "mkfs.btrfs",
    identifier: deterministicUuid,
    forgetCommand,
    command,
    smallest: ({ mkfsOptions }) => smallestBtrfs(mkfsOptions),
  },
  mountArguments: ({ options, subvolume }, { device }) => ({
    source: device?.path ?? "",
    options: [
      ...memberOptions(device?.members ?? []),
      ...(subvolume === undefined ? [] : [`subvol=${subvolume}`]),
      ...options,
    ],
  }),
};
