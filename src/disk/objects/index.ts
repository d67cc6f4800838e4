import * as v from "valibot";
import { objectName } from "../../values/names.ts";
import { absolutePath } from "../../values/paths.ts";
import { type ObjectNode, objectNodes } from "../storage-object.ts";
import { type BcachefsStep, bcachefs } from "./bcachefs.ts";
import { type BtrfsStep, btrfs } from "./btrfs.ts";
import { disk } from "./disk.ts";
import { type FileSystemStep, fileSystem } from "./file-system.ts";
import { type LvmStep, lvm } from "./lvm.ts";
import { type MountStep, mountStep } from "./mount.ts";
import type { PartitionTableStep } from "./partition-table.ts";
import { type RaidStep, raid } from "./raid.ts";
import { type SwapStep, swap } from "./swap.ts";
import { type ZpoolStep, zpool } from "./zpool.ts";

/** The tables of the manifest that describe storage. */
export const storageTables = {
  disk: v.record(objectName, disk.schema),
  raid: v.optional(v.record(objectName, raid.schema), {}),
  lvm: v.optional(v.record(objectName, lvm.schema), {}),
  btrfs: v.optional(v.record(objectName, btrfs.schema), {}),
  bcachefs: v.optional(v.record(objectName, bcachefs.schema), {}),
  zpool: v.optional(v.record(objectName, zpool.schema), {}),
  filesystem: v.record(absolutePath, fileSystem.schema),
  swap: v.optional(v.record(objectName, swap.schema), {}),
};

const storageSchema = v.strictObject(storageTables);

/** The part of a manifest that describes storage. */
export type StorageTables = v.InferOutput<typeof storageSchema>;

/** Every step that makes storage. */
export type StorageStep =
  | PartitionTableStep
  | RaidStep
  | LvmStep
  | BtrfsStep
  | BcachefsStep
  | ZpoolStep
  | FileSystemStep
  | SwapStep
  | MountStep;

/** How each of these steps is described and carried out. */
export const storageStepDefinitions = {
  "partition-table": disk.step,
  raid: raid.step,
  lvm: lvm.step,
  btrfs: btrfs.step,
  bcachefs: bcachefs.step,
  zpool: zpool.step,
  "file-system": fileSystem.step,
  swap: swap.step,
  mount: mountStep,
};

/** Every program of the live system that some of these steps may run. */
export const storagePrograms: readonly string[] = [
  ...disk.programs,
  ...raid.programs,
  ...lvm.programs,
  ...btrfs.programs,
  ...bcachefs.programs,
  ...zpool.programs,
  ...fileSystem.programs,
  ...swap.programs,
  "mount",
];

/** Every object of a manifest, those that others are made on first where there is a choice. */
export function storageNodes(tables: StorageTables): readonly ObjectNode<StorageStep>[] {
  return [
    ...objectNodes(disk, tables.disk),
    ...objectNodes(raid, tables.raid),
    ...objectNodes(lvm, tables.lvm),
    ...objectNodes(btrfs, tables.btrfs),
    ...objectNodes(bcachefs, tables.bcachefs),
    ...objectNodes(zpool, tables.zpool),
    ...objectNodes(fileSystem, tables.filesystem),
    ...objectNodes(swap, tables.swap),
  ];
}
