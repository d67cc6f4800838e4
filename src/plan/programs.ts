import { storageModules, storagePrograms } from "../disk/objects/index.ts";
import { overlayModules } from "./preflight/etc-overlay.ts";

/** Every program of the live system that some step runs, looked up beforehand so that what is missing is known. */
export const stepPrograms: readonly string[] = [
  ...new Set([...storagePrograms, "blkid", "chroot", "ssh"]),
].toSorted();

/** What steps may need of the live system, to be looked for beforehand. */
export const stepNeeds = {
  tools: stepPrograms,
  /** Those of storage objects, and those with which the firmware's variables are written. */
  kernelModules: [...new Set([...storageModules, ...overlayModules, "efivarfs"])],
} as const;
