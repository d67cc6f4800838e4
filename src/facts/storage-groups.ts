import { type FileHandle, open } from "node:fs/promises";
import type { GroupMember, Signature } from "./facts.ts";
import { readPhysicalVolume } from "./lvm-metadata.ts";

/** Where the first superblock of btrfs is, and in it the number of devices (struct btrfs_super_block). */
const btrfsSuperblock = 64 * 1024;
const btrfsDeviceCount = 0x88;

/**
 * The superblock of Intel's RAID: two sectors before the end, and in it the number of the family of disks (struct
 * imsm_super in mdadm's super-intel.c), since it has no UUID.
 */
const intelSuperblock = -1024;
const intelFamily = 0x28;

/**
 * Where bcache has the UUID of the set that a cache and what it caches belong to; zeros for a device that has no cache
 * (struct cache_sb_disk in the kernel's bcache_ondisk.h).
 */
const bcacheSet = 4096 + 56;

/** What runs with a device open for reading; `undefined` for one that cannot be opened or read. */
async function withDevice<Result>(
  path: string,
  task: (device: FileHandle) => Promise<Result>,
): Promise<Result | undefined> {
  try {
    await using device = await open(path, "r");
    return await task(device);
  } catch {
    return undefined;
  }
}

async function volumeGroup({ device, uuid }: Signature): Promise<GroupMember | undefined> {
  const volume = await withDevice(device, readPhysicalVolume);
  const own = volume?.uuid ?? uuid;
  if (own === undefined) return undefined;
  const group = volume?.group;
  return {
    kind: "volume-group",
    device,
    member: own,
    ...(group === undefined
      ? {}
      : { uuid: group.uuid, name: group.name, members: group.physicalVolumes }),
  };
}

/** Whether a btrfs says itself that it has no device but this one: then another of its UUID is a copy of it. */
async function isAlone({ device }: Signature): Promise<boolean> {
  const bytes = await withDevice(device, (file) =>
    file.read(Buffer.alloc(8), 0, 8, btrfsSuperblock + btrfsDeviceCount),
  );
  return bytes?.bytesRead === 8 && bytes.buffer.readBigUInt64LE(0) === 1n;
}

/** Some bytes of a device as hexadecimal digits; `undefined` when they cannot be read, or are all zero. */
async function readIdentifier(
  device: string,
  position: number,
  length: number,
): Promise<string | undefined> {
  const read = await withDevice(device, (file) =>
    file.read(Buffer.alloc(length), 0, length, position),
  );
  const digits = read?.bytesRead === length ? read.buffer.toString("hex") : "";
  return /[^0]/.test(digits) ? digits : undefined;
}

/** Where the group is written on members whose signature has no UUID of the group, by the signature's type. */
const readIdentifiers: Readonly<
  Record<string, (signature: Signature) => Promise<string | undefined>>
> = {
  isw_raid_member: ({ device, size }) =>
    readIdentifier(device, size + intelSuperblock + intelFamily, 4),
  bcache: ({ device }) => readIdentifier(device, bcacheSet, 16),
};

/** The kinds of groups by the type of their members' signatures. */
const kindsByType: Readonly<Record<string, GroupMember["kind"]>> = {
  linux_raid_member: "array",
  ddf_raid_member: "array",
  isw_raid_member: "array",
  bcache: "bcache",
  btrfs: "btrfs",
  bcachefs: "bcachefs",
  zfs_member: "zfs-pool",
};

async function groupOf(signature: Signature): Promise<GroupMember | undefined> {
  if (signature.type === "LVM2_member") return await volumeGroup(signature);
  const { type, label, device } = signature;
  const kind = kindsByType[type];
  const readOwn = readIdentifiers[type];
  const uuid = readOwn === undefined ? signature.uuid : await readOwn(signature);
  if (kind === undefined || uuid === undefined) return undefined;
  if (kind === "btrfs" && (await isAlone(signature))) return undefined;
  return { kind, device, uuid, ...(label === undefined ? {} : { name: label }) };
}

/** What groups of devices (volume groups, arrays, pools) the devices with these signatures belong to; reads only. */
export async function readGroups(signatures: readonly Signature[]): Promise<GroupMember[]> {
  const members: GroupMember[] = [];
  // What lies in an array with its superblock at the end shows through on each of its members.
  const inArray = new Set(
    signatures.filter(({ type }) => kindsByType[type] === "array").map(({ device }) => device),
  );
  for (const signature of signatures) {
    if (inArray.has(signature.device) && kindsByType[signature.type] !== "array") continue;
    const member = await groupOf(signature);
    if (member !== undefined) members.push(member);
  }
  return members;
}
