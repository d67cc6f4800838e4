import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { partitionTableStep } from "../../../src/disk/objects/partition-table.ts";
import type { PartitionTable } from "../../../src/disk/partitioning/partition.ts";
import { exec } from "../../../src/run/command.ts";
import { loopDisk } from "../../support/loop-disk.ts";
import { failure, partitionStep, StepRun } from "./steps.ts";

setDefaultTimeout(60_000);

const MiB = 2 ** 20;

const partitions: PartitionTable[] = [
  { name: "bios", size: "1MiB", type: "bios-boot" },
  { name: "esp", size: "40MiB", type: "esp" },
  { name: "swap", size: "10500kB", type: "swap" },
  { name: "root", type: "linux" },
];

/** What blkid reads of a partition. */
async function blkid(device: string): Promise<Map<string, string>> {
  const { stdout } = await exec(["blkid", "-p", "-o", "export", device]);
  return new Map(
    stdout
      .trim()
      .split("\n")
      .map((line) => [line.split("=")[0] ?? "", line.split("=")[1] ?? ""]),
  );
}

describe("the partition table step", () => {
  for (const sectorSize of [512, 4096]) {
    test(`writes the table that was planned, with sectors of ${sectorSize} bytes`, async () => {
      await using disk = await loopDisk(128 * MiB, sectorSize);
      await using steps = new StepRun();
      const step = partitionStep(await disk.facts(), partitions);
      await steps.run(partitionTableStep, step);

      const after = await disk.facts();
      expect(after.partitions).toEqual([
        { path: `${disk.path}p1`, number: 1, start: MiB, size: MiB },
        { path: `${disk.path}p2`, number: 2, start: 2 * MiB, size: 40 * MiB },
        { path: `${disk.path}p3`, number: 3, start: 42 * MiB, size: 11 * MiB },
        { path: `${disk.path}p4`, number: 4, start: 53 * MiB, size: 74 * MiB },
      ]);
      expect((await blkid(disk.path)).get("PTUUID")).toBe(step.labelId);
      const types = [
        "21686148-6449-6e6f-744e-656564454649",
        "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
        "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f",
        "0fc63daf-8483-4772-8e79-3d69d8477de4",
      ];
      for (const { number, uuid, name } of step.partitions) {
        const found = await blkid(`${disk.path}p${number}`);
        expect(found.get("PART_ENTRY_UUID")).toBe(uuid);
        expect(found.get("PART_ENTRY_NAME")).toBe(name);
        expect(found.get("PART_ENTRY_TYPE")).toBe(types[number - 1]);
      }
      const verified = await exec(["sfdisk", "--verify", disk.path]);
      expect(verified.stdout).toContain("No errors detected");
      expect(steps.commands).toEqual(partitionTableStep.commands(step).map((argv) => [...argv]));
    });
  }

  test("replaces an old layout and leaves nothing of it, and nothing on another disk", async () => {
    await using disk = await loopDisk(128 * MiB);
    await using other = await loopDisk(32 * MiB);
    await using steps = new StepRun();
    await exec(["mkfs.ext4", "-q", "-L", "precious", other.path]);
    const otherHash = await other.hash();
    await steps.run(partitionTableStep, partitionStep(await disk.facts(), partitions));
    await exec(["mkfs.ext4", "-q", "-L", "old-root", `${disk.path}p4`]);
    await exec(["mkswap", "-q", `${disk.path}p3`]);

    const full = await disk.facts();
    expect(full.signatures?.map(({ type }) => type)).toEqual(["gpt", "swap", "ext4"]);
    const layout: PartitionTable[] = [{ name: "root", type: "linux" }];
    await steps.run(partitionTableStep, partitionStep(full, layout, true));

    const after = await disk.facts();
    expect(after.partitions).toEqual([
      { path: `${disk.path}p1`, number: 1, start: MiB, size: 126 * MiB },
    ]);
    expect(after.signatures?.map(({ type }) => type)).toEqual(["gpt"]);
    // The old root's superblock is gone too: a table with the old places shows no file system.
    await steps.run(partitionTableStep, partitionStep(after, partitions, true));
    expect((await disk.facts()).signatures?.map(({ type }) => type)).toEqual(["gpt"]);
    expect(await other.hash()).toBe(otherHash);
  });

  test("replaces an MBR table with logical partitions", async () => {
    await using disk = await loopDisk(128 * MiB);
    await using steps = new StepRun();
    const script = [
      "label: dos",
      "1: start=2048, size=20480",
      "2: start=22528, size=81920, type=5",
      "5: start=24576, size=61440",
      "6: start=90112, size=8192",
    ];
    await exec(["sfdisk", "--no-tell-kernel", disk.path], { input: `${script.join("\n")}\n` });
    await exec(["partx", "--add", disk.path]);
    await exec(["mkfs.ext4", "-q", `${disk.path}p5`]);
    const full = await disk.facts();
    expect(full.partitions.map(({ number }) => number)).toEqual([1, 2, 5, 6]);
    await steps.run(partitionTableStep, partitionStep(full, partitions, true));

    const after = await disk.facts();
    expect(after.partitions.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(after.signatures?.map(({ type }) => type)).toEqual(["gpt"]);
  });

  test("makes the same identifiers from the same inputs", async () => {
    await using first = await loopDisk(128 * MiB);
    await using second = await loopDisk(128 * MiB);
    await using steps = new StepRun();
    await steps.run(partitionTableStep, partitionStep(await first.facts(), partitions));
    await steps.run(partitionTableStep, partitionStep(await second.facts(), partitions));
    expect(await first.hash()).toBe(await second.hash());
  });

  test("refuses a disk that is not empty without wipe, and writes nothing", async () => {
    await using disk = await loopDisk(64 * MiB);
    await using steps = new StepRun();
    await exec(["mkfs.ext4", "-q", "-L", "photos", disk.path]);
    const hash = await disk.hash();
    const step = partitionStep(await disk.facts(), [{ name: "root", type: "linux" }]);
    expect((await failure(steps.run(partitionTableStep, step))).message).toContain(
      `${disk.path} is not empty\n${disk.path} (64 MiB): ext4 "photos"`,
    );
    expect(await disk.hash()).toBe(hash);
  });

  test("refuses a disk that was taken into use after the plan was made", async () => {
    await using disk = await loopDisk(64 * MiB);
    await using steps = new StepRun();
    const step = partitionStep(await disk.facts(), [{ name: "root", type: "linux" }], true);
    await exec(["mkswap", "-q", disk.path]);
    await exec(["swapon", disk.path]);
    try {
      expect((await failure(steps.run(partitionTableStep, step))).message).toContain(
        `${disk.path} is in use\n${disk.path} (64 MiB)\n  swapped to as ${disk.path}`,
      );
    } finally {
      await exec(["swapoff", disk.path]);
    }
    expect((await disk.facts()).signatures?.map(({ type }) => type)).toEqual(["swap"]);
  });

  test("refuses a disk that is another one than planned for", async () => {
    await using disk = await loopDisk(64 * MiB);
    await using steps = new StepRun();
    const hash = await disk.hash();
    const step = partitionStep(await disk.facts(), [{ name: "root", type: "linux" }], true);
    const swapped = { ...step, identity: { ...step.identity, serial: "WD-1234" } };
    expect((await failure(steps.run(partitionTableStep, swapped))).message).toContain(
      "serial none instead of WD-1234",
    );
    const changed = { ...step, oldPartitions: [`${disk.path}p1`] };
    expect((await failure(steps.run(partitionTableStep, changed))).message).toContain(
      "partitions none instead of",
    );
    expect(await disk.hash()).toBe(hash);
  });
});
