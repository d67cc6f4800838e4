import { fileSystemMakers } from "../disk/file-systems/index.ts";
import { storageModules, storagePrograms } from "../disk/objects/index.ts";

/** Every program of the live system that some step runs, looked up beforehand so that what is missing is known. */
export const stepPrograms: readonly string[] = [
  ...new Set([...storagePrograms, "blkid", "chroot", "ssh"]),
].toSorted();

/** What steps may need of the live system, to be looked for beforehand. */
export const stepNeeds = {
  tools: stepPrograms,
  /** Those of them that are run according to their version. */
  versioned: fileSystemMakers,
  kernelModules: [...new Set(storageModules)],
} as const;
