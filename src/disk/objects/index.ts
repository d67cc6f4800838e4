import * as v from "valibot";
import { objectName } from "../../values/names.ts";
import { absolutePath } from "../../values/paths.ts";
import type { LuksStep } from "../luks/luks-step.ts";
import type { StorageKind } from "../storage-kind.ts";
import { type ObjectNode, objectNodes } from "../storage-object.ts";
import { type WipeStep, wipePrograms, wipeStep } from "../wiping/wipe-step.ts";
import { type BcachefsStep, bcachefs } from "./bcachefs.ts";
import { type BtrfsStep, btrfs } from "./btrfs.ts";
import { disk } from "./disk.ts";
import { type FileSystemStep, fileSystem } from "./file-system.ts";
import { luks } from "./luks.ts";
import { type LvmStep, lvm } from "./lvm.ts";
import { type MountStep, mountStep } from "./mount.ts";
import type { PartitionTableStep } from "./partition-table.ts";
import { type RaidStep, raid } from "./raid.ts";
import { type SwapStep, swap } from "./swap.ts";
import { type SwapFileStep, swapFileStep } from "./swap-file.ts";
import { type ZpoolStep, zpool } from "./zpool.ts";

/** The tables of the manifest that describe storage. */
export const storageTables = {
  disk: v.record(objectName, disk.schema),
  luks: v.optional(v.record(objectName, luks.schema), {}),
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
  | WipeStep
  | PartitionTableStep
  | LuksStep
  | RaidStep
  | LvmStep
  | BtrfsStep
  | BcachefsStep
  | ZpoolStep
  | FileSystemStep
  | SwapStep
  | SwapFileStep
  | MountStep;

/** How each of these steps is described and carried out. */
export const storageStepDefinitions = {
  wipe: wipeStep,
  "partition-table": disk.step,
  luks: luks.step,
  raid: raid.step,
  lvm: lvm.step,
  btrfs: btrfs.step,
  bcachefs: bcachefs.step,
  zpool: zpool.step,
  "file-system": fileSystem.step,
  swap: swap.step,
  "swap-file": swapFileStep,
  mount: mountStep,
};

/** Every kind of object. */
const storageObjects = [disk, luks, raid, lvm, btrfs, bcachefs, zpool, fileSystem, swap];

/** What the check of a manifest knows of each kind, by its table. */
export const storageKinds: Readonly<Record<string, StorageKind>> = Object.fromEntries(
  storageObjects.map(({ table, kind }) => [table, kind]),
);

/** Every program of the live system that some of these steps may run. */
export const storagePrograms: readonly string[] = [
  ...wipePrograms,
  ...storageObjects.flatMap(({ programs }) => programs),
  "mount",
];

/** Every kernel module that some of these steps may need. */
export const storageModules: readonly string[] = storageObjects.flatMap(
  ({ kernelModules }) => kernelModules ?? [],
);

/** Every object of a manifest, those that others are made on first where there is a choice. */
export function storageNodes(tables: StorageTables): readonly ObjectNode<StorageStep>[] {
  return [
    ...objectNodes(disk, tables.disk),
    ...objectNodes(luks, tables.luks),
    ...objectNodes(raid, tables.raid),
    ...objectNodes(lvm, tables.lvm),
    ...objectNodes(btrfs, tables.btrfs),
    ...objectNodes(bcachefs, tables.bcachefs),
    ...objectNodes(zpool, tables.zpool),
    ...objectNodes(fileSystem, tables.filesystem),
    ...objectNodes(swap, tables.swap),
  ];
}
