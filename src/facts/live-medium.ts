import type { MountInfo } from "../linux/mount-info.ts";
import type { Holder } from "./facts.ts";
import { mountOfPath } from "./mount-paths.ts";

/**
 * Where systems mount what they run from: the directories of their programs, and those where Debian, Ubuntu, NixOS,
 * Arch, Fedora, SystemRescue, openSUSE and Alpine mount the medium of a live system.
 */
const systemMount =
  /^\/(?:|usr|etc|var|boot|boot\/efi|efi|nix|nix\/store|nix\/\.[^/]+|cdrom|iso|media\/cdrom|run\/live\/.+|lib\/live\/mount\/.+|run\/archiso\/.+|run\/miso\/.+|run\/initramfs\/.+|run\/rootfsbase|run\/overlay|livecd|\.modloop)$/;

/** The name of what holds a device exclusively and cannot be seen: the mount of another namespace, or none at all. */
export const unseen = "another program";

/** File systems that only ever hold an image that was made elsewhere, such as that of a live system. */
const imageTypes = new Set(["squashfs", "erofs", "cramfs"]);

/** The directories that an overlay is made of. */
export function overlayDirectories({ type, superOptions }: MountInfo): string[] {
  if (type !== "overlay") return [];
  return superOptions.flatMap((option) => {
    const [, key = "", value = ""] =
      /^(lowerdir\+?|datadir\+|upperdir|workdir)=(.*)$/.exec(option) ?? [];
    if (value === "") return [];
    return key === "lowerdir" ? value.split(":").filter((path) => path !== "") : [value];
  });
}

/**
 * The mount points of the file systems that the running system needs: those of its own directories, those of which the
 * overlays there are made, and those that hold programs which are running.
 *
 * @param programs Paths of programs: that of process 1, and the installer's own.
 */
export function systemMountPoints(
  mounts: readonly MountInfo[],
  programs: readonly string[],
): ReadonlySet<string> {
  const points = new Set<string>();
  const add = (target: string | undefined): void => {
    if (target === undefined || points.has(target)) return;
    points.add(target);
    for (const mount of mounts) {
      if (mount.target !== target) continue;
      for (const directory of overlayDirectories(mount)) add(mountOfPath(directory, mounts));
    }
  };
  for (const { target, type } of mounts) {
    if (systemMount.test(target) || imageTypes.has(type)) add(target);
  }
  for (const program of programs) add(mountOfPath(program, mounts));
  return points;
}

/** Whether `/` is an overlay over something that was mounted out of sight, as before the start of process 1. */
export function hasHiddenRoot(mounts: readonly MountInfo[]): boolean {
  const root = mounts.findLast(({ target }) => target === "/");
  if (root === undefined) return false;
  return overlayDirectories(root).some((path) => mountOfPath(path, mounts) === "/");
}

/**
 * Where the running system uses a disk for itself: a mount point; `undefined` when it does not.
 *
 * @param holders Those of the disk, also those of what is made of it.
 * @param hiddenRoot See {@link hasHiddenRoot}: then a disk that is in use by nothing that can be seen is what it hides.
 */
export function liveUse(
  holders: readonly Holder[],
  points: ReadonlySet<string>,
  hiddenRoot: boolean,
): string | undefined {
  if (
    hiddenRoot &&
    holders.some(({ kind, name }) => kind === "exclusive-open" && name === unseen)
  ) {
    return "/";
  }
  return holders.find(({ kind, name }) => kind === "mount" && points.has(name))?.name;
}
