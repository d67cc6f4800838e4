import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { outcomeOf } from "../../support/process.ts";
import { scratchDirectory } from "../../support/scratch.ts";

/* Where what the installer prints, or its log, lies on a disk that is full. */

setDefaultTimeout(30_000);

const main = join(import.meta.dir, "../../../src/main.ts");

/** Runs a shell script in mounts of its own, in which `$@` is the installer. */
async function shell(script: string) {
  const argv = ["unshare", "--mount", "sh", "-c", script, "sh", process.execPath, main];
  return await outcomeOf(Bun.spawn(argv, { stdio: ["ignore", "pipe", "pipe"] }));
}

/** A manifest that is refused: its cache has no address. */
const manifest = `version = 1
[system]
toplevel = "/nix/store/k8nkf470zpg5lpr46h8vbc0gc2b8jdfx-nixos-system-host-25.11"
[cache]
substituters = ["https://cache.invalid"]
require-sigs = false
[disk.main]
device = "/dev/disk/by-id/landfall-none"
partition = [{ name = "root" }]
[filesystem."/"]
device = "main.root"
type = "ext4"
`;

test("what a command was asked for is missed when there is no room for it", async () => {
  const { exitCode, stderr } = await shell('"$@" schema >/dev/full');
  expect(exitCode).toBe(4);
  expect(stderr).toStartWith("error: standard output cannot be written: ENOSPC");
  expect(stderr).not.toContain("bug");
});

test("an install does not end for want of room for what it prints", async () => {
  await using scratch = await scratchDirectory("full-disk");
  const file = join(scratch.path, "host.toml");
  await Bun.write(file, manifest);
  const log = join(scratch.path, "log");
  const { exitCode, stderr } = await shell(`"$@" -m ${file} --log-file ${log} >/dev/full`);
  expect(exitCode).toBe(4);
  expect(stderr).toContain("there is no disk /dev/disk/by-id/landfall-none");
});

test("a log that has no room is told once", async () => {
  await using scratch = await scratchDirectory("full-disk");
  const file = join(scratch.path, "host.toml");
  await Bun.write(file, manifest);
  const { exitCode, stdout } = await shell(`
    mount -t tmpfs -o size=4k tmpfs /var/log
    echo full > /var/log/other
    "$@" -m ${file}`);
  expect(exitCode).toBe(4);
  const warning = "warning: the log /var/log/landfall.log cannot be written: ENOSPC";
  expect(stdout.split(warning)).toHaveLength(2);
});

test("an installer goes on where there is no room for a word of it on the live system", async () => {
  await using scratch = await scratchDirectory("full-disk");
  const file = join(scratch.path, "host.toml");
  await Bun.write(file, manifest);
  const { exitCode, stderr } = await shell(`
    for directory in /tmp /run /var/log /dev/shm; do
      mount -t tmpfs -o size=8k tmpfs $directory
      cat /dev/zero > $directory/fill
    done
    "$@" -m ${file}`);
  expect(exitCode).toBe(4);
  expect(stderr).toContain("there is no disk /dev/disk/by-id/landfall-none");
  expect(stderr).not.toContain("bug");
});

test("a live system on which no file can be made is told of", async () => {
  await using scratch = await scratchDirectory("full-disk");
  const file = join(scratch.path, "host.toml");
  await Bun.write(file, manifest);
  const { exitCode, stderr } = await shell(`
    for directory in /tmp /run /var/log; do mount -t tmpfs -o nr_inodes=1 tmpfs $directory; done
    "$@" -m ${file}`);
  expect(exitCode).toBe(4);
  expect(stderr).toMatch(/^error: \/run\/landfall.lock cannot be locked: ENOSPC/);
  expect(stderr).toContain("Make room in /run");
});
