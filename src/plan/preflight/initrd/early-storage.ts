import type { PlannedDevice } from "../../../disk/storage-object.ts";
import type { FstabEntry } from "../../../system-info/system-info.ts";
import { isMountedAtBoot, isMountedEarly } from "../fstab-entry.ts";
import type { PreflightInputs } from "../inputs.ts";
import { type FileSystemAt, fileSystemAt } from "../mounted-at.ts";

/** A file system that the initrd has to mount, and the device of the manifest that it is on. */
export interface EarlyFileSystem extends FileSystemAt {
  readonly device: PlannedDevice;
}

/** Whether the initrd mounts something there: root, and what the system's fstab has for it. */
function isMountedThere(mountPoint: string, fstab: readonly FstabEntry[]): boolean {
  if (mountPoint === "/") return true;
  const entries = fstab.filter((entry) => entry.mountPoint === mountPoint);
  return entries.some((entry) => isMountedEarly(entry) && isMountedAtBoot(entry));
}

/** The file systems of the manifest on devices that the initrd has to mount, through bind mounts; each once. Pure. */
export function earlyFileSystems({
  manifest,
  storage,
  system,
}: PreflightInputs): EarlyFileSystem[] {
  const found = Object.keys(manifest.filesystem)
    .filter((mountPoint) => isMountedThere(mountPoint, system.fstab))
    .flatMap((mountPoint): EarlyFileSystem[] => {
      const place = fileSystemAt(mountPoint, manifest);
      const device = storage.devices.get(place?.table.device ?? "");
      return place === undefined || device === undefined ? [] : [{ ...place, device }];
    });
  return [...new Map(found.map((each) => [each.mountPoint, each])).values()];
}
