import { InstallerError } from "../errors.ts";
import { calls, checkResult, cString } from "./libc.ts";

/** Numbers of pivot_root(2), from the kernel's system call tables. */
const pivotRootNumbers: Readonly<Record<string, number>> = { x64: 155, arm64: 41 };

/**
 * chdir(2) of the calling thread. Unlike `process.chdir` it does not tell Bun: relative paths given to `node:fs` are
 * then undefined.
 *
 * @throws {SystemCallError}
 */
export function changeDirectory(path: string): void {
  checkResult(`chdir ${path}`, calls.chdir(cString(path)));
}

/** fchdir(2) of the calling thread, as {@link changeDirectory}. @throws {SystemCallError} */
export function changeDirectoryTo(descriptor: number): void {
  checkResult("fchdir", calls.fchdir(descriptor));
}

/** chroot(2) of the calling thread. The working directory stays where it is. @throws {SystemCallError} */
export function changeRoot(path: string): void {
  checkResult(`chroot ${path}`, calls.chroot(cString(path)));
}

/**
 * pivot_root(2): `newRoot`, a mount point, becomes the root of the mount namespace, and the root so far appears at
 * `oldRoot` below it. EINVAL when the root so far is no mount point or is the kernel's initramfs.
 *
 * @throws {SystemCallError}
 */
export function pivotRoot(newRoot: string, oldRoot: string): void {
  const number = pivotRootNumbers[process.arch];
  if (number === undefined) {
    throw new InstallerError("bug", `the number of pivot_root on ${process.arch} is not known`);
  }
  checkResult(`pivot_root ${newRoot}`, calls.syscall(number, cString(newRoot), cString(oldRoot)));
}
