import { closeSync, fsyncSync, openSync } from "node:fs";
import { join } from "node:path";
import { errorMessage, InstallerError } from "../errors.ts";
import { nameOfNode, readBlockDevice, readPartitions } from "../facts/block-device.ts";
import { listDirectory } from "../facts/sysfs.ts";
import { syncAll } from "../linux/sync.ts";

/**
 * The node of a block device and those of all that the kernel has made of it, the topmost first: partitions, mappings,
 * arrays.
 */
async function devicesOf(name: string): Promise<readonly string[]> {
  const device = await readBlockDevice(name);
  if (device === undefined) return [];
  const partitions = (await readPartitions(name)).map((partition) => partition.name);
  const holders = await listDirectory(join("/sys/class/block", name, "holders"));
  const above: string[] = [];
  for (const each of [...partitions, ...holders]) above.push(...(await devicesOf(each)));
  return [...above, device.path];
}

/** fsync(2) of a block device: what was written to its node is on the disk, the disk's own cache included. */
function flush(device: string): void {
  try {
    const descriptor = openSync(device, "r");
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    throw new InstallerError(
      "disk",
      `what was written to ${device} does not get to the disk: ${errorMessage(cause)}`,
      {
        cause,
        object: device,
        hint: "The disk fails: look at the kernel's log (dmesg). With the disk mended or replaced, run the same command again.",
      },
    );
  }
}

/**
 * Waits until everything that was written to disks, and to what lies on them, is there. Each node has a cache of its own
 * in the kernel, and tells of its own errors only.
 *
 * @param disks The nodes of whole disks.
 * @throws {InstallerError} `disk`, naming the device of which something did not get to the disk.
 */
export async function flushDisks(disks: readonly string[]): Promise<void> {
  // What is no block device, such as a ZFS pool, is not found below a disk, and has none but this.
  syncAll();
  const devices = new Set<string>();
  for (const disk of disks) {
    const found = await devicesOf(nameOfNode(disk));
    for (const device of found.length === 0 ? [disk] : found) devices.add(device);
  }
  for (const device of devices) flush(device);
}
