import { join } from "node:path";
import { listDirectory, readAttribute } from "./sysfs.ts";

/** The names of all mappings of device-mapper, sorted, from `/sys/class/block/DEVICE/dm/name`. */
export async function readMappings(sysfs = "/sys"): Promise<string[]> {
  const directory = join(sysfs, "class/block");
  const devices = await listDirectory(directory);
  const names = await Promise.all(
    devices.map((device) => readAttribute(join(directory, device, "dm/name"))),
  );
  return names.filter((name) => name !== undefined).toSorted();
}
