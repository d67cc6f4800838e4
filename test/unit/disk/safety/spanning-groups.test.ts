import { describe, expect, test } from "bun:test";
import {
  brokenGroups,
  missingMembers,
  spanningGroups,
} from "../../../../src/disk/safety/spanning-groups.ts";
import type { Disk, GroupMember, Holder } from "../../../../src/facts/facts.ts";
import { findingText } from "../../../../src/findings/refusal-error.ts";
import { disk } from "./machine.ts";

/** A disk that is, or holds, members of these groups. */
function member(path: string, ...groups: GroupMember[]): Disk {
  return disk(path, { groups });
}

/** The refusals when some of the disks are wiped. */
function refusals(disks: readonly Disk[], ...wiped: string[]): string[] {
  const named = disks
    .filter(({ path }) => wiped.includes(path))
    .map((each) => ({ name: each.path.slice("/dev/".length), disk: each }));
  return spanningGroups(named, { disks }).map(({ object, message }) => `${object}: ${message}`);
}

function mapping(device: string): Holder {
  return { kind: "device-mapper", device, name: "joined", path: "/dev/dm-3" };
}

const volumeGroup = { kind: "volume-group", uuid: "cLExMZ", name: "my-vg--x" } as const;

describe("a group that would lose a part stops the wipe", () => {
  test("by its UUID, with its name and all its members", () => {
    const disks = [
      member("/dev/sda", { ...volumeGroup, device: "/dev/sda2" }),
      member("/dev/sdb", { ...volumeGroup, device: "/dev/sdb1" }),
      member("/dev/sdc", { ...volumeGroup, uuid: "other", device: "/dev/sdc1" }),
    ];
    expect(refusals(disks, "/dev/sda")).toEqual([
      [
        "disk.sda: /dev/sda cannot be wiped alone: the volume group my-vg--x (cLExMZ) also has members on disks that are not wiped",
        "  /dev/sda2 on /dev/sda (20 GiB): would be wiped",
        "  /dev/sdb1 on /dev/sdb (20 GiB): would be left behind",
      ].join("\n"),
    ]);
    expect(refusals(disks, "/dev/sda", "/dev/sdb")).toEqual([]);
    expect(refusals(disks, "/dev/sdc")).toEqual([]);
  });

  test("also where only the other member knows of it", () => {
    const disks = [
      member("/dev/sda", { kind: "volume-group", device: "/dev/sda", member: "PV-A" }),
      member("/dev/sdb", {
        ...volumeGroup,
        device: "/dev/sdb",
        member: "PV-B",
        members: ["PV-A", "PV-B"],
      }),
    ];
    expect(refusals(disks, "/dev/sda")[0]).toContain("the volume group my-vg--x (cLExMZ) also has");
    expect(refusals(disks, "/dev/sda")[0]).toEndWith("\n  /dev/sdb (20 GiB): would be left behind");
    expect(refusals(disks, "/dev/sdb")[0]).toContain("the volume group my-vg--x (cLExMZ) also has");
  });

  test("whatever lies between it and the disk", () => {
    const uuid = "5b1c";
    const disks = [
      disk("/dev/sda", {
        holders: [{ kind: "device-mapper", device: "/dev/sda1", name: "crypt", path: "/dev/dm-0" }],
        groups: [{ kind: "zfs-pool", uuid, name: "tank", device: "/dev/dm-0" }],
      }),
      member("/dev/sdb", { kind: "zfs-pool", uuid, name: "tank", device: "/dev/sdb1" }),
    ];
    expect(refusals(disks, "/dev/sda")[0]).toContain("the ZFS pool tank (5b1c)");
  });

  test("a device without a group that lies on both", () => {
    const disks = [
      disk("/dev/sda", { holders: [mapping("/dev/sda")] }),
      disk("/dev/sdb", { holders: [mapping("/dev/sdb")] }),
    ];
    expect(refusals(disks, "/dev/sdb")).toEqual([
      "disk.sdb: /dev/sdb cannot be wiped alone: joined (/dev/dm-3) also lies on /dev/sda (20 GiB), which is not wiped",
    ]);
    expect(refusals(disks, "/dev/sda", "/dev/sdb")).toEqual([]);
  });
});

test("a loop device made of a file on a wiped disk is no other disk", () => {
  const array = { kind: "array", uuid: "a1", name: "host:root" } as const;
  const disks = [
    disk("/dev/sda", {
      holders: [{ kind: "loop", device: "/dev/sda1", name: "/dev/loop3 (/f)", path: "/dev/loop3" }],
      groups: [
        { ...array, device: "/dev/sda2" },
        { ...array, device: "/dev/loop3" },
      ],
    }),
    member("/dev/loop3", { ...array, device: "/dev/loop3" }),
  ];
  expect(refusals(disks, "/dev/sda")).toEqual([]);
});

test("a partition that is formatted is no member of a group that keeps others", () => {
  const disks = [
    member("/dev/sda", { ...volumeGroup, device: "/dev/sda2" }),
    member("/dev/sdb", { ...volumeGroup, device: "/dev/sdb1" }),
  ];
  const refused = (...paths: string[]) => {
    const formatted = paths.map((path) => ({ object: 'filesystem."/"', path }));
    return brokenGroups(formatted, [], { disks }).map(({ message }) => message);
  };
  expect(refused("/dev/sda2")).toEqual([
    [
      'filesystem."/" cannot be made on /dev/sda2, which is a member of the volume group my-vg--x (cLExMZ)',
      "  /dev/sdb1 on /dev/sdb (20 GiB): would be left behind",
    ].join("\n"),
  ]);
  expect(refused("/dev/sda1")).toEqual([]);
  expect(refused("/dev/sda2", "/dev/sdb1")).toEqual([]);
});

test("members that are nowhere on the machine are told once", () => {
  const known = { ...volumeGroup, members: ["PV-A", "PV-B"] };
  const sda = member("/dev/sda", { ...known, device: "/dev/sda1", member: "PV-A" });
  const warnings = missingMembers([{ name: "main", disk: sda }], { disks: [sda] });
  expect(warnings.map(findingText)).toEqual([
    "disk.main: the volume group my-vg--x (cLExMZ) has members that were not found (PV-B): what is on them is lost " +
      "with the rest of the group",
  ]);
});
