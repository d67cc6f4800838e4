import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { layoutMadeStep, layoutMadeSteps } from "../../../../src/disk/objects/layout-made.ts";
import {
  type PartitionTableStep,
  partitionTableStep,
} from "../../../../src/disk/objects/partition-table.ts";
import type { PartitionTable } from "../../../../src/disk/partitioning/partition.ts";
import {
  partitionTypeId,
  partitionTypeNames,
} from "../../../../src/disk/partitioning/partition-types.ts";
import { wipeStep, wipeSteps } from "../../../../src/disk/wiping/wipe-step.ts";
import { exec } from "../../../../src/run/command.ts";
import { type LoopDisk, loopDisk } from "../../../support/loop-disk.ts";
import { failure, partitionStep, StepRun } from "../steps.ts";
import { blkid, sgdiskInfo, sgdiskVerdict } from "./reading.ts";

setDefaultTimeout(60_000);

const MiB = 2 ** 20;
const TiB = 2 ** 40;

const partitions: PartitionTable[] = [
  { name: "bios", size: "1MiB", type: "bios-boot" },
  { name: "esp", size: "40MiB", type: "esp", label: "EFI system partition" },
  { name: "root", label: 'Größe "50%", \\ # $`=', attributes: ["read-only", "no-automount"] },
  {
    name: "swap",
    size: "10500kB",
    type: "swap",
    uuid: "12345678-1234-4234-8234-123456789abc",
    attributes: ["required", "legacy-boot"],
  },
  { name: "home", start: "100MiB", size: "10%", type: "933AC7E1-2eb4-4f13-b844-0e14e2aef915" },
];

async function wipe(disk: LoopDisk, steps: StepRun): Promise<void> {
  for (const step of wipeSteps([{ name: "main", disk: await disk.facts() }], false)) {
    await steps.run(wipeStep, step);
  }
}

/** Writes a table, and marks what is made on it as whole. */
async function makeTable(run: StepRun, step: PartitionTableStep): Promise<void> {
  await run.run(partitionTableStep, step);
  for (const made of layoutMadeSteps([step])) await run.run(layoutMadeStep, made);
}

describe("a GUID partition table", () => {
  for (const sectorSize of [512, 4096]) {
    test(`is written as it was planned, with sectors of ${sectorSize} bytes`, async () => {
      await using disk = await loopDisk(128 * MiB, sectorSize);
      await using steps = new StepRun();
      const step = partitionStep(await disk.facts(), partitions);
      await makeTable(steps, step);

      const after = await disk.facts();
      expect(after.partitions).toEqual([
        { path: `${disk.path}p1`, number: 1, start: MiB, size: MiB },
        { path: `${disk.path}p2`, number: 2, start: 2 * MiB, size: 40 * MiB },
        { path: `${disk.path}p3`, number: 3, start: 42 * MiB, size: 47 * MiB },
        { path: `${disk.path}p4`, number: 4, start: 89 * MiB, size: 11 * MiB },
        { path: `${disk.path}p5`, number: 5, start: 100 * MiB, size: 12 * MiB },
      ]);
      expect((await blkid(disk.path)).get("PTUUID")).toBe(step.labelId);
      const types = [
        "21686148-6449-6e6f-744e-656564454649",
        "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
        "0fc63daf-8483-4772-8e79-3d69d8477de4",
        "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f",
        "933ac7e1-2eb4-4f13-b844-0e14e2aef915",
      ];
      const flags = ["0", "0", "9000000000000000", "5", "0"];
      for (const { number, uuid, label } of step.partitions) {
        const found = await blkid(`${disk.path}p${number}`);
        expect(found.get("PART_ENTRY_UUID")).toBe(uuid);
        expect(found.get("PART_ENTRY_TYPE")).toBe(types[number - 1]);
        const info = await sgdiskInfo(disk.path, number);
        expect(info.get("Partition name")).toBe(`'${label}'`);
        expect(info.get("Attribute flags")).toBe((flags[number - 1] ?? "").padStart(16, "0"));
      }
      expect(await sgdiskVerdict(disk.path)).toContain("No problems found");
      expect(steps.commands).toEqual(
        [
          ...partitionTableStep.commands(step),
          ...layoutMadeSteps([step]).flatMap((made) => layoutMadeStep.commands(made)),
        ].map((argv) => [...argv]),
      );
    });
  }

  test("reaches beyond 2 TiB", async () => {
    await using disk = await loopDisk(5 * TiB);
    await using steps = new StepRun();
    const layout: PartitionTable[] = [
      { name: "first", size: "60%" },
      { name: "last", size: "-1GiB" },
    ];
    await steps.run(partitionTableStep, partitionStep(await disk.facts(), layout));
    const [first, last] = (await disk.facts()).partitions;
    expect(first?.size).toBe(3 * TiB - 2 * MiB);
    expect(last?.start).toBe(3 * TiB - MiB);
    expect((last?.start ?? 0) + (last?.size ?? 0)).toBe(5 * TiB - 1025 * MiB);
    expect(await sgdiskVerdict(disk.path)).toContain("No problems found");
  });

  test("holds 128 partitions", async () => {
    await using disk = await loopDisk(140 * MiB);
    await using steps = new StepRun();
    const many = Array.from({ length: 128 }, (_item, index) => ({
      name: `p${index}`,
      size: "1MiB",
    }));
    await steps.run(partitionTableStep, partitionStep(await disk.facts(), many));
    expect((await disk.facts()).partitions).toHaveLength(128);
  });

  test("has the same identifiers from the same inputs", async () => {
    await using first = await loopDisk(128 * MiB);
    await using second = await loopDisk(128 * MiB);
    await using steps = new StepRun();
    await steps.run(partitionTableStep, partitionStep(await first.facts(), partitions));
    await steps.run(partitionTableStep, partitionStep(await second.facts(), partitions));
    expect(await first.hash()).toBe(await second.hash());
  });
});

