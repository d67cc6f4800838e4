import type { LoginConsole } from "../login-console.ts";
import { type BlockDevice, BlockDevices, columns } from "./block-devices.ts";
import {
  type DeviceReport,
  defined,
  isKept,
  type ManifestStorage,
  type MountReport,
  type StorageReport,
} from "./storage-report.ts";

/** A mount as `findmnt --json --list` prints it. */
interface Mount {
  readonly target: string;
  /** Numbers of the device; of none that exists for btrfs, which may lie on several. */
  readonly "maj:min": string;
  readonly uuid: string | null;
  readonly fstype: string;
  readonly fsroot: string;
  readonly options: string;
}

/** Everything about the storage of a running system that tells what it is. */
export interface Observations {
  readonly devices: BlockDevices;
  readonly mounts: readonly Mount[];
  /** Paths of devices as the kernel calls them, and of files. */
  readonly swaps: readonly string[];
  /** What `stat -c '%a %u:%g'` prints, by mount point. */
  readonly directories: Readonly<Record<string, string>>;
}

/** Asks the system at whose console somebody is logged in. */
export async function observe(
  console: LoginConsole,
  mountPoints: readonly string[],
): Promise<Observations> {
  const ask = async (command: string) => {
    const { exitCode, output } = await console.run(command);
    if (exitCode !== 0) throw new Error(console.describe(`${command} failed`));
    return output.trim();
  };
  // The tools' own formats: lsblk(8) and findmnt(8) with --json.
  const tree = JSON.parse(await ask(`udevadm settle; lsblk --json --output ${columns}`)) as {
    blockdevices: BlockDevice[];
  };
  const table = JSON.parse(
    await ask("findmnt --json --list --output TARGET,MAJ:MIN,UUID,FSTYPE,FSROOT,OPTIONS"),
  ) as { filesystems: Mount[] };
  const swaps = await ask("swapon --show=NAME --noheadings --raw");
  const stats = await ask(`stat -c '%n %a %u:%g' ${mountPoints.join(" ")}`);
  return {
    devices: new BlockDevices(tree.blockdevices),
    mounts: table.filesystems,
    swaps: swaps.split("\n").filter((path) => path !== ""),
    directories: Object.fromEntries(
      stats.split("\n").map((line) => {
        const [mountPoint = "", ...rest] = line.split(" ");
        return [mountPoint, rest.join(" ")];
      }),
    ),
  };
}

/** What was observed in the manifest's terms; what the manifest names and nobody sees is left out. */
export function observedStorage(storage: ManifestStorage, seen: Observations): StorageReport {
  const named = nameDevices(storage, seen.devices);
  return {
    devices: observedDevices(storage, seen.devices, named),
    mounts: observedMounts(storage, seen, named),
    swaps: observedSwaps(seen, named),
  };
}

type Named = ReadonlyMap<string, BlockDevice>;

/** Finds the devices by what does not follow from their identifiers: serial numbers, labels, places and names. */
function nameDevices(storage: ManifestStorage, { all }: BlockDevices): Named {
  const { disk, luks = {}, raid = {}, lvm = {} } = storage;
  const named = new Map<string, BlockDevice>();
  const add = (name: string, device: BlockDevice | undefined) => {
    if (device) named.set(name, device);
  };
  const mapping = (name: string) => all.find(({ path }) => path === `/dev/mapper/${name}`);
  for (const [name, { table, partition = [] }] of Object.entries(disk)) {
    const found = all.find(({ serial }) => serial === `landfall-${name}`);
    add(name, found);
    for (const [n, { name: part, label = part }] of partition.entries()) {
      const children = found?.children ?? [];
      const byLabel = children.find(({ partlabel }) => partlabel === label);
      add(`${name}.${part}`, table === "msdos" ? children[n] : byLabel);
    }
  }
  // Arrays lie on partitions here, and mappings on either.
  for (const [name, { devices }] of Object.entries(raid)) {
    const member = named.get(devices[0] ?? "");
    add(
      name,
      member?.children?.find(({ type }) => type.startsWith("raid")),
    );
  }
  for (const name of Object.keys(luks)) add(name, mapping(name));
  for (const [group, { volume }] of Object.entries(lvm)) {
    for (const { name, type } of volume) {
      if (type !== "thin-pool") add(`${group}.${name}`, mapping(`${group}-${name}`));
    }
  }
  return named;
}

