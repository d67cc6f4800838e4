import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { listDirectory, readAttribute } from "./sysfs.ts";

/** The `major:minor` of the device behind a file of `/proc/PID/fd`; `undefined` when it is no block device. */
async function blockNumber(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isBlockDevice() === true ? formatDeviceNumber(found.rdev) : undefined;
}

/** `major:minor` of a device number in the encoding of makedev(3). */
export function formatDeviceNumber(device: number): string {
  const major = (device >>> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
  return `${major}:${minor}`;
}

/**
 * The programs that have a block device open, this one left out: `sgdisk (process 4711)`. Mounts, mappings and arrays
 * are no programs, and hold a device without any.
 *
 * @param number The device's `major:minor`.
 */
export async function programsWithOpenDevice(number: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await listDirectory("/proc")) {
    if (!/^\d+$/.test(name) || name === String(process.pid)) continue;
    const descriptors = join("/proc", name, "fd");
    for (const descriptor of await readdir(descriptors).catch(() => [])) {
      if ((await blockNumber(join(descriptors, descriptor))) !== number) continue;
      const command = await readAttribute(join("/proc", name, "comm"));
      found.push(`${command ?? "a program"} (process ${name})`);
      break;
    }
  }
  return found;
}
