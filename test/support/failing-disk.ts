import { stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { gatherDisk } from "../../src/facts/disks.ts";
import type { Disk } from "../../src/facts/facts.ts";
import { exec } from "../../src/run/command.ts";
import { scratchDirectory } from "./scratch.ts";

/**
 * A disk that can be made to fail: a loop device over a sparse file in memory. Disposing it removes all of it.
 */
export interface FailingDisk extends AsyncDisposable {
  /** `/dev/loop0` */
  readonly path: string;
  /**
   * From now on, writes to where nothing was written before fail, with EIO, when the kernel gets to them: what programs
   * write seems to go well.
   */
  readonly failNewWrites: () => Promise<void>;
  /** Ends that. What was lost on the way stays lost. */
  readonly mend: () => Promise<void>;
  /** The disk as the installer sees it. */
  readonly facts: () => Promise<Disk>;
}

/** Memory that the file may take at most, in bytes, as long as nothing fails. */
const wholeMemory = 2 ** 30;

/** Attaches a blank disk. @param size Bytes. */
export async function failingDisk(size: number): Promise<FailingDisk> {
  await using stack = new AsyncDisposableStack();
  const { path: directory } = stack.use(await scratchDirectory("failing"));
  await exec(["mount", "-t", "tmpfs", "-o", `size=${wholeMemory}`, "tmpfs", directory]);
  stack.defer(() => exec(["umount", directory]).then(() => undefined));
  const image = join(directory, "image");
  await Bun.write(image, "");
  await truncate(image, size);
  const limit = (bytes: number) => exec(["mount", "-o", `remount,size=${bytes}`, directory]);
  const path = (await exec(["losetup", "--find", "--show", image])).stdout.trim();
  const facts = async () => {
    const disk = await gatherDisk(path);
    if (disk === undefined) throw new Error(`${path} is no disk`);
    return disk;
  };
  stack.defer(async () => {
    for (const { number } of (await facts()).partitions) {
      await exec(["partx", "--delete", "--nr", String(number), path]);
    }
    await exec(["losetup", "--detach", path]);
  });
  const owned = stack.move();
  return {
    path,
    facts,
    failNewWrites: async () => {
      // No limit at all would be 0 (tmpfs(5)).
      await limit(Math.max((await stat(image)).blocks * 512, 4096));
    },
    mend: async () => {
      await limit(wholeMemory);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
