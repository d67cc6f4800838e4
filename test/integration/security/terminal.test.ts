import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { exec } from "../../../src/run/command.ts";
import { loopDisk } from "../../support/loop-disk.ts";
import { outcomeOf } from "../../support/process.ts";

/* A disk that somebody plugs in says nothing to the terminal. */

const installer = join(import.meta.dir, "..", "..", "..", "dist", "installer");

setDefaultTimeout(60_000);

/** What a terminal acts on: escape sequences in 7 and in 8 bits, and what turns a line around. */
const evil = "\u001b[2J\u009b1m\u202e";

/** Anything but line breaks and what can be seen. */
const harmful = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

async function facts(format: string): Promise<string> {
  const argv = [installer, "facts", "--format", format];
  const child = Bun.spawn(argv, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const { exitCode, stdout, stderr } = await outcomeOf(child);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout;
}

test("labels of a disk are shown, and told, without what a terminal acts on", async () => {
  await using disk = await loopDisk(32 * 1024 * 1024);
  await exec(["mkfs.ext4", "-q", "-L", evil, disk.path]);
  const text = await facts("text");
  expect(text).toContain("\\x1b[2J\\x9b1m\\u{202e}");
  expect(text).not.toMatch(harmful);
  const json = await facts("json");
  expect(json).not.toMatch(harmful);
  expect(JSON.stringify(JSON.parse(json))).toContain(JSON.stringify(evil));
});

test("a label with line breaks writes no lines of its own", async () => {
  await using disk = await loopDisk(32 * 1024 * 1024);
  await exec(["mkfs.ext4", "-q", "-L", "a\n/dev/sda: b", disk.path]);
  const text = await facts("text");
  expect(text).toContain('ext4 "a\\n/dev/sda: b"');
  expect(text).not.toMatch(/^\/dev\/sda: b/m);
});
