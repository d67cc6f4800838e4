import { lstatSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";

/** Where the portable store is kept below the target's root, while the installer runs, if it is not in memory. */
export const targetDirectory = ".landfall-portable-store";

/**
 * Removes the portable store that an installer which was killed has left on the target disk, where it is not the one in use:
 * the next run may have had the memory to keep its own there.
 *
 * @param root Where the target is mounted.
 * @throws the file system's errors.
 */
export async function removeStaleStore(root: string): Promise<void> {
  const directory = join(root, targetDirectory);
  const left = lstatSync(directory, { throwIfNoEntry: false });
  if (left === undefined) return;
  const used = statSync("/nix", { throwIfNoEntry: false });
  if (used?.dev === left.dev && used.ino === left.ino) return;
  await rm(directory, { recursive: true, force: true });
}
