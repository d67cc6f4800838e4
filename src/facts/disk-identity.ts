import { readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { readAttribute } from "./sysfs.ts";

/** What tells a disk from others, and how it is attached. What the hardware does not say is left out. */
export interface HardwareIdentity {
  readonly serial?: string;
  readonly wwn?: string;
  readonly model?: string;
  readonly transport?: string;
}

/**
 * The serial number in a SCSI "Unit Serial Number" page (SPC-4, 7.8.15): four bytes of header, the last two the length,
 * then ASCII.
 */
export function parseUnitSerialNumber(page: Uint8Array): string | undefined {
  if (page.length < 4 || page[1] !== 0x80) return undefined;
  const length = ((page[2] ?? 0) << 8) | (page[3] ?? 0);
  const serial = Buffer.from(page.subarray(4, 4 + length))
    .toString("latin1")
    .replaceAll("\0", "")
    .trim();
  return serial === "" ? undefined : serial;
}

/**
 * The World Wide Name as udev writes it, from the kernel's `wwid`: `naa.5000c500a1b2c3d4` becomes `0x5000c500a1b2c3d4`,
 * NVMe's `eui.` and `nvme.` names stay; `t10.` is a text of the vendor, no WWN.
 */
export function parseWwid(wwid: string): string | undefined {
  if (wwid.startsWith("naa.")) return `0x${wwid.slice(4)}`;
  return /^(eui|nvme|uuid)\./.test(wwid) ? wwid : undefined;
}

/** How sysfs's path of a device shows the bus it hangs on, in lsblk's words; the first match counts. */
const transports: readonly (readonly [RegExp, string])[] = [
  [/\/usb\d+\//, "usb"],
  [/\/nvme/, "nvme"],
  [/\/mmc_host\//, "mmc"],
  [/\/virtio\d+\/block\//, "virtio"],
  [/\/ata\d+\//, "sata"],
  [/\/end_device-/, "sas"],
  [/\/rport-/, "fc"],
  [/\/session\d+\//, "iscsi"],
  [/\/vbd-\d+\//, "xen"],
];

/** The bus a disk hangs on, from its path in sysfs; `undefined` for devices without one, such as loop devices. */
export function transportOf(sysfsPath: string): string | undefined {
  return transports.find(([pattern]) => pattern.test(sysfsPath))?.[1];
}

async function readSerialPage(path: string): Promise<string | undefined> {
  try {
    return parseUnitSerialNumber(await readFile(path));
  } catch {
    return undefined;
  }
}

/**
 * Reads a disk's identity: from sysfs, so that it is the same with and without udev; what sysfs does not have comes
 * from udev's database.
 *
 * @param name The kernel's name: `sda`.
 * @param udev The disk's properties in udev's database.
 */
export async function readHardwareIdentity(
  name: string,
  udev: ReadonlyMap<string, string>,
  sysfs = "/sys",
): Promise<HardwareIdentity> {
  const directory = join(sysfs, "class/block", name);
  const attribute = (path: string) => readAttribute(join(directory, path));
  const wwid = (await attribute("wwid")) ?? (await attribute("device/wwid")) ?? "";
  const serial =
    (await attribute("serial")) ??
    (await attribute("device/serial")) ??
    (await readSerialPage(join(directory, "device/vpd_pg80"))) ??
    udev.get("ID_SERIAL_SHORT");
  const wwn = parseWwid(wwid) ?? udev.get("ID_WWN");
  // An MMC card calls its model `name`; elsewhere that is something else.
  const model =
    (await attribute("device/model")) ??
    (name.startsWith("mmcblk") ? await attribute("device/name") : undefined) ??
    udev.get("ID_MODEL");
  const transport = transportOf(await realpath(directory)) ?? udev.get("ID_BUS");
  return {
    ...(serial === undefined ? {} : { serial }),
    ...(wwn === undefined ? {} : { wwn }),
    ...(model === undefined ? {} : { model }),
    ...(transport === undefined ? {} : { transport }),
  };
}
