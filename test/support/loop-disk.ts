import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { truncate } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { gatherDisk } from "../../src/facts/disks.ts";
import type { Disk } from "../../src/facts/facts.ts";
import { pollUntil } from "../../src/facts/poll.ts";
import { exec } from "../../src/run/command.ts";
import { scratchDirectory } from "./scratch.ts";

/** A disk for a test: a loop device over a sparse file. Disposing it removes partitions, device and file. */
export interface LoopDisk extends AsyncDisposable {
  /** `/dev/loop0` */
  readonly path: string;
  readonly size: number;
  /** SHA-256 of every byte of it. */
  hash(): Promise<string>;
  /** The disk as the installer sees it. */
  facts(): Promise<Disk>;
}

/** Lets go what a failed test has left on a disk. */
async function releaseHolders(path: string): Promise<void> {
  const { holders } = (await gatherDisk(path)) ?? { holders: [] };
  for (const { kind, name } of holders.toReversed()) {
    if (kind === "mount") await exec(["umount", name]);
    if (kind === "swap") await exec(["swapoff", name]);
  }
}

async function deletePartitions(path: string): Promise<void> {
  const left = async () => (await gatherDisk(path))?.partitions ?? [];
  // What looks at one in passing, such as another test that looks at all disks, keeps it for a moment.
  const isEmpty = await pollUntil(10, async () => {
    for (const { number } of await left()) {
      await exec(["partx", "--delete", "--nr", String(number), path], { allowedExitCodes: [0, 1] });
    }
    return (await left()).length === 0;
  });
  if (!isEmpty) throw new Error(`the partitions of ${path} are busy`);
}

/**
 * Attaches a blank disk.
 *
 * @param size Bytes.
 * @param sectorSize Logical sector size in bytes.
 */
export async function loopDisk(size: number, sectorSize = 512): Promise<LoopDisk> {
  const scratch = await scratchDirectory("disk");
  const image = join(scratch.path, "image");
  await Bun.write(image, "");
  await truncate(image, size);
  const { stdout } = await exec([
    "losetup",
    "--find",
    "--show",
    `--sector-size=${sectorSize}`,
    image,
  ]);
  const path = stdout.trim();
  // A loop device keeps the partitions of its last user unless they are taken off it.
  await deletePartitions(path);
  return {
    path,
    size,
    hash: async () => {
      const hash = createHash("sha256");
      await pipeline(createReadStream(path), hash);
      return hash.digest("hex");
    },
    facts: async () => {
      const disk = await gatherDisk(path);
      if (disk === undefined) throw new Error(`${path} is no disk`);
      return disk;
    },
    [Symbol.asyncDispose]: async () => {
      await releaseHolders(path);
      await deletePartitions(path);
      await exec(["losetup", "--detach", path]);
      await scratch[Symbol.asyncDispose]();
    },
  };
}
