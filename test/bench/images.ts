import { closeSync, fstatSync, fsyncSync, openSync, writeSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../../src/run/command.ts";
import { places } from "./places.ts";

const block = new Uint8Array(2 ** 20).fill(0xff);

/** Numbers of the images that are in use. */
const used = new Set<number>();

/** A block device over a file that has been written before. */
export interface ImageDevice extends AsyncDisposable {
  /** `/dev/loop0` */
  readonly path: string;
}

/**
 * Attaches a loop device over a file that is kept from run to run. Each of its blocks has been written at some time:
 * disks take blocks that they have to find first at a fraction of their speed, which is no business of the contenders.
 *
 * @param size Bytes, a multiple of a MiB.
 */
export async function attachImage(size: number): Promise<ImageDevice> {
  let number = 0;
  while (used.has(number)) number++;
  used.add(number);
  try {
    await mkdir(places.images, { recursive: true });
    const image = join(places.images, String(number));
    writeBlocks(image, size);
    const attach = ["losetup", "--find", "--show", `--sizelimit=${size}`, image];
    const path = (await exec(attach)).stdout.trim();
    return {
      path,
      [Symbol.asyncDispose]: async () => {
        await exec(["losetup", "--detach", path]);
        used.delete(number);
      },
    };
  } catch (error) {
    used.delete(number);
    throw error;
  }
}

/** Makes a file at least that large, and writes what it gains. */
function writeBlocks(image: string, size: number): void {
  const descriptor = openSync(image, "a");
  try {
    let { size: written } = fstatSync(descriptor);
    if (written >= size) return;
    while (written < size) written += writeSync(descriptor, block);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
