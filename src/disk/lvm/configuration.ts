/** What the configuration of LVM's programs depends on. */
export interface LvmSurroundings {
  /** The nodes of the physical volumes: LVM looks at no other device. */
  readonly devices: readonly string[];
  /** Whether the live system runs udev, which then makes the nodes. */
  readonly udev: boolean;
  /** Whether the live system has the program that checks a thin pool when it is activated. */
  readonly thinCheck: boolean;
}

/** A device in a list of filters (lvm.conf(5), `devices/filter`): a regular expression that fits nothing else. */
function acceptOnly(device: string): string {
  return `"a|^${device.replaceAll(/[.+*?()[\]{}^$]/g, "\\\\$&")}$|"`;
}

/** What keeps LVM from running thin_check(8). */
const withoutThinCheck = ' thin_check_executable=""';

/** Whether LVM checks a thin pool under a {@link lvmConfiguration} when it activates it. */
export function hasThinCheck(configuration: string): boolean {
  return !configuration.includes(withoutThinCheck);
}

/**
 * What is said to each program of LVM with `--config` (lvm.conf(5)), whatever the live system's own configuration says:
 * a group of the same name on another disk is not seen, nothing is written to `/etc/lvm`, no daemon is asked for
 * anything, and the group belongs to no host (lvmsystemid(7)).
 */
export function lvmConfiguration({ devices, udev, thinCheck }: LvmSurroundings): string {
  const filter = [...devices.map(acceptOnly), '"r|.*|"'].join(",");
  const withoutUdev = udev ? "" : " udev_sync=0 udev_rules=0";
  return [
    // PVs of a md(4) array are told by the array alone. Before 2.03.12 there was no file of devices to leave out.
    `devices{use_devicesfile=0 filter=[${filter}] global_filter=["a|.*|"]}`,
    `global{system_id_source="none" use_lvmlockd=0${thinCheck ? "" : withoutThinCheck}}`,
    "backup{backup=0 archive=0}",
    `activation{monitoring=0${withoutUdev}}`,
  ].join(" ");
}

/** The directory of device-mapper's nodes. */
const mapper = "/dev/mapper";

/** What stands before the name of a volume in device-mapper's name: dashes of the names are doubled (lvm(8)). */
function mapperPrefix(group: string): string {
  return `${group.replaceAll("-", "--")}-`;
}

/** What device-mapper calls a logical volume. */
export function volumeMapping(group: string, volume: string): string {
  return mapperPrefix(group) + volume.replaceAll("-", "--");
}

/** The node of a logical volume, with udev and without. */
export function volumePath(group: string, volume: string): string {
  return `${mapper}/${volumeMapping(group, volume)}`;
}

/** Whether a mapping, by its name in device-mapper, is a volume of a group. */
export function isVolumeOf(group: string, mapping: string): boolean {
  const prefix = mapperPrefix(group);
  // A dash more belongs to the name of another group: `a--x-root` is root of a-x.
  return mapping.startsWith(prefix) && mapping[prefix.length] !== "-";
}
