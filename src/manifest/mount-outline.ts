import { isEsp } from "./check-esp.ts";
import type { ObjectOutline, Outline } from "./outline.ts";

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === "/" ? "/" : `${directory}/`);
}

/** The file systems of a manifest. */
export function mountsOf({ objects }: Outline): readonly ObjectOutline[] {
  return objects.filter(({ table }) => table === "filesystem");
}

/** The file system that a path lies on: the one mounted closest above it. */
export function holderOf(
  path: string,
  mounts: readonly ObjectOutline[],
): ObjectOutline | undefined {
  return mounts
    .filter(({ name }) => isBelow(path, name))
    .toSorted((one, other) => other.name.length - one.name.length)[0];
}

/** The file system that a mount point lies in. */
export function parentOf(
  mount: ObjectOutline,
  mounts: readonly ObjectOutline[],
): ObjectOutline | undefined {
  return holderOf(
    mount.name,
    mounts.filter((other) => other !== mount),
  );
}

/**
 * Whether the boot loader reads `/boot`: not where an EFI system partition is mounted elsewhere, such as on `/efi`, and has
 * all that it reads.
 */
export function needsBoot(mounts: readonly ObjectOutline[], outline: Outline): boolean {
  return !mounts.some(({ name, references }) =>
    references.some(
      ({ device }) => !isBelow(name, "/boot") && isEsp(outline, outline.devices.get(device)),
    ),
  );
}