describe("an msdos table", () => {
  const layout: PartitionTable[] = [
    { name: "boot", size: "20MiB", attributes: ["boot"] },
    { name: "lvm", size: "25%", type: "linux-lvm" },
    { name: "other", size: "5MiB", type: "0xAB" },
    { name: "rest" },
  ];

  for (const sectorSize of [512, 4096]) {
    test(`is written as it was planned, with sectors of ${sectorSize} bytes`, async () => {
      await using disk = await loopDisk(128 * MiB, sectorSize);
      await using steps = new StepRun();
      const step = partitionStep(await disk.facts(), layout, "msdos");
      await makeTable(steps, step);

      expect((await disk.facts()).partitions.map(({ start, size }) => [start, size])).toEqual([
        [MiB, 20 * MiB],
        [21 * MiB, 31 * MiB],
        [52 * MiB, 5 * MiB],
        [57 * MiB, 71 * MiB],
      ]);
      const whole = await blkid(disk.path);
      expect([whole.get("PTTYPE"), whole.get("PTUUID")]).toEqual(["dos", step.labelId]);
      const found = await Promise.all(
        step.partitions.map(async ({ number }) => {
          const entry = await blkid(`${disk.path}p${number}`);
          return ["PART_ENTRY_TYPE", "PART_ENTRY_UUID", "PART_ENTRY_FLAGS"].map((key) =>
            entry.get(key),
          );
        }),
      );
      expect(found).toEqual([
        ["0x83", `${step.labelId}-01`, "0x80"],
        ["0x8e", `${step.labelId}-02`, undefined],
        ["0xab", `${step.labelId}-03`, undefined],
        ["0x83", `${step.labelId}-04`, undefined],
      ]);
      expect(steps.commands).toEqual(
        [
          ...partitionTableStep.commands(step),
          ...layoutMadeSteps([step]).flatMap((made) => layoutMadeStep.commands(made)),
        ].map((argv) => [...argv]),
      );
    });
  }
});

test("every type with a name is one that other tools know", async () => {
  const { stdout } = await exec(["sfdisk", "--label=gpt", "--list-types"]);
  // gdisk alone knows that of LUKS, as 8309.
  const known = [...stdout.toUpperCase().split(/\s+/), "CA7D7CCB-63ED-4C53-861C-1742536059CC"];
  const ids = partitionTypeNames.map((name) => partitionTypeId("gpt", name) ?? name);
  expect(ids.filter((id) => !known.includes(id))).toEqual([]);
  await using disk = await loopDisk(64 * MiB);
  await exec(["sgdisk", "--new=1:0:+1M", "--typecode=1:8309", disk.path]);
  const luks = (await sgdiskInfo(disk.path, 1)).get("Partition GUID code");
  expect(luks).toStartWith(partitionTypeId("gpt", "luks") ?? "none");
});

