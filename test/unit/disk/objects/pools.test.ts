import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import type { CommonFileSystemTable } from "../../../../src/disk/file-systems/file-system-type.ts";
import { deterministicUuid } from "../../../../src/disk/identifiers.ts";
import { bcachefs } from "../../../../src/disk/objects/bcachefs.ts";
import { btrfs } from "../../../../src/disk/objects/btrfs.ts";
import { zpool } from "../../../../src/disk/objects/zpool.ts";
import type { StorageObject } from "../../../../src/disk/storage-object.ts";
import { formatCommand } from "../../../../src/run/command.ts";
import type { StepData } from "../../../../src/run/step.ts";
import { GiB, machineWith, partition, planContext, refusal } from "./planning.ts";

/** What a pool of some devices comes to, shown as a plan shows it. */
function planned<Schema extends v.GenericSchema, Step extends StepData>(
  object: StorageObject<Schema, Step>,
  keys: Readonly<Record<string, unknown>>,
  { context = planContext([partition(1), partition(2)]), name = "root" } = {},
) {
  const { steps, devices } = object.plan(name, v.parse(object.schema, keys), context);
  const { step } = object;
  return {
    titles: steps.map(step.describe),
    commands: steps.flatMap((each) => step.commands(each).map(formatCommand)),
    devices,
  };
}

const one = { devices: ["main.p1"] };
const both = { devices: ["main.p1", "main.p2"] };

/** Two partitions, and file systems on the pool `root`. */
function withFileSystems(...fileSystems: Omit<CommonFileSystemTable, "options" | "device">[]) {
  return planContext(
    [partition(1), partition(2)],
    machineWith(),
    fileSystems.map((table) => ({ ...table, device: "root", options: [] })),
  );
}

describe("btrfs", () => {
  const uuid = deterministicUuid("host", "btrfs.root");

  test("is made with the subvolumes that are mounted and those that are listed", () => {
    const context = withFileSystems(
      { type: "btrfs", subvolume: "@/var" },
      { type: "btrfs", subvolume: "@" },
      { type: "btrfs" },
    );
    const keys = { ...one, label: "nixos", subvolumes: ["@snapshots"] };
    expect(planned(btrfs, keys, { context })).toMatchObject({
      titles: ["Make btrfs on /dev/vda1 (label nixos) with @, @/var, @snapshots"],
      commands: [
        "wipefs --all --quiet /dev/vda1",
        "btrfs device scan --forget",
        `mkfs.btrfs -q -f -U ${uuid} -d single -m dup -L nixos /dev/vda1`,
        "mount -t btrfs -o subvolid=5 /dev/vda1 /run/landfall-btrfs-root",
        "btrfs subvolume create /run/landfall-btrfs-root/@",
        "btrfs subvolume create /run/landfall-btrfs-root/@/var",
        "btrfs subvolume create /run/landfall-btrfs-root/@snapshots",
      ],
    });
  });

  test("over several devices keeps metadata twice, and its file systems tell the kernel all of them", () => {
    const keys = { ...both, data: "raid1", "mkfs-options": ["-n", "32k"] };
    expect(planned(btrfs, keys)).toMatchObject({
      commands: [
        "wipefs --all --quiet /dev/vda1",
        "wipefs --all --quiet /dev/vda2",
        "btrfs device scan --forget",
        `mkfs.btrfs -q -f -U ${uuid} -d raid1 -m raid1 -n 32k /dev/vda1 /dev/vda2`,
      ],
      devices: [
        {
          reference: "root",
          path: "/dev/vda1",
          size: 4 * GiB,
          members: ["/dev/vda1", "/dev/vda2"],
        },
      ],
    });
    expect(planned(btrfs, both).devices[0]?.size).toBe(8 * GiB);
  });

  test("needs as many devices as its profiles, each large enough", () => {
    expect(v.safeParse(btrfs.schema, { ...one, data: "raid1" }).issues?.[0]?.message).toBe(
      "expected at least 2 devices for its profiles",
    );
    expect(v.safeParse(btrfs.schema, { ...one, subvolumes: ["../x"] }).success).toBe(false);
    const context = planContext([partition(1), partition(2, { size: 64 * 2 ** 20 })]);
    expect(refusal(() => planned(btrfs, both, { context }))).toBe(
      "btrfs.root: main.p2 has 64 MiB, but btrfs needs at least 109 MiB on each device",
    );
  });

  test("is kept as a whole, or not at all", () => {
    const kept = [1, 2].map((number) => partition(number, { kept: true }));
    const there = machineWith(
      { device: "/dev/vda1", type: "btrfs", label: "data", uuid: "abc" },
      { device: "/dev/vda2", type: "btrfs", label: "data", uuid: "abc" },
    );
    expect(planned(btrfs, both, { context: planContext(kept, there) })).toMatchObject({
      titles: ["Keep the btrfs on /dev/vda1, /dev/vda2"],
      commands: [],
      devices: [{ kept: true }],
    });
    const half = planContext([partition(1, { kept: true }), partition(2)], there);
    expect(refusal(() => planned(btrfs, both, { context: half }))).toBe(
      "btrfs.root: btrfs.root cannot be kept: its device main.p2 is made new",
    );
    expect(planned(btrfs, { ...both, format: true }, { context: half }).titles).toEqual([
      "Make btrfs on /dev/vda1, /dev/vda2",
    ]);
    expect(refusal(() => planned(btrfs, both, { context: planContext(kept) }))).toBe(
      "btrfs.root: it is to be kept, but /dev/vda1 carries no btrfs",
    );
  });
});

