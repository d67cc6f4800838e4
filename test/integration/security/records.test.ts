import { expect, setDefaultTimeout, test } from "bun:test";
import { lstat, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { writeRecord } from "../../../src/commands/keep-records.ts";
import { exec } from "../../../src/run/command.ts";
import { RunLog } from "../../../src/run/log.ts";
import { rejection } from "../../support/rejection.ts";
import { scratchDirectory } from "../../support/scratch.ts";

setDefaultTimeout(30_000);

test("a log that its disk had no room for is not passed off as whole", async () => {
  await using scratch = await scratchDirectory("full-log");
  await using mounted = new AsyncDisposableStack();
  await exec(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", scratch.path]);
  mounted.defer(async () => {
    await exec(["umount", "--lazy", scratch.path]);
  });
  const log = new RunLog(join(scratch.path, "log"));
  log.write("x".repeat(64 * 1024));
  expect(() => log.copyTo(join(scratch.path, "copy"))).toThrow(/log is not complete: ENOSPC/);
});

test("records are for root only, and not written through links that a kept file system has in their place", async () => {
  await using scratch = await scratchDirectory("records");
  const victim = join(scratch.path, "victim");
  await Bun.write(victim, "untouched");
  const root = join(scratch.path, "root");
  await mkdir(join(root, "var/log/installer"), { recursive: true });
  await symlink(victim, join(root, "var/log/installer/plan.json"));
  await writeRecord(root, "plan.json", "{}");
  expect(await Bun.file(victim).text()).toBe("untouched");
  const directory = join(root, "var/log/installer");
  expect(await Bun.file(join(directory, "plan.json")).text()).toBe("{}");
  expect((await lstat(join(directory, "plan.json"))).mode).toBe(0o100600);
  expect((await lstat(directory)).mode).toBe(0o40700);
});

test("records are not written below a link in the place of their directory", async () => {
  await using scratch = await scratchDirectory("records");
  const root = join(scratch.path, "root");
  await mkdir(join(root, "var"), { recursive: true });
  await mkdir(join(scratch.path, "outside"));
  await symlink(join(scratch.path, "outside"), join(root, "var/log"));
  const refusal = await rejection(writeRecord(root, "plan.json", "{}"));
  expect(String(refusal)).toContain("var/log is not a directory");
});
