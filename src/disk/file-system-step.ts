import type { StepData, StepDefinition } from "../run/step.ts";

/** Makes a file system on a partition that the same plan has made. */
export interface FileSystemStep extends StepData {
  readonly kind: "file-system";
  /** The kernel's node of the partition. */
  readonly device: string;
  readonly type: "ext4" | "vfat";
  /** A UUID; for vfat a volume serial number as `1A2B-3C4D`. */
  readonly uuid: string;
  readonly label?: string;
  /** The partition's size in bytes. */
  readonly size: number;
  /** The disk's logical sector size in bytes. */
  readonly sectorSize: number;
}

/**
 * The features of an ext4 file system: what e2fsprogs 1.43 (2016) to 1.46 made by default. `orphan_file` and
 * `metadata_csum_seed`, on by default since 1.47, are left out: kernels before 5.15 and GRUB before 2.12 cannot read
 * them, and the live system may be much newer than the system that is installed. Named in full, so that an older
 * mkfs.ext4, which refuses names it does not know, makes the same.
 */
const ext4Features = [
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

function ext4Command({ device, uuid, label }: FileSystemStep): string[] {
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
    ext4Features.join(","),
    "-E",
    "lazy_itable_init=1,lazy_journal_init=1",
    "-U",
    uuid,
    ...(label === undefined ? [] : ["-L", label]),
    device,
  ];
}

/** The smallest cluster count of FAT32, by which firmware tells it from FAT16 (Microsoft FAT specification, 3.5). */
const fat32Clusters = 65525;
/** Sectors before the first allocation table, and bytes of one entry in each of the two tables. */
const fat32ReservedSectors = 32;
const fat32EntrySize = 4;

/**
 * Whether a partition is large enough for FAT32, which the UEFI specification (13.3) wants of an EFI system partition:
 * about 33 MiB with 512-byte sectors, 257 MiB with 4096-byte sectors. Below, mkfs.vfat chooses FAT16 or FAT12, which
 * firmware reads as well.
 */
export function fitsFat32(size: number, sectorSize: number): boolean {
  const tableSectors = Math.ceil(((fat32Clusters + 2) * fat32EntrySize) / sectorSize);
  return size >= (fat32ReservedSectors + 2 * tableSectors + fat32Clusters) * sectorSize;
}

function vfatCommand({ device, uuid, label, size, sectorSize }: FileSystemStep): string[] {
  return [
    "mkfs.vfat",
    ...(fitsFat32(size, sectorSize) ? ["-F", "32"] : []),
    "-i",
    uuid.replace("-", ""),
    ...(label === undefined ? [] : ["-n", label]),
    device,
  ];
}

const commands = { ext4: ext4Command, vfat: vfatCommand } as const;

function command(step: FileSystemStep): string[] {
  return commands[step.type](step);
}

/** {@link FileSystemStep} */
export const fileSystemStep: StepDefinition<FileSystemStep> = {
  kind: "file-system",
  reason: "disk",
  describe: ({ device, type, label }) =>
    `Make ${type} on ${device}${label === undefined ? "" : ` (label ${label})`}`,
  commands: (step) => [command(step)],
  run: async (step, context) => {
    await context.exec(command(step), { object: step.device });
  },
};
