import { expect, test } from "bun:test";
import { isAtLeast, parseVersion } from "../../../src/facts/program-versions.ts";

test("the version is found in what programs say", () => {
  expect(parseVersion("mkfs.xfs version 6.1.0\n")).toBe("6.1.0");
  expect(parseVersion("mkfs.btrfs, part of btrfs-progs v6.2\n")).toBe("6.2");
  expect(parseVersion("\nmke2fs 1.47.0 (5-Feb-2023)\n\tUsing EXT2FS Library\n")).toBe("1.47.0");
  expect(parseVersion("BusyBox mkfs: invalid option -- V")).toBeUndefined();
});

test("versions are compared number by number", () => {
  expect(isAtLeast("6.10.1", "6.9")).toBe(true);
  expect(isAtLeast("6.2", "6.3")).toBe(false);
  expect(isAtLeast("6", "6.0.0")).toBe(true);
  expect(isAtLeast("5.15.0", "5.15")).toBe(true);
  expect(isAtLeast(undefined, "1")).toBe(false);
});
