import { rmdirSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { mount, mountFlags } from "../linux/mount.ts";
import { detachMounts } from "./detach-mounts.ts";
import { makeDirectoryInRoot } from "./root-path.ts";

/**
 * Makes the target's mount point in the live system a valid path inside the target while `use` runs: paths such as
 * `/mnt/etc/secret` that were written into the system when it was evaluated lead to `/etc/secret`, as under
 * nixos-install. Nothing of it remains.
 */
export async function withHostPath<Result>(
  root: string,
  use: () => Promise<Result>,
): Promise<Result> {
  const made = await makeDirectoryInRoot(root, root);
  // The kernel names mounts by the path without links.
  const target = join(await realpath(root), root);
  try {
    mount(root, target, undefined, mountFlags.bind | mountFlags.recursive);
    mount(undefined, target, undefined, mountFlags.slave | mountFlags.recursive);
    return await use();
  } finally {
    detachMounts(target);
    for (const directory of made.toReversed()) rmdirSync(directory);
  }
}
