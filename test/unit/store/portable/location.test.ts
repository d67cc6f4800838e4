import { expect, test } from "bun:test";
import { portableStoreLocation } from "../../../../src/store/portable/location.ts";

const MiB = 1024 * 1024;

function location(availableMiB: number, tarballMiB?: number): string {
  const memory = { total: 64 * 1024 * MiB, available: availableMiB * MiB };
  return portableStoreLocation(memory, tarballMiB === undefined ? undefined : tarballMiB * MiB);
}

test("the portable store is kept in memory only when it surely fits there", () => {
  expect(location(4096, 40)).toBe("memory");
  expect(location(5 * 40 + 256, 40)).toBe("memory");
  expect(location(5 * 40 + 255, 40)).toBe("target");
  expect(location(512, 100)).toBe("target");
});

test("a tarball of unknown size needs 1.5 GiB", () => {
  expect(location(1536)).toBe("memory");
  expect(location(1535)).toBe("target");
});