function observedDevices(
  storage: ManifestStorage,
  devices: BlockDevices,
  named: Named,
): Record<string, DeviceReport> {
  const { disk, lvm = {} } = storage;
  const names = new Map([...named].map(([name, { path }]) => [path, name]));
  const paths = new Set(names.keys());
  const reports: Record<string, DeviceReport> = {};
  for (const [name, device] of named) {
    if (name in disk) continue;
    const madeOf = devices.madeOf(device.path, paths).map((path) => names.get(path) ?? path);
    const [owner = ""] = name.split(".");
    const members = lvm[owner]?.devices;
    const isInGroup = members !== undefined && madeOf.every((member) => members.includes(member));
    reports[name] = {
      type: device.type,
      on: isInGroup ? [owner] : madeOf.toSorted(),
      ...(isKept(storage, name) ? {} : identity(device, disk[owner]?.table)),
    };
  }
  return reports;
}

/** What the manifest determines of a device. */
function identity(device: BlockDevice, table: string | undefined): Partial<DeviceReport> {
  const { partuuid, partlabel, fstype, uuid, label } = device;
  const isGpt = table !== "msdos";
  return defined<Partial<DeviceReport>>({
    partitionUuid: isGpt ? (partuuid ?? undefined) : undefined,
    partitionLabel: isGpt ? (partlabel ?? undefined) : undefined,
    content: fstype ?? undefined,
    // LVM chooses its own UUIDs, and md has a label with the host's name in it.
    uuid: fstype === "LVM2_member" ? undefined : (uuid ?? undefined),
    label: fstype === "linux_raid_member" ? undefined : (label ?? undefined),
  });
}

function observedMounts(
  { filesystem, btrfs = {} }: ManifestStorage,
  { mounts, directories }: Observations,
  named: Named,
): Record<string, MountReport> {
  const names = new Map([...named].map(([name, device]) => [device["maj:min"], name]));
  const pools = new Map(
    Object.entries(btrfs).map(([pool, { devices }]) => [named.get(devices[0] ?? "")?.uuid, pool]),
  );
  const reports: Record<string, MountReport> = {};
  for (const [mountPoint, { options = [], mode, owner }] of Object.entries(filesystem)) {
    const mount = mounts.findLast(({ target }) => target === mountPoint);
    if (!mount) continue;
    const [seenMode, seenOwner] = directories[mountPoint]?.split(" ") ?? [];
    reports[mountPoint] = defined<MountReport>({
      device: names.get(mount["maj:min"]) ?? pools.get(mount.uuid),
      type: mount.fstype,
      root: mount.fsroot,
      missingOptions: missingOptions(options, mount.options),
      mode: mode && seenMode,
      owner: owner && seenOwner,
    });
  }
  return reports;
}

/** Mount options and how findmnt(8) shows them, where that is otherwise; mount(8) itself acts on nofail. */
const shownOptions: Readonly<Record<string, readonly string[]>> = {
  defaults: [],
  nofail: [],
  uquota: ["usrquota"],
  pquota: ["prjquota"],
  "compress=zstd": ["compress=zstd:3"],
  // The kernel's default for tmpfs.
  "mode=1777": [],
  "size=64M": ["size=65536k"],
  // Of the machine's memory.
  "size=50%": [],
  "umask=0077": ["fmask=0077", "dmask=0077"],
};

function missingOptions(wanted: readonly string[], seen: string): string[] {
  const has = new Set(seen.split(","));
  return wanted.filter(
    (option) => !(shownOptions[option] ?? [option]).every((each) => has.has(each)),
  );
}

function observedSwaps({ devices, swaps }: Observations, named: Named): string[] {
  const names = new Map([...named].map(([name, { path }]) => [path, name]));
  const reports = swaps.map((swap) => {
    const device = devices.all.find(({ path, kname }) => path === swap || `/dev/${kname}` === swap);
    if (device === undefined) return swap;
    const name = names.get(device.path);
    if (name !== undefined) return name;
    const below = devices.parents(device.path).map((path) => names.get(path) ?? path);
    return `${below.join(" ")} (random key)`;
  });
  return reports.toSorted();
}
