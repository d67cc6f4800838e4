import * as v from "valibot";
import { described } from "../../values/described.ts";
import { labelFor } from "../../values/label.ts";
import { deterministicUuid } from "../identifiers.ts";
import {
  deviceKeys,
  type FileSystemType,
  type NewFileSystem,
  ownershipKeys,
  typeKey,
} from "./file-system-type.ts";
import { splitOption } from "./mkfs-options.ts";

const schema = v.strictObject({
  type: typeKey("ext4"),
  ...deviceKeys,
  ...ownershipKeys,
  label: described(v.optional(labelFor("ext4", 16)), "At most 16 bytes. Default: none."),
});

/**
 * The features of an ext4 file system: what e2fsprogs 1.43 (2016) to 1.46 made by default. `orphan_file` and
 * `metadata_csum_seed`, on by default since 1.47, are left out: kernels before 5.15 and GRUB before 2.12 cannot read
 * them, and the live system may be much newer than the system that is installed. Named in full, so that an older
 * mkfs.ext4, which refuses names it does not know, makes the same.
 */
const features = [
  "none",
  "has_journal",
  "ext_attr",
  "resize_inode",
  "dir_index",
  "filetype",
  "extent",
  "64bit",
  "flex_bg",
  "sparse_super",
  "large_file",
  "huge_file",
  "dir_nlink",
  "extra_isize",
  "metadata_csum",
];

function command({ device, uuid, label, mkfsOptions }: NewFileSystem): string[] {
  // Of several -O mkfs.ext4 takes the last alone, and adds it to defaults of its own.
  const { values, others } = splitOption(mkfsOptions, "-O");
  return [
    "mkfs.ext4",
    "-q",
    // Once: asks nothing. A mounted device is still refused.
    "-F",
    // Small partitions would get blocks smaller than a 4096-byte sector, and inodes whose time ends in 2038.
    "-b",
    "4096",
    "-I",
    "256",
    "-O",
    [...features, ...values].join(","),
    "-E",
    "lazy_itable_init=1,lazy_journal_init=1",
    "-U",
    uuid,
    ...(label === undefined ? [] : ["-L", label]),
    ...others,
    device,
  ];
}

/** ext4(5) */
export const ext4: FileSystemType<typeof schema> = {
  schema,
  programs: ["mkfs.ext4"],
  kernelModules: ["ext4"],
  source: "device",
  swapFiles: "plain",
  maker: { program: "mkfs.ext4", identifier: deterministicUuid, command },
};
