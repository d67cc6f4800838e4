import { expect, setDefaultTimeout, test } from "bun:test";
import { deterministicUuid, deterministicVolumeId } from "../../../src/disk/identifiers.ts";
import { fileSystem } from "../../../src/disk/objects/file-system.ts";
import { partitionTableStep } from "../../../src/disk/objects/partition-table.ts";
import { swap } from "../../../src/disk/objects/swap.ts";
import type { PartitionTable } from "../../../src/disk/partitioning/partition.ts";
import { exec } from "../../../src/run/command.ts";
import { loopDisk } from "../../support/loop-disk.ts";
import { failure, fileSystemOn, partitionStep, StepRun, seed } from "./steps.ts";

setDefaultTimeout(60_000);

const MiB = 2 ** 20;

const partitions: PartitionTable[] = [
  { name: "esp", size: "64MiB", type: "esp" },
  { name: "swap", size: "16MiB", type: "swap" },
  { name: "root", type: "linux" },
];

for (const sectorSize of [512, 4096]) {
  test(`ext4 gets its UUID, label and only features old kernels know (${sectorSize})`, async () => {
    await using disk = await loopDisk(256 * MiB, sectorSize);
    await using steps = new StepRun();
    const table = partitionStep(await disk.facts(), partitions);
    await steps.run(partitionTableStep, table);
    const uuid = deterministicUuid(seed, "filesystem./");
    const root = fileSystemOn(table, 3, "ext4", uuid, "nixos");
    await steps.run(fileSystem.step, root);

    const { signatures } = await disk.facts();
    expect(signatures?.filter(({ device }) => device === root.device)).toEqual([
      { device: root.device, type: "ext4", label: "nixos", uuid, size: 174 * MiB },
    ]);
    const { stdout } = await exec(["dumpe2fs", "-h", root.device]);
    const features = /^Filesystem features: +(.*)$/m.exec(stdout)?.[1]?.split(" ");
    expect(features).toContain("metadata_csum");
    expect(features).not.toContain("orphan_file");
    expect(features).not.toContain("metadata_csum_seed");
    expect(stdout).toMatch(/^Block size: +4096$/m);
    expect(stdout).toMatch(/^Inode size:\s+256$/m);
    await exec(["fsck.ext4", "-f", "-n", root.device]);
  });

  test(`vfat gets its volume id, label and a FAT that fits its size (${sectorSize})`, async () => {
    await using disk = await loopDisk(256 * MiB, sectorSize);
    await using steps = new StepRun();
    const table = partitionStep(await disk.facts(), partitions);
    await steps.run(partitionTableStep, table);
    const uuid = deterministicVolumeId(seed, "filesystem./boot");
    const esp = fileSystemOn(table, 1, "vfat", uuid, "ESP");
    await steps.run(fileSystem.step, esp);

    const { stdout } = await exec(["blkid", "-p", "-o", "export", esp.device]);
    expect(stdout.split("\n")).toEqual(
      expect.arrayContaining([
        "TYPE=vfat",
        "LABEL=ESP",
        `UUID=${uuid}`,
        `VERSION=${sectorSize === 512 ? "FAT32" : "FAT16"}`,
      ]),
    );
    await exec(["fsck.vfat", "-n", esp.device]);
  });
}

test("swap is made with its UUID and label, used, and let go at the end", async () => {
  await using disk = await loopDisk(128 * MiB);
  const uuid = deterministicUuid(seed, "swap.main");
  {
    await using steps = new StepRun();
    const table = partitionStep(await disk.facts(), partitions);
    await steps.run(partitionTableStep, table);
    const device = `${disk.path}p2`;
    await steps.run(swap.step, {
      kind: "swap",
      id: "swap/main",
      device,
      uuid,
      label: "swap",
      content: "made",
    });
    expect((await disk.facts()).holders).toEqual([{ kind: "swap", device, name: device }]);
  }
  const after = await disk.facts();
  expect(after.holders).toEqual([]);
  expect(after.signatures?.find(({ type }) => type === "swap")).toEqual({
    device: `${disk.path}p2`,
    type: "swap",
    label: "swap",
    uuid,
    size: 16 * MiB,
  });
});

test("a file system is not made on a device in use", async () => {
  await using disk = await loopDisk(128 * MiB);
  await using steps = new StepRun();
  const table = partitionStep(await disk.facts(), partitions);
  await steps.run(partitionTableStep, table);
  await exec(["mkswap", "-q", `${disk.path}p3`]);
  await exec(["swapon", `${disk.path}p3`]);
  try {
    const step = fileSystemOn(table, 3, "ext4", deterministicUuid(seed, "x"));
    expect((await failure(steps.run(fileSystem.step, step))).message).toContain(
      "wipefs ended with exit",
    );
  } finally {
    await exec(["swapoff", `${disk.path}p3`]);
  }
  expect((await disk.facts()).signatures?.map(({ type }) => type)).toEqual(["gpt", "swap"]);
});
