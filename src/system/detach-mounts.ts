import { unmount, unmountFlags } from "../linux/mount.ts";
import { mountsBelow, readMountInfo } from "../linux/mount-info.ts";

/**
 * Takes away every mount at and below a directory, whoever made it, also when one is busy. For mounts that hold no data
 * to be written, or whose file system stays mounted elsewhere.
 *
 * @throws {SystemCallError}
 */
export function detachMounts(directory: string): void {
  for (;;) {
    // Detaching one takes what lies below it along, so the list is stale after each.
    const [mounted] = mountsBelow(directory, readMountInfo());
    if (mounted === undefined) return;
    unmount(mounted.target, unmountFlags.detach);
  }
}
