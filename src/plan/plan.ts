import { type NixCopyStep, nixCopyStep } from "../cache/nix-store/nix-copy-step.ts";
import { type PullStep, pullStep } from "../cache/pull-step.ts";
import { type StorageStep, storageStepDefinitions } from "../disk/objects/index.ts";
import type { LayoutProgress } from "../disk/progress.ts";
import type { Finding } from "../findings/finding.ts";
import type { StepDefinition } from "../run/step.ts";
import { type NixCheckStep, nixCheckStep } from "../store/portable/nix-check-step.ts";
import { type PortableStoreStep, portableStoreStep } from "../store/portable/step.ts";
import { type ActivateStep, activateStep } from "../system/activate-step.ts";
import { type BootCheckStep, bootCheckStep } from "../system/boot-check-step.ts";
import { type BootLoaderStep, bootLoaderStep } from "../system/boot-loader-step.ts";
import { type ChrootStep, chrootStep } from "../system/chroot-step.ts";
import { type MarkInstalledStep, markInstalledStep } from "../system/mark-installed-step.ts";
import { type PrepareRootStep, prepareRootStep } from "../system/prepare-root-step.ts";
import { type ProfileStep, profileStep } from "../system/profile-step.ts";
import { type TmpfilesStep, tmpfilesStep } from "../system/tmpfiles-step.ts";

/** One thing the installer does. */
export type Step =
  | PortableStoreStep
  | StorageStep
  | PullStep
  | NixCopyStep
  | NixCheckStep
  | ProfileStep
  | PrepareRootStep
  | ChrootStep
  | ActivateStep
  | TmpfilesStep
  | BootLoaderStep
  | BootCheckStep
  | MarkInstalledStep;

/** What an install will do, in order: plain data. */
export interface Plan {
  readonly version: 1;
  /** Where the target is mounted while it is installed. */
  readonly root: string;
  /** Store path of the system. */
  readonly toplevel: string;
  /** How far an earlier run of the same manifest has come with the disks. */
  readonly progress: LayoutProgress["state"];
  /** What was found before it is carried out and does not stop it: warnings and notes. */
  readonly findings: readonly Finding[];
  readonly steps: readonly Step[];
}

const definitions: {
  readonly [Kind in Step["kind"]]: StepDefinition<Extract<Step, { kind: Kind }>>;
} = {
  "portable-store": portableStoreStep,
  ...storageStepDefinitions,
  pull: pullStep,
  "nix-copy": nixCopyStep,
  "nix-check": nixCheckStep,
  profile: profileStep,
  "prepare-root": prepareRootStep,
  chroot: chrootStep,
  activate: activateStep,
  tmpfiles: tmpfilesStep,
  "boot-loader": bootLoaderStep,
  "boot-check": bootCheckStep,
  "mark-installed": markInstalledStep,
};

/** Whether a step makes or mounts storage. */
export function isStorageStep(step: Step): step is StorageStep {
  return Object.hasOwn(storageStepDefinitions, step.kind);
}

/** How a step is described and carried out. */
export function definitionOf(step: Step): StepDefinition<Step> {
  // The table's type ties each kind to its definition; TypeScript cannot follow that through an index.
  return definitions[step.kind] as unknown as StepDefinition<Step>;
}