/** A member of a ZFS pool of the name `root`. */
function poolMember(device: string) {
  const uuid = device === "/dev/vda3" ? "other" : "own";
  return { kind: "zfs-pool" as const, device, uuid, name: "root" };
}

test("a pool of ZFS is refused whose name a pool has that stays", () => {
  const facts = machineWith({ device: "/dev/vda1", type: "zfs_member", label: "root" });
  const plan = (keys: object, ...devices: string[]) => {
    const groups = devices.map(poolMember);
    const there = { ...facts, disks: facts.disks.map((disk) => ({ ...disk, groups })) };
    const context = planContext([partition(1, { kept: true })], there);
    return refusal(() => planned(zpool, { ...one, ...keys }, { context }));
  };
  const message = "zpool.root: zpool.root: /dev/vda3 belongs to another pool of the name root";
  expect(plan({ format: true }, "/dev/vda3")).toBe(message);
  expect(plan({}, "/dev/vda1", "/dev/vda3")).toBe(message);
  expect(plan({}, "/dev/vda1", "/dev/vda2")).toBe("accepted");
  expect(plan({ format: true }, "/dev/vda1")).toBe("accepted");
});

test("bcachefs is made on all devices at once, and mounted from all of them", () => {
  const keys = { ...both, label: "nixos", "mkfs-options": ["--replicas=2"] };
  expect(planned(bcachefs, keys)).toMatchObject({
    titles: ["Make bcachefs on /dev/vda1, /dev/vda2 (label nixos)"],
    commands: [
      "wipefs --all --quiet /dev/vda1",
      "wipefs --all --quiet /dev/vda2",
      `bcachefs format --quiet --force --uuid=${deterministicUuid("host", "bcachefs.root")} ` +
        "--fs_label=nixos --replicas=2 /dev/vda1 /dev/vda2",
    ],
    devices: [{ path: "/dev/vda1:/dev/vda2", size: 4 * GiB, pool: "bcachefs" }],
  });
});

/** Bytes for data in a pool of two partitions. */
function room(mode: string): number {
  return planned(zpool, { ...both, mode }).devices[0]?.size ?? 0;
}

describe("a ZFS pool", () => {
  test("is made with the datasets that are mounted and those that are listed", () => {
    const context = withFileSystems(
      { type: "zfs", dataset: "root/nixos" },
      { type: "zfs", dataset: "root" },
    );
    const keys = {
      ...both,
      mode: "mirror",
      options: ["ashift=13"],
      properties: ["compression=zstd"],
      datasets: ["reserved"],
    };
    expect(planned(zpool, keys, { context })).toMatchObject({
      titles: ["Make the ZFS pool root (mirror) on /dev/vda1, /dev/vda2"],
      commands: [
        "wipefs --all --quiet /dev/vda1",
        "wipefs --all --quiet /dev/vda2",
        "zpool create -f -o compatibility=openzfs-2.1-linux -o cachefile=none -o ashift=13 " +
          "-O mountpoint=none -O acltype=posixacl -O xattr=sa -O compression=zstd " +
          "root mirror /dev/vda1 /dev/vda2",
        "zfs create -p root/reserved",
        "zfs create -p -o mountpoint=legacy root/root",
        "zfs create -p -o mountpoint=legacy root/root/nixos",
      ],
      devices: [{ path: "root", pool: "zfs", disks: ["/dev/vda"] }],
    });
  });

  test("that is kept is imported, and nothing in it made", () => {
    const there = machineWith({ device: "/dev/vda1", type: "zfs_member", label: "root" });
    const context = planContext([partition(1, { kept: true })], there);
    expect(planned(zpool, one, { context })).toMatchObject({
      titles: ["Import the ZFS pool root (stripe) on /dev/vda1"],
      commands: ["zpool import -N -o cachefile=none -d /dev/vda1 root"],
    });
  });

  test("has room for what its mode leaves, and as many devices as it needs", () => {
    expect(room("stripe")).toBeWithin(7.5 * GiB, 8 * GiB);
    expect(room("mirror")).toBeWithin(3.5 * GiB, 4 * GiB);
    expect(room("raidz")).toBeWithin(3.5 * GiB, 4 * GiB);
    expect(v.safeParse(zpool.schema, { ...one, mode: "raidz" }).issues?.[0]?.message).toBe(
      "expected at least 2 devices for mode raidz",
    );
  });
});
