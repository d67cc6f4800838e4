import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdir, readFile, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import type { MountStep } from "../../../src/disk/objects/mount.ts";
import { type SwapStep, swap } from "../../../src/disk/objects/swap.ts";
import {
  type SwapFileStep,
  swapFileStep,
  swapFileSteps,
} from "../../../src/disk/objects/swap-file.ts";
import { exec } from "../../../src/run/command.ts";
import { type LoopDisk, loopDisk } from "../../support/loop-disk.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { failure, StepRun } from "./steps.ts";

setDefaultTimeout(60_000);

const MiB = 2 ** 20;

const makers: Readonly<Record<string, readonly string[]>> = {
  ext4: ["mkfs.ext4", "-q"],
  xfs: ["mkfs.xfs", "-q"],
  btrfs: ["mkfs.btrfs", "-q"],
};

/** A disk with a file system that is mounted. */
async function mountedDisk(disk: LoopDisk, type: string, root: string): Promise<MountStep> {
  await exec([...(makers[type] ?? []), disk.path]);
  await exec(["mount", disk.path, root]);
  return {
    kind: "mount",
    id: "mount/",
    device: disk.path,
    type,
    root,
    target: "/",
    options: [],
    optional: false,
  };
}

function planned(file: string, mount: MountStep): SwapFileStep {
  const table = v.parse(swap.schema, { file, size: "48MiB", label: "swapfile", priority: 3 });
  const [step] = swapFileSteps({ main: table }, [mount], [], mount.root);
  if (step === undefined) throw new Error("there is no step");
  return step;
}

async function swaps(): Promise<string> {
  return await readFile("/proc/swaps", "utf8");
}

for (const type of Object.keys(makers)) {
  test(`a swap file on ${type} is root's alone, used, and let go at the end`, async () => {
    await using scratch = await scratchDirectory("swap");
    await using disk = await loopDisk(384 * MiB);
    const mount = await mountedDisk(disk, type, scratch.path);
    const step = planned("/var/lib/swap file", mount);
    {
      await using steps = new StepRun();
      await steps.run(swapFileStep, step);
      expect(steps.commands.slice(0, -1)).toEqual([...swapFileStep.commands(step)]);
      expect(await swaps()).toMatch(/swap\\040file\s+file\s+\d+\s+0\s+3\n/);
    }
    expect(await swaps()).not.toContain("swap\\040file");
    const path = join(scratch.path, "var/lib/swap file");
    const { mode, size, blocks } = await stat(path);
    expect({ mode: mode & 0o7777, size }).toEqual({ mode: 0o600, size: 48 * MiB });
    expect(blocks * 512).toBeGreaterThanOrEqual(size);
    const { stdout } = await exec(["blkid", "-p", "-o", "export", path]);
    expect(stdout).toContain(`UUID=${step.uuid}\n`);
    expect(stdout).toContain("LABEL=swapfile\n");
  });
}

test("a swap file takes the place of no other file and follows no link out of the target", async () => {
  await using scratch = await scratchDirectory("swap");
  await using disk = await loopDisk(128 * MiB);
  const root = join(scratch.path, "root");
  const outside = join(scratch.path, "outside");
  await mkdir(root);
  await mkdir(outside);
  const mount = await mountedDisk(disk, "ext4", root);
  await using steps = new StepRun();
  await Bun.write(join(root, "taken"), "precious");
  await symlink(outside, join(root, "link"));
  const taken = await failure(steps.run(swapFileStep, planned("/taken", mount)));
  expect(taken.message).toBe("/taken exists already");
  expect(await Bun.file(join(root, "taken")).text()).toBe("precious");
  const link = await failure(steps.run(swapFileStep, planned("/link/file", mount)));
  expect(link.message).toContain("is a link to somewhere else");
  expect(steps.commands).toEqual([]);
});

test("swap for random keys is left without a signature, and unused", async () => {
  await using disk = await loopDisk(64 * MiB);
  await exec(["mkswap", "-q", disk.path]);
  const step: SwapStep = {
    kind: "swap",
    id: "swap/main",
    device: disk.path,
    content: "every-boot",
  };
  await using steps = new StepRun();
  await steps.run(swap.step, step);
  expect(await disk.facts()).toMatchObject({ signatures: [], holders: [] });
});

test("swap that is kept is used, and stays as it is", async () => {
  await using disk = await loopDisk(64 * MiB);
  await exec(["mkswap", "-q", "-L", "old", disk.path]);
  const before = await disk.hash();
  const step: SwapStep = {
    kind: "swap",
    id: "swap/main",
    device: disk.path,
    content: "kept",
    label: "old",
  };
  {
    await using steps = new StepRun();
    await steps.run(swap.step, step);
    expect(await swaps()).toContain(disk.path);
    const other = await failure(steps.run(swap.step, { ...step, label: "new" }));
    expect(other.message).toContain("has the label old instead of new");
  }
  expect(await swaps()).not.toContain(disk.path);
  expect(await disk.hash()).toBe(before);
});
