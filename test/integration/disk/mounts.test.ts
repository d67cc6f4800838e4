import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { chmod, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { deterministicUuid } from "../../../src/disk/identifiers.ts";
import { releaseMounts } from "../../../src/disk/mounting/release-mounts.ts";
import { fileSystem } from "../../../src/disk/objects/file-system.ts";
import { mountStep } from "../../../src/disk/objects/mount.ts";
import {
  type PartitionTableStep,
  partitionTableStep,
} from "../../../src/disk/objects/partition-table.ts";
import type { PartitionTable } from "../../../src/disk/partitioning/partition.ts";
import { pollUntil } from "../../../src/facts/poll.ts";
import { exec } from "../../../src/run/command.ts";
import { type LoopDisk, loopDisk } from "../../support/loop-disk.ts";
import { spawnBound } from "../../support/process.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { failure, fileSystemOn, mountOf, partitionStep, StepRun, seed } from "./steps.ts";

setDefaultTimeout(60_000);

const MiB = 2 ** 20;

const partitions: PartitionTable[] = [
  { name: "home", size: "32MiB", type: "linux" },
  { name: "root", type: "linux" },
];

/** A scratch directory that other users may enter, as the parent of a mount root. */
async function openScratch() {
  const scratch = await scratchDirectory("mount");
  await chmod(scratch.path, 0o755);
  return scratch;
}

/** Partitions a disk and makes ext4 on both partitions. */
async function prepare(disk: LoopDisk, steps: StepRun): Promise<PartitionTableStep> {
  const table = partitionStep(await disk.facts(), partitions);
  await steps.run(partitionTableStep, table);
  for (const number of [1, 2]) {
    const uuid = deterministicUuid(seed, `filesystem.${number}`);
    await steps.run(fileSystem.step, fileSystemOn(table, number, "ext4", uuid));
  }
  return table;
}

test("file systems are mounted below the root, and nothing is left at the end", async () => {
  await using disk = await loopDisk(128 * MiB);
  await using scratch = await openScratch();
  const root = join(scratch.path, "new", "mnt");
  {
    await using steps = new StepRun();
    await prepare(disk, steps);
    await steps.run(mountStep, mountOf(`${disk.path}p2`, root, "/"));
    const home = { ...mountOf(`${disk.path}p1`, root, "/srv/home"), options: ["noatime"] };
    await steps.run(mountStep, home);
    await Bun.write(join(root, "srv/home/file"), "kept");

    for (const directory of ["", "srv", "srv/home"]) {
      const { mode, uid, gid } = statSync(join(root, directory));
      expect([directory, mode & 0o7777, uid, gid]).toEqual([directory, 0o755, 0, 0]);
    }
    const { stdout } = await exec(["findmnt", "-n", "-o", "OPTIONS", join(root, "srv/home")]);
    expect(stdout).toContain("noatime");
    expect((await disk.facts()).holders.filter(({ kind }) => kind === "mount")).toEqual([
      { kind: "mount", device: `${disk.path}p1`, name: join(root, "srv/home") },
      { kind: "mount", device: `${disk.path}p2`, name: root },
    ]);
  }
  expect(existsSync(join(scratch.path, "new"))).toBe(false);
  expect((await disk.facts()).holders).toEqual([]);
  for (const number of [1, 2]) await exec(["fsck.ext4", "-f", "-n", `${disk.path}p${number}`]);
  await mkdir(root, { recursive: true });
  await exec(["mount", `${disk.path}p1`, root]);
  try {
    expect(await Bun.file(join(root, "file")).text()).toBe("kept");
  } finally {
    await exec(["umount", root]);
  }
});

test("a root that is a link is followed, and its mounts are let go", async () => {
  await using disk = await loopDisk(128 * MiB);
  await using scratch = await openScratch();
  const root = join(scratch.path, "link");
  await mkdir(join(scratch.path, "mnt"));
  await symlink("mnt", root);
  {
    await using steps = new StepRun();
    await prepare(disk, steps);
    await steps.run(mountStep, mountOf(`${disk.path}p2`, root, "/"));
    await steps.run(mountStep, mountOf(`${disk.path}p1`, root, "/home"));
    const mounted = (await disk.facts()).holders.filter(({ kind }) => kind === "mount");
    expect(mounted.map(({ name }) => name)).toEqual([
      join(scratch.path, "mnt/home"),
      join(scratch.path, "mnt"),
    ]);
  }
  expect((await disk.facts()).holders).toEqual([]);
});

test("mounts that others left below the root are released too", async () => {
  await using disk = await loopDisk(128 * MiB);
  await using scratch = await openScratch();
  const root = join(scratch.path, "mnt");
  await mkdir(root);
  {
    await using steps = new StepRun();
    await prepare(disk, steps);
    await steps.run(mountStep, mountOf(`${disk.path}p2`, root, "/"));
    for (const name of ["proc", "run"]) await mkdir(join(root, name));
    await exec(["mount", "-t", "proc", "proc", join(root, "proc")]);
    await exec(["mount", "-t", "tmpfs", "tmpfs", join(root, "run")]);
    await mkdir(join(root, "run/a b"));
    await exec(["mount", "-t", "tmpfs", "tmpfs", join(root, "run/a b")]);
    await exec(["mount", "-t", "tmpfs", "tmpfs", join(root, "run")]);
  }
  expect((await disk.facts()).holders).toEqual([]);
  expect(existsSync(root)).toBe(true);
});

test("a mount that stays busy is reported with the process that uses it", async () => {
  await using scratch = await openScratch();
  const root = join(scratch.path, "mnt");
  await mkdir(root);
  await exec(["mount", "-t", "tmpfs", "tmpfs", root]);
  const user = spawnBound(["sleep", "60"], root);
  try {
    const comm = Bun.file(`/proc/${user.pid}/comm`);
    expect(await pollUntil(30, async () => (await comm.text()) === "sleep\n")).toBe(true);
    expect((await failure(releaseMounts(root, 0.2))).message).toContain(
      `${root} is busy and cannot be unmounted\n  sleep (process ${user.pid}): ${root}`,
    );
    // It is released as soon as the process has gone.
    const released = releaseMounts(root);
    user.kill();
    await released;
  } finally {
    user.kill();
    await user.exited;
    await exec(["umount", root], { allowedExitCodes: [0, 32] });
  }
});

test("a root that is a mount point already, or closed to other users, is refused", async () => {
  await using disk = await loopDisk(128 * MiB);
  await using scratch = await openScratch();
  await using steps = new StepRun();
  await prepare(disk, steps);
  const root = join(scratch.path, "mnt");
  await mkdir(root);
  await exec(["mount", "-t", "tmpfs", "tmpfs", root]);
  try {
    expect(
      (await failure(steps.run(mountStep, mountOf(`${disk.path}p2`, root, "/")))).message,
    ).toContain(`tmpfs is mounted on ${root} already`);
  } finally {
    await exec(["umount", root]);
  }
  await chmod(scratch.path, 0o700);
  expect(
    (await failure(steps.run(mountStep, mountOf(`${disk.path}p2`, root, "/")))).message,
  ).toContain(`${scratch.path} is closed to other users (mode 0700)`);
  expect((await disk.facts()).holders).toEqual([]);
});
