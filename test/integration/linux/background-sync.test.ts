import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { BackgroundSync } from "../../../src/linux/background-sync.ts";
import { exec } from "../../../src/run/command.ts";
import { loopDisk } from "../../support/loop-disk.ts";
import { scratchDirectory } from "../../support/scratch.ts";

setDefaultTimeout(60_000);

const MiB = 2 ** 20;

const cleanup = new AsyncDisposableStack();
let disk: string;
let mountPoint: string;

beforeAll(async () => {
  const scratch = cleanup.use(await scratchDirectory("background-sync"));
  disk = cleanup.use(await loopDisk(200 * MiB)).path;
  mountPoint = join(scratch.path, "mnt");
  mkdirSync(mountPoint);
  await exec(["mkfs.ext4", "-q", disk]);
  await exec(["mount", disk, mountPoint]);
  cleanup.defer(async () => {
    await exec(["umount", mountPoint]);
  });
});

afterAll(() => cleanup.disposeAsync());

/** Bytes written to the disk so far: the seventh figure of its statistics, in sectors of 512 bytes. */
function writtenBytes(): number {
  const figures = readFileSync(join("/sys/class/block", basename(disk), "stat"), "utf8");
  return Number(figures.trim().split(/\s+/)[6]) * 512;
}

function openFiles(): string[] {
  return readdirSync("/proc/self/fd").flatMap((entry) => {
    try {
      return [readlinkSync(`/proc/self/fd/${entry}`)];
    } catch {
      return [];
    }
  });
}

test("what was written is on the disk when it has finished", () => {
  const before = writtenBytes();
  using sync = new BackgroundSync(mountPoint);
  writeFileSync(join(mountPoint, "file"), Buffer.alloc(64 * MiB, 1));
  sync.start();
  // While that goes on, there is nothing more to start.
  sync.start();
  sync.finish();
  expect(writtenBytes() - before).toBeGreaterThanOrEqual(64 * MiB);
});

test("nothing stays open", () => {
  {
    using sync = new BackgroundSync(mountPoint);
    sync.start();
    expect(openFiles()).toContain(mountPoint);
  }
  expect(openFiles()).not.toContain(mountPoint);
});
