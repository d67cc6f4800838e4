import * as v from "valibot";
import { deviceReference } from "../../values/names.ts";
import { type FileSystemType, mountKeys, ownershipKeys } from "./file-system-type.ts";

const schema = v.strictObject({
  type: v.literal("bcachefs"),
  ...mountKeys,
  ...ownershipKeys,
  device: deviceReference,
});

/** bcachefs(8) on the devices of a `[bcachefs.NAME]`, which the kernel takes as one source with colons between them. */
export const bcachefs: FileSystemType<typeof schema> = {
  schema,
  programs: [],
  kernelModules: ["bcachefs"],
  source: "device",
};
