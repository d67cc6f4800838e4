import * as v from "valibot";
import { described } from "../../values/described.ts";
import { objectName } from "../../values/names.ts";
import { absolutePath } from "../../values/paths.ts";
import type { LuksStep } from "../luks/luks-step.ts";
import type { Outcome } from "../outcome.ts";
import type { StorageKind } from "../storage-kind.ts";
import { type ObjectNode, objectNodes } from "../storage-object.ts";
import { type CloseStep, closeStep } from "../wiping/close-step.ts";
import { type WipeStep, wipePrograms, wipeStep } from "../wiping/wipe-step.ts";
import { type BcachefsStep, bcachefs } from "./bcachefs.ts";
import { type BtrfsStep, btrfs } from "./btrfs.ts";
import { disk } from "./disk.ts";
import { type FileSystemStep, fileSystem } from "./file-system.ts";
import { type LayoutMadeStep, layoutMadeStep } from "./layout-made.ts";
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
  disk: described(
    v.record(objectName, disk.schema),
    'Whole disks. Other tables refer to a partition as "DISK.PARTITION".',
  ),
  luks: described(
    v.optional(v.record(objectName, luks.schema), {}),
    'LUKS2 devices, opened as /dev/mapper/NAME; other tables refer to them as "NAME".',
  ),
  raid: described(
    v.optional(v.record(objectName, raid.schema), {}),
    'Arrays of Linux\'s md driver; other tables refer to them as "NAME".',
  ),
  lvm: described(
    v.optional(v.record(objectName, lvm.schema), {}),
    'Volume groups of LVM, by their names; other tables refer to their volumes as "GROUP.VOLUME".',
  ),
  btrfs: described(
    v.optional(v.record(objectName, btrfs.schema), {}),
    'btrfs with subvolumes or on several devices; other tables refer to them as "NAME".',
  ),
  bcachefs: described(
    v.optional(v.record(objectName, bcachefs.schema), {}),
    'bcachefs on one device or several; other tables refer to them as "NAME".',
  ),
  zpool: described(
    v.optional(v.record(objectName, zpool.schema), {}),
    'ZFS pools, by their names; other tables refer to them as "NAME".',
  ),
  filesystem: described(
    v.record(absolutePath, fileSystem.schema),
    "What is mounted, by mount point as the installed system sees it. There must be one for /.",
  ),
  swap: described(
    v.optional(v.record(objectName, swap.schema), {}),
    "What the installed system swaps to; the names are for this file only.",
  ),
};

const storageSchema = v.strictObject(storageTables);

/** The part of a manifest that describes storage. */
export type StorageTables = v.InferOutput<typeof storageSchema>;

/** Every step that makes storage. */
export type StorageStep =
  | CloseStep
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
  | LayoutMadeStep
  | SwapFileStep
  | MountStep;

/** How each of these steps is described and carried out. */
export const storageStepDefinitions = {
  close: closeStep,
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
  "layout-made": layoutMadeStep,
  "swap-file": swapFileStep,
  mount: mountStep,
};

/** What each of these steps leaves on the disks; those that are not here make no device and no content of one. */
const outcomes: {
  readonly [Kind in StorageStep["kind"]]?: (
    step: Extract<StorageStep, { readonly kind: Kind }>,
  ) => Outcome;
} = {
  "partition-table": disk.outcome,
  luks: luks.outcome,
  raid: raid.outcome,
  lvm: lvm.outcome,
  btrfs: btrfs.outcome,
  bcachefs: bcachefs.outcome,
  zpool: zpool.outcome,
  "file-system": fileSystem.outcome,
  swap: swap.outcome,
};

/** What a step leaves on the disks. Pure. */
export function outcomeOf(step: StorageStep): Outcome {
  // The table's type ties each kind to its step; TypeScript cannot follow that through an index.
  const outcome = outcomes[step.kind] as ((step: StorageStep) => Outcome) | undefined;
  return outcome?.(step) ?? { contents: [], devices: [] };
}

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
