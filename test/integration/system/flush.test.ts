import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { flushDisks } from "../../../src/disk/flush-devices.ts";
import { InstallerError } from "../../../src/errors.ts";
import { unwatchFileSystem, watchFileSystem } from "../../../src/linux/watched-file-systems.ts";
import { exec } from "../../../src/run/command.ts";
import { markDirectory, writeInstalledMark } from "../../../src/system/installed-mark.ts";
import { failingDisk } from "../../support/failing-disk.ts";
import { rejection } from "../../support/rejection.ts";
import { scratchDirectory } from "../../support/scratch.ts";

/* What was written, and does not get to the disk although nobody was told so. */

setDefaultTimeout(60_000);

const MiB = 2 ** 20;

const mark = { version: 1, toplevel: "/nix/store/x", installedAt: "", installer: "" } as const;

/** The error of something that must fail for the disk. */
async function diskError(promise: Promise<unknown>): Promise<InstallerError> {
  const error = await rejection(promise);
  if (!(error instanceof InstallerError)) throw error;
  expect(error).toMatchObject({ reason: "disk" });
  return error;
}

test("no install is marked as finished of which something is lost, whoever has heard of it before", async () => {
  await using disk = await failingDisk(256 * MiB);
  await exec(["mkfs.ext4", "-q", "-O", "^has_journal", "-E", "lazy_itable_init=0", disk.path]);
  await using scratch = await scratchDirectory("flush");
  const root = scratch.path;
  await exec(["mount", disk.path, root]);
  try {
    watchFileSystem(root);
    mkdirSync(join(root, "nix/var/landfall"), { recursive: true });
    // What the mark itself needs of the disk is there before.
    await writeInstalledMark(root, mark);
    await exec(["rm", join(root, markDirectory, "installed.json")]);
    await disk.failNewWrites();
    writeFileSync(join(root, "lost"), new Uint8Array(8 * MiB));
    // Hears of the error, as a boot loader's installer may, and then nobody does who comes later.
    await exec(["sync", "--file-system", root], { allowedExitCodes: [0, 1] });
    const { message } = await diskError(writeInstalledMark(root, mark));
    expect(message).toStartWith(`what was written to ${root} does not get to the disk`);
    expect(existsSync(join(root, markDirectory, "installed.json"))).toBe(false);
  } finally {
    unwatchFileSystem(root);
    await exec(["umount", root]);
  }
});

test("what was written to a partition and is lost keeps its disk from being whole", async () => {
  await using disk = await failingDisk(256 * MiB);
  await exec(["sfdisk", "--quiet", disk.path], { input: "label: gpt\nstart=1MiB\n" });
  await exec(["partx", "--update", disk.path]);
  await disk.failNewWrites();
  const partition = `${disk.path}p1`;
  {
    await using file = await open(partition, "r+");
    await file.write(new Uint8Array(MiB).fill(1), 0, MiB, 16 * MiB);
  }
  const { message, object } = await diskError(flushDisks([disk.path]));
  expect(message).toStartWith(`what was written to ${partition} does not get to the disk`);
  expect(object).toBe(partition);
});
