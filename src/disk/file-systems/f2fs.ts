import * as v from "valibot";
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

const schema = v.strictObject({
  type: typeKey("f2fs"),
  ...deviceKeys,
  ...ownershipKeys,
  label: described(v.optional(labelFor("f2fs", 511)), "At most 511 bytes. Default: none."),
});

/** What mkfs.f2fs 1.15 makes do with, on any sector size; it has no number of its own in mkfs.f2fs(8). */
const smallestSize = 52 * MiB;

/** None of the features that mkfs.f2fs(8) lists under `-O` is on by itself, so that every kernel since 3.8 reads it. */
function command({ device, uuid, label, mkfsOptions }: NewFileSystem): string[] {
  return [
    "mkfs.f2fs",
    "-q",
    // Whatever was there is gone already; mkfs.f2fs would refuse what it still takes for something.
    "-f",
    "-U",
    uuid,
    ...(label === undefined ? [] : ["-l", label]),
    ...mkfsOptions,
    device,
  ];
}

/** f2fs, the kernel's `Documentation/filesystems/f2fs.rst`. */
export const f2fs: FileSystemType<typeof schema> = {
  schema,
  programs: ["mkfs.f2fs"],
  kernelModules: ["f2fs"],
  source: "device",
  swapFiles: "plain",
  maker: {
    program: "mkfs.f2fs",
    identifier: deterministicUuid,
    command,
    smallest: () => smallestSize,
  },
};
