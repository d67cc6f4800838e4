import { join, relative } from "node:path";
import type { CommonFileSystemTable } from "../../disk/file-systems/file-system-type.ts";
import type { PlannedDevice } from "../../disk/storage-object.ts";
import type { Manifest } from "../../manifest/schema.ts";

/** A file system that a path of the target lies on. */
export interface FileSystemAt {
  readonly mountPoint: string;
  readonly table: CommonFileSystemTable;
}

function tablesOf({ filesystem }: Manifest): [mountPoint: string, table: CommonFileSystemTable][] {
  return Object.entries(filesystem);
}

function holds(mountPoint: string, path: string): boolean {
  return mountPoint === "/" || path === mountPoint || path.startsWith(`${mountPoint}/`);
}

/**
 * The file system that holds what is at a path of the target, through bind mounts to the one that is bound; `undefined`
 * when none does.
 */
export function fileSystemAt(path: string, manifest: Manifest): FileSystemAt | undefined {
  const seen = new Set<string>();
  for (let current = path; !seen.has(current); ) {
    seen.add(current);
    const found = tablesOf(manifest)
      .filter(
        ([mountPoint, { options }]) => holds(mountPoint, current) && !options.includes("noauto"),
      )
      .toSorted(([a], [b]) => b.length - a.length)[0];
    if (found === undefined) return undefined;
    const [mountPoint, table] = found;
    if (table.type !== "bind") return { mountPoint, table };
    current = join(table.device ?? "/", relative(mountPoint, current));
  }
  return undefined;
}

/** The devices and pools whose file systems are mounted. */
export function mountedDevices(
  manifest: Manifest,
  devices: ReadonlyMap<string, PlannedDevice>,
): readonly PlannedDevice[] {
  return tablesOf(manifest).flatMap(([, { device, options }]) => {
    const planned = options.includes("noauto") ? undefined : devices.get(device ?? "");
    return planned === undefined ? [] : [planned];
  });
}
