import { deterministicUuid, deterministicVolumeId } from "../../../src/disk/identifiers.ts";
import {
  type DeviceReport,
  defined,
  isKept,
  type ManifestStorage,
  type MountReport,
  type StorageReport,
} from "./storage-report.ts";

/** `[system] seed` of every layout. */
const seed = "layouts";

type Content = Pick<DeviceReport, "content" | "uuid" | "label">;

function uuid(name: string): string {
  return deterministicUuid(seed, name);
}

/** What a system that was installed from the manifest must report. */
export function expectedStorage(storage: ManifestStorage): StorageReport {
  return {
    devices: expectedDevices(storage),
    mounts: expectedMounts(storage),
    swaps: expectedSwaps(storage),
  };
}

function expectedDevices(storage: ManifestStorage): Record<string, DeviceReport> {
  const { disk, luks = {}, raid = {}, lvm = {} } = storage;
  const contents = expectedContents(storage);
  const devices: Record<string, DeviceReport> = {};
  const add = (name: string, device: Omit<DeviceReport, keyof Content>) => {
    devices[name] = { ...device, ...contents.get(name) };
  };
  for (const [name, { table, partition = [] }] of Object.entries(disk)) {
    for (const { name: part, label = part, keep } of partition) {
      const isOwnGpt = table !== "msdos" && keep !== true;
      const gpt = isOwnGpt
        ? { partitionLabel: label, partitionUuid: uuid(`disk.${name}.${part}`) }
        : {};
      add(`${name}.${part}`, { type: "part", on: [name], ...gpt });
    }
  }
  for (const [name, { device }] of Object.entries(luks)) add(name, { type: "crypt", on: [device] });
  for (const [name, { devices: on, level }] of Object.entries(raid)) {
    add(name, { type: `raid${level}`, on: on.toSorted() });
  }
  for (const [group, { volume }] of Object.entries(lvm)) {
    for (const { name, type } of volume) {
      // A pool is no device that one could use.
      if (type !== "thin-pool") add(`${group}.${name}`, { type: "lvm", on: [group] });
    }
  }
  return devices;
}

/** What the manifest puts on each device, with the UUIDs that `installer plan` derives. */
function expectedContents(storage: ManifestStorage): ReadonlyMap<string, Content> {
  const { luks = {}, raid = {}, lvm = {}, btrfs = {}, filesystem, swap = {} } = storage;
  const contents = new Map<string, Content>();
  const put = (device: string, content: string, id?: string, label?: string) => {
    contents.set(device, defined<Content>({ content, uuid: id, label }));
  };
  for (const [name, { device, label }] of Object.entries(luks)) {
    put(device, "crypto_LUKS", uuid(`luks.${name}`), label);
  }
  for (const [name, { devices }] of Object.entries(raid)) {
    for (const device of devices) put(device, "linux_raid_member", uuid(`raid.${name}`));
  }
  for (const { devices } of Object.values(lvm)) {
    for (const device of devices) put(device, "LVM2_member");
  }
  for (const [name, { devices, label }] of Object.entries(btrfs)) {
    for (const device of devices) put(device, "btrfs", uuid(`btrfs.${name}`), label);
  }
  for (const [mountPoint, { type, device, label }] of Object.entries(filesystem)) {
    if (device === undefined || type === "bind" || device in btrfs) continue;
    if (isKept(storage, device)) continue;
    const name = `filesystem.${mountPoint}`;
    const isFat = type === "vfat";
    put(device, type, isFat ? deterministicVolumeId(seed, name) : uuid(name), label);
  }
  for (const [name, table] of Object.entries(swap)) {
    if (table.device === undefined || table["random-encryption"] === true) continue;
    put(table.device, "swap", uuid(`swap.${name}`), table.label);
  }
  return contents;
}

function expectedMounts({ filesystem }: ManifestStorage): Record<string, MountReport> {
  const mounts = Object.entries(filesystem).map(([mountPoint, { mode, owner, ...table }]) => {
    const { device, type, root } =
      table.type === "bind" && table.device !== undefined
        ? boundDirectory(filesystem, table.device)
        : { ...table, root: `/${table.subvolume ?? ""}` };
    const octal = mode?.replace(/^0+/, "");
    const report = { device, type, root, missingOptions: [], mode: octal, owner };
    return [mountPoint, defined<MountReport>(report)] as const;
  });
  return Object.fromEntries(mounts);
}

/** Where a path of the system lies: the file system that is mounted closest above it, and the directory in that. */
function boundDirectory(filesystem: ManifestStorage["filesystem"], path: string) {
  const above = Object.keys(filesystem).filter(
    (mountPoint) => mountPoint === "/" || `${path}/`.startsWith(`${mountPoint}/`),
  );
  const closest = above.toSorted((a, b) => b.length - a.length)[0] ?? "/";
  const { type = "", device } = filesystem[closest] ?? {};
  return { type, device, root: closest === "/" ? path : path.slice(closest.length) };
}

function expectedSwaps({ swap = {} }: ManifestStorage): string[] {
  const swaps = Object.values(swap).map((table) => {
    const { device, file } = table;
    return table["random-encryption"] === true ? `${device} (random key)` : (file ?? device ?? "");
  });
  return swaps.toSorted();
}
