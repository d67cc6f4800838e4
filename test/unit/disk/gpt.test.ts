import { describe, expect, test } from "bun:test";
import { layoutPartitions, type PlacedPartition } from "../../../src/disk/partitioning/gpt.ts";
import type { PartitionTable } from "../../../src/disk/partitioning/partition.ts";
import { partitionPath } from "../../../src/disk/partitioning/partition-path.ts";
import { InstallerError } from "../../../src/errors.ts";

const MiB = 2 ** 20;
const GiB = 2 ** 30;

function partition(name: string, size?: string): PartitionTable {
  return size === undefined ? { name, type: "linux" } : { name, size, type: "linux" };
}

function place(size: number, logicalSectorSize: number, ...partitions: PartitionTable[]) {
  return layoutPartitions("main", { size, logicalSectorSize }, partitions, "seed");
}

function placeError(run: () => unknown): InstallerError {
  try {
    run();
  } catch (error) {
    if (error instanceof InstallerError) return error;
    throw error;
  }
  throw new Error("it was placed");
}

function places(partitions: readonly PlacedPartition[]): number[][] {
  return partitions.map(({ start, size }) => [start / MiB, size / MiB]);
}

describe("partitions", () => {
  test("follow each other from the first MiB on, the last one to the end", () => {
    const layout = place(
      10 * GiB,
      512,
      { name: "bios", size: "1MiB", type: "bios-boot" },
      { name: "esp", size: "1GiB", type: "esp" },
      partition("root"),
    );
    expect(places(layout)).toEqual([
      [1, 1],
      [2, 1024],
      [1026, 9213],
    ]);
    expect(layout.map(({ number, name, type }) => [number, name, type])).toEqual([
      [1, "bios", "21686148-6449-6E6F-744E-656564454649"],
      [2, "esp", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"],
      [3, "root", "0FC63DAF-8483-4772-8E79-3D69D8477DE4"],
    ]);
  });

  test("have sizes rounded up to MiB", () => {
    expect(places(place(GiB, 512, partition("a", "1B"), partition("b", "100MB")))).toEqual([
      [1, 1],
      [2, 96],
    ]);
  });

  test("leave the backup table its place, whatever the sector size and the disk's end", () => {
    for (const sectorSize of [512, 4096]) {
      for (const size of [
        64 * MiB,
        64 * MiB + 2 * 4096,
        64 * MiB + 7 * 4096,
        3e12 - (3e12 % 4096),
      ]) {
        const [root] = place(size, sectorSize, partition("root"));
        const end = (root?.start ?? 0) + (root?.size ?? 0);
        const backup = sectorSize + 16384;
        expect(end).toBeLessThanOrEqual(size - backup);
        expect(end).toBeGreaterThan(size - backup - MiB);
        expect(end % MiB).toBe(0);
      }
    }
  });

  test("keep their identifiers when others change", () => {
    const [, before] = place(GiB, 512, partition("a", "10MiB"), partition("root"));
    const [, after] = place(2 * GiB, 512, partition("a", "20MiB"), partition("root"));
    expect(after?.uuid).toBe(before?.uuid ?? "none");
  });

  test("that fit to the last MiB are placed; one MiB more is refused with figures", () => {
    expect(places(place(100 * MiB, 512, partition("a", "98MiB")))).toEqual([[1, 98]]);
    expect(placeError(() => place(100 * MiB, 512, partition("a", "99MiB"))).message).toContain(
      "1 MiB are missing",
    );
    const error = placeError(() =>
      place(100 * MiB, 512, partition("a", "90MiB"), partition("b", "19MiB"), partition("c")),
    );
    expect(error.reason).toBe("refused");
    expect(error.object).toBe("disk.main");
    expect(error.message).toBe(
      "partition b of disk.main does not fit: the partitions need 110 MiB, the disk has room for 98 MiB, " +
        "12 MiB are missing",
    );
  });

  test("do not fit on a disk that is hardly there", () => {
    const error = placeError(() => place(512, 512, partition("root")));
    expect(error.message).toContain("has room for 0 MiB, 1 MiB are missing");
  });

  test("without a size in the middle are the manifest's mistake", () => {
    const error = placeError(() => place(GiB, 512, partition("a"), partition("b", "1MiB")));
    expect(error.reason).toBe("manifest");
    expect(error.message).toBe("partition a of disk.main has no size, but is not the last");
  });

  test("beyond 128 are the manifest's mistake", () => {
    const many = Array.from({ length: 129 }, (_, index) => partition(`p${index}`, "1MiB"));
    expect(placeError(() => place(GiB, 512, ...many)).reason).toBe("manifest");
  });
});

test("a partition's node is the kernel's", () => {
  expect(partitionPath("/dev/sda", 1)).toBe("/dev/sda1");
  expect(partitionPath("/dev/nvme0n1", 12)).toBe("/dev/nvme0n1p12");
  expect(partitionPath("/dev/mmcblk0", 2)).toBe("/dev/mmcblk0p2");
  expect(partitionPath("/dev/loop7", 3)).toBe("/dev/loop7p3");
});
