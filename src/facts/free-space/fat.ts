import { MiB } from "../../values/size.ts";
import type { FreeSpace, ReadAt } from "./free-space.ts";

/*
 * The file allocation table of Microsoft's "FAT: General Overview of On-Disk Format" (fatgen103), read only: what takes room
 * on an EFI system partition is known without mounting it, which not every live system can.
 */

/** Where things lie, in bytes from the beginning. */
interface Geometry {
  readonly bits: 12 | 16 | 32;
  readonly clusterSize: number;
  /** How many clusters there are; the first one has the number 2. */
  readonly clusters: number;
  readonly table: number;
  readonly tableSize: number;
  /** Of FAT12 and FAT16: the root directory, which lies before the clusters. */
  readonly root: { readonly at: number; readonly size: number };
  /** Of FAT32: the first cluster of the root directory. */
  readonly rootCluster: number;
  /** Where the first cluster lies. */
  readonly data: number;
}

/** The largest table that is read: that of 256 GiB in clusters of 32 KiB. */
const largestTable = 32 * MiB;
/** How many clusters of one directory are read at most. */
const longestDirectory = 256;

const entrySize = 32;
const endOfDirectory = 0x00;
const deletedEntry = 0xe5;
const volumeAttribute = 0x08;
const directoryAttribute = 0x10;

function isPowerOfTwo(number: number): boolean {
  return number > 0 && Number.isInteger(Math.log2(number));
}

/** @returns `undefined` for what is no boot sector of FAT, or of one that is too large. */
function readGeometry(sector: Buffer): Geometry | undefined {
  const sectorSize = sector.readUInt16LE(11);
  const sectorsPerCluster = sector.readUInt8(13);
  const reserved = sector.readUInt16LE(14) * sectorSize;
  const copies = sector.readUInt8(16);
  const rootSize = sector.readUInt16LE(17) * entrySize;
  const size = (sector.readUInt16LE(19) || sector.readUInt32LE(32)) * sectorSize;
  const shortTable = sector.readUInt16LE(22);
  const tableSize = (shortTable || sector.readUInt32LE(36)) * sectorSize;
  if (!isPowerOfTwo(sectorSize) || !isPowerOfTwo(sectorsPerCluster)) return undefined;
  if (reserved === 0 || copies === 0 || tableSize === 0) return undefined;
  const clusterSize = sectorSize * sectorsPerCluster;
  const rootAt = reserved + copies * tableSize;
  const data = rootAt + Math.ceil(rootSize / sectorSize) * sectorSize;
  const clusters = Math.floor((size - data) / clusterSize);
  if (clusters < 1) return undefined;
  // Linux takes that for FAT32 whose table has no short length (`fs/fat/inode.c`).
  const bits = shortTable === 0 ? 32 : clusters < 4085 ? 12 : 16;
  const usedTable = Math.ceil(((clusters + 2) * bits) / 8);
  if (usedTable > tableSize || usedTable > largestTable) return undefined;
  return {
    bits,
    clusterSize,
    clusters,
    table: reserved,
    tableSize: usedTable,
    root: { at: rootAt, size: rootSize },
    rootCluster: bits === 32 ? sector.readUInt32LE(44) : 0,
    data,
  };
}

/** What the table says of a cluster: 0 for one that is free, else the next one, or a number beyond all. */
function entryOf(table: Buffer, bits: Geometry["bits"], cluster: number): number {
  if (bits === 32) return table.readUInt32LE(cluster * 4) & 0x0fff_ffff;
  if (bits === 16) return table.readUInt16LE(cluster * 2);
  const pair = table.readUInt16LE(Math.floor((cluster * 3) / 2));
  return cluster % 2 === 0 ? pair & 0xfff : pair >> 4;
}

/** A file system whose table has been read. */
class FatVolume {
  readonly #geometry: Geometry;
  readonly #table: Buffer;
  readonly #read: ReadAt;

  constructor(geometry: Geometry, table: Buffer, read: ReadAt) {
    this.#geometry = geometry;
    this.#table = table;
    this.#read = read;
  }

  free(): number {
    const { bits, clusters, clusterSize } = this.#geometry;
    let count = 0;
    for (let cluster = 2; cluster < clusters + 2; cluster += 1) {
      if (entryOf(this.#table, bits, cluster) === 0) count += 1;
    }
    return count * clusterSize;
  }

  /** The entries of the root directory, or of that which begins with a cluster. */
  async entries(first: number): Promise<Buffer[]> {
    const { rootCluster, root, bits } = this.#geometry;
    const isFixed = first === 0 && bits !== 32;
    const bytes = isFixed
      ? await this.#read(root.at, root.size)
      : await this.#chain(first === 0 ? rootCluster : first);
    const all = Array.from({ length: Math.floor(bytes.length / entrySize) }, (_, index) =>
      bytes.subarray(index * entrySize, (index + 1) * entrySize),
    );
    const end = all.findIndex((entry) => entry[0] === endOfDirectory);
    return all
      .slice(0, end === -1 ? undefined : end)
      .filter(
        (entry) => entry[0] !== deletedEntry && (entry.readUInt8(11) & volumeAttribute) === 0,
      );
  }

  async #chain(first: number): Promise<Buffer> {
    const { bits, clusters, clusterSize, data } = this.#geometry;
    const parts: Buffer[] = [];
    for (
      let cluster = first;
      cluster >= 2 && cluster < clusters + 2 && parts.length < longestDirectory;
      cluster = entryOf(this.#table, bits, cluster)
    ) {
      parts.push(await this.#read(data + (cluster - 2) * clusterSize, clusterSize));
    }
    return Buffer.concat(parts);
  }

  /** Bytes of the clusters that the files of a directory take; 0 where there is no such directory. */
  async sizeOfFiles(path: readonly string[]): Promise<number> {
    let entries = await this.entries(0);
    for (const name of path) {
      const found = entries.find((entry) => shortName(entry) === name && isDirectory(entry));
      if (found === undefined) return 0;
      entries = await this.entries(firstCluster(found));
    }
    const { clusterSize } = this.#geometry;
    return entries
      .filter((entry) => !isDirectory(entry))
      .reduce(
        (sum, entry) => sum + Math.ceil(entry.readUInt32LE(28) / clusterSize) * clusterSize,
        0,
      );
  }
}

function isDirectory(entry: Buffer): boolean {
  return (entry.readUInt8(11) & directoryAttribute) !== 0;
}

function shortName(entry: Buffer): string {
  return entry.toString("latin1", 0, 11).trimEnd();
}

function firstCluster(entry: Buffer): number {
  return (entry.readUInt16LE(20) << 16) | entry.readUInt16LE(26);
}

/** The directory of which systemd-boot's builder deletes what it does not know, before it writes (nixpkgs, `nixosDir`). */
const nixosDirectory = ["EFI", "NIXOS"];

/** The room on a FAT; `undefined` for what cannot be read as one. @throws what `read` throws. */
export async function readFatSpace(read: ReadAt): Promise<FreeSpace | undefined> {
  const geometry = readGeometry(await read(0, 512));
  if (geometry === undefined) return undefined;
  const volume = new FatVolume(geometry, await read(geometry.table, geometry.tableSize), read);
  const replaceable = await volume.sizeOfFiles(nixosDirectory);
  return { free: volume.free(), ...(replaceable === 0 ? {} : { replaceable }) };
}
