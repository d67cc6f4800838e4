import { expect, test } from "bun:test";
import { mkdir, rm, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { RunLog } from "../../../src/run/log.ts";
import { scratchDirectory } from "../../support/scratch.ts";

test("every line has its time, and only root can read the file", async () => {
  await using scratch = await scratchDirectory("log");
  const log = new RunLog(join(scratch.path, "log"));
  log.write("one\ntwo\n");
  log.write("three");
  const text = await Bun.file(log.path).text();
  expect(text.replaceAll(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /gm, "TIME ")).toBe(
    "TIME one\nTIME two\nTIME three\n",
  );
  expect((await stat(log.path)).mode & 0o777).toBe(0o600);
});

test("a link that lies at the log's place is replaced, not followed", async () => {
  await using scratch = await scratchDirectory("log");
  const victim = join(scratch.path, "victim");
  await Bun.write(victim, "untouched");
  await symlink(victim, join(scratch.path, "log"));
  new RunLog(join(scratch.path, "log")).write("text");
  expect(await Bun.file(victim).text()).toBe("untouched");
});

test("what is copied is what was written, and an incomplete log is not passed off as whole", async () => {
  await using scratch = await scratchDirectory("log");
  const log = new RunLog(join(scratch.path, "log"));
  log.write("installed");
  const copy = join(scratch.path, "copy");
  log.copyTo(copy);
  expect(await Bun.file(copy).text()).toBe(await Bun.file(log.path).text());
  await rm(log.path);
  await mkdir(log.path);
  log.write("lost");
  expect(() => log.copyTo(copy)).toThrow(/log is not complete: EISDIR/);
});

test("a device is not replaced by the log", () => {
  expect(() => new RunLog("/dev/null")).toThrow("the log cannot take the place of /dev/null");
});

test("a place that cannot be written is refused with a way out", async () => {
  await using scratch = await scratchDirectory("log");
  expect(() => new RunLog(join(scratch.path, "missing", "log"))).toThrow(
    /no place to write the log to .*ENOENT/,
  );
});
