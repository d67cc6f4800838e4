import { expect, test } from "bun:test";
import { rm, stat, symlink } from "node:fs/promises";
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

test("what is copied is what was written", async () => {
  await using scratch = await scratchDirectory("log");
  const log = new RunLog(join(scratch.path, "log"));
  log.write("installed");
  const copy = join(scratch.path, "copy");
  log.copyTo(copy);
  expect(await Bun.file(copy).text()).toBe(await Bun.file(log.path).text());
});

test("the copy takes the place of nothing", async () => {
  await using scratch = await scratchDirectory("log");
  const log = new RunLog(join(scratch.path, "log"));
  const victim = join(scratch.path, "victim");
  await Bun.write(victim, "untouched");
  await symlink(victim, join(scratch.path, "copy"));
  expect(() => log.copyTo(join(scratch.path, "copy"))).toThrow("EEXIST");
  expect(await Bun.file(victim).text()).toBe("untouched");
});

test("a link that somebody puts into the place of a log that is written is not followed", async () => {
  await using scratch = await scratchDirectory("log");
  const log = new RunLog(join(scratch.path, "log"));
  const victim = join(scratch.path, "victim");
  await Bun.write(victim, "untouched");
  await rm(log.path);
  await symlink(victim, log.path);
  log.write("text");
  expect(await Bun.file(victim).text()).toBe("untouched");
});

test("a terminal that shows the log is told nothing by what a program has printed", async () => {
  await using scratch = await scratchDirectory("log");
  const log = new RunLog(join(scratch.path, "log"));
  log.write("label \u001b]0;title\u0007 \u009b2J \u202e");
  const text = await Bun.file(log.path).text();
  expect(text).toEndWith("label \\x1b]0;title\\x07 \\x9b2J \\u{202e}\n");
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
