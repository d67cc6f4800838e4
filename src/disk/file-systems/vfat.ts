import * as v from "valibot";
import { described } from "../../values/described.ts";
import { deterministicVolumeId } from "../identifiers.ts";
import {
  deviceKeys,
  type FileSystemType,
  type NewFileSystem,
  typeKey,
} from "./file-system-type.ts";

const schema = v.strictObject({
  type: typeKey("vfat"),
  ...deviceKeys,
  label: described(
    v.optional(
      v.pipe(
        v.string(),
        v.regex(
          /^[A-Z0-9_-]{1,11}$/,
          "expected a label of at most 11 capital letters, digits, - and _, as vfat allows",
        ),
      ),
    ),
    "At most 11 capital letters, digits, - and _. Default: none.",
  ),
});

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

function command(fileSystem: NewFileSystem): string[] {
  const { device, uuid, label, size, sectorSize, mkfsOptions } = fileSystem;
  return [
    "mkfs.vfat",
    ...(fitsFat32(size, sectorSize) ? ["-F", "32"] : []),
    "-i",
    uuid.replace("-", ""),
    ...(label === undefined ? [] : ["-n", label]),
    ...mkfsOptions,
    device,
  ];
}

/** FAT, as firmware reads it. Its identifier is a volume serial number: `1A2B-3C4D`. */
export const vfat: FileSystemType<typeof schema> = {
  schema,
  programs: ["mkfs.vfat"],
  kernelModules: ["vfat"],
  source: "device",
  isUnixLike: false,
  maker: { program: "mkfs.vfat", identifier: deterministicVolumeId, command },
};
