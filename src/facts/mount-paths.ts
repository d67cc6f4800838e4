import type { MountInfo } from "../linux/mount-info.ts";

/** Whether a path lies in a directory, at any depth. */
export function isBelow(path: string, directory: string): boolean {
  return directory === "/" ? path.startsWith("/") : path.startsWith(`${directory}/`);
}

/** The mount point of the file system that a path lies on: the deepest above it, or the path itself. */
export function mountOfPath(
  path: string,
  mounts: readonly Pick<MountInfo, "target">[],
): string | undefined {
  const targets = mounts
    .map(({ target }) => target)
    .filter((target) => target === path || isBelow(path, target));
  return targets.toSorted((a, b) => b.length - a.length)[0];
}
