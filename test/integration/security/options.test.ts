import { expect, setDefaultTimeout, test } from "bun:test";
import type { FileSystemTable } from "../../../src/disk/file-systems/index.ts";
import { exec } from "../../../src/run/command.ts";
import { loopDisk } from "../../support/loop-disk.ts";
import { contextOf, makeFileSystems, wholeDisk } from "../disk/planned.ts";
import { StepRun } from "../disk/steps.ts";

/* What a manifest calls things is no option of a program, though it looks like one. */

setDefaultTimeout(60_000);

const MiB = 2 ** 20;

const tables: readonly (FileSystemTable & { readonly label: string })[] = [
  { type: "ext4", device: "main", options: [], label: "-n" },
  { type: "ext4", device: "main", options: [], label: "--help" },
  { type: "ext4", device: "main", options: [], label: "$(id) 'x\"" },
  { type: "xfs", device: "main", options: [], label: "-N" },
  { type: "btrfs", device: "main", options: [], label: "--version" },
  { type: "f2fs", device: "main", options: [], label: "-h" },
  { type: "vfat", device: "main", options: [], label: "--HELP" },
];

test.each(tables.map((table) => [table.type, table.label, table] as const))(
  "%s gets the label %s",
  async (_type, label, table) => {
    await using disk = await loopDisk(400 * MiB);
    await using steps = new StepRun();
    const context = await contextOf([wholeDisk("main", disk)], [disk]);
    await makeFileSystems(steps, { "/": table }, context);
    const { stdout } = await exec(["blkid", "-p", "-s", "LABEL", "-o", "value", disk.path]);
    expect(stdout).toBe(`${label}\n`);
  },
);
