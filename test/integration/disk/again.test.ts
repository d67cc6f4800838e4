import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StorageStep } from "../../../src/disk/objects/index.ts";
import { planStorage, type StoragePlan } from "../../../src/disk/plan-storage.ts";
import { judgeDisks } from "../../../src/disk/safety/judge.ts";
import { parseManifest } from "../../../src/manifest/parse.ts";
import { definitionOf } from "../../../src/plan/plan.ts";
import { progressOf } from "../../../src/plan/progress.ts";
import { exec } from "../../../src/run/command.ts";
import { type LoopDisk, loopDisk } from "../../support/loop-disk.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { machineFacts } from "../../unit/plan/inputs.ts";
import { StepRun } from "./steps.ts";

/*
 * The same storage again and again: broken off behind each step, and then to the end. What is not this manifest's own
 * stays as it is, to the byte.
 */

setDefaultTimeout(120_000);

const MiB = 2 ** 20;

const newTable = (device: string) => `[disk.main]
device = "${device}"
partition = [
  { name = "swap", size = "64MiB", type = "swap" },
  { name = "home", size = "200MiB" },
  { name = "root" },
]
[btrfs.pool]
devices = ["main.root"]
mkfs-options = ["--mixed"]
[filesystem."/"]
device = "pool"
type = "btrfs"
subvolume = "@"
[filesystem."/home"]
device = "main.home"
type = "ext4"
[swap.main]
device = "main.swap"
[swap.file]
file = "/home/swap"
size = "16MiB"
`;

const msdosTable = (device: string) => `[disk.main]
device = "${device}"
table = "msdos"
partition = [{ name = "root" }]
[filesystem."/"]
device = "main.root"
type = "ext4"
`;

const withoutTable = (device: string, whole: string) => `[disk.main]
device = "${device}"
partition = [{ name = "root" }]
[disk.whole]
device = "${whole}"
table = "none"
[filesystem."/"]
device = "main.root"
type = "ext4"
[filesystem."/data"]
device = "whole"
type = "ext4"
label = "data"
`;

const keptTable = (device: string) => `[disk.main]
device = "${device}"
table = "keep"
partition = [{ name = "old", keep = true }, { name = "root", size = "300MiB" }]
[filesystem."/"]
device = "main.root"
type = "ext4"
[filesystem."/old"]
device = "main.old"
type = "ext4"
`;

/** A place to mount on that others may reach. */
async function mountRoot(): Promise<AsyncDisposable & { readonly root: string }> {
  const scratch = await scratchDirectory("again");
  await chmod(scratch.path, 0o755);
  return {
    root: join(scratch.path, "root"),
    [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
  };
}

/** A disk with a file system that is somebody else's, in a table of theirs. */
async function withOldPartition(disk: LoopDisk): Promise<void> {
  const input = "label: gpt\nstart=1MiB, size=100MiB, name=old\n";
  await exec(["sfdisk", "--quiet", disk.path], { input });
  await exec(["partx", "--update", disk.path]);
  await exec(["mkfs.ext4", "-q", `${disk.path}p1`]);
}

/** What the manifest comes to on the disk as it is now. */
async function planAgain(
  text: string,
  disks: readonly LoopDisk[],
  root: string,
): Promise<StoragePlan> {
  const { manifest } = parseManifest({
    file: "host.toml",
    text: `version = 1
[system]
toplevel = "/nix/store/w4iyqffs1ip96vsj7vfwnsxlviribl4c-nixos-system-test"
seed = "host"
[cache]
substituters = ["http://cache"]
trusted-public-keys = ["a-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]
${text}`,
  });
  const facts = {
    ...machineFacts,
    liveSystem: { ...machineFacts.liveSystem, udev: false },
    disks: await Promise.all(disks.map((disk) => disk.facts())),
  };
  const progress = progressOf({ manifest, facts, root });
  expect(judgeDisks(manifest.disk, facts, progress).filter(isError)).toEqual([]);
  return planStorage({ tables: manifest, facts, root, identifierSeed: () => "host", progress });
}

function isError({ severity }: { readonly severity: string }): boolean {
  return severity === "error";
}

/** Carries out steps, and closes what they opened. */
async function carryOut(steps: readonly StorageStep[], meanwhile = async () => {}): Promise<void> {
  await using run = new StepRun();
  for (const step of steps) await run.run(definitionOf(step), step);
  await meanwhile();
}

/** The steps by which a plan makes something on the disk. */
function making({ steps }: StoragePlan): readonly string[] {
  return steps
    .filter((step) => step.kind === "wipe" || ("format" in step && step.format))
    .map(({ id }) => id);
}

async function brokenOffEverywhere(
  text: string,
  disks: readonly LoopDisk[],
  root: string,
): Promise<void> {
  for (let done = 1; ; done++) {
    const { steps } = await planAgain(text, disks, root);
    const layout = steps.findIndex(({ kind }) => kind === "layout-made");
    if (done > layout) break;
    await carryOut(steps.slice(0, done));
  }
  const last = await planAgain(text, disks, root);
  expect(making(last)).not.toEqual([]);
  await carryOut(last.steps, () => writeFile(join(root, "precious"), "precious"));

  const again = await planAgain(text, disks, root);
  expect(making(again)).toEqual([]);
  let kept = "";
  await carryOut(again.steps, async () => {
    kept = await readFile(join(root, "precious"), "utf8");
  });
  expect(kept).toBe("precious");
}

describe("broken off behind each step, storage is made in the end, once, and then used as it is", () => {
  test.each([
    ["with swap and subvolumes in a new table", newTable],
    ["in an msdos table", msdosTable],
  ])("%s", async (_name, manifest) => {
    await using scratch = await mountRoot();
    await using disk = await loopDisk(1024 * MiB);
    await brokenOffEverywhere(manifest(disk.path), [disk], scratch.root);
  });

  test("on a disk without a table beside one with a table", async () => {
    await using scratch = await mountRoot();
    await using disk = await loopDisk(256 * MiB);
    await using whole = await loopDisk(64 * MiB);
    const text = withoutTable(disk.path, whole.path);
    await brokenOffEverywhere(text, [disk, whole], scratch.root);
  });

  test("beside a partition that is kept, of which no byte changes", async () => {
    await using scratch = await mountRoot();
    await using disk = await loopDisk(1024 * MiB);
    await withOldPartition(disk);
    const old = async () => (await exec(["sha256sum", `${disk.path}p1`])).stdout;
    const before = await old();
    const text = keptTable(disk.path).replace(/\[filesystem."\/old"\][^[]*/, "");
    await brokenOffEverywhere(text, [disk], scratch.root);
    expect(await old()).toBe(before);
  });
});

test("what is open after a run that was killed is closed first", async () => {
  await using scratch = await mountRoot();
  await using disk = await loopDisk(1024 * MiB);
  const { root } = scratch;
  const text = newTable(disk.path);
  const first = await planAgain(text, [disk], root);
  await carryOut(first.steps);
  await exec(["swapon", `${disk.path}p1`]);
  const again = await planAgain(text, [disk], root);
  expect(again.steps.map(({ kind }) => kind)).toContain("close");
  await carryOut(again.steps);
  expect((await disk.facts()).holders).toEqual([]);
});
