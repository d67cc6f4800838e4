import { readlink, realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Ancestor, ancestors } from "./bus-path.ts";
import { listDirectory, readAttribute } from "./sysfs.ts";

/** A device on the way from a disk to the processor, and what drives it: all of them are needed to find the disk. */
export interface DiskDriver {
  /** As its bus names it: `0000:00:1f.2`, `virtio1`, `2:0:0:0`. */
  readonly device: string;
  /** The bus: `pci`, `virtio`, `scsi`, `usb`, `mmc`, `vmbus`, `xen`. */
  readonly bus: string;
  /** What the device asks for; `modules.alias` has patterns of it: `pci:v00001AF4d00001001sv…`. */
  readonly modalias: string;
  /** As the running kernel calls it: `ahci`, `virtio-pci`, `sd`. */
  readonly driver: string;
  /** The module that the driver is in; left out where the running kernel has it built in and does not tell. */
  readonly module?: string;
}

async function linkName(path: string): Promise<string | undefined> {
  const target = await readlink(path).catch(() => undefined);
  return target === undefined ? undefined : basename(target);
}

/** What drives a device; `undefined` where nothing does, or where it asks for nothing. */
async function driverOf({ path, name, subsystem }: Ancestor): Promise<DiskDriver | undefined> {
  const driver = await linkName(join(path, "driver"));
  const modalias = await readAttribute(join(path, "modalias"));
  if (subsystem === undefined || driver === undefined || modalias === undefined) return undefined;
  const module = await linkName(join(path, "driver/module"));
  const found = { device: name, bus: subsystem, modalias, driver };
  return module === undefined ? found : { ...found, module };
}

/**
 * The devices in sysfs that a disk hangs on. A namespace of NVMe that may have several paths hangs on a subsystem that
 * is no hardware, and that on its controllers.
 */
async function devicesBelow(disk: string, devices: string): Promise<string[]> {
  const subsystem = join(disk, "..");
  const controllers: string[] = [];
  if (disk.includes("/virtual/nvme-subsystem/")) {
    for (const name of await listDirectory(subsystem)) {
      if (!/^nvme\d+$/.test(name)) continue;
      const controller = await realpath(join(subsystem, name)).catch(() => undefined);
      if (controller?.startsWith(`${devices}/`) === true) controllers.push(controller);
    }
  }
  return controllers.length === 0 ? [disk] : controllers;
}

/**
 * The drivers that a disk is found through, innermost first; none for a disk that is no hardware, such as a loop device.
 *
 * @param name The kernel's name: `sda`.
 */
export async function readDiskDrivers(name: string, sysfs = "/sys"): Promise<DiskDriver[]> {
  const disk = await realpath(join(sysfs, "class/block", name)).catch(() => undefined);
  if (disk === undefined) return [];
  const devices = await realpath(join(sysfs, "devices"));
  const found = new Map<string, DiskDriver>();
  for (const start of await devicesBelow(disk, devices)) {
    for (const ancestor of await ancestors(start, devices)) {
      const driver = await driverOf(ancestor);
      if (driver !== undefined) found.set(ancestor.path, driver);
    }
  }
  return [...found.values()];
}
