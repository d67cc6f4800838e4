import { describe, expect, test } from "bun:test";
import { partitionPath } from "../../../../src/disk/partitioning/partition-path.ts";
import { blankDisk, errorOf, GiB, layout, MiB, partition, places, TiB } from "./inputs.ts";

/** Where partitions begin on a disk that tells an optimal transfer size, in MiB. */
function starts(optimalTransferSize: number): number[] {
  const disk = blankDisk(GiB, { optimalTransferSize });
  const list = [partition("a", "1MiB"), partition("b"), partition("c", "5MiB")];
  return layout(disk, list).partitions.map(({ start }) => start / MiB);
}

const disk100 = blankDisk(100 * MiB);

describe("partitions of a new table", () => {
  test("follow each other from the first MiB on", () => {
    const { partitions } = layout(blankDisk(10 * GiB), [
      partition("bios", "1MiB", { type: "bios-boot" }),
      partition("esp", "1GiB", { type: "esp" }),
      partition("root"),
    ]);
    expect(places(partitions)).toEqual([
      [1, 1],
      [2, 1024],
      [1026, 9213],
    ]);
    expect(partitions.map(({ number, name, type }) => [number, name, type])).toEqual([
      [1, "bios", "21686148-6449-6E6F-744E-656564454649"],
      [2, "esp", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"],
      [3, "root", "0FC63DAF-8483-4772-8E79-3D69D8477DE4"],
    ]);
  });

  test("have sizes rounded up to MiB, and parts of the disk down", () => {
    const list = [
      partition("a", "1B"),
      partition("b", "100MB"),
      partition("c", "25%"),
      partition("d", "33.3%"),
      partition("e", "0.001%"),
    ];
    // Partitions may use 1022 MiB of a disk of 1 GiB.
    expect(places(layout(blankDisk(GiB), list).partitions).map(([, size]) => size)).toEqual([
      1, 96, 255, 340, 1,
    ]);
  });

  test("of a quarter each fit four times", () => {
    const quarters = ["a", "b", "c", "d"].map((name) => partition(name, "25%"));
    for (const size of [64 * MiB, 999 * MiB, 10 * GiB + 12345 * 512]) {
      expect(layout(blankDisk(size), quarters).partitions).toHaveLength(4);
    }
  });

  test("take the rest at any place, or all of it but a size", () => {
    const around = [partition("a", "10MiB"), partition("b"), partition("c", "20MiB")];
    expect(places(layout(disk100, around).partitions)).toEqual([
      [1, 10],
      [11, 68],
      [79, 20],
    ]);
    const but = [partition("a", "10MiB"), partition("b", "-8MiB"), partition("c", "20MiB")];
    expect(places(layout(disk100, but).partitions)).toEqual([
      [1, 10],
      [11, 60],
      [71, 20],
    ]);
  });

  test("lie where they say, the others behind those before them", () => {
    const list = [
      partition("a", "10MiB", { start: "50MiB" }),
      partition("b", "5MiB"),
      partition("c", undefined, { start: "2MiB" }),
      partition("d", "3MiB"),
    ];
    expect(places(layout(disk100, list).partitions)).toEqual([
      [50, 10],
      [60, 5],
      [2, 45],
      [47, 3],
    ]);
  });

  test("leave the backup table its place, whatever the sector size and the disk's end", () => {
    for (const logicalSectorSize of [512, 4096]) {
      for (const size of [
        64 * MiB,
        64 * MiB + 2 * 4096,
        64 * MiB + 7 * 4096,
        3e12 - (3e12 % 4096),
      ]) {
        const [root] = layout(blankDisk(size, { logicalSectorSize }), [
          partition("root"),
        ]).partitions;
        const end = (root?.start ?? 0) + (root?.size ?? 0);
        const backup = logicalSectorSize + 16384;
        expect(end).toBeLessThanOrEqual(size - backup);
        expect(end).toBeGreaterThan(size - backup - MiB);
        expect(end % MiB).toBe(0);
      }
    }
  });

  test("begin at stripes of a hardware RAID, but not at what a bridge takes for its best", () => {
    expect(starts(65536)).toEqual([1, 2, 1018]);
    expect(starts(1536 * 1024)).toEqual([3, 6, 1017]);
    expect(starts(33_553_920)).toEqual([1, 2, 1018]);
    expect(starts(1536 * MiB)).toEqual([1, 2, 1018]);
  });

  test("keep their identifiers when others change, or get those they ask for", () => {
    const [, before] = layout(blankDisk(GiB), [
      partition("a", "10MiB"),
      partition("root"),
    ]).partitions;
    const chosen = "12345678-1234-4234-8234-123456789abc";
    const [a, after] = layout(blankDisk(2 * GiB), [
      partition("a", "20MiB", { uuid: chosen }),
      partition("root"),
    ]).partitions;
    expect(after?.uuid).toBe(before?.uuid ?? "none");
    expect(a?.uuid).toBe(chosen);
    const twice = [
      partition("a", "1MiB", { uuid: chosen }),
      partition("b", "1MiB", { uuid: chosen }),
    ];
    expect(errorOf(() => layout(disk100, twice)).message).toBe(
      `partition b of disk.main would have the PARTUUID of another: ${chosen}`,
    );
  });

  test("have the label and attributes that they ask for", () => {
    const [a, b] = layout(disk100, [
      partition("a", "1MiB", {
        label: "EFI system",
        attributes: ["read-only", "required", "no-automount"],
      }),
      partition("b"),
    ]).partitions;
    expect([a?.label, a?.attributes]).toEqual(["EFI system", "RequiredPartition GUID:60,63"]);
    expect([b?.label, b?.attributes]).toEqual(["b", ""]);
  });

  test("that fit to the last MiB are placed; one MiB more is refused with figures", () => {
    expect(places(layout(disk100, [partition("a", "98MiB")]).partitions)).toEqual([[1, 98]]);
    const error = errorOf(() =>
      layout(disk100, [partition("a", "90MiB"), partition("b", "19MiB"), partition("c")]),
    );
    expect(error.reason).toBe("refused");
    expect(error.object).toBe("disk.main");
    expect(error.message).toBe(
      "partition b of disk.main does not fit: the partitions would end at 111 MiB, the disk has room up to 99 MiB, " +
        "12 MiB are missing",
    );
    expect(errorOf(() => layout(disk100, [partition("a", "99MiB")])).message).toContain(
      "1 MiB are missing",
    );
    const but = [partition("a", "10MiB"), partition("b", "-90MiB")];
    expect(errorOf(() => layout(disk100, but)).message).toBe(
      "partition b of disk.main is to be the rest but 90 MiB, but only 88 MiB are left",
    );
  });

  test("that overlap are refused with their places", () => {
    const list = [
      partition("a", "10MiB", { start: "20MiB" }),
      partition("b", "10MiB", { start: "15MiB" }),
    ];
    expect(errorOf(() => layout(disk100, list)).message).toBe(
      "the partitions a (20 MiB to 30 MiB) and b (15 MiB to 25 MiB) of disk.main overlap",
    );
  });

  test("do not fit on a disk that is hardly there", () => {
    const error = errorOf(() => layout(blankDisk(512), [partition("root")]));
    expect(error.message).toContain("the disk has room up to 1 MiB, 1 MiB are missing");
  });
});

describe("an msdos table", () => {
  const msdos = { table: "msdos" } as const;

  test("identifies the disk by 32 bits, and its partitions by these and their number", () => {
    const gpt = layout(disk100, [partition("a", "5MiB")]);
    const { label, labelId, partitions } = layout(
      disk100,
      [
        partition("a", "5MiB", { type: "esp", attributes: ["boot"] }),
        partition("b", undefined, { type: "0x8E" }),
      ],
      msdos,
    );
    expect([label, labelId]).toEqual(["msdos", gpt.labelId.slice(0, 8)]);
    expect(partitions).toEqual([
      {
        number: 1,
        name: "a",
        start: MiB,
        size: 5 * MiB,
        type: "ef",
        uuid: `${labelId}-01`,
        attributes: "boot",
      },
      {
        number: 2,
        name: "b",
        start: 6 * MiB,
        size: 94 * MiB,
        type: "8e",
        uuid: `${labelId}-02`,
        attributes: "",
      },
    ]);
  });

  test("ends at 2 TiB with sectors of 512 bytes, and at 16 TiB with those of 4096", () => {
    const large = blankDisk(3 * TiB);
    expect(errorOf(() => layout(large, [partition("root")], msdos)).message).toBe(
      "partition root of disk.main would end at 3145728 MiB, but an msdos table reaches 2097152 MiB " +
        "on a disk with sectors of 512 bytes",
    );
    const half = layout(large, [partition("root", "2097151MiB")], msdos).partitions;
    expect(places(half)).toEqual([[1, 2_097_151]]);
    const sectors = blankDisk(3 * TiB, { logicalSectorSize: 4096 });
    expect(places(layout(sectors, [partition("root")], msdos).partitions)).toEqual([
      [1, 3_145_727],
    ]);
  });
});

test("a partition's node is the kernel's", () => {
  expect(partitionPath("/dev/sda", 1)).toBe("/dev/sda1");
  expect(partitionPath("/dev/nvme0n1", 12)).toBe("/dev/nvme0n1p12");
  expect(partitionPath("/dev/mmcblk0", 2)).toBe("/dev/mmcblk0p2");
  expect(partitionPath("/dev/loop7", 3)).toBe("/dev/loop7p3");
});
