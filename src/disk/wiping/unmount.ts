import { readFile } from "node:fs/promises";
import { errorCode, InstallerError } from "../../errors.ts";
import { unmount } from "../../linux/mount.ts";
import { mountsBelow, parseMountInfo, readMountInfo } from "../../linux/mount-info.ts";
import type { StepContext } from "../../run/step.ts";
import { openFilesBelow } from "../mounting/open-files.ts";
import { inLiveNamespace } from "./take-down-commands.ts";

/** Whether the installer sees the very mounts of process 1: each mount has a number of its own in the whole system. */
function sharesLiveMounts(live: readonly { readonly mountId: number }[]): boolean {
  const own = new Set(readMountInfo().map(({ mountId }) => mountId));
  return live.some(({ mountId }) => own.has(mountId));
}

/** Unmounts what the installer's own namespace has kept of the live system's mounts at and below a mount point. */
function unmountOwn(target: string): void {
  for (const mount of mountsBelow(target, readMountInfo())) {
    try {
      unmount(mount.target);
    } catch (error) {
      const code = errorCode(error);
      if (code !== "EINVAL" && code !== "ENOENT") throw error;
    }
  }
}

/** The error for a mount that stays busy, with the processes that use it. */
async function busyError(target: string, cause: unknown): Promise<InstallerError> {
  const users = await openFilesBelow(target);
  const list = users.map(({ pid, command, path }) => `  ${command} (process ${pid}): ${path}`);
  return new InstallerError("disk", [`${target} cannot be unmounted`, ...list].join("\n"), {
    object: target,
    cause,
    hint: users.length === 0 ? "Look for what is mounted or looped below it." : "End them.",
  });
}

/**
 * Unmounts one mount point for the live system and for the installer.
 *
 * @throws {InstallerError} `disk` while it is busy, naming the processes that use it.
 */
export async function unmountEverywhere(target: string, context: StepContext): Promise<void> {
  const live = parseMountInfo(await readFile("/proc/1/mountinfo", "utf8"));
  try {
    const shared = sharesLiveMounts(live);
    if (!shared) unmountOwn(target);
    if (!live.some((mount) => mount.target === target)) return;
    const prefix = shared ? [] : inLiveNamespace;
    await context.exec([...prefix, "umount", target], { object: target });
  } catch (error) {
    context.signal.throwIfAborted();
    throw await busyError(target, error);
  }
}
