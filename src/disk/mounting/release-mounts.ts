import { realpath } from "node:fs/promises";
import { errorCode, InstallerError } from "../../errors.ts";
import { pollUntil } from "../../facts/poll.ts";
import { unmount } from "../../linux/mount.ts";
import { mountsBelow, readMountInfo } from "../../linux/mount-info.ts";
import { openFilesBelow } from "./open-files.ts";

/** Seconds that a process which is just ending may keep a mount busy. */
const busyDeadline = 10;

/** Unmounts one mount; `false` when it is busy. One that has gone in the meantime is no error. */
function tryUnmount(target: string): boolean {
  try {
    unmount(target);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === "EBUSY") return false;
    if (code === "EINVAL" || code === "ENOENT") return true;
    throw error;
  }
}

async function busyError(target: string): Promise<InstallerError> {
  const holders = await openFilesBelow(target);
  const list = holders.map(({ pid, command, path }) => `  ${command} (process ${pid}): ${path}`);
  return new InstallerError(
    "disk",
    [`${target} is busy and cannot be unmounted`, ...list].join("\n"),
    {
      object: target,
      hint: holders.length === 0 ? "Look for what is mounted or looped below it." : "End them.",
    },
  );
}

/**
 * Unmounts everything at or below a directory, deepest first, also what activation scripts have mounted there. What is
 * busy is tried again for some seconds.
 *
 * @param root The directory; one that does not exist has no mounts.
 * @param seconds How long a busy mount is tried again.
 * @throws {InstallerError} `disk` for a mount that stays busy, naming the processes that use it.
 */
export async function releaseMounts(root: string, seconds = busyDeadline): Promise<void> {
  const directory = await realpath(root).catch(() => root);
  for (;;) {
    const [mount] = mountsBelow(directory, readMountInfo());
    if (mount === undefined) return;
    if (!(await pollUntil(seconds, () => tryUnmount(mount.target)))) {
      throw await busyError(mount.target);
    }
  }
}
