import { describe, expect, test } from "bun:test";
import { signatureRegions } from "../../../../src/disk/wiping/erase.ts";
import { takeDownCommand } from "../../../../src/disk/wiping/take-down-commands.ts";
import { takeDownOrder } from "../../../../src/disk/wiping/take-down-order.ts";
import { wipeStep, wipeSteps } from "../../../../src/disk/wiping/wipe-step.ts";
import type { Disk, Holder } from "../../../../src/facts/facts.ts";
import { disk } from "../safety/machine.ts";

/** A disk with one partition and these holders. */
function held(path: string, ...holders: Holder[]): Disk {
  return disk(path, {
    partitions: [{ path: `${path}1`, number: 1, start: 2 ** 20, size: 2 ** 30 }],
    holders,
  });
}

function array(member: string): Holder {
  return { kind: "md", device: member, name: "md127", path: "/dev/md127" };
}

/** LUKS in a volume of a group on an array of two disks, with swap beside it. */
const stack: readonly Holder[] = [
  { kind: "device-mapper", device: "/dev/md127", name: "my--vg-root", path: "/dev/dm-0" },
  { kind: "device-mapper", device: "/dev/dm-0", name: "crypt", path: "/dev/dm-2" },
  { kind: "mount", device: "/dev/dm-2", name: "/srv" },
  { kind: "mount", device: "/dev/dm-2", name: "/bound" },
  { kind: "nested-mount", device: "/dev/dm-2", name: "/srv/tmp" },
  { kind: "device-mapper", device: "/dev/md127", name: "my--vg-swap", path: "/dev/dm-1" },
  { kind: "swap", device: "/dev/dm-1", name: "/dev/dm-1" },
];

function names(disks: readonly Disk[]): string[] {
  return takeDownOrder(disks).map(({ name }) => name);
}

describe("what uses disks goes", () => {
  test("deepest first, each once, over all disks that are wiped together", () => {
    const disks = [
      held("/dev/sda", array("/dev/sda1"), ...stack),
      held("/dev/sdb", array("/dev/sdb1"), ...stack),
    ];
    expect(names(disks)).toEqual([
      "/dev/dm-1",
      "/srv/tmp",
      "/bound",
      "/srv",
      "crypt",
      "my--vg-root",
      "my--vg-swap",
      "md127",
    ]);
  });

  test("what is mounted over a mount before it, with what is on that", () => {
    const disks = [
      held(
        "/dev/sda",
        { kind: "mount", device: "/dev/sda", name: "/a" },
        { kind: "nested-mount", device: "/dev/sda", name: "/a/b" },
        { kind: "mount", device: "/dev/sda1", name: "/a/b" },
        { kind: "loop", device: "/dev/sda1", name: "/dev/loop1 (/a/b/f)", path: "/dev/loop1" },
        { kind: "mount", device: "/dev/loop1", name: "/c" },
      ),
    ];
    expect(names(disks)).toEqual(["/c", "/dev/loop1 (/a/b/f)", "/a/b", "/a"]);
  });

  test("an array with partitions as a whole", () => {
    const disks = [
      held(
        "/dev/sda",
        array("/dev/sda1"),
        { kind: "partition", device: "/dev/md127", name: "/dev/md127p1", path: "/dev/md127p1" },
        { kind: "mount", device: "/dev/md127p1", name: "/srv" },
      ),
    ];
    expect(names(disks)).toEqual(["/srv", "md127"]);
  });
});

test("a mapping is removed without udev's help where there is no udev", () => {
  const [mapping] = stack;
  if (mapping === undefined) throw new Error("no mapping");
  expect(takeDownCommand(mapping, true)).toEqual(["dmsetup", "remove", "my--vg-root"]);
  expect(takeDownCommand(mapping, false)).toEqual([
    "dmsetup",
    "remove",
    "--noudevrules",
    "--noudevsync",
    "my--vg-root",
  ]);
});

test("without udev the nodes of mappings that are gone are removed", () => {
  const [step] = wipeSteps([{ name: "main", disk: held("/dev/sda", ...stack) }], false);
  if (step === undefined) throw new Error("no step");
  expect(wipeStep.commands(step)).toContainEqual(["dmsetup", "mknodes"]);
  expect(wipeStep.commands({ ...step, udev: true })).not.toContainEqual(["dmsetup", "mknodes"]);
});

test("a plan shows everything that is destroyed, line by line", () => {
  const found = {
    ...held("/dev/sda", { kind: "mount", device: "/dev/sda1", name: "/srv" }),
    signatures: [
      { device: "/dev/sda", type: "gpt", size: 2 ** 34 },
      { device: "/dev/sda1", type: "ext4", label: "photos", size: 2 ** 30 },
    ],
  };
  const [step] = wipeSteps([{ name: "main", disk: found }], true);
  if (step === undefined) throw new Error("no step");
  expect(wipeStep.describe(step)).toBe("Wipe /dev/sda: everything on it is destroyed");
  expect(wipeStep.details?.(step)).toEqual([
    "/dev/sda (20 GiB): gpt",
    '  /dev/sda1 (1 GiB): ext4 "photos"',
    "    mounted on /srv",
  ]);
  expect(wipeStep.commands(step)).toEqual([
    ["nsenter", "--target", "1", "--mount", "umount", "/srv"],
    ["wipefs", "--all", "--force", "/dev/sda1"],
    ["partx", "--delete", "--nr", "1", "/dev/sda"],
    ["wipefs", "--all", "--force", "/dev/sda"],
    ["udevadm", "settle", "--timeout=30"],
  ]);
  expect(wipeSteps([], true)).toEqual([]);
});

test("nothing beyond a small partition is erased", () => {
  for (const size of [4096, 2 ** 20, 3 * 2 ** 20, 65 * 2 ** 20]) {
    for (const region of signatureRegions({ start: 2 ** 20, size })) {
      expect(region.start).toBeGreaterThanOrEqual(2 ** 20);
      expect(region.start + region.size).toBeLessThanOrEqual(2 ** 20 + size);
      expect(region.size).toBeGreaterThan(0);
    }
  }
});
