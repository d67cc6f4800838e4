import { existsSync } from "node:fs";
import { join } from "node:path";
import { resolveInRoot } from "../root-path.ts";
import type { GrubSearch } from "./grub-config.ts";
import type { TargetFileSystem } from "./target-file-systems.ts";

/** A path of grub.cfg that leads nowhere: the message says why. */
export class GrubPathError extends Error {
  override readonly name = "GrubPathError";
}

/** What paths of grub.cfg are read against. */
export interface GrubPathContext {
  readonly root: string;
  readonly fileSystems: readonly TargetFileSystem[];
  readonly searches: ReadonlyMap<string, GrubSearch>;
  /** The file system that `/` means without a `search`: the one GRUB's own files are on. */
  readonly home: TargetFileSystem | undefined;
}

/**
 * Finds the file that GRUB would read: `($drive1)/kernels/linux` begins at the root of the file system that `search`
 * found for `drive1`, which may be mounted anywhere in the target, or in part when it is a subvolume.
 *
 * @returns Its path in the live system's view.
 * @throws {GrubPathError} when no file system of the target is the one searched for, or it has no such file.
 */
export async function resolveGrubPath(path: string, context: GrubPathContext): Promise<string> {
  const { root } = context;
  const [, variable, rest = ""] = /^(?:\(\$\{?([^)}]*)\}?\))?(\/.*)$/.exec(path) ?? [];
  if (rest === "") throw new GrubPathError(`${path} is no path this installer can follow`);
  const candidates = fileSystemsOf(variable ?? "root", context);
  for (const { mountPoint, subdirectory } of candidates) {
    const inMount = withinMount(rest, subdirectory);
    if (inMount === undefined) continue;
    const file = await resolveInRoot(root, join(mountPoint, inMount));
    if (existsSync(file)) return file;
  }
  const places = candidates.map(({ mountPoint, device }) => `${device} (${mountPoint})`);
  throw new GrubPathError(`${path} is not on ${places.join(", ")}`);
}

function fileSystemsOf(variable: string, context: GrubPathContext): readonly TargetFileSystem[] {
  const { fileSystems, searches, home } = context;
  const search = searches.get(variable);
  if (search === undefined) {
    if (home !== undefined) return [home];
    throw new GrubPathError(`nothing says which file system $${variable} is`);
  }
  const found = fileSystems.filter(
    ({ uuid, label }) =>
      (search.by === "uuid" ? uuid?.toLowerCase() : label) ===
      (search.by === "uuid" ? search.value.toLowerCase() : search.value),
  );
  if (found.length > 0) return found;
  throw new GrubPathError(
    `no file system of the target has the ${search.by} ${search.value} that GRUB searches for`,
  );
}

/** A path within the file system, seen from where a part of it is mounted; `undefined` outside that part. */
function withinMount(path: string, subdirectory: string): string | undefined {
  if (subdirectory === "/") return path;
  return path.startsWith(`${subdirectory}/`) ? path.slice(subdirectory.length) : undefined;
}
