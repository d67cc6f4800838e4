import { realpath, stat } from "node:fs/promises";
import { basename } from "node:path";
import { formatDeviceNumber } from "./open-devices.ts";

/**
 * The kernel's name of a block device, as sysfs has it: `dm-0`. By its number, since a node can have any name: without
 * udev device-mapper's are no links.
 *
 * @param path A node, or a link to one.
 */
export async function kernelName(path: string): Promise<string> {
  const { rdev } = await stat(path);
  return basename(await realpath(`/sys/dev/block/${formatDeviceNumber(rdev)}`));
}
