import { describe, expect, test } from "bun:test";
import type { PartitionTable } from "../../../../src/disk/partitioning/partition.ts";
import type { PlacedPartition } from "../../../../src/disk/partitioning/placed-partition.ts";
import type { Disk } from "../../../../src/facts/facts.ts";
import type { ExistingPartition } from "../../../../src/facts/partition-table.ts";
import { diskWith, errorOf, existing, GiB, layout, MiB, partition, places } from "./inputs.ts";

const keep = { keep: true } as const;
const table = { table: "keep" } as const;

const windows = [
  existing(1, 1, 100, {
    type: "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
    label: "EFI system partition",
  }),
  existing(2, 101, 16, {
    type: "E3C9E316-0B5C-4DB8-817D-F92DF00215AE",
    label: "Basic data partition",
  }),
  existing(4, 200, 300, {
    type: "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7",
    label: "Basic data partition",
  }),
];

/** The numbers of the partitions that are kept on a disk of 1 GiB. */
function found(...partitions: PartitionTable[]): number[] {
  const { kept } = layout(diskWith(GiB, windows), partitions, table);
  return kept?.partitions.map(({ number }) => number) ?? [];
}

function refusedFor(disk: Disk, ...partitions: PartitionTable[]): string {
  const error = errorOf(() => layout(disk, partitions, table));
  expect([error.reason, error.object]).toEqual(["refused", "disk.main"]);
  return error.message;
}

const refused = (...partitions: PartitionTable[]) =>
  refusedFor(diskWith(GiB, windows), ...partitions);

const shown = [
  "the partitions of /dev/vda are:",
  '  1: "EFI system partition", esp, 1 MiB to 101 MiB',
  '  2: "Basic data partition", microsoft-reserved, 101 MiB to 117 MiB',
  '  4: "Basic data partition", microsoft-basic-data, 200 MiB to 500 MiB',
].join("\n");

describe("a partition that is kept is found", () => {
  test("by number, PARTUUID, label, type, or all of these", () => {
    expect(found(partition("a", undefined, { ...keep, number: 4 }))).toEqual([4]);
    expect(found(partition("a", undefined, { ...keep, type: "esp" }))).toEqual([1]);
    const uuid = "00000000-0000-4000-8000-000000000002";
    expect(found(partition("a", undefined, { ...keep, uuid }))).toEqual([2]);
    const label = "EFI system partition";
    expect(found(partition("a", "100MiB", { ...keep, label, number: 1, type: "esp" }))).toEqual([
      1,
    ]);
  });

  test("by its name as label when nothing is said", () => {
    const disk = diskWith(GiB, [existing(3, 1, 10, { label: "home" })]);
    expect(layout(disk, [partition("home", undefined, keep)], table).kept?.partitions).toEqual([
      { ...existing(3, 1, 10, { label: "home" }), name: "home" },
    ]);
  });

  test("by its type too where several have the same label", () => {
    const label = "Basic data partition";
    const type = "microsoft-basic-data";
    expect(found(partition("a", undefined, { ...keep, label, type }))).toEqual([4]);
    expect(refused(partition("a", undefined, { ...keep, label }))).toBe(
      [
        'partition a of disk.main is to be kept, but several have label "Basic data partition"; ' +
          "the partitions of /dev/vda are:",
        ...shown.split("\n").slice(2),
      ].join("\n"),
    );
  });

  test("once only", () => {
    const twice = [
      partition("a", undefined, { ...keep, number: 1 }),
      partition("b", undefined, { ...keep, type: "esp" }),
    ];
    expect(refused(...twice)).toContain("partition b of disk.main is the same as partition a");
  });
});

describe("a partition that is kept is refused", () => {
  test("when there is none, with all there are", () => {
    expect(refused(partition("home", undefined, keep))).toBe(
      `partition home of disk.main is to be kept, but there is none with label "home"; ${shown}`,
    );
    expect(refused(partition("a", undefined, { ...keep, number: 1, label: "x" }))).toContain(
      'there is none with number 1 and label "x"',
    );
  });

  test("when it is not what the manifest says, with what was found", () => {
    const deviation = (fields: Partial<PartitionTable>) =>
      refused(partition("a", undefined, { ...keep, number: 1, ...fields })).split("\n")[0];
    const is = "partition a of disk.main is not what the manifest says: ";
    const are = "; the partitions of /dev/vda are:";
    expect(deviation({ start: "2MiB" })).toBe(
      `${is}it starts at byte 1048576 instead of 2097152${are}`,
    );
    expect(deviation({ size: "99MiB" })).toBe(
      `${is}it has 104857600 bytes instead of 103809024${are}`,
    );
    expect(deviation({ type: "linux" })).toBe(`${is}its type is esp instead of linux${are}`);
    expect(deviation({ attributes: ["required"] })).toBe(
      `${is}its attributes are none instead of RequiredPartition${are}`,
    );
    expect(found(partition("a", "104000kB", { ...keep, number: 1, start: "1MiB" }))).toEqual([1]);
  });

  test("when it is in use; others may be", () => {
    const disk = diskWith(GiB, windows);
    const holders = [{ kind: "mount" as const, device: "/dev/vda4", name: "/media/data" }];
    const used = { ...disk, holders };
    expect(refusedFor(used, partition("a", undefined, { ...keep, number: 4 }))).toContain(
      "/dev/vda4 is in use",
    );
    expect(layout(used, [partition("new", "10MiB")], table).partitions).toHaveLength(1);
    const whole = {
      ...disk,
      holders: [{ ...holders[0], kind: "md" as const, device: "/dev/vda", name: "md127" }],
    };
    expect(refusedFor(whole, partition("new", "10MiB"))).toContain("/dev/vda is in use");
  });
});

