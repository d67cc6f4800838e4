import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { chmod, mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { FileSystemTable } from "../../../src/disk/file-systems/index.ts";
import { mountStep, mountSteps } from "../../../src/disk/objects/mount.ts";
import { exec } from "../../../src/run/command.ts";
import { loopDisk } from "../../support/loop-disk.ts";
import { rejection } from "../../support/rejection.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { contextOf, makeFileSystems, mountFileSystems, wholeDisk } from "./planned.ts";
import { StepRun } from "./steps.ts";

setDefaultTimeout(60_000);

const MiB = 2 ** 20;

type Tables = Readonly<Record<string, FileSystemTable>>;

/** A mount root in a scratch directory that other users may enter. */
async function mountRoot() {
  const scratch = await scratchDirectory("mount");
  await chmod(scratch.path, 0o755);
  return { ...scratch, root: join(scratch.path, "mnt") };
}

async function findmnt(column: string, path: string): Promise<string> {
  return (await exec(["findmnt", "-n", "-o", column, "--mountpoint", path])).stdout.trim();
}

function attributes(path: string): string {
  const { mode, uid, gid } = statSync(path);
  return `${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
}

test("a root in memory, disks below it and directories shown twice, in any order of the file", async () => {
  await using nix = await loopDisk(64 * MiB);
  await using persist = await loopDisk(400 * MiB);
  await using place = await mountRoot();
  const tables: Tables = {
    "/home": { type: "bind", device: "/persist/home", options: [], mode: "0711" },
    "/persist": {
      type: "xfs",
      device: "persist",
      options: ["logbsize=64k", "nofail"],
      owner: "1000:100",
    },
    "/nix": { type: "ext4", device: "nix", options: ["noatime", "x-initrd.mount"] },
    "/etc/keys": { type: "bind", device: "/persist/keys", options: ["ro", "noexec"] },
    "/": { type: "tmpfs", options: ["size=64m"] },
    "/tmp": { type: "tmpfs", options: [], mode: "1777" },
  };
  const { root } = place;
  {
    await using steps = new StepRun();
    const devices = [wholeDisk("nix", nix), wholeDisk("persist", persist)];
    const context = await contextOf(devices, [nix, persist], tables);
    await makeFileSystems(steps, tables, context);
    await mountFileSystems(steps, tables, context, root);

    expect(await findmnt("FSTYPE,OPTIONS", root)).toMatch(/^tmpfs .*size=65536k,mode=755/);
    expect(attributes(root)).toBe("755 0:0");
    expect(await findmnt("OPTIONS", join(root, "nix"))).toContain("noatime");
    expect(await findmnt("OPTIONS", join(root, "persist"))).toContain("logbsize=64k");
    expect(attributes(join(root, "persist"))).toBe("755 1000:100");
    expect(attributes(join(root, "tmp"))).toBe("1777 0:0");

    await Bun.write(join(root, "home/file"), "once");
    expect(await Bun.file(join(root, "persist/home/file")).text()).toBe("once");
    expect(attributes(join(root, "persist/home"))).toBe("711 0:0");
    const keys = await findmnt("OPTIONS", join(root, "etc/keys"));
    expect(keys).toMatch(/^ro,/);
    expect(keys).toContain("noexec");
    expect((await rejection(Bun.write(join(root, "etc/keys/x"), "x"))).message).toContain("EROFS");
    // Only the second place is closed to writers.
    await Bun.write(join(root, "persist/keys/x"), "x");
  }
  expect(existsSync(root)).toBe(false);
  expect((await nix.facts()).holders).toEqual([]);
  expect((await persist.facts()).holders).toEqual([]);
});

test("an optional mount that fails is a warning, and the install goes on; others are errors", async () => {
  await using root = await loopDisk(64 * MiB);
  await using broken = await loopDisk(64 * MiB);
  await using place = await mountRoot();
  await using steps = new StepRun();
  const devices = [wholeDisk("root", root), wholeDisk("broken", broken)];
  const context = await contextOf(devices, [root, broken]);
  const ext4: FileSystemTable = { type: "ext4", device: "root", options: [] };
  await makeFileSystems(steps, { "/": ext4 }, context);
  const data: FileSystemTable = { type: "ext4", device: "broken", options: ["nofail"] };
  const below: FileSystemTable = { type: "bind", device: "/data/home", options: [] };
  const tables = { "/": ext4, "/data": data, "/home": below };
  await mountFileSystems(steps, tables, context, place.root);
  expect(steps.warnings).toHaveLength(1);
  expect(steps.warnings[0]).toStartWith(
    "/data is left out, since it has the option nofail: mount ended",
  );
  expect((await broken.facts()).holders).toEqual([]);
  await Bun.write(join(place.root, "home/file"), "here");
  expect(await Bun.file(join(place.root, "data/home/file")).text()).toBe("here");

  const [, needed] = mountSteps(
    { "/": ext4, "/needed": { ...data, options: [] } },
    context.device,
    place.root,
  );
  if (needed === undefined) throw new Error("there is no second mount");
  expect((await rejection(steps.run(mountStep, needed))).message).toContain(
    "mount ended with exit",
  );
});

test("what is kept is mounted read-only if so said, and a disk that can only be read is an error", async () => {
  await using disk = await loopDisk(64 * MiB);
  await using place = await mountRoot();
  await exec(["mkfs.ext4", "-q", "-L", "data", disk.path]);
  const kept = { type: "ext4" as const, device: "main", options: [] };
  const context = await contextOf([wholeDisk("main", disk, true)], [disk]);
  const root: FileSystemTable = { type: "tmpfs", options: [] };
  {
    await using steps = new StepRun();
    const tables = { "/": root, "/data": { ...kept, options: ["ro", "noload"] } };
    const before = await disk.hash();
    await makeFileSystems(steps, tables, context);
    await mountFileSystems(steps, tables, context, place.root);
    expect(await findmnt("OPTIONS", join(place.root, "data"))).toMatch(/^ro,/);
    expect(await disk.hash()).toBe(before);
  }
  await exec(["blockdev", "--setro", disk.path]);
  try {
    await using steps = new StepRun();
    const tables = { "/": root, "/data": kept };
    expect((await rejection(mountFileSystems(steps, tables, context, place.root))).message).toBe(
      `${disk.path} can be mounted on ${join(place.root, "data")} only read-only`,
    );
  } finally {
    await exec(["blockdev", "--setrw", disk.path]);
  }
  expect((await disk.facts()).holders).toEqual([]);
});

test("a link in what is kept does not lead a mount to the live system", async () => {
  await using disk = await loopDisk(64 * MiB);
  await using place = await mountRoot();
  await exec(["mkfs.ext4", "-q", disk.path]);
  const context = await contextOf([wholeDisk("main", disk, true)], [disk]);
  const outside = join(place.path, "outside");
  await mkdir(outside);
  const kept: FileSystemTable = { type: "ext4", device: "main", options: [] };
  await using steps = new StepRun();
  await mountFileSystems(steps, { "/": kept }, context, place.root);
  await symlink(outside, join(place.root, "home"));
  const below: FileSystemTable = { type: "tmpfs", options: [] };
  const source: FileSystemTable = { type: "bind", device: "/home/me", options: [] };
  for (const tables of [{ "/home": below }, { "/home/me": below }, { "/srv": source }]) {
    const [step] = mountSteps(tables, context.device, place.root);
    if (step === undefined) throw new Error("nothing is mounted");
    expect((await rejection(steps.run(mountStep, step))).message).toContain(
      `it leads to ${outside}`,
    );
  }
  expect(await readdir(outside)).toEqual([]);
});
