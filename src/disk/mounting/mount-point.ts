import { existsSync } from "node:fs";
import { chmod, chown, mkdir, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode, InstallerError } from "../../errors.ts";
import { mountsBelow, readMountInfo } from "../../linux/mount-info.ts";

async function makeDirectory(path: string): Promise<boolean> {
  try {
    await mkdir(path);
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
  // Whatever the umask is.
  await chmod(path, 0o755);
  await chown(path, 0, 0);
  return true;
}

/**
 * Makes a directory and those of its parents that do not exist, each 0755 and root's.
 *
 * @returns The directories made, outermost first.
 */
export async function makeMountPoint(path: string): Promise<string[]> {
  const parent = dirname(path);
  const made = parent === path ? [] : await makeMountPoint(parent);
  if (await makeDirectory(path)) made.push(path);
  return made;
}

/** The directory and all its parents up to `/`. */
function withParents(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...withParents(parent)];
}

/** Checks that everybody may enter and list a directory and each of its parents, as nixos-install does. */
async function checkModes(root: string, path: string): Promise<void> {
  for (const directory of withParents(path)) {
    const { mode } = await stat(directory);
    if ((mode & 0o005) === 0o005) continue;
    throw new InstallerError(
      "refused",
      `${directory} is closed to other users (mode ${(mode & 0o7777).toString(8).padStart(4, "0")}), and ${root} lies in it`,
      { object: directory, hint: `Run chmod o+rx ${directory}, or choose another --root.` },
    );
  }
}

/** The real path of a directory, or of the closest directory above it that exists. */
async function nearestExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    return await nearestExisting(dirname(path));
  }
}

/**
 * Checks that a file system can be mounted on the mount root: nothing is mounted there or below, and builders and
 * services of the target, which run as other users, can reach it. A root that does not exist yet will be made.
 *
 * @throws {InstallerError} `refused`
 */
export async function checkMountRoot(root: string): Promise<void> {
  await checkModes(root, await nearestExisting(root));
  const path = existsSync(root) ? await realpath(root) : root;
  // A mount whose directory has the name it is mounted on was made by the installer's own root (src/linux).
  const mounted = mountsBelow(path, readMountInfo()).find(
    (mount) => !mount.root.endsWith(mount.target),
  );
  if (mounted === undefined) return;
  throw new InstallerError(
    "refused",
    `${mounted.source} is mounted on ${mounted.target} already, where the target goes`,
    { object: root, hint: "Unmount it, or choose another --root." },
  );
}

/**
 * Makes a directory of the target that something is mounted on, or shown from. A link in a file system that is kept could
 * lead out of the target, to a directory of the live system: mount(8) would follow it.
 *
 * @param root Where the target's `/` appears on the live system; may be a link itself.
 * @param path The directory, on the live system.
 * @throws {InstallerError} `disk`
 */
export async function makeTargetDirectory(root: string, path: string): Promise<void> {
  const start = await realpath(root);
  for (let place = path; place.length > root.length; place = dirname(place)) {
    const real = await realpath(place).catch(() => undefined);
    if (real === undefined || real === join(start, place.slice(root.length))) continue;
    throw new InstallerError(
      "disk",
      `${place} is a link, or lies behind one: it leads to ${real}`,
      {
        object: path,
        hint: "Remove the link, or name the place that it leads to.",
      },
    );
  }
  await makeMountPoint(path);
}

/** Where a mount point of the target appears on the live system. */
export function liveMountPoint(root: string, target: string): string {
  return target === "/" ? root : join(root, target);
}
