import { lstat, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode, InstallerError } from "../errors.ts";
import type { StepData, StepDefinition } from "../run/step.ts";
import { linkTarget, makeDirectoryInRoot } from "./root-path.ts";

/** Puts the few files into the target that its own programs expect before they first run. */
export interface PrepareRootStep extends StepData {
  readonly kind: "prepare-root";
  /** Where the target is mounted. */
  readonly root: string;
  /** Store path of the system. */
  readonly toplevel: string;
}

/** What nixos-install does before it enters the target, and `/tmp`, which boot loader scripts need. */
export const prepareRootStep: StepDefinition<PrepareRootStep> = {
  kind: "prepare-root",
  reason: "system",
  describe: ({ root }) => `Mark ${root} as a NixOS root (/etc/NIXOS, /etc/mtab, /tmp)`,
  commands: () => [],
  run: async ({ root }, context) => {
    await checkAccess(root);
    await makeDirectoryInRoot(root, "/etc", 0o755);
    await makeDirectoryInRoot(root, "/tmp", 0o1777);
    await writeNewFile(join(root, "etc/NIXOS"));
    await linkMtab(join(root, "etc/mtab"));
    if (await removeEmptyMachineId(root)) {
      context.log("info", "Removed an empty /etc/machine-id of the target");
    }
  },
};

/**
 * The target must be root's, and everyone must be able to reach it: services and build users of the installed system
 * run as others.
 *
 * @throws {InstallerError} "system", with the chmod or chown that mends it.
 */
async function checkAccess(root: string): Promise<void> {
  const { uid, gid } = await stat(root);
  if (uid !== 0 || gid !== 0) {
    throw new InstallerError("system", `${root} belongs to ${uid}:${gid} and not to root (0:0)`, {
      object: root,
      hint: `Run: chown 0:0 ${root}`,
    });
  }
  for (let path = await realpath(root); ; path = dirname(path)) {
    const { mode } = await stat(path);
    if ((mode & 0o005) !== 0o005) {
      const octal = (mode & 0o7777).toString(8).padStart(4, "0");
      throw new InstallerError("system", `${path} has mode ${octal}: others cannot enter it`, {
        object: path,
        hint: `Run: chmod o+rx ${path}`,
      });
    }
    if (path === "/") return;
  }
}

async function writeNewFile(path: string): Promise<void> {
  try {
    await writeFile(path, "", { flag: "wx", mode: 0o644 });
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
}

async function linkMtab(path: string): Promise<void> {
  const target = "/proc/mounts";
  if ((await linkTarget(path)) === target) return;
  await rm(path, { force: true });
  await symlink(target, path);
}

/**
 * Removes `/etc/machine-id` when it is an empty file: boot loader builders fail on it with an IndexError
 * (nixpkgs#353476), while they do without one.
 *
 * @returns Whether there was one.
 */
export async function removeEmptyMachineId(root: string): Promise<boolean> {
  const path = join(root, "etc/machine-id");
  try {
    const { size } = await lstat(path);
    if (size > 0) return false;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
  await rm(path);
  return true;
}
