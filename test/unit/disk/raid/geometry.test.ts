import { expect, test } from "bun:test";
import { raidGeometry } from "../../../../src/disk/raid/geometry.ts";

const KiB = 2 ** 10;
const MiB = 2 ** 20;
const GiB = 2 ** 30;

/** What `blockdev --getsize64` says of arrays that mdadm 4.2 made on Linux 6.1 as it was told. */
const measured = [
  [1, "1.0", [64 * MiB, 64 * MiB], 512 * KiB, 65_011_712],
  [1, "1.2", [300 * MiB, 310 * MiB], 512 * KiB, 313_524_224],
  [5, "1.2", [200 * MiB, 200 * MiB, 200 * MiB], 512 * KiB, 417_333_248],
  [10, "1.2", [458 * MiB, 448 * MiB, 290 * MiB], 64 * KiB, 454_557_696],
  [0, "1.2", [100 * MiB, 100 * MiB], 512 * KiB, 207_618_048],
  [1, "0.90", [100 * MiB, 100 * MiB], 512 * KiB, 104_792_064],
] as const;

test.each(measured)("level %d with metadata %s has the size that is measured", (...array) => {
  const [level, metadata, devices, chunk, size] = array;
  expect(raidGeometry(level, metadata, devices, chunk).size).toBe(size);
});

test("the largest devices keep 128 MiB for a later reshape", () => {
  const { dataOffset, componentSize } = raidGeometry(1, "1.2", [8192 * GiB, 8192 * GiB], 512 * KiB);
  expect(dataOffset).toBe(129 * MiB);
  expect(componentSize).toBe(8192 * GiB - 129 * MiB);
});

test("parity takes one device of RAID 5 and two of RAID 6", () => {
  const devices = [GiB, GiB, GiB, GiB];
  const five = raidGeometry(5, "1.2", devices, 512 * KiB);
  const six = raidGeometry(6, "1.2", devices, 512 * KiB);
  expect(five.size).toBe(3 * (five.componentSize ?? 0));
  expect(six.size).toBe(2 * (six.componentSize ?? 0));
});

test("what an array takes of each device fits on the smallest, superblock and reserve included", () => {
  for (const metadata of ["0.90", "1.0", "1.1", "1.2"] as const) {
    const devices = [777 * MiB, 2 * GiB];
    const { dataOffset = 0, componentSize = 0 } = raidGeometry(1, metadata, devices, 512 * KiB);
    const superblock = 64 * KiB;
    expect(dataOffset + componentSize + (dataOffset === 0 ? superblock : 0)).toBeLessThanOrEqual(
      777 * MiB,
    );
    expect(componentSize % (64 * KiB)).toBe(0);
  }
});
