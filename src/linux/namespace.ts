import { closeSync, constants, existsSync, openSync } from "node:fs";
import { errorCode, errorMessage, InstallerError } from "../errors.ts";
import { calls, checkResult } from "./libc.ts";
import { mount, mountFlags } from "./mount.ts";
import { anyRootDirectory, ensureRootDirectories } from "./private-root.ts";
import { startAgain } from "./restart.ts";
import { changeDirectory, changeDirectoryTo, changeRoot } from "./root-directory.ts";

/** CLONE_NEWNS of unshare(2). */
const newMountNamespace = 0x00020000;

/** Tells the process that it has been through {@link enterMountNamespace}: its own process id, which execve keeps. */
const marker = "LANDFALL_MOUNT_NAMESPACE";

let entered = false;

/** Whether {@link enterMountNamespace} has done its work, so that mounts are this process's own affair. */
export function inOwnMountNamespace(): boolean {
  return entered;
}

/** Leads from any directory to the root of its mount namespace: the longest run of `..` that PATH_MAX allows. */
const farUp = "../".repeat(1365);

/** File systems of the kernel that the installer cannot do without, mounted if the live system has not. */
const kernelFileSystems = [
  { name: "dev", type: "devtmpfs", probe: "/dev/null" },
  { name: "sys", type: "sysfs", probe: "/sys/class" },
];

/**
 * Moves this process into a mount namespace of its own, in which `/nix` is a directory that can be mounted over and
 * nothing propagates to or from the live system. The process starts again from the beginning to get there (same
 * process id, arguments, working directory and open standard input): on the first call this function does not return,
 * on the second it does nothing.
 *
 * It must be the first thing that happens: unshare(2) moves only the calling thread, and Bun's other threads, once
 * they have done I/O, would stay behind until the execve. Standard input must not have been touched.
 *
 * @throws {InstallerError} `refused`, without root's rights or where namespaces are forbidden.
 */
export function enterMountNamespace(): void {
  if (process.env[marker] === String(process.pid)) {
    delete process.env[marker];
    entered = true;
    return;
  }
  if (process.geteuid?.() !== 0) {
    throw new InstallerError("refused", "installing needs the rights of root", {
      hint: "Run the same command as root, for example with sudo.",
    });
  }
  const directory = workingDirectory();
  // Read now: once the thread has another root, the kernel would name the executable by a path of the old one.
  const executable = process.execPath;
  try {
    checkResult("unshare", calls.unshare(newMountNamespace));
    makeMountsPrivate();
    ensureRootDirectories(["nix", ...kernelFileSystems.map(({ name }) => name)]);
    for (const { name, type, probe } of kernelFileSystems) {
      if (!existsSync(probe)) mount(type, `/${name}`, type, mountFlags.noSuid | mountFlags.noExec);
    }
    returnTo(directory);
  } catch (cause) {
    throw new InstallerError(
      "refused",
      `the installer cannot have mounts of its own: ${errorMessage(cause)}`,
      {
        cause,
        ...(errorCode(cause) === "EPERM"
          ? {
              hint: "Run it on the machine itself, or in a container that has CAP_SYS_ADMIN (privileged).",
            }
          : {}),
      },
    );
  }
  startAgain(executable, { [marker]: String(process.pid) });
}

/**
 * Makes every mount of the namespace private. In a chroot the mount that holds `/` cannot be named, and may be shared
 * with the live system: so the thread leaves the chroot for a moment, as root can.
 */
function makeMountsPrivate(): void {
  const root = openSync("/", constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    // With a root further down, `..` is not stopped by the root that it started from.
    changeRoot(anyRootDirectory());
    changeDirectoryTo(root);
    changeDirectory(farUp);
    changeRoot(".");
    mount(undefined, "/", undefined, mountFlags.private | mountFlags.recursive);
    changeDirectoryTo(root);
    changeRoot(".");
  } finally {
    closeSync(root);
  }
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}

function returnTo(directory: string): void {
  try {
    changeDirectory(directory);
  } catch {
    changeDirectory("/");
  }
}
