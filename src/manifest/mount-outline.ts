import { join } from "node:path";
import { isEsp } from "./check-esp.ts";
import { type ObjectOutline, type Outline, textAt } from "./outline.ts";
import { partitionType } from "./partition-outline.ts";

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

/** The path that a bind mount shows in a second place. */
export function sourceOf({ values }: ObjectOutline): string | undefined {
  const device = values.type === "bind" ? textAt(values, ["device"]) : undefined;
  return device?.startsWith("/") === true ? device : undefined;
}

/** The file system that holds what is at a path: the one it lies on, or behind a bind mount the one of its source. */
export function storedOn(
  path: string,
  mounts: readonly ObjectOutline[],
  hops = mounts.length,
): ObjectOutline | undefined {
  const holder = holderOf(path, mounts);
  const source = holder === undefined ? undefined : sourceOf(holder);
  if (holder === undefined || source === undefined || hops === 0) return holder;
  return storedOn(join(source, path.slice(holder.name.length)), mounts, hops - 1);
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
 * all that it reads, unless GRUB is to start from a BIOS as well.
 */
export function needsBoot(mounts: readonly ObjectOutline[], outline: Outline): boolean {
  const devices = [...outline.devices.values()];
  if (devices.some((device) => partitionType(device) === "bios-boot")) return true;
  return !mounts.some(({ name, references }) =>
    references.some(
      ({ device }) => !isBelow(name, "/boot") && isEsp(outline, outline.devices.get(device)),
    ),
  );
}
