import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { SystemCallError } from "./libc.ts";
import { mount, mountFlags, unmount, unmountFlags } from "./mount.ts";
import { changeDirectory, changeDirectoryTo, changeRoot, pivotRoot } from "./root-directory.ts";

/** Where the new root is put together; the directory comes back into sight when the new root has taken over. */
const preferredStages = ["mnt", "tmp", "run"];

const oldRootName = ".old-root";

/** Whether a path is a directory itself, and no symbolic link to one. */
function isDirectory(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** An absolute directory that exists just below `/`. */
export function anyRootDirectory(): string {
  const names = readdirSync("/").filter((name) => isDirectory(`/${name}`));
  const name = preferredStages.find((preferred) => names.includes(preferred)) ?? names[0];
  if (name === undefined) throw new Error("the root holds no directory");
  return `/${name}`;
}

/**
 * Makes sure that each of the names is a directory in `/`, without creating anything on the live system: where one is
 * missing or a symbolic link, the calling thread gets a new root on a tmpfs, which holds the missing directories beside
 * everything that the root had, bound there with all mounts below it. A read-only root stays as it is.
 *
 * For a thread in a mount namespace of its own, all mounts private; Bun's other threads keep the root they have.
 *
 * @throws {SystemCallError}
 */
export function ensureRootDirectories(names: readonly string[]): void {
  const missing = names.filter((name) => !isDirectory(`/${name}`));
  if (missing.length === 0) return;
  const entries = readdirSync("/", { withFileTypes: true })
    .filter(({ name }) => !missing.includes(name))
    .map((entry) => ({
      name: entry.name,
      directory: entry.isDirectory(),
      linkTarget: entry.isSymbolicLink() ? readlinkSync(`/${entry.name}`) : undefined,
    }));
  const oldRoot = openSync("/", constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const stage = anyRootDirectory();
    mount("tmpfs", stage, "tmpfs", 0, "mode=0755,size=1m");
    mkdirSync(`${stage}/${oldRootName}`);
    changeDirectory(stage);
    takeOver();
    // From here on / is the tmpfs, and the old root is reached by the descriptor in either case.
    changeDirectoryTo(oldRoot);
    for (const { name, directory, linkTarget } of entries) {
      if (linkTarget !== undefined) symlinkSync(linkTarget, `/${name}`);
      else bindInto(name, directory);
    }
    for (const name of missing) mkdirSync(`/${name}`, { mode: 0o755 });
    changeDirectory("/");
    removeOldRoot();
  } finally {
    closeSync(oldRoot);
  }
}

/** Binds an entry of the working directory, which is the old root, to the same name in the new root. */
function bindInto(name: string, directory: boolean): void {
  if (directory) mkdirSync(`/${name}`);
  else writeFileSync(`/${name}`, "");
  mount(`./${name}`, `/${name}`, undefined, mountFlags.bind | mountFlags.recursive);
}

/** Makes the file system that is mounted on the working directory the root of this thread. */
function takeOver(): void {
  try {
    pivotRoot(".", `./${oldRootName}`);
  } catch (error) {
    if (!(error instanceof SystemCallError) || error.code !== "EINVAL") throw error;
    // The root is no mount point (a plain chroot) or cannot be moved (initramfs): cover it, as switch_root(8) does.
    mount(".", "/", undefined, mountFlags.move);
    changeRoot(".");
  }
}

/** Takes the old root out of sight; what is bound from it stays. It is not there when it was covered instead. */
function removeOldRoot(): void {
  try {
    unmount(`/${oldRootName}`, unmountFlags.detach);
  } catch (error) {
    if (!(error instanceof SystemCallError) || error.code !== "EINVAL") throw error;
  }
  rmdirSync(`/${oldRootName}`);
}
