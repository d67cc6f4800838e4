import * as v from "valibot";
import { described } from "../../values/described.ts";
import {
  deviceKey,
  type FileSystemType,
  mountKeys,
  ownershipKeys,
  typeKey,
} from "./file-system-type.ts";

/** A dataset below that of the pool itself (zfsconcepts(7)). */
export const datasetName = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9][\w.:-]*(?:\/[A-Za-z0-9][\w.:-]*)*$/,
    'expected a dataset without the pool\'s name, such as "root/nixos"',
  ),
);

const schema = v.strictObject({
  type: typeKey("zfs"),
  ...mountKeys,
  ...ownershipKeys,
  device: deviceKey,
  dataset: described(
    datasetName,
    "The dataset without the pool's name; it is made with the pool, with mountpoint=legacy.",
  ),
});

/** A dataset of a ZFS pool (`[zpool.NAME]`), mounted by its name, since its `mountpoint` is `legacy`. */
export const zfs: FileSystemType<typeof schema> = {
  schema,
  programs: [],
  kernelModules: ["zfs"],
  source: "device",
  mountArguments: ({ dataset, options }, { device }) => ({
    source: `${device?.path ?? ""}/${dataset ?? ""}`,
    options,
  }),
};
