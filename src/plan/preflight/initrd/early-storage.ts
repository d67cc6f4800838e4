import type { PlannedDevice } from "../../../disk/storage-object.ts";
import type { FstabEntry } from "../../../system-info/system-info.ts";
import type { PreflightInputs } from "../inputs.ts";
import { type FileSystemAt, fileSystemAt } from "../mounted-at.ts";

/** What NixOS's initrd mounts without being asked to (nixpkgs, `nixos/lib/utils.nix`: `pathsNeededForBoot`). */
const pathsNeededForBoot = [
  "/",
  "/nix",
  "/nix/store",
  "/var",
  "/var/log",
  "/var/lib",
  "/var/lib/nixos",
  "/etc",
  "/usr",
];

/** A file system that the initrd has to mount, and the device of the manifest that it is on. */
export interface EarlyFileSystem extends FileSystemAt {
  readonly device: PlannedDevice;
}

function isMountedEarly(mountPoint: string, fstab: readonly FstabEntry[]): boolean {
  return (
    pathsNeededForBoot.includes(mountPoint) ||
    fstab.some(
      (entry) => entry.mountPoint === mountPoint && entry.options.includes("x-initrd.mount"),
    )
  );
}

/** The file systems of the manifest on devices that the initrd has to mount, through bind mounts; each once. Pure. */
export function earlyFileSystems({
  manifest,
  storage,
  system,
}: PreflightInputs): EarlyFileSystem[] {
  const found = Object.keys(manifest.filesystem)
    .filter((mountPoint) => isMountedEarly(mountPoint, system.fstab))
    .flatMap((mountPoint): EarlyFileSystem[] => {
      const place = fileSystemAt(mountPoint, manifest);
      const device = storage.devices.get(place?.table.device ?? "");
      return place === undefined || device === undefined ? [] : [{ ...place, device }];
    });
  return [...new Map(found.map((each) => [each.mountPoint, each])).values()];
}
