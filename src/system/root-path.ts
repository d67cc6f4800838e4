import { chmod, chown, lstat, mkdir, readlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { errorCode, InstallerError } from "../errors.ts";

/** As many links as the kernel follows before it says ELOOP, see path_resolution(7). */
const maximumLinks = 40;

/**
 * Follows a path the way a process chrooted into `root` would: absolute links start again at `root`, and `..` does not
 * climb above it.
 *
 * @param path Absolute path as seen inside the root.
 * @returns The path in the live system's view, without links; its last part need not exist.
 * @throws {InstallerError} "system" when links go in a circle.
 */
export async function resolveInRoot(root: string, path: string): Promise<string> {
  const pending = path.split("/").filter((part) => part !== "");
  const resolved: string[] = [];
  let links = 0;
  for (let part = pending.shift(); part !== undefined; part = pending.shift()) {
    if (part === ".") continue;
    if (part === "..") {
      resolved.pop();
      continue;
    }
    const target = await linkTarget(join(root, ...resolved, part));
    if (target === undefined) {
      resolved.push(part);
      continue;
    }
    links += 1;
    if (links > maximumLinks) {
      throw new InstallerError("system", `${path} leads in a circle of links`, { object: path });
    }
    if (target.startsWith("/")) resolved.length = 0;
    pending.unshift(...target.split("/").filter((step) => step !== ""));
  }
  return join(root, ...resolved);
}

/** The text of a symbolic link; `undefined` for anything else and for nothing. */
export async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    const code = errorCode(error);
    if (code === "EINVAL" || code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

/**
 * Makes a directory of the target, with its parents, owned by root. A link anywhere on the way is refused, as it could
 * lead what is written there out of the target.
 *
 * @param path Absolute path as seen inside the root.
 * @param mode Given to the last directory, also when it is there already. What is made without a mode gets 0755.
 * @returns The directories that were not there before, in the live system's view, parents first.
 * @throws {InstallerError} "system" when a part of the path is no directory.
 */
export async function makeDirectoryInRoot(
  root: string,
  path: string,
  mode?: number,
): Promise<string[]> {
  const made: string[] = [];
  const parts = resolve("/", path)
    .split("/")
    .filter((part) => part !== "");
  let directory = root;
  for (const part of parts) {
    directory = join(directory, part);
    if (await makeDirectory(directory)) made.push(directory);
  }
  if (mode !== undefined) await chmod(directory, mode);
  return made;
}

/** Makes one directory, 0755 and root's; false when it is there already. */
async function makeDirectory(path: string): Promise<boolean> {
  try {
    await mkdir(path);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    if ((await lstat(path)).isDirectory()) return false;
    throw new InstallerError("system", `${path} is not a directory`, {
      object: path,
      hint: `Remove it from ${dirname(path)}, it is in the way.`,
    });
  }
  await chmod(path, 0o755);
  await chown(path, 0, 0);
  return true;
}
