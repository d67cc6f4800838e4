import { expect, test } from "bun:test";
import { open, truncate } from "node:fs/promises";
import { join } from "node:path";
import { readFreeSpace } from "../../../src/facts/free-space/free-space.ts";
import { scratchDirectory } from "../../support/scratch.ts";

const MiB = 2 ** 20;

/** Runs a program of dosfstools or e2fsprogs on an image, and gives what it prints. */
function run(...argv: string[]): string {
  const { stdout, stderr, exitCode } = Bun.spawnSync(argv, {
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  });
  // fsck.vfat tells by its status that it would correct the count of free clusters.
  if (exitCode > 1) throw new Error(`${argv.join(" ")}: ${stderr.toString()}`);
  return stdout.toString();
}

async function emptyImage(directory: string, size: number): Promise<string> {
  const path = join(directory, "image");
  await Bun.write(path, "");
  await truncate(path, size);
  return path;
}

/** The free bytes of a FAT as fsck.vfat counts them. */
function freeByFsck(image: string): number {
  const text = run("fsck.vfat", "-n", "-v", image);
  const clusterSize = Number(/(\d+) bytes per cluster/.exec(text)?.[1]);
  const [, used, all] = /(\d+)\/(\d+) clusters/.exec(text) ?? [];
  return (Number(all) - Number(used)) * clusterSize;
}

test.each([
  [12, 2 * MiB, 4],
  [16, 32 * MiB, 4],
  [32, 64 * MiB, 1],
  [32, 260 * MiB, 8],
])("an empty FAT%i of %i bytes", async (bits, size, sectorsPerCluster) => {
  await using scratch = await scratchDirectory("fat");
  const image = await emptyImage(scratch.path, size);
  run("mkfs.vfat", "-F", `${bits}`, "-s", `${sectorsPerCluster}`, image);
  const space = await readFreeSpace({ device: image, type: "vfat" });
  expect(space).toEqual({ free: freeByFsck(image) });
  expect(space?.free).toBeGreaterThan(size * 0.95);
});

const clusterSize = 4096;

/** An entry of a directory: its short name padded to eleven characters, its first cluster and its size. */
function entry(name: string, attribute: number, cluster: number, size: number): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.write(name.padEnd(11), "latin1");
  bytes.writeUInt8(attribute, 11);
  bytes.writeUInt16LE(cluster, 26);
  bytes.writeUInt32LE(size, 28);
  return bytes;
}

const directory = 0x10;
const archive = 0x20;

/** Puts `EFI/nixos` with a kernel of 10000 bytes, and another file of 5000 into the root, on an empty FAT32. */
async function fill(image: string): Promise<void> {
  await using file = await open(image, "r+");
  const boot = Buffer.alloc(512);
  await file.read(boot, 0, 512, 0);
  const reserved = boot.readUInt16LE(14) * 512;
  const tableSize = boot.readUInt32LE(36) * 512;
  const last = 0x0fff_ffff;
  // Root is cluster 2; EFI 3; nixos 4; the kernel 5 to 7; the other file 8 and 9.
  const chain = [last, last, last, 6, 7, last, 9, last];
  const table = Buffer.alloc(chain.length * 4);
  for (const [index, next] of chain.entries()) table.writeUInt32LE(next, index * 4);
  await file.write(table, 0, table.length, reserved + 8);
  const put = (cluster: number, entries: readonly Buffer[]) => {
    const bytes = Buffer.concat(entries);
    return file.write(bytes, 0, bytes.length, reserved + tableSize + (cluster - 2) * clusterSize);
  };
  const deleted = entry("OLD", archive, 0, 0);
  deleted.writeUInt8(0xe5, 0);
  await put(2, [
    entry("ESP", 0x08, 0, 0),
    deleted,
    entry("EFI", directory, 3, 0),
    entry("OTHER   BIN", archive, 8, 5000),
  ]);
  await put(3, [
    entry(".", directory, 3, 0),
    entry("..", directory, 0, 0),
    entry("NIXOS", directory, 4, 0),
  ]);
  await put(4, [
    entry(".", directory, 4, 0),
    entry("..", directory, 3, 0),
    // A long name comes before the short one that it belongs to.
    entry("Ak\0e\0r\0n\0e", 0x0f, 0, 0),
    entry("KERNEL~1EFI", archive, 5, 10_000),
  ]);
}

test("files on a FAT take clusters, and those of earlier generations can be replaced", async () => {
  await using scratch = await scratchDirectory("fat");
  const image = await emptyImage(scratch.path, 300 * MiB);
  run("mkfs.vfat", "-F", "32", "-s", "8", "-f", "1", image);
  const before = await readFreeSpace({ device: image, type: "vfat" });
  await fill(image);
  const free = (before?.free ?? 0) - 7 * clusterSize;
  expect(await readFreeSpace({ device: image, type: "vfat" })).toEqual({
    free,
    replaceable: 3 * clusterSize,
  });
  expect(freeByFsck(image)).toBe(free);
});

test("an ext4 with files, unless its journal has to be replayed first", async () => {
  await using scratch = await scratchDirectory("ext4");
  const files = join(scratch.path, "files");
  await Bun.write(join(files, "kernel"), Buffer.alloc(3 * MiB, 7));
  const image = await emptyImage(scratch.path, 64 * MiB);
  run("mkfs.ext4", "-q", "-d", files, image);
  const header = run("dumpe2fs", "-h", image);
  const free =
    Number(/^Free blocks: +(\d+)$/m.exec(header)?.[1]) *
    Number(/^Block size: +(\d+)$/m.exec(header)?.[1]);
  expect(free).toBeGreaterThan(30 * MiB);
  expect(await readFreeSpace({ device: image, type: "ext4" })).toEqual({ free });
  run("debugfs", "-w", "-R", "feature needs_recovery", image);
  expect(await readFreeSpace({ device: image, type: "ext4" })).toBeUndefined();
});

test("what is damaged, cut off or of another type is not known", async () => {
  await using scratch = await scratchDirectory("space");
  const image = await emptyImage(scratch.path, 64 * MiB);
  expect(await readFreeSpace({ device: image, type: "vfat" })).toBeUndefined();
  expect(await readFreeSpace({ device: image, type: "ext4" })).toBeUndefined();
  run("mkfs.vfat", "-F", "32", "-s", "1", image);
  expect(await readFreeSpace({ device: image, type: "ntfs" })).toBeUndefined();
  await truncate(image, 64 * 1024);
  expect(await readFreeSpace({ device: image, type: "vfat" })).toBeUndefined();
  expect(await readFreeSpace({ device: join(scratch.path, "none"), type: "vfat" })).toBeUndefined();
});
