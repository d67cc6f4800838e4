import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { isRotational } from "../../../src/facts/rotational.ts";
import { exec } from "../../../src/run/command.ts";
import { loopDisk } from "../../support/loop-disk.ts";
import { scratchDirectory } from "../../support/scratch.ts";

setDefaultTimeout(30_000);

test("a directory lies on a disk that turns when the kernel says so of the disk of the deepest mount", async () => {
  await using scratch = await scratchDirectory("rotational");
  await using disk = await loopDisk(16 << 20);
  await exec(["mkfs.ext4", "-q", disk.path]);
  await exec(["mount", disk.path, scratch.path]);
  try {
    const directory = join(scratch.path, "nix/store");
    await mkdir(directory, { recursive: true });
    const attribute = `/sys/class/block/${basename(disk.path)}/queue/rotational`;
    await Bun.write(attribute, "1");
    expect(isRotational(directory)).toBeTrue();
    await Bun.write(attribute, "0");
    expect(isRotational(directory)).toBeFalse();
  } finally {
    await exec(["umount", scratch.path]);
  }
});

test("memory does not turn", () => {
  expect(isRotational("/proc/self")).toBeFalse();
});
