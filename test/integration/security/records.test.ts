import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { recordPath } from "../../../src/commands/keep-records.ts";
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

test("records are not written through links that a kept file system has in their place", async () => {
  await using scratch = await scratchDirectory("records");
  const victim = join(scratch.path, "victim");
  await Bun.write(victim, "untouched");
  const root = join(scratch.path, "root");
  await mkdir(join(root, "var/log/installer"), { recursive: true });
  await symlink(victim, join(root, "var/log/installer/plan.json"));
  await writeFile(await recordPath(root, "plan.json"), "{}", { flag: "wx" });
  expect(await Bun.file(victim).text()).toBe("untouched");
  expect(await Bun.file(join(root, "var/log/installer/plan.json")).text()).toBe("{}");
});

test("records are not written below a link in the place of their directory", async () => {
  await using scratch = await scratchDirectory("records");
  const root = join(scratch.path, "root");
  await mkdir(join(root, "var"), { recursive: true });
  await mkdir(join(scratch.path, "outside"));
  await symlink(join(scratch.path, "outside"), join(root, "var/log"));
  const refusal = await rejection(recordPath(root, "plan.json"));
  expect(String(refusal)).toContain("var/log is not a directory");
});
