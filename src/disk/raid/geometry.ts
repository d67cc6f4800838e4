import { KiB, MiB } from "../../values/size.ts";
/** The levels of md(4) that an array may have. */
export const raidLevels = [0, 1, 4, 5, 6, 10] as const;

/** A level of md(4). */
export type RaidLevel = (typeof raidLevels)[number];

/** The versions of md's metadata, by where the superblock is: at the end, or at the beginning (md(4)). */
export const raidMetadata = ["0.90", "1.0", "1.1", "1.2"] as const;

/** A version of md's metadata. */
export type RaidMetadata = (typeof raidMetadata)[number];

/** How few devices an array of a level may have. */
export const fewestDevices: Readonly<Record<RaidLevel, number>> = {
  0: 2,
  1: 2,
  4: 3,
  5: 3,
  6: 4,
  10: 2,
};

/** Bytes that go to one device before the next one's turn, unless told otherwise: mdadm's default since 3.1. */
export const defaultChunk = 512 * KiB;

/** What a mirror without chunks is rounded to. */
const mirrorUnit = 64 * KiB;

/** Where an array's data is on its devices, and how much of it there is; in bytes. */
export interface RaidGeometry {
  /** First byte of data on each device; left out where the version of the metadata says it. */
  readonly dataOffset?: number;
  /** What the array takes of each device; left out for RAID 0, which takes all. */
  readonly componentSize?: number;
  /** The size of the array. */
  readonly size: number;
}

function roundDown(bytes: number, unit: number): number {
  return Math.floor(bytes / unit) * unit;
}

/** Room that a later reshape can use, as much as mdadm leaves (`super1.c`): a thousandth, at most 128 MiB. */
function headroom(deviceSize: number): number {
  return Math.min(128 * MiB, roundDown(deviceSize / 1024, MiB));
}

/** Bytes of a device that are no data: before it, or behind it where the superblock is at the end. */
function overhead(metadata: RaidMetadata, deviceSize: number): number {
  if (metadata === "0.90") {
    // The superblock takes the last whole 64 KiB (md(4)).
    return deviceSize - (roundDown(deviceSize, 64 * KiB) - 64 * KiB);
  }
  // Superblock, bitmap and list of bad blocks: at most 272 KiB.
  return MiB + headroom(deviceSize) + (metadata === "1.0" ? MiB : 0);
}

/** How much data a number of devices holds, each of them so many bytes of it. */
function dataSize(level: RaidLevel, devices: number, component: number, chunk: number): number {
  if (level === 1) return component;
  if (level === 10) return Math.floor(((component / chunk) * devices) / 2) * chunk;
  return (devices - (level === 6 ? 2 : 1)) * component;
}

/**
 * Lays an array out. mdadm chooses differently from version to version; what is told to it is the same everywhere, so
 * that the array's size is known beforehand.
 *
 * @param deviceSizes Bytes of each device.
 * @param chunk Bytes; without meaning for RAID 1.
 * @returns Sizes of zero or less when the devices are too small for an array.
 */
export function raidGeometry(
  level: RaidLevel,
  metadata: RaidMetadata,
  deviceSizes: readonly number[],
  chunk: number,
): RaidGeometry {
  const smallest = Math.min(...deviceSizes);
  const reserved = overhead(metadata, smallest);
  const unit = level === 1 ? mirrorUnit : chunk;
  const isAtFront = metadata === "1.1" || metadata === "1.2";
  const offset = isAtFront ? { dataOffset: reserved } : {};
  if (level === 0) {
    // mdadm's own end of the data of a larger device may be earlier than that of the smallest.
    const usable = deviceSizes.map((size) =>
      roundDown(size - (isAtFront ? reserved : overhead(metadata, size)), unit),
    );
    return { ...offset, size: usable.reduce((sum, size) => sum + size, 0) };
  }
  const componentSize = roundDown(smallest - reserved, unit);
  return {
    ...offset,
    componentSize,
    size: dataSize(level, deviceSizes.length, componentSize, chunk),
  };
}
