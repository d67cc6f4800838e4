import { fileSystemMakers } from "../disk/file-systems/index.ts";
import { storagePrograms } from "../disk/objects/index.ts";

/** Every program of the live system that some step runs, looked up beforehand so that what is missing is known. */
export const stepPrograms: readonly string[] = [
  ...new Set([...storagePrograms, "blkid", "chroot"]),
].toSorted();

/** Those of them that are run according to their version. */
export const versionedPrograms: readonly string[] = fileSystemMakers;
