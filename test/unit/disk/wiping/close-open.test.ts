import { describe, expect, test } from "bun:test";
import { closeOpenStep, openOn } from "../../../../src/disk/wiping/close-open.ts";
import type { Holder } from "../../../../src/facts/facts.ts";
import { disk } from "../safety/machine.ts";

const MiB = 2 ** 20;

const holders: readonly Holder[] = [
  { kind: "mount", device: "/dev/sda1", name: "/media/windows" },
  { kind: "device-mapper", device: "/dev/sda2", name: "cryptroot", path: "/dev/dm-0" },
  { kind: "device-mapper", device: "/dev/dm-0", name: "vg-root", path: "/dev/dm-1" },
  { kind: "mount", device: "/dev/dm-1", name: "/mnt" },
  { kind: "swap", device: "/dev/sda3", name: "/dev/sda3" },
];

const sda = disk("/dev/sda", {
  partitions: [1, 2, 3].map((number) => ({
    path: `/dev/sda${number}`,
    number,
    start: number * MiB,
    size: MiB,
  })),
  holders,
});

function names(partitions?: readonly string[]): readonly string[] {
  const own = { name: "main", disk: sda, ...(partitions === undefined ? {} : { partitions }) };
  return openOn([own]).map(({ name }) => name);
}

describe("what is closed", () => {
  test("is all that is open on a disk of the manifest's own, deepest first", () => {
    expect(names()).toEqual(["/dev/sda3", "/media/windows", "/mnt", "vg-root", "cryptroot"]);
  });

  test("is what lies on its partitions, where the others are somebody else's", () => {
    expect(names(["/dev/sda2"])).toEqual(["/mnt", "vg-root", "cryptroot"]);
    expect(names([])).toEqual([]);
  });

  test("is told by the commands that close it", () => {
    const disks = [{ name: "main", disk: sda, partitions: ["/dev/sda2"] }];
    expect(closeOpenStep.commands({ kind: "close-open", id: "close", disks, udev: true })).toEqual([
      ["nsenter", "--target", "1", "--mount", "umount", "/mnt"],
      ["dmsetup", "remove", "vg-root"],
      ["dmsetup", "remove", "cryptroot"],
    ]);
  });
});
