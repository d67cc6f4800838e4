import { chmod, chown, mkdir, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode, InstallerError } from "../errors.ts";

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

/**
 * Checks what nixos-install checks of its mount point: everybody may enter and list it and each of its parents, for
 * builders and services inside run as other users.
 *
 * @throws {InstallerError} `disk`, naming the directory.
 */
export async function checkParents(root: string): Promise<void> {
  for (const directory of withParents(await realpath(root))) {
    const { mode } = await stat(directory);
    if ((mode & 0o005) === 0o005) continue;
    throw new InstallerError(
      "disk",
      `${directory} is closed to other users (mode ${(mode & 0o7777).toString(8).padStart(4, "0")}), and ${root} lies in it`,
      { object: directory, hint: `Run chmod o+rx ${directory}, or choose another --root.` },
    );
  }
}

/** Where a mount point of the target appears on the live system. */
export function liveMountPoint(root: string, target: string): string {
  return target === "/" ? root : join(root, target);
}
