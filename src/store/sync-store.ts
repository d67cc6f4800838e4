import { join } from "node:path";
import { syncFileSystem } from "../linux/sync.ts";
import { diskError } from "./disk-error.ts";

/**
 * Waits until everything that was written to the store below `root` is on the disk.
 *
 * @throws {InstallerError} with reason `disk` if something of it did not get there.
 */
export function syncStore(root: string): void {
  const store = join(root, "nix/store");
  try {
    syncFileSystem(store);
  } catch (error) {
    throw diskError(error, `what was written to ${store} does not get to the disk`, {
      object: store,
      place: { path: store },
    });
  }
}
