import { describe, expect, test } from "bun:test";
import {
  type PartitionTableStep,
  partitionTableStep,
} from "../../../../src/disk/objects/partition-table.ts";
import { formatCommand } from "../../../../src/run/command.ts";
import { blankDisk, diskWith, existing, GiB, layout, partition } from "./inputs.ts";

const common = {
  kind: "partition-table",
  id: "disk/main/partition-table",
  disk: "main",
  device: "/dev/vda",
  identity: { size: GiB },
  sectorSize: 512,
  udev: true,
  made: false,
  marked: false,
  leftovers: [],
} as const;

const fresh: PartitionTableStep = {
  ...common,
  oldPartitions: [],
  ...layout(blankDisk(GiB), [partition("esp", "512MiB"), partition("root")]),
};

function commands(step: PartitionTableStep): string[] {
  return partitionTableStep.commands(step).map(formatCommand);
}

describe("a new table", () => {
  test("says what it will be and which commands make it", () => {
    expect(partitionTableStep.describe(fresh)).toBe(
      "Partition /dev/vda (gpt: esp 512 MiB, root 510 MiB)",
    );
    expect(commands(fresh)).toEqual([
      "sfdisk --no-tell-kernel --wipe-partitions=always --wipe=always /dev/vda",
      "blockdev --rereadpt /dev/vda",
      "udevadm settle --timeout=30",
      "sfdisk --json /dev/vda",
      "wipefs --json /dev/vda1 /dev/vda2",
    ]);
  });

  test("shows the PARTUUIDs", () => {
    const [esp, root] = fresh.partitions;
    expect(partitionTableStep.details?.(fresh)).toEqual([
      `1  esp  512 MiB  PARTUUID=${esp?.uuid}`,
      `2  root  510 MiB  PARTUUID=${root?.uuid}`,
    ]);
  });

  test("on a loop device is shown to the kernel by partx, and without udev not waited for", () => {
    const loop = { ...fresh, device: "/dev/loop3", udev: false };
    expect(commands(loop)).toEqual([
      "sfdisk --no-tell-kernel --wipe-partitions=always --wipe=always /dev/loop3",
      "partx --update /dev/loop3",
      "sfdisk --json /dev/loop3",
      "wipefs --json /dev/loop3p1 /dev/loop3p2",
    ]);
  });
});

describe("a table that is kept", () => {
  const disk = diskWith(GiB, [existing(1, 1, 100, { label: "home" }), existing(2, 200, 10)]);
  const kept = (...partitions: Parameters<typeof layout>[1]): PartitionTableStep => ({
    ...common,
    oldPartitions: ["/dev/vda1", "/dev/vda2"],
    ...layout(disk, partitions, { table: "keep" }),
  });
  const home = partition("home", undefined, { keep: true });

  test("gets partitions added, and nothing erased", () => {
    const step = kept(home, partition("root", "200MiB"));
    expect(partitionTableStep.describe(step)).toBe(
      "Add partitions to /dev/vda (gpt: root 200 MiB; kept: home 100 MiB)",
    );
    expect(commands(step)).toEqual([
      "sfdisk --append --no-reread --no-tell-kernel --wipe-partitions=always --wipe=never /dev/vda",
      "partx --add --nr 3 /dev/vda",
      "udevadm settle --timeout=30",
      "sfdisk --json /dev/vda",
      "wipefs --json /dev/vda3",
    ]);
  });

  test("is only looked at when nothing is added", () => {
    expect(partitionTableStep.describe(kept(home))).toBe(
      "Keep the partitions of /dev/vda (gpt: home 100 MiB)",
    );
    expect(commands(kept(home))).toEqual(["udevadm settle --timeout=30", "sfdisk --json /dev/vda"]);
  });
});

test("a disk without a table gets none", () => {
  const step = { ...fresh, ...layout(blankDisk(GiB), [], { table: "none" }) };
  expect(partitionTableStep.describe(step)).toBe("Use /dev/vda without a partition table");
  expect(commands(step)).toEqual([]);
});
