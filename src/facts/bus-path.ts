import { readlink, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { listDirectory, readAttribute } from "./sysfs.ts";

/** A device in sysfs, on the way from a disk to the root of all devices. */
export interface Ancestor {
  readonly path: string;
  readonly name: string;
  /** Left out for a device of no subsystem, such as an ATA port. */
  readonly subsystem?: string;
}

/**
 * The device itself and its parents, innermost first.
 *
 * @param device A directory below `root`, without links.
 * @param root `/sys/devices`
 */
export async function ancestors(device: string, root: string): Promise<Ancestor[]> {
  const found: Ancestor[] = [];
  for (let path = device; path.startsWith(`${root}/`); path = dirname(path)) {
    const link = await readlink(join(path, "subsystem")).catch(() => undefined);
    const name = basename(path);
    found.push(link === undefined ? { path, name } : { path, name, subsystem: basename(link) });
  }
  return found;
}

/** The number of a SCSI host by its name; not a number for other names. */
function hostNumber(name: string): number {
  return Number(/^host(\d+)$/.exec(name)?.[1] ?? Number.NaN);
}

/** Which of the SCSI hosts of its parent one is, from 0: the kernel's own numbers change between boots. */
async function hostIndex(host: Ancestor | undefined): Promise<number> {
  if (host === undefined) return 0;
  const siblings = (await listDirectory(dirname(host.path))).map(hostNumber);
  return hostNumber(host.name) - Math.min(...siblings.filter((each) => !Number.isNaN(each)));
}

/** The part of a SCSI device: by its ATA port, its SAS address, or its address on the SCSI host. */
async function scsiPart(address: string, all: readonly Ancestor[]): Promise<string> {
  const [, bus = "0", target = "0", unit = "0"] = address.split(":");
  const named = (pattern: RegExp) => all.find(({ name }) => pattern.test(name));
  const port = named(/^ata\d+$/);
  if (port !== undefined) {
    const number = await readAttribute(join(port.path, "ata_port", port.name, "port_no"));
    // Devices behind a port multiplier have a bus of their own.
    return bus === "0" ? `ata-${number}.${target}` : `ata-${number}.${bus}.0`;
  }
  const end = named(/^end_device-/);
  if (end !== undefined) {
    const sas = join(end.path, "sas_device", end.name, "sas_address");
    return `sas-${await readAttribute(sas)}-lun-${unit}`;
  }
  return `scsi-${await hostIndex(named(/^host\d+$/))}:${bus}:${target}:${unit}`;
}

/** What a device adds to the path of a disk below it; `undefined` when nothing. */
async function partOf(device: Ancestor, all: readonly Ancestor[]): Promise<string | undefined> {
  const { name, path, subsystem } = device;
  if (subsystem === "pci" || subsystem === "xen" || subsystem === "platform") {
    return `${subsystem}-${name}`;
  }
  if (subsystem === "usb") return `usb-0:${name.replace(/^\d+-/, "")}`;
  if (subsystem === "scsi" && /^\d+(?::\d+){3}$/.test(name)) return await scsiPart(name, all);
  if (subsystem !== "block" || !name.startsWith("nvme")) return undefined;
  const namespace = await readAttribute(join(path, "nsid"));
  return namespace === undefined ? undefined : `nvme-${namespace}`;
}

/**
 * Where a disk is plugged in, as udev's `path_id` writes it (`ID_PATH`, the names in `/dev/disk/by-path`):
 * `pci-0000:00:1f.2-ata-1.0`. From sysfs alone, for PCI, USB, ATA, SAS, SCSI, NVMe, virtio, Xen and the devices of a
 * board; `undefined` for a disk that is on no bus.
 *
 * @param name The kernel's name: `sda`.
 */
export async function readBusPath(name: string, sysfs = "/sys"): Promise<string | undefined> {
  const device = await realpath(join(sysfs, "class/block", name)).catch(() => undefined);
  if (device === undefined) return undefined;
  const all = await ancestors(device, await realpath(join(sysfs, "devices")));
  const parts: string[] = [];
  let inner: string | undefined;
  for (const each of all) {
    // Of several devices of a bus in a row only the innermost counts.
    const repeats = each.subsystem !== "scsi" && each.subsystem === inner;
    inner = each.subsystem;
    const part = repeats ? undefined : await partOf(each, all);
    if (part !== undefined) parts.unshift(part);
  }
  return parts.some((part) => !part.startsWith("nvme-")) ? parts.join("-") : undefined;
}
