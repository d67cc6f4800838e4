import { join } from "node:path";
import { type BlockDevice, nameOfNode, readBlockDevice, readPartitions } from "./block-device.ts";
import { readBusPath } from "./bus-path.ts";
import { expectedLinks, readDeviceLinks } from "./device-links.ts";
import { readHardwareIdentity } from "./disk-identity.ts";
import { readDiskDrivers } from "./drivers.ts";
import type { Disk, FileSystemSpace, Holder, Signature } from "./facts.ts";
import { readFreeSpace } from "./free-space/free-space.ts";
import { findHolders } from "./holders.ts";
import { liveUse as findLiveUse } from "./live-medium.ts";
import { readPartitionTable } from "./partition-table.ts";
import { readSignatures } from "./signatures.ts";
import { readGroups } from "./storage-groups.ts";
import { listDirectory, readAttribute } from "./sysfs.ts";
import { readUdevProperties } from "./udev-database.ts";
import { type DeviceUsage, readDeviceUsage } from "./usage.ts";
import { importedPools } from "./zfs-pools.ts";

/** Block devices that are no disk to install on: RAM, floppy, optical and tape drives, mappings, arrays, caches. */
const noDisk = /^(ram|zram|fd|sr|st|dm-|md|mtdblock|nullb|bcache|drbd|zd)\d/;
/** Devices that exist before anything is attached to them. */
const emptyUntilAttached = /^(loop|nbd)\d/;

/** What is read once for all disks. */
interface Surroundings {
  readonly usage: DeviceUsage;
  readonly links: ReadonlyMap<string, readonly string[]>;
}

async function readSurroundings(): Promise<Surroundings> {
  return { usage: await readDeviceUsage(), links: await readDeviceLinks() };
}

async function isWholeDisk(device: BlockDevice): Promise<boolean> {
  if (device.partition !== undefined || noDisk.test(device.name)) return false;
  if (device.size === 0 && emptyUntilAttached.test(device.name)) return false;
  // One path of several to an NVMe namespace; the namespace itself has a name of its own.
  return (await readAttribute(join("/sys/class/block", device.name, "hidden"))) !== "1";
}

/** What keeps a disk busy, also the ZFS pools that its signatures tell of. */
async function readHolders(
  devices: readonly BlockDevice[],
  signatures: readonly Signature[],
  usage: DeviceUsage,
): Promise<Holder[]> {
  const pools = importedPools(signatures);
  if (devices[0]?.size === 0) return pools;
  const holders = await findHolders(devices, usage);
  // A pool is what holds a device that no other holder was found for.
  return [
    ...holders.filter(({ kind }) => kind !== "exclusive-open" || pools.length === 0),
    ...pools,
  ];
}

/** The signatures on the devices that holders have made. */
async function signaturesOfLayers(
  holders: readonly Holder[],
  signal?: AbortSignal,
): Promise<Signature[]> {
  const paths = new Set(holders.flatMap(({ path }) => path ?? []));
  const signatures: Signature[] = [];
  for (const path of paths) {
    const device = await readBlockDevice(nameOfNode(path));
    // An array that is not running has no size and cannot be read; what lies in it is not known then.
    if (device === undefined || device.size === 0) continue;
    signatures.push(...((await readSignatures([device], signal)) ?? []));
  }
  return signatures;
}

/** The room on the file systems with these signatures, of which it can be known. */
async function readSpaces(signatures: readonly Signature[]): Promise<FileSystemSpace[]> {
  const spaces: FileSystemSpace[] = [];
  for (const signature of signatures) {
    const space = await readFreeSpace(signature);
    if (space !== undefined) spaces.push({ device: signature.device, ...space });
  }
  return spaces;
}

async function readDisk(
  device: BlockDevice,
  surroundings: Surroundings,
  signal?: AbortSignal,
): Promise<Disk> {
  const directory = join("/sys/class/block", device.name);
  const numberOf = async (path: string, fallback: number) =>
    Number((await readAttribute(join(directory, path))) ?? fallback);
  const udev = await readUdevProperties(device.number);
  const identity = await readHardwareIdentity(device.name, udev);
  const partitions = await readPartitions(device.name);
  const devices = [device, ...partitions];
  // A link that exists leads where it leads: two disks may have the identity that udev names a link after.
  const existing = new Set([...surroundings.links.values()].flat());
  const busPath = udev.get("ID_PATH") ?? (await readBusPath(device.name));
  const drivers = await readDiskDrivers(device.name);
  const links = new Set([
    ...(surroundings.links.get(device.path) ?? []),
    ...expectedLinks(device.name, identity).filter((link) => !existing.has(link)),
  ]);
  const signatures = device.size === 0 ? [] : await readSignatures(devices, signal);
  const holders = await readHolders(devices, signatures ?? [], surroundings.usage);
  const liveUse = findLiveUse(
    holders,
    surroundings.usage.systemMountPoints,
    surroundings.usage.hiddenRoot,
  );
  const layered = await signaturesOfLayers(holders, signal);
  const logicalSectorSize = await numberOf("queue/logical_block_size", 512);
  const sequence = await numberOf("diskseq", 0);
  const optimalTransferSize = await numberOf("queue/optimal_io_size", 0);
  const space = await readSpaces(signatures ?? []);
  const hasTable = signatures?.some(({ type }) => type === "gpt" || type === "dos") === true;
  const table = hasTable
    ? await readPartitionTable({ path: device.path, size: device.size, logicalSectorSize }, signal)
    : undefined;
  return {
    path: device.path,
    ...(sequence === 0 ? {} : { sequence }),
    size: device.size,
    logicalSectorSize,
    physicalSectorSize: await numberOf("queue/physical_block_size", 512),
    ...(optimalTransferSize === 0 ? {} : { optimalTransferSize }),
    readOnly: (await numberOf("ro", 0)) === 1,
    removable: (await numberOf("removable", 0)) === 1,
    rotational: (await numberOf("queue/rotational", 0)) === 1,
    ...identity,
    ...(busPath === undefined ? {} : { busPath }),
    ...(liveUse === undefined ? {} : { liveUse }),
    links: [...links].toSorted(),
    partitions: partitions.map(({ path, size, partition }) => ({
      path,
      number: partition?.number ?? 0,
      size,
      start: partition?.start ?? 0,
    })),
    ...(table === undefined ? {} : { table }),
    ...(drivers.length === 0 ? {} : { drivers }),
    holders,
    groups: await readGroups([...(signatures ?? []), ...layered]),
    signatures,
    ...(space.length === 0 ? {} : { space }),
  };
}

/** All disks of the machine as they are now, by name. Reads only; works with and without udev. */
export async function gatherDisks(signal?: AbortSignal): Promise<Disk[]> {
  const surroundings = await readSurroundings();
  const disks: Disk[] = [];
  for (const name of await listDirectory("/sys/block")) {
    const device = await readBlockDevice(name);
    if (device === undefined || !(await isWholeDisk(device))) continue;
    disks.push(await readDisk(device, surroundings, signal));
  }
  return disks;
}

/**
 * One disk as it is now; `undefined` when there is no such disk any more.
 *
 * @param path The kernel's node, no link: `/dev/vda`.
 */
export async function gatherDisk(path: string, signal?: AbortSignal): Promise<Disk | undefined> {
  const device = await readBlockDevice(nameOfNode(path));
  if (device === undefined || !(await isWholeDisk(device))) return undefined;
  return readDisk(device, await readSurroundings(), signal);
}
