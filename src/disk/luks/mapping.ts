import { join } from "node:path";
import { InstallerError } from "../../errors.ts";
import { kernelName } from "../../facts/kernel-name.ts";
import { pollUntil } from "../../facts/poll.ts";
import { listDirectory, readAttribute } from "../../facts/sysfs.ts";
import { exec } from "../../run/command.ts";
import { closeCommand } from "./cryptsetup.ts";

const blockDevices = "/sys/class/block";

/** Seconds that a program which is just ending, or udev's own probing, may keep a mapping busy. */
const busyDeadline = 10;

/** cryptsetup's exit status for a device that is busy (cryptsetup(8), "RETURN CODES"). */
const busyStatus = 5;

/** A mapping of device-mapper, as the kernel shows it. */
export interface Mapping {
  /** Bytes. */
  readonly size: number;
  /** What made it and of what: `CRYPT-LUKS2-<UUID without hyphens>-<name>`. */
  readonly uuid: string;
  /** The kernel's names of the devices it lies on: `vda2`. */
  readonly devices: readonly string[];
}

/** The mapping of a name, if there is one. Asks sysfs, since there may be no udev that makes links. */
export async function findMapping(name: string): Promise<Mapping | undefined> {
  for (const device of await listDirectory(blockDevices)) {
    const directory = join(blockDevices, device);
    if ((await readAttribute(join(directory, "dm/name"))) !== name) continue;
    return {
      size: Number((await readAttribute(join(directory, "size"))) ?? 0) * 512,
      uuid: (await readAttribute(join(directory, "dm/uuid"))) ?? "",
      devices: await listDirectory(join(directory, "slaves")),
    };
  }
  return undefined;
}

/**
 * Closes the mapping of a name if it lies on the device; one of the same name on another device is not ours. What is
 * busy is tried again for some seconds.
 *
 * @param device Its node, or a link to it.
 * @throws {InstallerError} `disk` when it stays busy.
 */
export async function closeMapping(name: string, device: string): Promise<void> {
  const mapping = await findMapping(name);
  if (mapping === undefined) return;
  if (!mapping.devices.includes(await kernelName(device))) return;
  const closed = await pollUntil(busyDeadline, async () => {
    if ((await findMapping(name)) === undefined) return true;
    const { exitCode } = await exec(closeCommand(name), {
      allowedExitCodes: [0, busyStatus],
      object: `/dev/mapper/${name}`,
    });
    return exitCode === 0;
  });
  if (closed) return;
  throw new InstallerError("disk", `/dev/mapper/${name} is busy and cannot be closed`, {
    object: `/dev/mapper/${name}`,
    hint: "Look with `lsblk` for what uses it, end that, and run cryptsetup close.",
  });
}
