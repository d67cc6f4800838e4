import { describe, expect, test } from "bun:test";
import {
  type PartitionTableStep,
  partitionTableStep,
} from "../../../src/disk/objects/partition-table.ts";
import { type SwapStep, swap } from "../../../src/disk/objects/swap.ts";
import { formatCommand } from "../../../src/run/command.ts";

const MiB = 2 ** 20;

function lines(commands: readonly (readonly string[])[]): string[] {
  return commands.map(formatCommand);
}

describe("a partition table", () => {
  const step: PartitionTableStep = {
    kind: "partition-table",
    id: "disk/main/partition-table",
    disk: "main",
    device: "/dev/vda",
    identity: { size: 1024 * MiB },
    wipe: true,
    oldPartitions: ["/dev/vda1", "/dev/vda2"],
    labelId: "11111111-2222-5333-8444-555555555555",
    sectorSize: 512,
    udev: true,
    partitions: [
      {
        number: 1,
        name: "root",
        start: MiB,
        size: 1022 * MiB,
        type: "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
        uuid: "11111111-2222-5333-8444-555555555557",
      },
    ],
  };

  test("says what it will be and which commands make it", () => {
    expect(partitionTableStep.describe(step)).toBe("Partition /dev/vda (gpt: root 1022 MiB)");
    expect(lines(partitionTableStep.commands(step))).toEqual([
      "wipefs --all /dev/vda1",
      "wipefs --all /dev/vda2",
      "wipefs --all /dev/vda",
      "udevadm settle --timeout=30",
      "sfdisk --no-tell-kernel --wipe=always --wipe-partitions=always /dev/vda",
      "blockdev --rereadpt /dev/vda",
      "udevadm settle --timeout=30",
      "sfdisk --json /dev/vda",
    ]);
  });

  test("on a loop device is shown to the kernel by partx, and without udev not waited for", () => {
    const loop = {
      ...step,
      device: "/dev/loop3",
      oldPartitions: ["/dev/loop3p12"],
      udev: false,
    };
    expect(lines(partitionTableStep.commands(loop))).toEqual([
      "wipefs --all /dev/loop3p12",
      "wipefs --all /dev/loop3",
      "partx --delete --nr 12 /dev/loop3",
      "sfdisk --no-tell-kernel --wipe=always --wipe-partitions=always /dev/loop3",
      "partx --update /dev/loop3",
      "sfdisk --json /dev/loop3",
    ]);
  });
});

test("swap is made and used", () => {
  const step: SwapStep = {
    kind: "swap",
    id: "swap/main",
    device: "/dev/vda2",
    uuid: "u-u-i-d",
    content: "made",
  };
  expect(swap.step.describe(step)).toBe("Make swap on /dev/vda2 and use it");
  expect(lines(swap.step.commands(step))).toEqual([
    "wipefs --all --quiet /dev/vda2",
    "mkswap -U u-u-i-d /dev/vda2",
    "swapon /dev/vda2",
  ]);
});
