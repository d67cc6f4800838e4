import { readlinkSync, rmSync } from "node:fs";
import { mkdir, realpath, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode, InstallerError } from "../../errors.ts";
import { kernelName } from "../../facts/kernel-name.ts";
import { pollUntil } from "../../facts/poll.ts";
import { listDirectory } from "../../facts/sysfs.ts";
import { exec } from "../../run/command.ts";

const blockDevices = "/sys/class/block";

/** Seconds that udev has to make an array's link, and that a program which is just ending may keep an array busy. */
const deadline = 10;

/**
 * The node of the array that the kernel has made of some devices, whatever it is called; `undefined` when there is none.
 *
 * @param devices Nodes, or links to them.
 */
export async function arrayOf(devices: readonly string[]): Promise<string | undefined> {
  const names = await Promise.all(devices.map(kernelName));
  for (const array of await listDirectory(blockDevices)) {
    if (!array.startsWith("md")) continue;
    const members = await listDirectory(join(blockDevices, array, "slaves"));
    if (members.some((member) => names.includes(member))) return `/dev/${array}`;
  }
  return undefined;
}

async function leadsTo(link: string, node: string): Promise<boolean> {
  try {
    return (await realpath(link)) === node;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/**
 * Makes sure that an array can be reached by its link: udev makes it, and where there is none, mdadm or this does.
 *
 * @param link `/dev/md/NAME`
 * @throws {InstallerError} `disk` when the link leads elsewhere.
 */
export async function ensureLink(link: string, node: string, udev: boolean): Promise<void> {
  if (udev && (await pollUntil(deadline, () => leadsTo(link, node)))) return;
  if (await leadsTo(link, node)) return;
  await mkdir(dirname(link), { recursive: true });
  try {
    await symlink(node, link);
  } catch (cause) {
    if (errorCode(cause) !== "EEXIST") throw cause;
    throw new InstallerError("disk", `${link} is another device than the new array ${node}`, {
      cause,
      object: link,
      hint: "Stop the other array of that name (mdadm --stop), or take its disks away.",
    });
  }
}

/** Takes a link away that leads nowhere any more; udev takes away its own. */
function removeDanglingLink(link: string, node: string): void {
  try {
    const target = join(dirname(link), readlinkSync(link));
    if (target === node || readlinkSync(link) === node) rmSync(link, { force: true });
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

/**
 * Stops the array that is made of some devices; a resync goes on from where it is when the array is next assembled. An
 * array that is busy is tried again for some seconds.
 *
 * @throws {InstallerError} `disk` when it stays busy.
 */
export async function stopArray(devices: readonly string[], link: string): Promise<void> {
  const node = await arrayOf(devices);
  if (node === undefined) return;
  const stopped = await pollUntil(deadline, async () => {
    const current = await arrayOf(devices);
    if (current === undefined) return true;
    const { exitCode } = await exec(["mdadm", "--stop", current], { allowedExitCodes: [0, 1] });
    return exitCode === 0 && (await arrayOf(devices)) === undefined;
  });
  if (!stopped) {
    throw new InstallerError("disk", `the array ${node} is busy and cannot be stopped`, {
      object: node,
      hint: "Look at what uses it with `lsblk`, and stop it with `mdadm --stop`.",
    });
  }
  removeDanglingLink(link, node);
}
