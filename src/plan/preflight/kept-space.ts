import type { PlannedDevice } from "../../disk/storage-object.ts";
import type { Facts, FileSystemSpace } from "../../facts/facts.ts";

/** The room on a file system that is on a device now; `undefined` where it is not known. */
export function spaceOn({ path }: PlannedDevice, { disks }: Facts): FileSystemSpace | undefined {
  return disks.flatMap(({ space = [] }) => space).find(({ device }) => device === path);
}
