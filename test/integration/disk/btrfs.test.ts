import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import type { FileSystemTable } from "../../../src/disk/file-systems/index.ts";
import { deterministicUuid } from "../../../src/disk/identifiers.ts";
import { btrfs } from "../../../src/disk/objects/btrfs.ts";
import type { PlanContext } from "../../../src/disk/storage-object.ts";
import { exec } from "../../../src/run/command.ts";
import { type LoopDisk, loopDisk } from "../../support/loop-disk.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { contextOf, mountFileSystems, wholeDisk } from "./planned.ts";
import { StepRun, seed } from "./steps.ts";

setDefaultTimeout(60_000);

const MiB = 2 ** 20;

const uuid = deterministicUuid(seed, "btrfs.pool");

type Tables = Readonly<Record<string, FileSystemTable>>;

/** Makes `[btrfs.pool]` on whole disks; what the file systems on it are mounted with. */
async function makePool(
  steps: StepRun,
  disks: readonly LoopDisk[],
  keys: Readonly<Record<string, unknown>>,
  tables: Tables,
): Promise<PlanContext> {
  const devices = disks.map((disk, index) => wholeDisk(`disk${index}`, disk));
  const context = await contextOf(devices, disks, tables);
  const table = v.parse(btrfs.schema, {
    devices: devices.map(({ reference }) => reference),
    ...keys,
  });
  const planned = btrfs.plan("pool", table, context);
  const before = steps.commands.length;
  for (const step of planned.steps) await steps.run(btrfs.step, step);
  // A plan shows what is run; the signatures are read besides.
  const run = steps.commands.slice(before).filter((argv) => !argv.includes("--json"));
  expect(run).toEqual(planned.steps.flatMap((step) => [...btrfs.step.commands(step)]));
  return contextOf([...devices, ...planned.devices], disks, tables);
}

async function findmnt(column: string, path: string): Promise<string> {
  return (await exec(["findmnt", "-n", "-o", column, "--mountpoint", path])).stdout.trim();
}

test("subvolumes are made where they are mounted, whatever their order, and nothing is left open", async () => {
  await using disk = await loopDisk(256 * MiB);
  await using scratch = await scratchDirectory("btrfs");
  await chmod(scratch.path, 0o755);
  const on = { type: "btrfs", device: "pool" } as const;
  const tables: Tables = {
    "/var/log": { ...on, subvolume: "@/var/log", options: ["noatime"] },
    "/home": { ...on, subvolume: "@home", options: ["compress=zstd:3", "noatime"], mode: "0711" },
    "/": { ...on, subvolume: "@", options: ["compress=zstd"] },
  };
  const root = join(scratch.path, "mnt");
  {
    await using steps = new StepRun();
    const keys = { label: "nixos", subvolumes: ["@snapshots"] };
    const context = await makePool(steps, [disk], keys, tables);
    expect(existsSync("/run/landfall-btrfs-pool")).toBe(false);
    expect((await disk.facts()).holders).toEqual([]);
    await mountFileSystems(steps, tables, context, root);

    expect(await findmnt("FSROOT", root)).toBe("/@");
    expect(await findmnt("FSROOT", join(root, "home"))).toBe("/@home");
    expect(await findmnt("FSROOT", join(root, "var/log"))).toBe("/@/var/log");
    expect(await findmnt("OPTIONS", join(root, "home"))).toContain("noatime,");
    expect(await findmnt("OPTIONS", root)).toContain("compress=zstd:3,");
    expect(await findmnt("OPTIONS", root)).not.toContain("noatime");
    expect(statSync(join(root, "home")).mode & 0o7777).toBe(0o711);
    expect(statSync(join(root, "var/log")).mode & 0o7777).toBe(0o755);
    // Paths below what is mounted are told relative to it.
    const { stdout } = await exec(["btrfs", "subvolume", "list", root]);
    expect(
      stdout
        .replaceAll(/^.* path /gm, "")
        .trim()
        .split("\n")
        .toSorted(),
    ).toEqual(["@", "@home", "@snapshots", "var/log"]);
  }
  expect((await disk.facts()).holders).toEqual([]);
  expect((await disk.facts()).signatures).toEqual([
    { device: disk.path, type: "btrfs", label: "nixos", uuid, size: 256 * MiB },
  ]);
});

test("over two disks everything is there twice, and a later btrfs of the same UUID on one is mounted", async () => {
  await using first = await loopDisk(256 * MiB);
  await using second = await loopDisk(256 * MiB);
  await using scratch = await scratchDirectory("btrfs");
  await chmod(scratch.path, 0o755);
  const root = join(scratch.path, "mnt");
  const tables: Tables = { "/": { type: "btrfs", device: "pool", options: [] } };
  {
    await using steps = new StepRun();
    const context = await makePool(steps, [first, second], { data: "raid1" }, tables);
    await mountFileSystems(steps, tables, context, root);
    await Bun.write(join(root, "file"), "twice");
    await exec(["sync", "-f", root]);
    const { stdout } = await exec(["btrfs", "filesystem", "df", root]);
    expect(stdout).toContain("Data, RAID1:");
    expect(stdout).toContain("Metadata, RAID1:");
    for (const disk of [first, second]) {
      expect((await disk.facts()).signatures?.[0]).toMatchObject({ type: "btrfs", uuid });
    }
  }
  // As wiping does. The kernel has not forgotten the second device.
  await exec(["wipefs", "--all", "--quiet", second.path]);
  await using steps = new StepRun();
  const context = await makePool(steps, [first], {}, tables);
  await mountFileSystems(steps, tables, context, root);
  expect(existsSync(join(root, "file"))).toBe(false);
  const { stdout } = await exec(["btrfs", "filesystem", "show", root]);
  expect(stdout).toContain("Total devices 1 ");
});
