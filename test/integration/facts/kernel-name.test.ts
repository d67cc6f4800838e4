import { expect, test } from "bun:test";
import { symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { kernelName } from "../../../src/facts/kernel-name.ts";
import { exec } from "../../../src/run/command.ts";
import { loopDisk } from "../../support/loop-disk.ts";
import { scratchDirectory } from "../../support/scratch.ts";

test("a device has the kernel's name, whatever its node is called", async () => {
  await using scratch = await scratchDirectory("kernel-name");
  await using disk = await loopDisk(2 ** 20);
  const { stdout } = await exec(["stat", "--format=%Hr %Lr", disk.path]);
  const node = join(scratch.path, "node");
  await exec(["mknod", node, "b", ...stdout.trim().split(" ")]);
  const link = join(scratch.path, "link");
  await symlink(node, link);
  const expected = basename(disk.path);
  const names = await Promise.all([disk.path, node, link].map(kernelName));
  expect(names).toEqual([expected, expected, expected]);
});
