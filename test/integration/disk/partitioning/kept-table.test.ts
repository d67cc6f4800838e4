import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { partitionTableStep } from "../../../../src/disk/objects/partition-table.ts";
import type { PartitionTable } from "../../../../src/disk/partitioning/partition.ts";
import { exec } from "../../../../src/run/command.ts";
import { type LoopDisk, loopDisk } from "../../../support/loop-disk.ts";
import { scratchDirectory } from "../../../support/scratch.ts";
import { failure, partitionStep, StepRun } from "../steps.ts";
import { blkid, sgdiskVerdict } from "./reading.ts";

setDefaultTimeout(60_000);

const MiB = 2 ** 20;

async function read(disk: LoopDisk, start: number, size: number): Promise<Buffer> {
  await using device = await open(disk.path);
  const { buffer } = await device.read(Buffer.alloc(size), 0, size, start);
  return buffer;
}

async function write(disk: LoopDisk, start: number, bytes: Uint8Array): Promise<void> {
  await using device = await open(disk.path, "r+");
  await device.write(bytes, 0, bytes.length, start);
  await device.sync();
}

function noise(size: number): Buffer {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(size)));
}

async function hashOf(disk: LoopDisk, start: number, size: number): Promise<string> {
  return createHash("sha256")
    .update(await read(disk, start, size))
    .digest("hex");
}

const attributes = ["--attributes=2:set:63", "--attributes=2:set:5"];

/** A table that another system has made, with what it has on it: an ESP, something unaligned, a home. */
async function foreignDisk(disk: LoopDisk): Promise<void> {
  await exec([
    "sgdisk",
    "--set-alignment=1",
    "--new=1:2048:+10M",
    "--typecode=1:ef00",
    "--change-name=1:EFI system partition",
    "--new=3:40000:+4000",
    "--typecode=3:0c01",
    "--new=2:100001:+20M",
    "--change-name=2:Größe 😀",
    ...attributes,
    disk.path,
  ]);
  await exec(["partx", "--update", disk.path]);
  await exec(["mkfs.ext4", "-q", "-L", "home", `${disk.path}p2`]);
  await write(disk, MiB, noise(MiB));
  // A BIOS starts from here; no table is written over it.
  await write(disk, 0, noise(440));
}

const layout: PartitionTable[] = [
  { name: "esp", keep: true, type: "esp", size: "10MiB", start: "1MiB" },
  { name: "root", type: "linux", label: "New root" },
  { name: "swap", type: "swap", size: "5MiB" },
];