describe("a disk without a table", () => {
  test("is left as it is", async () => {
    await using disk = await loopDisk(64 * MiB);
    await using steps = new StepRun();
    const hash = await disk.hash();
    await steps.run(partitionTableStep, partitionStep(await disk.facts(), [], "none"));
    expect(await disk.hash()).toBe(hash);
    expect(steps.commands).toEqual([]);
  });

  test("must be blank", async () => {
    await using disk = await loopDisk(64 * MiB);
    await using steps = new StepRun();
    const step = partitionStep(await disk.facts(), [], "none");
    await exec(["mkswap", "-q", disk.path]);
    expect((await failure(steps.run(partitionTableStep, step))).message).toContain("is not empty");
  });
});

describe("a new table is written on a blank disk only", () => {
  test("after a wipe, and then nothing of the old layout is found again", async () => {
    await using disk = await loopDisk(128 * MiB);
    await using other = await loopDisk(32 * MiB);
    await using steps = new StepRun();
    await exec(["mkfs.ext4", "-q", "-L", "precious", other.path]);
    const otherHash = await other.hash();
    await steps.run(partitionTableStep, partitionStep(await disk.facts(), partitions));
    await exec(["mkfs.ext4", "-q", "-L", "old-root", `${disk.path}p3`]);
    await exec(["mkswap", "-q", `${disk.path}p4`]);
    expect((await disk.facts()).signatures?.map(({ type }) => type)).toEqual([
      "gpt",
      "ext4",
      "swap",
    ]);

    await wipe(disk, steps);
    const layout: PartitionTable[] = [{ name: "root" }];
    await steps.run(partitionTableStep, partitionStep(await disk.facts(), layout));
    expect((await disk.facts()).partitions).toEqual([
      { path: `${disk.path}p1`, number: 1, start: MiB, size: 126 * MiB },
    ]);
    await wipe(disk, steps);
    await steps.run(partitionTableStep, partitionStep(await disk.facts(), partitions));
    expect((await disk.facts()).signatures?.map(({ type }) => type)).toEqual(["gpt"]);
    expect(await other.hash()).toBe(otherHash);
  });

  test("after a wipe of an MBR table with logical partitions", async () => {
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
    expect((await disk.facts()).partitions.map(({ number }) => number)).toEqual([1, 2, 5, 6]);
    await wipe(disk, steps);
    await steps.run(partitionTableStep, partitionStep(await disk.facts(), partitions));

    const after = await disk.facts();
    expect(after.partitions.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    expect(after.signatures?.map(({ type }) => type)).toEqual(["gpt"]);
  });

  test("not on one that holds a file system", async () => {
    await using disk = await loopDisk(64 * MiB);
    await using steps = new StepRun();
    await exec(["mkfs.ext4", "-q", "-L", "photos", disk.path]);
    const hash = await disk.hash();
    const step = partitionStep(await disk.facts(), [{ name: "root" }]);
    expect((await failure(steps.run(partitionTableStep, step))).message).toContain(
      `${disk.path} is not empty\n${disk.path} (64 MiB): ext4 "photos"`,
    );
    expect(await disk.hash()).toBe(hash);
  });

  test("not on one that was taken into use after the plan was made", async () => {
    await using disk = await loopDisk(64 * MiB);
    await using steps = new StepRun();
    const step = partitionStep(await disk.facts(), [{ name: "root" }]);
    await exec(["mkswap", "-q", disk.path]);
    await exec(["swapon", disk.path]);
    try {
      const { message } = await failure(steps.run(partitionTableStep, step));
      expect(message).toContain(`${disk.path} is in use`);
      expect(message).toContain(`swapped to as ${disk.path}`);
    } finally {
      await exec(["swapoff", disk.path]);
    }
    expect((await disk.facts()).signatures?.map(({ type }) => type)).toEqual(["swap"]);
  });

  test("not on another disk than planned for", async () => {
    await using disk = await loopDisk(64 * MiB);
    await using steps = new StepRun();
    const hash = await disk.hash();
    const step = partitionStep(await disk.facts(), [{ name: "root" }]);
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
