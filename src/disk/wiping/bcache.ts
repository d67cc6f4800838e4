import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "../../errors.ts";
import { nameOfNode } from "../../facts/block-device.ts";

/**
 * Has bcache let go of a device (the kernel's Documentation/admin-guide/bcache.rst): the cached device that is made of
 * it, the backing device, and the set that a cache belongs to. It does so some time later.
 *
 * @param device The node of the device.
 */
export async function stopCache(device: string, sysfs = "/sys"): Promise<void> {
  const directory = join(sysfs, "class/block", nameOfNode(device), "bcache");
  for (const file of ["stop", "set/stop"]) {
    try {
      await writeFile(join(directory, file), "1");
    } catch (error) {
      // A cache has no `stop`, a device without a cache no `set`, and what was stopped already neither.
      if (errorCode(error) !== "ENOENT") throw error;
    }
  }
}
