import { join } from "node:path";
import { InstallerError } from "../../errors.ts";
import { pollUntil } from "../../facts/poll.ts";
import { listDirectory, readAttribute } from "../../facts/sysfs.ts";
import { exec } from "../../run/command.ts";
import { isVolumeOf } from "./configuration.ts";

const blockDevices = "/sys/class/block";

/** Seconds that a program which is just ending may keep a volume busy. */
const busyDeadline = 10;

/** The names in device-mapper of the volumes of a group that are active, hidden parts of volumes included. */
async function activeVolumes(group: string): Promise<string[]> {
  const names = await listDirectory(blockDevices);
  const mappings = await Promise.all(
    names.map((name) => readAttribute(join(blockDevices, name, "dm/name"))),
  );
  return mappings.filter((name) => name !== undefined).filter((name) => isVolumeOf(group, name));
}

/**
 * Deactivates all volumes of a group. What is busy is tried again for some seconds.
 *
 * @param configuration For LVM's programs: the group is only looked for on its own devices.
 * @throws {InstallerError} `disk` when a volume stays busy, naming it.
 */
export async function deactivateGroup(group: string, configuration: string): Promise<void> {
  const argv = ["vgchange", "--config", configuration, "--activate", "n", group];
  const isInactive = async () => (await activeVolumes(group)).length === 0;
  if (await isInactive()) return;
  const done = await pollUntil(busyDeadline, async () => {
    await exec(argv, { allowedExitCodes: [0, 5], object: group });
    return await isInactive();
  });
  if (done) return;
  const busy = await activeVolumes(group);
  throw new InstallerError("disk", `the volume group ${group} is busy: ${busy.join(", ")}`, {
    object: `lvm.${group}`,
    hint: "Look at what uses it with `lsblk`, and deactivate it with `vgchange --activate n`.",
  });
}
