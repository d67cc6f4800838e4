import { describe, expect, test } from "bun:test";
import { fitsFat32 } from "../../../src/disk/file-systems/vfat.ts";
import { type FileSystemStep, fileSystem } from "../../../src/disk/objects/file-system.ts";
import { type MountStep, mountStep } from "../../../src/disk/objects/mount.ts";
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

describe("a file system", () => {
  const esp: FileSystemStep = {
    kind: "file-system",
    id: "file-system/boot",
    device: "/dev/vda1",
    type: "vfat",
    uuid: "1A2B-3C4D",
    label: "ESP",
    size: 512 * MiB,
    sectorSize: 512,
  };

  test("vfat is FAT32 from the size on at which it can be", () => {
    expect(lines(fileSystem.step.commands(esp))).toEqual([
      "mkfs.vfat -F 32 -i 1A2B3C4D -n ESP /dev/vda1",
    ]);
    expect(lines(fileSystem.step.commands({ ...esp, size: 32 * MiB }))).toEqual([
      "mkfs.vfat -i 1A2B3C4D -n ESP /dev/vda1",
    ]);
    expect([fitsFat32(32 * MiB, 512), fitsFat32(33 * MiB, 512)]).toEqual([false, true]);
    expect([fitsFat32(256 * MiB, 4096), fitsFat32(257 * MiB, 4096)]).toEqual([false, true]);
  });

  test("ext4 says what it will be", () => {
    const step: FileSystemStep = { ...esp, type: "ext4", label: "nixos", uuid: "u-u-i-d" };
    expect(fileSystem.step.describe(step)).toBe("Make ext4 on /dev/vda1 (label nixos)");
    const [command = ""] = lines(fileSystem.step.commands(step));
    expect(command).toStartWith("mkfs.ext4 -q -F ");
    expect(command).toEndWith(" -U u-u-i-d -L nixos /dev/vda1");
  });
});

test("swap is made and used", () => {
  const step: SwapStep = { kind: "swap", id: "swap/main", device: "/dev/vda2", uuid: "u-u-i-d" };
  expect(swap.step.describe(step)).toBe("Make swap on /dev/vda2 and use it");
  expect(lines(swap.step.commands(step))).toEqual([
    "mkswap -U u-u-i-d /dev/vda2",
    "swapon /dev/vda2",
  ]);
});

test("a mount is made below the root, with its options", () => {
  const step: MountStep = {
    kind: "mount",
    id: "mount/boot",
    device: "/dev/vda1",
    type: "vfat",
    root: "/mnt",
    target: "/boot",
    options: ["fmask=0077", "dmask=0077"],
  };
  expect(mountStep.describe(step)).toBe("Mount /dev/vda1 on /mnt/boot");
  expect(lines(mountStep.commands(step))).toEqual([
    "mount -t vfat -o fmask=0077,dmask=0077 /dev/vda1 /mnt/boot",
  ]);
  expect(lines(mountStep.commands({ ...step, target: "/", options: [] }))).toEqual([
    "mount -t vfat /dev/vda1 /mnt",
  ]);
});
