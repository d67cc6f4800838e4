import { chmodSync, chownSync, lstatSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { errorCode, InstallerError } from "../errors.ts";
import { diskError } from "./disk-error.ts";

/** Group `nixbld` of NixOS (`nixos/modules/misc/ids.nix`), which owns the store directory. */
const nixbldGroup = 30_000;

/** Mode of the store directory, as NixOS' stage 2 sets it. */
const storeMode = 0o1775;

/**
 * Directories that Nix expects below the root of a store, parents first (`LocalStore::LocalStore` and `LocalFSStore`
 * of Nix).
 */
const directories = [
  "nix",
  "nix/store",
  "nix/store/.links",
  "nix/var",
  "nix/var/nix",
  "nix/var/nix/db",
  "nix/var/nix/gcroots",
  "nix/var/nix/gcroots/per-user",
  "nix/var/nix/profiles",
  "nix/var/nix/profiles/per-user",
  "nix/var/nix/temproots",
] as const;

/**
 * Makes the directories of an empty Nix store below `root`, those that are missing, with the modes and owners they
 * have on NixOS. The store directory gets its mode and owner even if it was there.
 *
 * @throws {InstallerError} with reason `disk`, also if something else is in the place of one.
 */
export function makeTargetStore(root: string): void {
  // With their mode from the first moment: one that a killed process has left with another would be taken for the user's.
  const umask = process.umask(0o022);
  try {
    for (const directory of directories) makeDirectory(join(root, directory));
    finishStore(root);
  } catch (error) {
    throw diskError(error, `the store below ${root} cannot be made`, { place: { path: root } });
  } finally {
    process.umask(umask);
  }
}

function finishStore(root: string): void {
  // Also if it was there: the root of a file system of its own has the mode and owner that mkfs gave it.
  const store = join(root, "nix/store");
  chownSync(store, 0, nixbldGroup);
  chmodSync(store, storeMode);
  makeSymlink("/nix/var/nix/profiles", join(root, "nix/var/nix/gcroots/profiles"));
}

/** Makes a directory unless it is there. A symbolic link in its place could lead out of the target. */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path, 0o755);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    if (lstatSync(path).isDirectory()) return;
    throw new InstallerError("disk", `${path} is not a directory`, { object: path, cause: error });
  }
}

function makeSymlink(target: string, path: string): void {
  try {
    symlinkSync(target, path);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
}