describe("a GUID partition table that is kept", () => {
  test("is the same afterwards but for what was added, and so is what is on the disk", async () => {
    await using disk = await loopDisk(128 * MiB);
    await using steps = new StepRun();
    await foreignDisk(disk);
    const before = await disk.facts();
    const entries = await read(disk, 1024, 16384);
    const start = await read(disk, 0, 512);
    const esp = await hashOf(disk, MiB, 10 * MiB);
    const home = await hashOf(disk, 100_001 * 512, 20 * MiB);

    const step = partitionStep(before, layout, "keep");
    expect(steps.commands).toEqual([]);
    await steps.run(partitionTableStep, step);

    const after = await disk.facts();
    expect(after.partitions).toEqual([
      ...before.partitions,
      { path: `${disk.path}p4`, number: 4, start: 69 * MiB, size: 58 * MiB },
      { path: `${disk.path}p5`, number: 5, start: 11 * MiB, size: 5 * MiB },
    ]);
    expect(after.table?.partitions.slice(0, 3)).toEqual([...(before.table?.partitions ?? [])]);
    expect((await blkid(`${disk.path}p4`)).get("PART_ENTRY_NAME")).toBe("New root");
    const entriesAfter = await read(disk, 1024, 16384);
    expect(entriesAfter.subarray(0, 3 * 128).equals(entries.subarray(0, 3 * 128))).toBe(true);
    expect(entriesAfter.subarray(5 * 128).every((byte) => byte === 0)).toBe(true);
    // The protective MBR's last cylinder, head and sector, which nothing reads: sfdisk writes what UEFI asks for.
    const startAfter = await read(disk, 0, 512);
    start.copy(startAfter, 451, 451, 454);
    expect(startAfter.equals(start)).toBe(true);
    expect(await hashOf(disk, MiB, 10 * MiB)).toBe(esp);
    expect(await hashOf(disk, 100_001 * 512, 20 * MiB)).toBe(home);
    expect(await sgdiskVerdict(disk.path)).toContain("No problems found");
    expect(steps.commands).toEqual(partitionTableStep.commands(step).map((argv) => [...argv]));
  });

  test("may have other partitions in use, which stay so", async () => {
    await using mountPoint = await scratchDirectory("kept");
    await using disk = await loopDisk(128 * MiB);
    await using steps = new StepRun();
    await foreignDisk(disk);
    await exec(["mount", `${disk.path}p2`, mountPoint.path]);
    const photo = join(mountPoint.path, "photo");
    await Bun.write(photo, "a photo");
    await steps.run(partitionTableStep, partitionStep(await disk.facts(), layout, "keep"));

    await Bun.write(join(mountPoint.path, "letter"), "a letter");
    expect(await Bun.file(photo).text()).toBe("a photo");
    const after = await disk.facts();
    expect(after.partitions.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    expect(after.holders.map(({ device, name }) => [device, name])).toEqual([
      [`${disk.path}p2`, mountPoint.path],
    ]);
  });

  test("is not touched when nothing is added", async () => {
    await using disk = await loopDisk(128 * MiB);
    await using steps = new StepRun();
    await foreignDisk(disk);
    const hash = await disk.hash();
    // A disk whose partitions the kernel does not show yet.
    for (const number of [1, 2, 3]) {
      await exec(["partx", "--delete", "--nr", String(number), disk.path]);
    }
    const step = partitionStep(await disk.facts(), layout.slice(0, 1), "keep");
    await steps.run(partitionTableStep, step);
    expect(await disk.hash()).toBe(hash);
    expect((await disk.facts()).partitions.map(({ number }) => number)).toEqual([1]);
    expect(steps.commands).toEqual(partitionTableStep.commands(step).map((argv) => [...argv]));
  });

  test("gets partitions in which nothing old is found", async () => {
    await using disk = await loopDisk(128 * MiB, 4096);
    await using steps = new StepRun();
    await exec(["sgdisk", "--new=1:100M:+20M", "--new=2:256:+90M", disk.path]);
    await exec(["partx", "--update", disk.path]);
    await exec(["mkfs.ext4", "-q", "-L", "old", `${disk.path}p2`]);
    await exec(["partx", "--delete", "--nr", "2", disk.path]);
    await exec(["sgdisk", "--delete=2", disk.path]);
    const step = partitionStep(await disk.facts(), [{ name: "new", size: "90MiB" }], "keep");
    await steps.run(partitionTableStep, step);
    const after = await disk.facts();
    expect(after.partitions.map(({ start, size }) => [start, size])).toEqual([
      [100 * MiB, 20 * MiB],
      [MiB, 90 * MiB],
    ]);
    expect(after.signatures?.map(({ type }) => type)).toEqual(["gpt"]);
  });

  test("is refused when it is not the one that the plan was made for", async () => {
    await using disk = await loopDisk(128 * MiB);
    await using steps = new StepRun();
    await foreignDisk(disk);
    const step = partitionStep(await disk.facts(), layout, "keep");
    await exec(["sgdisk", "--change-name=1:other", disk.path]);
    const hash = await disk.hash();
    expect((await failure(steps.run(partitionTableStep, step))).message).toContain(
      "is not what it was when the plan was made: another partition table",
    );
    expect(await disk.hash()).toBe(hash);
  });

  test("is refused when what is to be kept was taken into use", async () => {
    await using mountPoint = await scratchDirectory("kept");
    await using disk = await loopDisk(128 * MiB);
    await using steps = new StepRun();
    await foreignDisk(disk);
    const home: PartitionTable[] = [{ name: "home", keep: true, number: 2 }, { name: "root" }];
    const step = partitionStep(await disk.facts(), home, "keep");
    const table = await hashOf(disk, 0, MiB);
    await exec(["mount", `${disk.path}p2`, mountPoint.path]);
    expect((await failure(steps.run(partitionTableStep, step))).message).toContain(
      `${disk.path}p2 is in use`,
    );
    expect(await hashOf(disk, 0, MiB)).toBe(table);
  });
});

test("an msdos table that is kept has a partition added beside its extended one", async () => {
  await using disk = await loopDisk(128 * MiB);
  await using steps = new StepRun();
  const script = [
    "label: dos",
    "label-id: 0x1234abcd",
    "1: start=63, size=20480, type=7, bootable",
    "2: start=22528, size=81920, type=f",
    "5: start=24576, size=61440",
    "6: start=90112, size=8192",
  ];
  await exec(["sfdisk", "--no-tell-kernel", disk.path], { input: `${script.join("\n")}\n` });
  await exec(["partx", "--add", disk.path]);
  await write(disk, 0, noise(440));
  const before = await disk.facts();
  const start = await read(disk, 0, MiB);
  const logical = await hashOf(disk, 22_528 * 512, 81_920 * 512);
  const wanted: PartitionTable[] = [
    { name: "data", keep: true, uuid: "1234abcd-05" },
    { name: "root" },
  ];
  await steps.run(partitionTableStep, partitionStep(before, wanted, "keep"));

  const after = await disk.facts();
  expect(after.partitions.filter(({ number }) => number !== 3)).toEqual([...before.partitions]);
  expect((await blkid(`${disk.path}p3`)).get("PART_ENTRY_UUID")).toBe("1234abcd-03");
  expect(after.partitions.find(({ number }) => number === 3)).toMatchObject({
    start: 51 * MiB,
    size: 77 * MiB,
  });
  const startAfter = await read(disk, 0, MiB);
  // The third entry of the table: 446 + 2 × 16.
  expect(startAfter.subarray(0, 478).equals(start.subarray(0, 478))).toBe(true);
  expect(startAfter.subarray(494).equals(start.subarray(494))).toBe(true);
  expect(await hashOf(disk, 22_528 * 512, 81_920 * 512)).toBe(logical);
});
