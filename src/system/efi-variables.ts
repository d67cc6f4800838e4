import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";
import { errorMessage, InstallerError } from "../errors.ts";
import { mount, mountFlags } from "../linux/mount.ts";
import { readMountInfo } from "../linux/mount-info.ts";

/** Where efivarfs is mounted, see the kernel's `Documentation/filesystems/efivarfs.rst`. */
export const efiVariablesPath = "/sys/firmware/efi/efivars";

const { noSuid, noDev, noExec } = mountFlags;

/**
 * Makes sure that efivarfs is mounted and writable inside the target, also when the live system has not mounted it.
 *
 * @throws {InstallerError} "system", when the kernel offers no EFI variables.
 */
export function exposeEfiVariables(root: string): void {
  const target = join(root, efiVariablesPath);
  try {
    if (!isEfivarfs(target)) mount("efivarfs", target, "efivarfs", noSuid | noDev | noExec);
    accessSync(target, constants.W_OK);
  } catch (error) {
    throw new InstallerError(
      "system",
      `the firmware's variables cannot be made writable: ${errorMessage(error)}`,
      {
        cause: error,
        object: efiVariablesPath,
        hint: "Set efi-variables = false in [boot] to boot by the fallback path EFI/BOOT.",
      },
    );
  }
}

/**
 * Puts an empty, writable file system over efivarfs in the target. Programs of systemd then find a UEFI machine without
 * boot entries and what they write is lost; over a read-only or missing directory `bootctl install` would fail unless
 * it is told to be graceful.
 */
export function hideEfiVariables(root: string): void {
  const target = join(root, efiVariablesPath);
  if (!existsSync(target)) return;
  mount("tmpfs", target, "tmpfs", noSuid | noDev | noExec, "mode=755,size=1m");
}

function isEfivarfs(target: string): boolean {
  return readMountInfo().findLast((mounted) => mounted.target === target)?.type === "efivarfs";
}
