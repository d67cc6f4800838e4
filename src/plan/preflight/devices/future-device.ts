import type { DeviceName } from "./device-name.ts";

/** What a device carries, as blkid(8) names it. */
export interface DeviceContent {
  /** `ext4`, `swap`, `crypto_LUKS`, `LVM2_member`, `linux_raid_member` …; `random-swap` for swap that every boot makes anew. */
  readonly type: string;
  readonly uuid?: string;
  readonly label?: string;
}

/** A block device that the installed system will find, with all that it can be found by. */
export interface FutureDevice {
  /** For messages: `main.root`, or the node of what is not in the manifest. */
  readonly name: string;
  /** As {@link PlannedDevice.path}, or the kernel's node. */
  readonly node: string;
  /** Whether the manifest makes or names it; else it is on the machine and stays. */
  readonly isPlanned: boolean;
  /** The node, and links to it. */
  readonly paths: readonly string[];
  /** Of an array: those of the paths that may be another's at the next boot. */
  readonly unstablePaths?: readonly string[];
  readonly partUuid?: string;
  readonly partLabel?: string;
  /** Type of the partition: a GUID in upper case, or the number of an msdos table. */
  readonly partType?: string;
  /** Left out when it carries nothing, or what nobody can know: {@link isOpaque}. */
  readonly content?: DeviceContent;
  /** Whether what it carries, or by what that is found, cannot be known before the install. */
  readonly isOpaque: boolean;
  /** The nodes of what it is made on. */
  readonly madeOn: readonly string[];
  /** What makes it of those. */
  readonly layer: "disk" | "partition" | "luks" | "raid" | "lvm" | "other";
}

/** All devices that the installed system will find. */
export interface FutureStorage {
  readonly devices: readonly FutureDevice[];
  /** Whether disks that stay hold what is closed now, such as LUKS, and may give further devices. */
  readonly hasClosed: boolean;
  /** Whether every link of a disk is known: without udev only some are. */
  readonly hasAllLinks: boolean;
}

/** What a name leads to. */
export interface Lookup {
  /** Those of the manifest first; more than one where several devices share it, as those of a btrfs do. */
  readonly found: readonly FutureDevice[];
  /** Whether a device that was not found is not there for certain. */
  readonly isCertain: boolean;
}

/** Links of disks that are known from the disk's own links, or not at all. */
const diskLinks = /^\/dev\/disk\/by-(?:id|path)\/(?!dm-|md-|lvm-)/;
/** Nodes that the kernel gives to disks and partitions. */
const kernelNodes =
  /^\/dev\/(?:[shv]d[a-z]+\d*|xvd[a-z]+\d*|nvme\d+n\d+(?:p\d+)?|mmcblk\d+(?:p\d+)?)$/;

function isCertain(name: DeviceName, storage: FutureStorage): boolean {
  const { devices, hasClosed, hasAllLinks } = storage;
  if ("tag" in name) {
    if (name.tag === "PARTUUID" || name.tag === "PARTLABEL") return true;
    return !hasClosed && !devices.some(({ isOpaque }) => isOpaque);
  }
  if (kernelNodes.test(name.path)) return true;
  if (diskLinks.test(name.path)) return hasAllLinks;
  // Mappings, volumes and arrays: those of the manifest and those that are open are known.
  return !hasClosed && /^\/dev\/(?:mapper|md|[^/]+)\/[^/]+$|^\/dev\/md\d+$/.test(name.path);
}

function hasName(device: FutureDevice, name: DeviceName): boolean {
  if ("path" in name) return device.paths.includes(name.path);
  const { tag, value } = name;
  // As udev names its link: who writes capitals waits for a link that never appears.
  if (tag === "PARTUUID") return device.partUuid === value;
  if (tag === "PARTLABEL") return device.partLabel === value;
  return (tag === "UUID" ? device.content?.uuid : device.content?.label) === value;
}

/** Finds the devices that a name leads to. */
export function findDevices(name: DeviceName, storage: FutureStorage): Lookup {
  const found = storage.devices.filter((device) => hasName(device, name));
  const planned = found.filter(({ isPlanned }) => isPlanned);
  return {
    found: planned.length > 0 ? planned : found,
    isCertain: found.length > 0 || isCertain(name, storage),
  };
}

/** A device and all those that it is made on, itself first. */
export function devicesBelow(node: string, storage: FutureStorage): readonly FutureDevice[] {
  const device = storage.devices.find((each) => each.node === node);
  if (device === undefined) return [];
  return [device, ...device.madeOn.flatMap((below) => devicesBelow(below, storage))];
}
