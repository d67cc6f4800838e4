import * as v from "valibot";
import {
  deviceKey,
  type FileSystemType,
  mountKeys,
  ownershipKeys,
  typeKey,
} from "./file-system-type.ts";

const schema = v.strictObject({
  type: typeKey("bcachefs"),
  ...mountKeys,
  ...ownershipKeys,
  device: deviceKey,
});

/** bcachefs(8) on the devices of a `[bcachefs.NAME]`, which the kernel takes as one source with colons between them. */
export const bcachefs: FileSystemType<typeof schema> = {
  schema,
  programs: [],
  kernelModules: ["bcachefs"],
  source: "device",
};
