import { expect, setDefaultTimeout, test } from "bun:test";
import type { FileSystemTable } from "../../../src/disk/file-systems/index.ts";
import { deterministicUuid } from "../../../src/disk/identifiers.ts";
import { exec } from "../../../src/run/command.ts";
import { loopDisk } from "../../support/loop-disk.ts";
import { rejection } from "../../support/rejection.ts";
import { contextOf, makeFileSystems, wholeDisk } from "./planned.ts";
import { StepRun, seed } from "./steps.ts";

setDefaultTimeout(60_000);

const MiB = 2 ** 20;

const uuid = deterministicUuid(seed, "filesystem./");

async function output(...argv: string[]): Promise<string> {
  return (await exec(argv)).stdout;
}

test("xfs gets its UUID, label and only features that old kernels know", async () => {
  await using disk = await loopDisk(400 * MiB);
  await using steps = new StepRun();
  const tables = {
    "/": {
      type: "xfs",
      device: "main",
      label: "data",
      options: [],
      "mkfs-options": ["-i", "maxpct=10"],
    },
  } satisfies Record<string, FileSystemTable>;
  await makeFileSystems(steps, tables, await contextOf([wholeDisk("main", disk)], [disk]));

  const superblock = await output(
    "xfs_db",
    "-r",
    "-c",
    "sb 0",
    "-c",
    "p uuid fname imax_pct",
    disk.path,
  );
  expect(superblock).toBe(
    `uuid = ${uuid}\nfname = "data\\000\\000\\000\\000\\000\\000\\000\\000"\nimax_pct = 10\n`,
  );
  const features = await output("xfs_db", "-r", "-c", "info", disk.path);
  expect(features).toMatch(/crc=1 +finobt=1, sparse=1, rmapbt=0/);
  expect(features).toMatch(/reflink=1 +bigtime=0 inobtcount=0/);
  const version = await output("xfs_db", "-r", "-c", "version", disk.path);
  expect(version).not.toContain("NREXT64");
  expect(version).toContain("REFLINK");
  await exec(["xfs_repair", "-n", disk.path]);
});

test("what the manifest says of xfs wins", async () => {
  await using disk = await loopDisk(400 * MiB);
  await using steps = new StepRun();
  const tables = {
    "/": { type: "xfs", device: "main", options: [], "mkfs-options": ["-m", "bigtime=1"] },
  } satisfies Record<string, FileSystemTable>;
  await makeFileSystems(steps, tables, await contextOf([wholeDisk("main", disk)], [disk]));
  expect(await output("xfs_db", "-r", "-c", "info", disk.path)).toContain("bigtime=1");
});

test("btrfs gets its UUID, label and profiles, and nothing older shines through it", async () => {
  await using disk = await loopDisk(256 * MiB);
  await exec(["mkfs.xfs", "-q", "--unsupported", disk.path]);
  await using steps = new StepRun();
  const tables = {
    "/": { type: "btrfs", device: "main", label: "nix os", options: [] },
  } satisfies Record<string, FileSystemTable>;
  await makeFileSystems(steps, tables, await contextOf([wholeDisk("main", disk)], [disk]));

  const superblock = await output("btrfs", "inspect-internal", "dump-super", "--full", disk.path);
  expect(superblock).toMatch(new RegExp(`^fsid\\s+${uuid}$`, "m"));
  expect(superblock).toMatch(/^label\s+nix os$/m);
  expect(superblock).not.toContain("BLOCK_GROUP_TREE");
  expect(superblock).not.toContain("EXTENT_TREE_V2");
  const chunks = await output("btrfs", "inspect-internal", "dump-tree", "-t", "chunk", disk.path);
  expect(chunks).toMatch(/type METADATA\|DUP/);
  expect(chunks).toMatch(/type DATA\|single/);
  expect((await disk.facts()).signatures).toEqual([
    { device: disk.path, type: "btrfs", label: "nix os", uuid, size: 256 * MiB },
  ]);
});

test("what is kept is looked at, and not one byte of it changed", async () => {
  await using disk = await loopDisk(64 * MiB);
  await exec(["mkfs.ext4", "-q", "-L", "home", disk.path]);
  const before = await disk.hash();
  const device = wholeDisk("main", disk, true);
  const context = await contextOf([device], [disk]);
  const kept = { type: "ext4" as const, device: "main", label: "home", options: [] };
  {
    await using steps = new StepRun();
    await makeFileSystems(steps, { "/home": kept }, context);
  }
  expect(await disk.hash()).toBe(before);

  // Found on the machine before anything runs, and again when it does, should it have changed since.
  await using steps = new StepRun();
  await exec(["tune2fs", "-L", "other", disk.path]);
  expect((await rejection(makeFileSystems(steps, { "/home": kept }, context))).message).toBe(
    `filesystem/home is to be kept, but the ext4 on ${disk.path} has the label other instead of home`,
  );
  const fresh = await contextOf([device], [disk]);
  expect((await rejection(makeFileSystems(steps, { "/home": kept }, fresh))).message).toBe(
    `it is to be kept, but the ext4 on ${disk.path} has the label other instead of home`,
  );
  await makeFileSystems(steps, { "/home": { ...kept, format: true } }, fresh);
  expect((await disk.facts()).signatures?.[0]?.uuid).toBe(
    deterministicUuid(seed, "filesystem./home"),
  );
});

test("f2fs gets its UUID and label, on sectors of any size and from its smallest size on", async () => {
  for (const sectorSize of [512, 4096]) {
    await using disk = await loopDisk(52 * MiB, sectorSize);
    await using steps = new StepRun();
    const tables = {
      "/": { type: "f2fs", device: "main", label: "flash", options: [] },
    } satisfies Record<string, FileSystemTable>;
    await makeFileSystems(steps, tables, await contextOf([wholeDisk("main", disk)], [disk]));
    const found = await output("blkid", "--probe", "--output", "export", disk.path);
    expect(found).toContain(`\nUUID=${uuid}\n`);
    expect(found).toContain("LABEL=flash\n");
    expect(await output("fsck.f2fs", "--dry-run", disk.path)).not.toContain("[Fail]");
  }
});