/** The new partitions on a disk of 1 GiB. */
function added(
  partitions: PartitionTable[],
  on: readonly ExistingPartition[] = windows,
): readonly PlacedPartition[] {
  return layout(diskWith(GiB, on), partitions, table).partitions;
}

describe("new partitions of a table that is kept", () => {
  test("lie in the first gap that holds them, the rest in the largest", () => {
    // Free are 117 MiB to 200 MiB and 500 MiB to 1023 MiB.
    const list = [
      partition("root"),
      partition("a", "100MiB"),
      partition("b", "80MiB"),
      partition("c", "3MiB"),
    ];
    expect(places(added(list))).toEqual([
      [600, 423],
      [500, 100],
      [117, 80],
      [197, 3],
    ]);
    expect(places(added([partition("root", "-23MiB")]))).toEqual([[500, 500]]);
  });

  test("lie where they say", () => {
    const list = [partition("a", "10MiB"), partition("b", undefined, { start: "150MiB" })];
    expect(places(added(list))).toEqual([
      [117, 10],
      [150, 50],
    ]);
    expect(refused(partition("a", "60MiB", { start: "150MiB" }))).toBe(
      "partition a of disk.main (150 MiB to 210 MiB) is not in free space: " +
        "free are 83 MiB (117 MiB to 200 MiB), 523 MiB (500 MiB to 1023 MiB)",
    );
    expect(refused(partition("a", "1MiB", { start: "110MiB" }))).toContain("is not in free space");
  });

  test("get the numbers that are free, in order", () => {
    const list = ["a", "b", "c"].map((name) => partition(name, "1MiB"));
    expect(added(list).map(({ number }) => number)).toEqual([3, 5, 6]);
  });

  test("are aligned, whatever is around them", () => {
    const odd = { ...existing(1, 1, 1), start: 63 * 512, size: 10 * MiB };
    expect(places(added([partition("a", "1MiB")], [odd]))).toEqual([[11, 1]]);
  });

  test("that find no room are refused with what is free", () => {
    expect(refused(partition("a", "600MiB"))).toBe(
      "partition a of disk.main needs 600 MiB in one piece, but " +
        "free are 83 MiB (117 MiB to 200 MiB), 523 MiB (500 MiB to 1023 MiB)",
    );
    expect(refused(partition("a", "83MiB"), partition("b", "523MiB"), partition("c"))).toBe(
      "partition c of disk.main is to be the rest, but nothing is free",
    );
  });

  test("are not made a second time", () => {
    const [root] = added([partition("root", "10MiB")]);
    if (root === undefined) throw new Error("there is no partition");
    const disk = diskWith(GiB, [...windows, root]);
    expect(refusedFor(disk, partition("root", "10MiB"))).toContain(
      `partition root of disk.main would have the PARTUUID of another: ${root.uuid}`,
    );
  });
});

describe("a table that is kept", () => {
  test("must be there, and of a kind that is known", () => {
    const disk = diskWith(GiB, windows, { label: "sun" });
    expect(refusedFor(disk, partition("a", "1MiB"))).toBe(
      "the partition table of /dev/vda is of the kind sun, which cannot be kept",
    );
    const { table: _table, ...blank } = diskWith(GiB, []);
    expect(refusedFor(blank, partition("a", "1MiB"))).toBe(
      "/dev/vda has no partition table that can be kept",
    );
  });

  test("must be the one that the kernel knows", () => {
    const disk = diskWith(GiB, windows);
    const stale = { ...disk, partitions: disk.partitions.map((one) => ({ ...one, size: MiB })) };
    expect(refusedFor(stale, partition("a", "1MiB"))).toBe(
      "the kernel's partition /dev/vda1 is not the one in the partition table of /dev/vda",
    );
  });

  test("of kind msdos takes no more than four, and none within the extended partition", () => {
    const dos = { label: "dos", id: "12345678", entries: 4, usable: { start: 512, end: GiB } };
    const on = [
      existing(1, 1, 10, { type: "7" }),
      existing(2, 11, 500, { type: "5" }),
      existing(5, 12, 10, { type: "83" }),
    ];
    const disk = diskWith(GiB, on, dos);
    const list = [partition("a", "20MiB"), partition("b", undefined, { type: "swap" })];
    const { label, labelId, partitions } = layout(disk, list, table);
    expect([label, labelId]).toEqual(["msdos", "12345678"]);
    expect(places(partitions)).toEqual([
      [511, 20],
      [531, 493],
    ]);
    expect(partitions.map(({ number, type, uuid }) => [number, type, uuid])).toEqual([
      [3, "83", "12345678-03"],
      [4, "82", "12345678-04"],
    ]);
    expect(refusedFor(disk, ...["a", "b", "c"].map((name) => partition(name, "1MiB")))).toBe(
      "the partition table of /dev/vda has room for 2 more partitions, disk.main adds 3",
    );
    expect(refusedFor(disk, partition("a", "1MiB", { type: "home" }))).toStartWith(
      "disk.main adds partitions to the msdos table of /dev/vda, but a, type: expected a type that msdos tables have:",
    );
  });
});
